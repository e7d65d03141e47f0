// The server over real sockets: what it answers, what it refuses, and whom it does not wait for.
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <latch>

#include "server/log.h"
#include "server/server_fixture.h"

namespace lw::server {
namespace {

namespace fs = std::filesystem;

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
  Running running([](Config& config) { config.limits.requests = config.workers = 1; }, std::move(handlers));
  Client slow(running.port);
  slow.send(get("/v1/cases", kOfficer));
  begun.wait();
  const Answered refused = running.ask(get("/v1/rooms", kOfficer));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.header("Retry-After"), "1");
  EXPECT_EQ(running.ask(get("/healthz")).status, 200);  // though no worker is free
  EXPECT_EQ(running.ask(get("/readyz")).status, 200);
  go.count_down();
  EXPECT_EQ(slow.read().status, 200);
  EXPECT_EQ(running.ask(get("/v1/rooms", kOfficer)).status, 200);
}

TEST(Server, BoundsLogins) {
  std::latch begun(1), go(1);
  Handlers handlers;
  handlers["login"] = [&](const Call&) -> desk::Answer<Reply> {
    if (!begun.try_wait()) begun.count_down();
    go.wait();
    return desk::refuse(Why::kUnknown, "wrong");
  };
  Running running([](Config& config) {
    config.workers = 2;
    config.limits.logins = 2;
    config.proxies = {"127.0.0.1"};
  }, std::move(handlers));
  const auto attempt = [](const std::string& headers = "") { return post("/v1/login", kJson + headers, R"({"name":"li","password":"x"})"); };
  Client slow(running.port);
  slow.send(attempt());
  begun.wait();
  const Answered crowded = running.ask(attempt());
  EXPECT_EQ(crowded.status, 429);
  EXPECT_EQ(crowded.header("Retry-After"), "1");
  EXPECT_EQ(running.ask(get("/v1/rooms", kOfficer)).status, 200) << "workers are left for others";
  go.count_down();
  EXPECT_EQ(slow.read().status, 401);
  EXPECT_EQ(running.ask(attempt()).status, 401);
  const Answered greedy = running.ask(attempt());
  EXPECT_EQ(greedy.status, 429);
  EXPECT_EQ(greedy.header("Retry-After"), "60");
  EXPECT_EQ(running.ask(attempt("X-Forwarded-For: 203.0.113.7\r\n")).status, 401) << "another address";
}

TEST(Server, LogsWhoAsked) {
  testing::internal::CaptureStderr();
  log::start("debug", "json");
  {
    Running running;
    EXPECT_EQ(running.ask(get("/v1/rooms", kOfficer)).status, 200);
  }
  log::start("warning", "text");
  const std::string logged = testing::internal::GetCapturedStderr();
  EXPECT_NE(logged.find(R"("actor":"person/li")"), std::string::npos) << logged;
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
                             "/assets/../../secret.txt", "/..\\secret.txt", "/secret.txt", "/%00secret.txt"}) {
      const Answered tricked = running.ask(get(path));
      EXPECT_TRUE(tricked.status == 400 || tricked.status == 404) << path << " " << tricked.status;
    }
    EXPECT_EQ(running.ask(get("/%252e%252e/secret.txt")).body, "<!doctype html>") << "decoded once: a page's name like any other";
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
