// Tells the listeners of GET /v1/stream what changed: rooms on air, cases, interventions. Looks at the store when it is rung, once a second at
// most, and tells what differs from the last look; so it misses nothing that lasts, whoever wrote it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <thread>

#include "server/bell.h"
#include "server/broadcast.h"
#include "store/database.h"

namespace lw::server {

class News {
 public:
  News(store::Database& db, Broadcast& broadcast, std::function<void(const std::string&)> note) : db_(db), broadcast_(broadcast), note_(std::move(note)) {}
  ~News() { stop(); }

  void start();
  void ring() { bell_.ring(); }
  void stop();

 private:
  void work();
  void tell(bool aloud);
  std::vector<Change> look(store::Session& session);

  store::Database& db_;
  Broadcast& broadcast_;
  std::function<void(const std::string&)> note_;
  Bell bell_;
  std::map<std::string, std::string> known_;  // by kind and name: how it was told last
  bool failing_ = false;
  std::thread thread_;
};

}  // namespace lw::server
