// Events over real sockets: in, in every form and under every refusal; out, to consoles.
#include <zstd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>

#include "server/server_fixture.h"

namespace lw::server {
namespace {

TEST(Events, AreTakenInEveryForm) {
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

TEST(Events, AreRefusedWhenTheyCannotBeTaken) {
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

TEST(Events, AreWaitedForWhenTheyAreDecided) {
  Running running;
  EXPECT_EQ(running.ask(post("/v1/decide", kEvents + kJson, R"({"a":1})")).json(), Json({{"answer", "accept"}, {"decisions", Json::array()}}));
  EXPECT_EQ(running.ask(post("/v1/decide", kEvents + kJson, R"({"bad":1})")).status, 400);
  EXPECT_EQ(running.ask(post("/v1/decide", kEvents + kJson, R"({"full":1})")).status, 429);
  EXPECT_EQ(running.ask(post("/v1/decide", kEvents + kJson, R"([{"a":1}])")).status, 400);
  EXPECT_EQ(running.ask(post("/v1/decide", kOfficer + kJson, R"({"a":1})")).status, 403);
}

TEST(Events, StreamToWhoMaySee) {
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

TEST(Events, AStreamThatIsNeverQuietEndsWithItsSession) {
  std::atomic<bool> known = true;
  Running running({}, {}, [&](Parts& parts) {
    parts.streams_ask = std::chrono::milliseconds(0);
    parts.identify = [&known](const Credentials& given) { return known ? identify(given) : desk::Answer<desk::Actor>(desk::refuse(Why::kUnknown, "logged out")); };
  });
  Client officer(running.port);
  officer.send(get("/v1/stream", kOfficer));
  officer.until(": \n\n");
  running.broadcast.publish({"case", {"department/samr"}, {{"id", 0}}});
  EXPECT_EQ(officer.until("\n\n"), "event: case\ndata: {\"id\":0}\n\n");
  known = false;
  bool ended = false;
  for (int i = 1; i < 1000 && !ended; ++i) {
    running.broadcast.publish({"case", {"department/samr"}, {{"id", i}}});
    ended = officer.until("\n\n").empty();
  }
  EXPECT_TRUE(ended);
}

TEST(Events, ShareTheMemoryForBodies) {
  Running running([](Config& config) {
    config.limits.held_bytes = (2 << 20) + 1000;
    config.limits.public_bytes = 2000;
  });
  const auto held = [&] {
    const std::lock_guard lock(running.log.mutex);
    return running.log.held.size();
  };
  Client client(running.port);
  client.send("POST /v1/events HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n" + kLines + "\r\n8\r\n{\"a\":1}\n\r\n");
  while (held() == 0) std::this_thread::yield();
  EXPECT_EQ(running.ask(post("/v1/events", kLines, "{}")).status, 503);
  const std::string long_comment = R"({"text":")" + std::string(1500, 'x') + "\"}";
  EXPECT_EQ(running.ask(post("/v1/cases/17/comment", kOfficer + kJson, long_comment)).status, 503);
  EXPECT_EQ(running.ask(post("/v1/cases/17/comment", kOfficer + kJson, R"({"text":"x"})")).status, 200);
  client.send("0\r\n\r\n");
  EXPECT_EQ(client.read().status, 202);
  EXPECT_EQ(running.ask(post("/v1/cases/17/comment", kOfficer + kJson, long_comment)).status, 200);
  EXPECT_EQ(running.ask(post("/v1/login", kJson, R"({"name":"li","password":")" + std::string(2000, 'x') + "\"}")).status, 413);
}

}  // namespace
}  // namespace lw::server
