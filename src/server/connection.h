// One connection, from its first byte to its last: requests one after another, each checked, admitted, answered. A coroutine on the
// server's thread; handlers run on the workers.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "server/call.h"
#include "server/event_text.h"
#include "server/files.h"
#include "server/inflate.h"
#include "server/reply.h"
#include "server/request.h"
#include "server/server.h"
#include "server/wire.h"

namespace lw::server {

// Wakes a coroutine of the server's thread.
class Waker {
 public:
  explicit Waker(const asio::any_io_executor& executor) : timer_(executor) {}
  void wake() { timer_.cancel(); }  // on the server's thread
  // Until wake(), or `by`. A wake() before it was waited for is lost: ask again before waiting.
  asio::awaitable<void> wait(Clock::time_point by);

 private:
  asio::steady_timer timer_;
};

// The way from other threads onto the server's; it may outlive the server, and then leads nowhere.
class Door {
 public:
  explicit Door(asio::any_io_executor executor) : executor_(std::move(executor)) {}
  void post(std::function<void()> job);
  void shut();

 private:
  std::mutex mutex_;
  std::optional<asio::any_io_executor> executor_;
};

// Who tries to log in: each attempt costs 64 MiB and some hundred milliseconds.
class Logins {
 public:
  std::uint64_t under_way = 0;
  // False: that address has tried so often within this minute. Else it is counted.
  bool may(const std::string& address, std::uint64_t most, Clock::time_point now) {
    if (now - since_ >= std::chrono::minutes(1)) {
      by_address_.clear();
      since_ = now;
    }
    std::uint64_t& count = by_address_[address];
    return count < most && ++count > 0;
  }

 private:
  Clock::time_point since_{};
  std::map<std::string, std::uint64_t> by_address_;
};

// What all connections share; all but `door` and `workers` on the server's thread alone.
struct Shared {
  Config config;
  Parts parts;
  Files files{};
  std::set<std::string> api{};      // first pieces of the document's paths
  Handlers own{};                   // answered whatever the load is: health, ready, metrics, openapi
  std::shared_ptr<Door> door{};
  asio::thread_pool* workers = nullptr;
  std::uint64_t requests = 0;       // worked on now
  std::uint64_t streams = 0;
  std::uint64_t held = 0;           // bytes of bodies
  Logins logins{};
  std::atomic<bool> stopping = false;  // read by workers too

  Metrics& metrics() { return *parts.metrics; }
  const Limits& limits() const { return config.limits; }
};

// What one request holds of the memory that all bodies share.
class Holding {
 public:
  explicit Holding(std::uint64_t& sum) : sum_(sum) {}
  ~Holding() { sum_ -= mine_; }
  Holding(const Holding&) = delete;
  Holding& operator=(const Holding&) = delete;

  bool grow(std::uint64_t bytes, std::uint64_t most) {
    if (sum_ + bytes > most) return false;
    sum_ += bytes;
    mine_ += bytes;
    return true;
  }

 private:
  std::uint64_t& sum_;
  std::uint64_t mine_ = 0;
};

class Connection {
 public:
  // `shared` outlives it.
  Connection(Shared& shared, std::shared_ptr<Wire> wire, asio::any_io_executor executor, std::string peer, bool loopback);
  asio::awaitable<void> serve();

  void hang_up() { wire_->close(); }       // at once
  bool between_requests() const { return idle_; }

 private:
  // One request and what was found out about it.
  struct Exchange {
    RequestReader& reader;
    const Request& request;
    Clock::time_point started;
    Time now;
    Holding holding;
    const Operation* operation = nullptr;
    std::map<std::string, std::string> path{}, query{};
    Credentials credentials{};
    desk::Actor actor{};
    std::string media{};                 // of the body, without parameters
    std::unique_ptr<Inflater> inflater{};
    std::string sent{};                  // of the body, still to be inflated
    bool inflater_full = false;          // it has more to give without more bytes
    bool transferred;                    // the body came as a whole, or there is none
    bool told_to_go_on = false;
    bool answered = false;
    bool keep = false;                   // the connection, behind the answer
  };

  asio::awaitable<bool> read_head(RequestReader& reader);
  asio::awaitable<void> handle(Exchange& exchange);
  asio::awaitable<void> answer_operation(Exchange& exchange);
  asio::awaitable<void> answer_file(Exchange& exchange);
  asio::awaitable<void> call_handler(Exchange& exchange);
  asio::awaitable<bool> may_log_in(const Call& call, Exchange& exchange);  // answers where it gives false
  asio::awaitable<void> take_events(Exchange& exchange);
  asio::awaitable<void> take_document(Exchange& exchange);
  asio::awaitable<void> take_lines(Exchange& exchange);
  asio::awaitable<void> decide(Exchange& exchange);
  asio::awaitable<void> stream(Exchange& exchange);

  // These answer where they find something wrong, and give false then.
  asio::awaitable<bool> admitted(Exchange& exchange);
  asio::awaitable<bool> takes_body(Exchange& exchange, std::uint64_t most);  // its media type, coding and size; makes the inflater
  asio::awaitable<bool> read_body(Exchange& exchange, std::string& body);    // as a whole
  asio::awaitable<bool> hold(Exchange& exchange, std::uint64_t bytes);       // room for so much more of it
  // Appends the next bytes of the body, at most `room`; false at its end too.
  asio::awaitable<bool> next_piece(Exchange& exchange, std::string& out, std::size_t room, Clock::time_point by);

  asio::awaitable<void> answer(Exchange& exchange, const Reply& reply);
  asio::awaitable<void> write(Exchange& exchange, const Reply& reply, std::string_view body, bool page);
  static std::string media_of(const Request& request);  // in lower case, without parameters
  Credentials credentials_of(const Request& request, Time now) const;

  // Runs it on a worker. What it throws comes out here.
  template <class F>
  asio::awaitable<std::invoke_result_t<F>> on_worker(F job) {
    const auto run = [&job]() -> asio::awaitable<std::invoke_result_t<F>> { co_return job(); };
    co_return co_await asio::co_spawn(shared_.workers->get_executor(), run, asio::use_awaitable);
  }

  Shared& shared_;
  std::shared_ptr<Wire> wire_;
  asio::any_io_executor executor_;
  std::string peer_;
  bool loopback_;
  bool idle_ = true;
  std::string in_;  // what came and was not yet read
};

// One more of what is bounded, as long as it lives.
class Permit {
 public:
  explicit Permit(std::uint64_t& count) : count_(count) { ++count_; }
  ~Permit() { --count_; }
  Permit(const Permit&) = delete;
  Permit& operator=(const Permit&) = delete;

 private:
  std::uint64_t& count_;
};

}  // namespace lw::server
