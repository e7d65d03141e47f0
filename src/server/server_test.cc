// The server over real sockets: what it answers, what it refuses, and whom it does not wait for.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <latch>
#include <mutex>
#include <set>
#include <thread>

#include "server/server.h"

namespace lw::server {
namespace {

using desk::Json;
using desk::Why;
namespace fs = std::filesystem;

const Document& document() {
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

desk::Answer<desk::Actor> identify(const Credentials& credentials) {
  if (credentials.token == "events") return desk::Actor{"token/1", "platform/alpha", desk::Role::kNone, {"events:write", "decide", "rooms:read"}, 0};
  if (credentials.token == "metrics") return desk::Actor{"token/2", "livewarden", desk::Role::kNone, {"metrics"}, 0};
  if (credentials.session == "officer" && (!credentials.writes || credentials.csrf == "c")) {
    return desk::Actor{"person/li", "department/samr", desk::Role::kOfficer, {}, 1};
  }
  return desk::refuse(Why::kUnknown, "nobody is known by that");
}

class Running {
 public:
  explicit Running(const std::function<void(Config&)>& change = {}, Handlers others = {}) {
    config.listen = {"127.0.0.1:0"};
    config.limits.header_time = config.limits.body_time = Duration{20 * kSecond};
    if (change) change(config);
    auto opened = Server::open(config, parts(std::move(others)));
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

std::string get(const std::string& target, const std::string& headers = "") { return "GET " + target + " HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n"; }
std::string post(const std::string& target, const std::string& headers, const std::string& body) {
  return "POST " + target + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body;
}
const std::string kOfficer = "Cookie: other=1; livewarden=officer\r\nX-CSRF: c\r\n";
const std::string kJson = "Content-Type: application/json\r\n";
const std::string kEvents = "Authorization: Bearer events\r\n";
const std::string kLines = kEvents + "Content-Type: application/x-ndjson\r\n";

std::string gzipped(const std::string& text) {
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

TEST(Server, AnswersWithTheHeadersThatEveryAnswerHas) {
  Running running;
  const Answered health = running.ask(get("/healthz"));
  EXPECT_EQ(health.status, 200);
  EXPECT_EQ(health.body, R"({"status":"ok"})");
  EXPECT_EQ(health.header("Content-Type"), "application/json");
  for (const char* name : {"Date", "X-Content-Type-Options", "Content-Security-Policy", "Referrer-Policy", "X-Frame-Options", "Cache-Control"}) {
    EXPECT_FALSE(health.header(name).empty()) << name;
  }
  EXPECT_NE(health.header("Content-Security-Policy").find("frame-ancestors 'none'"), std::string::npos);
  const Answered head = running.ask("HEAD /healthz HTTP/1.1\r\nHost: h\r\n\r\n", true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("Content-Length"), "15");
  EXPECT_EQ(running.ask(get("/openapi.json")).json()["openapi"], "3.1.0");
  EXPECT_EQ(running.ask(get("/readyz")).status, 200);
  running.waits = {"the store is away"};
  EXPECT_EQ(running.ask(get("/readyz")).json(), Json({{"ready", false}, {"waits_for", {"the store is away"}}}));
}

TEST(Server, GivesHandlersWhatWasAsked) {
  Running running;
  const Answered room = running.ask(get("/v1/rooms/alpha/%E4%B8%83?", kOfficer));
  EXPECT_EQ(room.json(), Json({{"operation", "getRoom"}, {"path", {{"platform", "alpha"}, {"room", "七"}}}, {"query", Json::object()}, {"body", nullptr}, {"actor", "person/li"}, {"remote", "127.0.0.1"}}));
  const Answered comment = running.ask(post("/v1/cases/17/comment", kOfficer + kJson, R"({"text":"seen"})"));
  EXPECT_EQ(comment.json()["path"]["id"], "17");
  EXPECT_EQ(comment.json()["body"], Json({{"text", "seen"}}));
  const Answered zipped = running.ask(post("/v1/cases/17/comment", kOfficer + kJson + "Content-Encoding: gzip\r\n", gzipped(R"({"text":"seen"})")));
  EXPECT_EQ(zipped.json()["body"], Json({{"text", "seen"}}));
}

TEST(Server, RefusesWhatIsWrong) {
  Running running([](Config& config) { config.limits.body_bytes = 2000; });
  struct Wrong {
    std::string request;
    int status;
    std::string told;
  };
  const std::string deep = R"({"text":"x","a":)" + std::string(100, '[') + std::string(100, ']') + "}";
  const std::vector<Wrong> all = {
      {get("/v1/nothing"), 404, "there is nothing here"},
      {"PUT /v1/cases HTTP/1.1\r\nHost: h\r\n\r\n", 405, "GET, HEAD, POST"},
      {get("/v1/cases"), 401, "log in"},
      {get("/v1/cases", "Authorization: Bearer wrong\r\n"), 401, "nobody"},
      {get("/v1/cases", "Authorization: Basic events\r\n"), 401, "log in"},
      {get("/v1/cases", "Cookie: livewarden=stale\r\n"), 401, "nobody"},
      {get("/v1/cases", kEvents), 403, "cases:read"},
      {post("/v1/cases/17/claim", "Cookie: livewarden=officer\r\n" + kJson, "{}"), 401, "nobody"},  // without its CSRF
      {post("/v1/cases/17/assign", kOfficer + kJson, R"({"owner":"li"})"), 403, "officer"},
      {get("/v1/cases/abc", kOfficer), 400, "\"field\":\"id\""},
      {get("/v1/cases?limit=1000", kOfficer), 400, "\"field\":\"limit\""},
      {get("/v1/../cases", kOfficer), 400, "'..'"},
      {post("/v1/cases/17/comment", kOfficer + kJson, R"({"text":17})"), 400, "\"field\":\"text\""},
      {post("/v1/cases/17/comment", kOfficer + kJson, "{"), 400, "not JSON"},
      {post("/v1/cases/17/comment", kOfficer + kJson, "{\"text\":\"\xff\"}"), 400, "not JSON"},
      {post("/v1/cases/17/comment", kOfficer + kJson, ""), 400, "missing"},
      {post("/v1/cases/17/comment", kOfficer + kJson, deep), 400, "nested deeper"},
      {post("/v1/cases/17/comment", kOfficer + "Content-Type: text/plain\r\n", "x"), 415, "application/json"},
      {post("/v1/cases/17/comment", kOfficer, R"({"text":"x"})"), 415, "application/json"},
      {post("/v1/cases/17/comment", kOfficer + kJson + "Content-Encoding: br\r\n", "x"), 415, "gzip or zstd"},
      {post("/v1/cases/17/comment", kOfficer + kJson + "Content-Encoding: gzip\r\n", "rubbish, no gzip"), 400, "damaged"},
      {post("/v1/cases/17/comment", kOfficer + kJson, R"({"text":")" + std::string(3000, 'x') + "\"}"), 413, "larger than 2000"},
      {post("/v1/cases/17/comment", kOfficer + kJson + "Content-Encoding: gzip\r\n", gzipped(std::string(1 << 20, 'x'))), 413, "larger"},
      {"GET /v1/cases HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n" + kOfficer + "\r\nx", 400, "no body is taken"},
      {"nonsense\r\n\r\n", 400, ""},
      {get("/healthz", "A: " + std::string(20'000, 'x') + "\r\n"), 431, "too large"},
  };
  for (const Wrong& one : all) {
    const Answered answered = running.ask(one.request);
    EXPECT_EQ(answered.status, one.status) << one.request.substr(0, 300) << answered.body;
    EXPECT_NE(answered.body.find(one.told), std::string::npos) << one.request.substr(0, 300) << answered.body;
    EXPECT_EQ(answered.header("Content-Type"), "application/problem+json");
    EXPECT_EQ(answered.json()["status"], one.status);
  }
  // Chunks beyond the limit are refused when they come, not when they end.
  Client client(running.port);
  client.send("POST /v1/cases/17/comment HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n" + kOfficer + kJson + "\r\n");
  client.send("bb8\r\n" + std::string(3000, 'x') + "\r\n");
  EXPECT_EQ(client.read().status, 413);
  EXPECT_TRUE(client.closed());
}

TEST(Server, HidesWhatWentWrongInside) {
  Handlers handlers;
  handlers["listCases"] = [](const Call&) -> desk::Answer<Reply> { throw std::runtime_error("secret"); };
  handlers["getCase"] = [](const Call&) -> desk::Answer<Reply> { return desk::refuse(Why::kFailed, "secret"); };
  handlers["listRooms"] = [](const Call&) -> desk::Answer<Reply> { return desk::refuse(Why::kAway, "secret"); };
  handlers["getRoom"] = [](const Call&) -> desk::Answer<Reply> { return desk::refuse(Why::kNotFound, "no such room"); };
  handlers["logout"] = [](const Call&) -> desk::Answer<Reply> { return Reply{.status = 204, .headers = {{"Set-Cookie", "livewarden=; Max-Age=0"}}}; };
  Running running({}, std::move(handlers));
  for (const auto& [target, status] : {std::pair{"/v1/cases", 500}, std::pair{"/v1/cases/1", 500}, std::pair{"/v1/rooms", 503}}) {
    const Answered answered = running.ask(get(target, kOfficer));
    EXPECT_EQ(answered.status, status);
    EXPECT_EQ(answered.body.find("secret"), std::string::npos);
  }
  EXPECT_EQ(running.ask(get("/v1/rooms", kOfficer)).header("Retry-After"), "1");
  EXPECT_EQ(running.ask(get("/v1/rooms/a/8", kOfficer)).json()["detail"], "no such room");
  const Answered logout = running.ask(post("/v1/logout", kOfficer, ""));
  EXPECT_EQ(logout.status, 204);
  EXPECT_EQ(logout.header("Set-Cookie"), "livewarden=; Max-Age=0");
  EXPECT_EQ(logout.header("Content-Length"), "");
}

TEST(Server, KeepsConnectionsAndTheirOrder) {
  Running running;
  Client client(running.port);
  client.send(get("/v1/rooms/a/1", kOfficer) + post("/v1/cases/2/comment", kOfficer + kJson, R"({"text":"x"})") + get("/v1/rooms/a/3", kOfficer) + get("/v1/nothing") +
              get("/v1/rooms/a/5", kOfficer + "Connection: close\r\n"));
  EXPECT_EQ(client.read().json()["path"]["room"], "1");
  EXPECT_EQ(client.read().json()["path"]["id"], "2");
  EXPECT_EQ(client.read().json()["path"]["room"], "3");
  EXPECT_EQ(client.read().status, 404);
  const Answered last = client.read();
  EXPECT_EQ(last.json()["path"]["room"], "5");
  EXPECT_EQ(last.header("Connection"), "close");
  EXPECT_TRUE(client.closed());

  // A body that was not read is never taken for the next request.
  Client smuggler(running.port);
  const std::string inner = get("/v1/rooms/a/9", kOfficer);
  smuggler.send(post("/v1/nothing", "", inner));
  EXPECT_EQ(smuggler.read().status, 404);
  EXPECT_EQ(smuggler.read().status, 0);

  Client old(running.port);
  old.send("GET /healthz HTTP/1.0\r\nHost: h\r\n\r\n");
  EXPECT_EQ(old.read().status, 200);
  EXPECT_TRUE(old.closed());
}

TEST(Server, TellsToGoOnOnlyWhenItWillRead) {
  Running running;
  Client client(running.port);
  client.send("POST /v1/cases/1/comment HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\nExpect: 100-continue\r\n" + kOfficer + kJson + "\r\n");
  EXPECT_EQ(client.read(true).status, 100);
  client.send(R"({"text":"x"})");
  EXPECT_EQ(client.read().status, 200);
  Client stranger(running.port);
  stranger.send("POST /v1/cases/1/comment HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\nExpect: 100-continue\r\n" + kJson + "\r\n");
  EXPECT_EQ(stranger.read().status, 401);
}

TEST(Server, DoesNotWaitForSlowClients) {
  Running running([](Config& config) {
    config.limits.header_time = config.limits.body_time = config.limits.pause = Duration{kSecond / 5};
    config.limits.idle = Duration{kSecond / 5};
  });
  Client header(running.port), body(running.port), lines(running.port), idle(running.port);
  header.send("GET /healthz HT");
  body.send("POST /v1/cases/1/comment HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\n" + kOfficer + kJson + "\r\n{\"te");
  lines.send("POST /v1/events HTTP/1.1\r\nHost: h\r\nContent-Length: 120\r\n" + kLines + "\r\n{\"a\":1}\n{\"b");
  EXPECT_EQ(header.read().status, 408);
  EXPECT_TRUE(header.closed());
  EXPECT_EQ(body.read().status, 408);
  EXPECT_TRUE(body.closed());
  EXPECT_EQ(lines.read().status, 408);
  EXPECT_TRUE(lines.closed());
  EXPECT_TRUE(idle.closed());
  EXPECT_EQ(running.log.held, std::vector<std::string>{"{\"a\":1}"});  // what was whole was taken
}

TEST(Server, BoundsConnections) {
  Running running([](Config& config) { config.limits.connections = 300; });
  std::vector<std::unique_ptr<Client>> idle;
  for (int i = 0; i < 299; ++i) idle.push_back(std::make_unique<Client>(running.port));
  // Each was taken: the last of them answers, and with the one that asks the house is full.
  EXPECT_EQ(idle.back()->send(get("/healthz")).read().status, 200);
  Client last(running.port);
  EXPECT_EQ(last.send(get("/healthz")).read().status, 200);
  Client beyond(running.port);
  EXPECT_EQ(beyond.read().status, 503);
  EXPECT_TRUE(beyond.closed());

  Running few([](Config& config) { config.limits.connections_per_address = 2; });
  Client one(few.port), two(few.port);
  EXPECT_EQ(one.send(get("/healthz")).read().status, 200);
  EXPECT_EQ(two.send(get("/healthz")).read().status, 200);
  Client three(few.port);
  const Answered greedy = three.read();
  EXPECT_EQ(greedy.status, 429);
  EXPECT_EQ(greedy.header("Retry-After"), "1");
}

TEST(Server, BoundsWhatItWorksOn) {
  std::latch begun(1), go(1);
  Handlers handlers;
  handlers["listCases"] = [&](const Call&) -> desk::Answer<Reply> {
    begun.count_down();
    go.wait();
    return Reply{.body = {{"items", Json::array()}}};
  };
  Running running([](Config& config) { config.limits.requests = 1; }, std::move(handlers));
  Client slow(running.port);
  slow.send(get("/v1/cases", kOfficer));
  begun.wait();
  const Answered refused = running.ask(get("/v1/rooms", kOfficer));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.header("Retry-After"), "1");
  EXPECT_EQ(running.ask(get("/healthz")).status, 200);  // whatever the load
  go.count_down();
  EXPECT_EQ(slow.read().status, 200);
  EXPECT_EQ(running.ask(get("/v1/rooms", kOfficer)).status, 200);
}

TEST(Server, TakesEventsInEveryForm) {
  const std::string a = R"({"a":1})", b = R"({"bad":2})", c = R"({"c":3})";
  const Json expected = {{"accepted", 2}, {"rejected", {{{"index", 1}, {"reason", "bad"}}}}};
  const std::string array = "[" + a + ",\n" + b + "," + c + "]", lines = a + "\n\n" + b + "\n" + c;
  std::string zstd(ZSTD_compressBound(lines.size()), '\0');
  zstd.resize(ZSTD_compress(zstd.data(), zstd.size(), lines.data(), lines.size(), 3));
  const std::vector<std::pair<std::string, std::string>> all = {
      {kEvents + kJson, array},
      {kEvents + "Content-Type: application/cloudevents-batch+json; charset=utf-8\r\n", array},
      {kEvents + "Content-Type: Application/JSON\r\nContent-Encoding: gzip\r\n", gzipped(array)},
      {kLines, lines},
      {kLines, lines + "\n"},
      {kLines + "Content-Encoding: gzip\r\n", gzipped(lines)},
      {kLines + "Content-Encoding: zstd\r\n", zstd},
  };
  for (const auto& [headers, body] : all) {
    Running running;
    const Answered answered = running.ask(post("/v1/events", headers, body));
    EXPECT_EQ(answered.status, 202) << headers << answered.body;
    EXPECT_EQ(answered.json(), expected) << headers;
    EXPECT_EQ(document().check_reply("ingestEvents", 202, answered.json()), "");
    EXPECT_EQ(running.log.held, (std::vector<std::string>{a, c})) << headers;
    EXPECT_EQ(running.log.actor, "token/1");
  }
  Running running;
  EXPECT_EQ(running.ask(post("/v1/events", kEvents + "Content-Type: application/cloudevents+json\r\n", a)).json(), Json({{"accepted", 1}, {"rejected", Json::array()}}));
  // In chunks, as they come; lines of one request stay in their order.
  Client client(running.port);
  client.send("POST /v1/events HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n" + kLines + "\r\n");
  std::vector<std::string> sent = {a};
  for (int i = 0; i < 2000; ++i) {
    sent.push_back("{\"i\":" + std::to_string(i) + ",\"text\":\"" + std::string(static_cast<std::size_t>(i % 700), 'x') + "\"}");
    const std::string line = sent.back() + "\n";
    char size[16];
    std::snprintf(size, sizeof size, "%zx\r\n", line.size());
    client.send(size + line + "\r\n");
  }
  client.send("0\r\n\r\n");
  EXPECT_EQ(client.read().json(), Json({{"accepted", 2000}, {"rejected", Json::array()}}));
  EXPECT_EQ(running.log.held, sent);
}

TEST(Server, RefusesEventsThatItCannotTake) {
  Running running([](Config& config) {
    config.limits.event_bytes = 1024;
    config.limits.batch_bytes = 4096;
    config.limits.stream_bytes = 1 << 20;
  });
  const std::string event = R"({"a":1})";
  running.log.full = 1;
  const Answered full = running.ask(post("/v1/events", kEvents + kJson, event));
  EXPECT_EQ(full.status, 429);
  EXPECT_EQ(full.header("Retry-After"), "1");
  running.log.full = 1;
  EXPECT_EQ(running.ask(post("/v1/events", kLines, event)).status, 429);
  running.log.away = true;
  EXPECT_EQ(running.ask(post("/v1/events", kEvents + kJson, event)).status, 503);
  EXPECT_EQ(running.ask(post("/v1/events", kLines, event)).status, 503);
  running.log.away = false;
  running.log.broken = true;
  EXPECT_EQ(running.ask(post("/v1/events", kEvents + kJson, event)).status, 503);
  EXPECT_EQ(running.ask(post("/v1/events", kLines, event)).status, 503);
  running.log.broken = false;
  running.log.held.clear();

  EXPECT_EQ(running.ask(post("/v1/events", kLines, "")).status, 400);
  EXPECT_EQ(running.ask(post("/v1/events", kLines, "\n\n")).status, 400);
  EXPECT_EQ(running.ask(post("/v1/events", kEvents + kJson, "[]")).status, 400);
  EXPECT_EQ(running.ask(post("/v1/events", kEvents + kJson, "[{\"a\":1}")).status, 400);
  EXPECT_EQ(running.ask(post("/v1/events", kEvents + "Content-Type: application/cloudevents+json\r\n", "[" + event + "]")).status, 400);
  EXPECT_EQ(running.ask(post("/v1/events", kEvents + kJson, std::string(5000, ' ') + event)).status, 413);
  EXPECT_EQ(running.ask(post("/v1/events", kLines + "Content-Encoding: gzip\r\n", gzipped(std::string(8 << 20, '\n')))).status, 413);
  EXPECT_EQ(running.ask(post("/v1/events", kLines, event)).status, 202);
  const Answered overlong = running.ask(post("/v1/events", kLines, event + "\n" + std::string(2000, 'x') + "\n" + event + "\n"));
  EXPECT_EQ(overlong.json(), Json({{"accepted", 2}, {"rejected", {{{"index", 1}, {"reason", "longer than 1024 bytes"}}}}}));
  // A stream that is under way is slowed down, not refused.
  Client client(running.port);
  client.send("POST /v1/events HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n" + kLines + "\r\n8\r\n" + event + "\n\r\n");
  for (bool came = false; !came;) {
    const std::lock_guard lock(running.log.mutex);
    came = running.log.held.size() == 4;
    if (came) running.log.full = 3;
  }
  client.send("8\r\n" + event + "\n\r\n0\r\n\r\n");
  EXPECT_EQ(client.read().json()["accepted"], 2);
}

TEST(Server, WaitsForDecisions) {
  Running running;
  EXPECT_EQ(running.ask(post("/v1/decide", kEvents + kJson, R"({"a":1})")).json(), Json({{"answer", "accept"}, {"decisions", Json::array()}}));
  EXPECT_EQ(running.ask(post("/v1/decide", kEvents + kJson, R"({"bad":1})")).status, 400);
  EXPECT_EQ(running.ask(post("/v1/decide", kEvents + kJson, R"({"full":1})")).status, 429);
  EXPECT_EQ(running.ask(post("/v1/decide", kEvents + kJson, R"([{"a":1}])")).status, 400);
  EXPECT_EQ(running.ask(post("/v1/decide", kOfficer + kJson, R"({"a":1})")).status, 403);
}

TEST(Server, StreamsToWhoMaySee) {
  Running running([](Config& config) { config.limits.streams = 201; });
  Client officer(running.port), platform(running.port);
  officer.send(get("/v1/stream", kOfficer));
  platform.send(get("/v1/stream", kEvents));
  const std::string head = officer.until("\r\n\r\n");
  EXPECT_NE(head.find("text/event-stream"), std::string::npos);
  EXPECT_EQ(officer.until("\n\n"), ": \n\n");
  platform.until(": \n\n");
  running.broadcast.publish({"case", {"department/samr"}, {{"id", 1}}});
  running.broadcast.publish({"room", {"department/*", "platform/alpha"}, {{"id", "8"}}});
  EXPECT_EQ(officer.until("\n\n"), "event: case\ndata: {\"id\":1}\n\n");
  EXPECT_EQ(officer.until("\n\n"), "event: room\ndata: {\"id\":\"8\"}\n\n");
  EXPECT_EQ(platform.until("\n\n"), "event: room\ndata: {\"id\":\"8\"}\n\n");
  std::vector<std::unique_ptr<Client>> many;
  for (int i = 0; i < 199; ++i) {
    many.push_back(std::make_unique<Client>(running.port));
    many.back()->send(get("/v1/stream", kOfficer));
    EXPECT_NE(many.back()->until(": \n\n"), "");
  }
  EXPECT_EQ(running.ask(get("/v1/stream", kOfficer)).status, 503);
  running.broadcast.publish({"room", {"department/*"}, {{"id", "9"}}});
  for (const auto& client : many) EXPECT_EQ(client->until("\n\n"), "event: room\ndata: {\"id\":\"9\"}\n\n");
  running.server->stop();
  EXPECT_TRUE(officer.closed());
  EXPECT_TRUE(many.back()->closed());
}

TEST(Server, ServesTheConsole) {
  std::string folder = (fs::temp_directory_path() / "lw-console-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  fs::create_directories(folder + "/dist/assets");
  std::ofstream(folder + "/secret.txt") << "secret";
  std::ofstream(folder + "/dist/index.html") << "<!doctype html>";
  std::ofstream(folder + "/dist/assets/index-B4x9dK2q.js") << std::string(5000, ';');
  {
    Running running([&](Config& config) { config.console = folder + "/dist"; });
    const Answered page = running.ask(get("/cases/17?tab=items"));
    EXPECT_EQ(page.body, "<!doctype html>");
    EXPECT_EQ(page.header("Cache-Control"), "no-cache");
    EXPECT_NE(page.header("Content-Security-Policy").find("script-src 'self'"), std::string::npos);
    EXPECT_EQ(running.ask(get("/", "If-None-Match: " + page.header("ETag") + "\r\n")).status, 304);
    const Answered script = running.ask(get("/assets/index-B4x9dK2q.js"));
    EXPECT_EQ(script.header("Cache-Control"), "public, max-age=31536000, immutable");
    EXPECT_EQ(script.body.size(), 5000u);
    const Answered zipped = running.ask(get("/assets/index-B4x9dK2q.js", "Accept-Encoding: gzip, br\r\n"));
    EXPECT_EQ(zipped.header("Content-Encoding"), "gzip");
    EXPECT_LT(zipped.body.size(), 100u);
    EXPECT_EQ(running.ask("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", true).header("Content-Length"), "15");
    EXPECT_EQ(running.ask(get("/assets/gone.js")).status, 404);
    EXPECT_EQ(running.ask(get("/v1/gone")).status, 404);
    EXPECT_EQ(running.ask(post("/", "", "")).status, 405);
    for (const char* path : {"/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/assets/..%2f..%2fsecret.txt", "/%2e%2e%2fsecret.txt", "//secret.txt", "/./secret.txt",
                             "/assets/../../secret.txt", "/..\\secret.txt", "/secret.txt", "/%00secret.txt", "/%252e%252e/secret.txt"}) {
      const Answered tricked = running.ask(get(path));
      EXPECT_TRUE(tricked.status == 400 || tricked.status == 404) << path << " " << tricked.status;
      EXPECT_EQ(tricked.body.find("secret\n"), std::string::npos);
    }
  }
  fs::remove_all(folder);
}

TEST(Server, BelievesNamedProxiesAlone) {
  Running running([](Config& config) { config.proxies = {"127.0.0.1", "10.0.0.9"}; });
  const auto remote = [&](const std::string& forwarded) { return running.ask(get("/v1/published", "X-Forwarded-For: " + forwarded + "\r\n")).json()["remote"]; };
  EXPECT_EQ(remote("203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(remote("198.51.100.1, 203.0.113.7, 10.0.0.9"), "203.0.113.7");
  Running alone;
  EXPECT_EQ(alone.ask(get("/v1/published", "X-Forwarded-For: 203.0.113.7\r\n")).json()["remote"], "127.0.0.1");
  // Metrics: from the same machine, but not through a proxy on it.
  EXPECT_EQ(alone.ask(get("/metrics")).status, 200);
  EXPECT_EQ(alone.ask(get("/metrics", "X-Forwarded-For: 203.0.113.7\r\n")).status, 401);
  EXPECT_EQ(alone.ask(get("/metrics", "X-Forwarded-For: 203.0.113.7\r\nAuthorization: Bearer metrics\r\n")).status, 200);
  EXPECT_NE(alone.ask(get("/metrics")).body.find("livewarden_requests_total{operation=\"metrics\",status=\"401\"} 1"), std::string::npos);
}

TEST(Server, EndsWhatIsUnderWayWhenItStops) {
  std::latch begun(1), go(1);
  Handlers handlers;
  handlers["listCases"] = [&](const Call&) -> desk::Answer<Reply> {
    begun.count_down();
    go.wait();
    return Reply{.body = {{"items", Json::array()}}};
  };
  Running running({}, std::move(handlers));
  Client busy(running.port), idle(running.port);
  EXPECT_EQ(idle.send(get("/healthz")).read().status, 200);
  busy.send(get("/v1/cases", kOfficer));
  begun.wait();
  running.server->stop();
  EXPECT_TRUE(idle.closed());
  EXPECT_FALSE(Client(running.port).is_open());
  go.count_down();
  const Answered last = busy.read();
  EXPECT_EQ(last.status, 200);
  EXPECT_EQ(last.header("Connection"), "close");
  EXPECT_TRUE(busy.closed());
}

TEST(Server, ForcesWhatDoesNotEnd) {
  Running running([](Config& config) { config.limits.drain = Duration{kSecond / 10}; });
  Client stuck(running.port);
  stuck.send("POST /v1/cases/1/comment HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\nExpect: 100-continue\r\n" + kOfficer + kJson + "\r\n");
  EXPECT_EQ(stuck.read(true).status, 100);
  running.server->stop();
  EXPECT_TRUE(stuck.closed());
}

TEST(Server, RefusesHandlersThatDoNotFitTheDocument) {
  Running running;
  const auto told = [&](const std::function<void(Parts&)>& change) {
    Parts parts = running.parts({});
    change(parts);
    const auto opened = Server::open(running.config, std::move(parts));
    return opened ? "" : opened.error().message;
  };
  EXPECT_EQ(told([](Parts&) {}), "");
  EXPECT_EQ(told([](Parts& parts) { parts.handlers.erase("claimCase"); }), "no handler for claimCase");
  EXPECT_EQ(told([](Parts& parts) { parts.handlers["claimCases"] = parts.handlers["claimCase"]; }), "a handler for claimCases, which is not in the document");
  EXPECT_EQ(told([](Parts& parts) { parts.handlers["health"] = parts.handlers["claimCase"]; }), "a handler for health, which the server answers itself");
  EXPECT_EQ(told([](Parts& parts) { parts.events = nullptr; }), "a part of the server is missing");
  Config taken = running.config;
  taken.listen = {"127.0.0.1:" + std::to_string(running.port)};
  const auto second = Server::open(taken, running.parts({}));
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("in use"), std::string::npos) << second.error().message;
}

// A certificate of its own, as files.
void write_certificate(const std::string& folder) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  X509_sign(certificate, key, EVP_sha256());
  for (const char* name : {"cert", "key"}) {
    std::FILE* file = std::fopen((folder + "/" + name + ".pem").c_str(), "w");
    if (name[0] == 'c') PEM_write_X509(file, certificate);
    else PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
  }
  X509_free(certificate);
  EVP_PKEY_free(key);
}

// What a client that speaks no newer version gets for a request; empty: no handshake.
std::string ask_over_tls(std::uint16_t port, int newest, const std::string& request) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context, newest);
  BIO* bio = BIO_new_ssl_connect(context);
  BIO_set_conn_hostname(bio, ("127.0.0.1:" + std::to_string(port)).c_str());
  std::string out;
  if (BIO_do_connect(bio) == 1) {
    BIO_write(bio, request.data(), static_cast<int>(request.size()));
    char piece[4096];
    for (int size = 0; (size = BIO_read(bio, piece, sizeof piece)) > 0;) out.append(piece, static_cast<std::size_t>(size));
  }
  BIO_free_all(bio);
  SSL_CTX_free(context);
  return out;
}

TEST(Server, SpeaksTls) {
  std::string folder = (fs::temp_directory_path() / "lw-tls-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  write_certificate(folder);
  {
    Running running([&](Config& config) {
      config.tls.certificate = folder + "/cert.pem";
      config.tls.key = folder + "/key.pem";
    });
    const std::string request = get("/healthz", "Connection: close\r\n");
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      const std::string answered = ask_over_tls(running.port, version, request);
      EXPECT_NE(answered.find("200 OK"), std::string::npos);
      EXPECT_NE(answered.find("Strict-Transport-Security"), std::string::npos);
      EXPECT_TRUE(answered.ends_with(R"({"status":"ok"})"));
    }
    EXPECT_EQ(ask_over_tls(running.port, TLS1_1_VERSION, request), "");
    EXPECT_EQ(running.ask(request).status, 0);  // without TLS
    EXPECT_NE(ask_over_tls(running.port, TLS1_3_VERSION, request), "");
    Config wrong = running.config;
    wrong.tls.key = folder + "/gone.pem";
    EXPECT_FALSE(Server::open(wrong, running.parts({})));
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace lw::server
