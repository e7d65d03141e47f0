// A socket, plain or with TLS, for coroutines on the server's thread. Everything that waits has a moment by which it ends.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "server/config.h"

namespace lw::server {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

class Wire : public std::enable_shared_from_this<Wire> {
 public:
  static std::shared_ptr<Wire> plain(asio::ip::tcp::socket socket);
  static std::shared_ptr<Wire> tls(asio::ip::tcp::socket socket, asio::ssl::context& context);
  virtual ~Wire() = default;

  // False: refused, gone, or too late. Of TLS the handshake.
  virtual asio::awaitable<bool> begin(Clock::time_point by) = 0;
  // What came is appended to `to`, at most `most` bytes; 0: the peer is gone or `by` has passed (then late() says so).
  virtual asio::awaitable<std::size_t> read(std::string& to, std::size_t most, Clock::time_point by) = 0;
  // False: it is gone, or takes nothing for longer than `pause`.
  virtual asio::awaitable<bool> write(std::string_view bytes, Duration pause) = 0;
  // Says farewell, and takes what was still under way for a moment, so that the peer reads the last answer before it learns that nobody
  // listens any more.
  virtual asio::awaitable<void> end() = 0;
  virtual void close() = 0;  // at once; whoever waits is told
  bool late() const { return late_; }

 protected:
  bool late_ = false;
};

// TLS 1.2 and above, by the files of the configuration.
Result<std::unique_ptr<asio::ssl::context>> tls_context(const Config& config);

inline Clock::time_point from_now(Duration duration) { return Clock::now() + std::chrono::nanoseconds(duration.ns); }

}  // namespace lw::server
