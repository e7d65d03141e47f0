// The HTTP server: sockets on one thread, handlers on some others, limits on everything.
//
//   auto document = Document::own();
//   Metrics metrics;  Broadcast broadcast;
//   Parts parts{**document, std::move(handlers), identify, &events, &decisions, &broadcast, &metrics, waits_for};
//   auto server = Server::open(config, std::move(parts));
//   Status end = (*server)->run();   // until stop() is called on another thread
//
// The server itself answers `stream`, `health`, `ready`, `metrics`, `openapi`, `ingestEvents`, `decide` and the console's files;
// `handlers` has all the others, no more and no fewer: open() refuses what is missing or not in the document.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "server/broadcast.h"
#include "server/call.h"
#include "server/config.h"
#include "server/document.h"
#include "server/events.h"
#include "server/gate.h"
#include "server/metrics.h"

namespace lw::server {

// All outlive the server.
struct Parts {
  const Document& document;
  Handlers handlers;
  Identify identify;
  EventSink* events = nullptr;
  DecisionSink* decisions = nullptr;
  Broadcast* broadcast = nullptr;
  Metrics* metrics = nullptr;
  // What is not ready yet or no more, in words for operators; empty: ready. From the server's thread: it does not wait.
  std::function<std::vector<std::string>()> waits_for;
  std::chrono::milliseconds streams_ask{60'000};  // how often an open stream asks whether its session is still good
};

class Server {
 public:
  // Binds its addresses, so that nobody else gets them; answers begin with run(). An address with port 0 gets a free one.
  static Result<std::unique_ptr<Server>> open(const Config& config, Parts parts);
  ~Server();

  std::vector<std::uint16_t> ports() const;  // as listen has them

  // Serves until stop() and all that was under way then has ended, or the time to drain is over.
  Status run();
  // From any thread, and from a handler of signals that asks on a thread of its own. No new connections; readyz says no; streams end.
  void stop();

  struct Impl;

 private:
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lw::server
