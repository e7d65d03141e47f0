// A server in this process and clients over real sockets, for tests: what stands behind the server is as small as it can be.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "server/server.h"

namespace lw::server {

using desk::Json;
using desk::Why;

inline const Document& document() {
  static const auto made = Document::own();
  EXPECT_TRUE(made) << made.error().to_string();
  return **made;
}

struct Answered {
  int status = 0;  // 0: closed before an answer
  std::string head, body;
  Json json() const { return Json::parse(body, nullptr, false); }
  std::string header(const std::string& name) const {
    const std::size_t at = head.find("\r\n" + name + ": ");
    return at == std::string::npos ? "" : head.substr(at + name.size() + 4, head.find("\r\n", at + 2) - at - name.size() - 4);
  }
};

// A client that does what it is told, however wrong that is.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    timeval longest{30, 0};  // that the tests end; none waits for it
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    open_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Client& send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) break;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return *this;
  }
  bool more() {
    char piece[16384];
    const ssize_t size = ::recv(socket_, piece, sizeof piece, 0);
    if (size > 0) in_.append(piece, static_cast<std::size_t>(size));
    return size > 0;
  }
  // Until that stands in what came, which is taken; empty: it was closed before.
  std::string until(const std::string& text) {
    std::size_t at = in_.find(text);
    while (at == std::string::npos) {
      if (!more()) return "";
      at = in_.find(text);
    }
    std::string out = in_.substr(0, at + text.size());
    in_.erase(0, at + text.size());
    return out;
  }
  Answered read(bool bodiless = false) {
    Answered out;
    out.head = until("\r\n\r\n");
    if (out.head.empty()) return out;
    out.status = std::stoi(out.head.substr(9, 3));
    const std::string length = out.header("Content-Length");
    const std::size_t size = bodiless || length.empty() ? 0 : std::stoul(length);
    while (in_.size() < size && more()) {
    }
    out.body = in_.substr(0, size);
    in_.erase(0, size);
    return out;
  }
  bool closed() {
    while (more()) {
    }
    return true;
  }
  bool is_open() const { return open_; }
  void finish() { ::shutdown(socket_, SHUT_WR); }

 private:
  int socket_;
  bool open_ = false;
  std::string in_;
};

// Takes lines as a log would, from a thread of its own; rejects those that hold "bad".
class Log : public EventSink {
 public:
  ~Log() override {
    for (std::thread& thread : threads_) thread.join();
  }
  Offer submit(EventLines lines, std::function<void(Taken)> done) override {
    const std::lock_guard lock(mutex);
    if (full > 0) {
      --full;
      return Offer::kFull;
    }
    if (away) return Offer::kAway;
    Taken taken;
    std::uint64_t index = 0;
    for (std::size_t from = 0; from < lines.text.size(); ++index) {
      const std::size_t end = lines.text.find('\n', from);
      const std::string line = lines.text.substr(from, end - from);
      from = end + 1;
      if (line.find("bad") != std::string::npos) {
        taken.rejected.push_back({index, "bad"});
        continue;
      }
      ++taken.accepted;
      held.push_back(line);
    }
    EXPECT_EQ(index, lines.count);
    actor = lines.actor.name;
    if (broken) taken.status = fail("no room on the disk");
    threads_.emplace_back([done, taken] { done(taken); });
    return Offer::kTaken;
  }

  std::mutex mutex;
  int full = 0;
  bool away = false, broken = false;
  std::vector<std::string> held;
  std::string actor;

 private:
  std::vector<std::thread> threads_;
};

class Judge : public DecisionSink {
 public:
  ~Judge() override {
    for (std::thread& thread : threads_) thread.join();
  }
  Offer decide(std::string line, const desk::Actor&, Time, Done done) override {
    const std::lock_guard lock(mutex_);
    if (line.find("full") != std::string::npos) return Offer::kFull;
    threads_.emplace_back([done, line] {
      if (line.find("bad") != std::string::npos) done(desk::refuse(Why::kInvalid, "no event"));
      else done(Json{{"answer", "accept"}, {"decisions", Json::array()}});
    });
    return Offer::kTaken;
  }

 private:
  std::mutex mutex_;
  std::vector<std::thread> threads_;
};

inline desk::Answer<desk::Actor> identify(const Credentials& credentials) {
  if (credentials.token == "events") return desk::Actor{"token/1", "platform/alpha", desk::Role::kNone, {"events:write", "decide", "rooms:read"}, 0};
  if (credentials.token == "metrics") return desk::Actor{"token/2", "livewarden", desk::Role::kNone, {"metrics"}, 0};
  if (credentials.session == "officer" && (credentials.use != desk::Use::kWrite || credentials.csrf == "c")) {
    return desk::Actor{"person/li", "department/samr", desk::Role::kOfficer, {}, 1};
  }
  return desk::refuse(Why::kUnknown, "nobody is known by that");
}

class Running {
 public:
  explicit Running(const std::function<void(Config&)>& change = {}, Handlers others = {}, const std::function<void(Parts&)>& change_parts = {}) {
    config.listen = {"127.0.0.1:0"};
    config.limits.header_time = config.limits.body_time = Duration{20 * kSecond};
    if (change) change(config);
    Parts all = parts(std::move(others));
    if (change_parts) change_parts(all);
    auto opened = Server::open(config, std::move(all));
    EXPECT_TRUE(opened) << opened.error().message;
    server = std::move(*opened);
    port = server->ports().front();
    thread = std::thread([this] { EXPECT_TRUE(server->run()); });
  }
  ~Running() {
    server->stop();
    thread.join();
  }
  // Every operation that is not the server's own tells what it was given.
  Parts parts(Handlers handlers) {
    for (const Operation& operation : document().operations()) {
      if (std::set<std::string>{"ingestEvents", "decide", "stream", "health", "ready", "metrics", "openapi"}.contains(operation.id)) continue;
      handlers.emplace(operation.id, [id = operation.id](const Call& call) -> desk::Answer<Reply> {
        return Reply{.body = {{"operation", id}, {"path", call.path}, {"query", call.query}, {"body", call.body}, {"actor", call.actor.name}, {"remote", call.remote}}};
      });
    }
    return Parts{document(), std::move(handlers), identify, &log, &judge, &broadcast, &metrics, [this] { return waits; }};
  }
  Answered ask(const std::string& request, bool bodiless = false) const { return Client(port).send(request).read(bodiless); }

  Config config;
  Log log;
  Judge judge;
  Broadcast broadcast;
  Metrics metrics;
  std::vector<std::string> waits;
  std::unique_ptr<Server> server;
  std::uint16_t port = 0;
  std::thread thread;
};

inline std::string get(const std::string& target, const std::string& headers = "") { return "GET " + target + " HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n"; }
inline std::string post(const std::string& target, const std::string& headers, const std::string& body) {
  return "POST " + target + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body;
}
inline const std::string kOfficer = "Cookie: other=1; livewarden=officer\r\nX-CSRF: c\r\n";
inline const std::string kJson = "Content-Type: application/json\r\n";
inline const std::string kEvents = "Authorization: Bearer events\r\n";
inline const std::string kLines = kEvents + "Content-Type: application/x-ndjson\r\n";

inline std::string gzipped(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace lw::server
