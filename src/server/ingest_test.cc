// What passes the gate before the event log, and what does not, whoever hands it in.
#include "server/ingest.h"

#include "event/decoder.h"
#include "event/pseudonym.h"
#include "server/scratch_service.h"

namespace lw::server {
namespace {

std::string event(const std::string& type, const std::string& data, const std::string& source = "/platforms/alpha", const std::string& time = "2026-06-01T20:00:00+08:00") {
  return R"({"specversion":"1.0","id":"e","source":")" + source + R"(","type":"live.)" + type + R"(","time":")" + time + R"(","data":)" + data + "}";
}

// Why that is refused; empty: it is not.
std::string refused(Ingest& ingest, const std::string& line, const desk::Actor& who = kAlpha) {
  const Checked checked = ingest.check({line}, who);
  EXPECT_TRUE(checked.status) << checked.status.error().message;
  EXPECT_EQ(checked.good + checked.bad.size(), 1u);
  EXPECT_EQ(checked.good, static_cast<std::size_t>(std::ranges::count(checked.lines, '\n')));
  return checked.bad.empty() ? "" : checked.bad.front().second;
}

TEST(Ingest, WhatLivewardenSaysOfItselfComesFromNobodyElse) {
  ScratchService service;
  for (const char* type : {"credit.changed", "case.changed", "decision.made", "intervention.requested"}) {
    for (const auto& [source, who] : {std::pair{"/livewarden", kKeeper}, {"/platforms/alpha", kKeeper}, {"/platforms/alpha", kAlpha}}) {
      EXPECT_EQ(refused(*service.ingest, event(type, "{}", source), who), fmt::format("live.{} is what Livewarden says itself", type)) << source;
    }
  }
  EXPECT_EQ(refused(*service.ingest, chat("e", "beta"), kKeeper), "") << "of others it hands in what they say";
}

TEST(Ingest, NobodyIsAheadOfTheClock) {
  ScratchService service;
  Ingest ingest(service.engine->inlet, [&] { return service.plan(); }, Hide(), Settle(), [] { return parse_rfc3339("2026-06-01T20:10:00+08:00").value(); });
  const auto at = [](const std::string& time) { return event("chat.posted", R"({"room":"r","account":"u","text":"x"})", "/platforms/alpha", time); };
  EXPECT_EQ(refused(ingest, at("2026-06-01T20:10:00+08:00")), "");
  for (const desk::Actor& who : {kAlpha, kKeeper}) {
    EXPECT_NE(refused(ingest, at("2026-06-01T20:10:00.000000001+08:00"), who).find("limits.ahead"), std::string::npos);
    EXPECT_NE(refused(ingest, at("2200-01-01T00:00:00Z"), who).find("time: 2200-01-01"), std::string::npos);
  }
}

TEST(Ingest, NamesAndAmountsAreBounded) {
  ScratchService service;
  const std::string longest(256, 'x');
  for (const char* field : {"room", "session", "product", "merchant", "order", "operator", "target"}) {
    EXPECT_EQ(refused(*service.ingest, event("order.placed", fmt::format(R"({{"{}":"{}"}})", field, longest))), "") << field;
    EXPECT_EQ(refused(*service.ingest, event("order.placed", fmt::format(R"({{"{}":"{}x"}})", field, longest))), fmt::format("data.{}: 257 bytes, at most 256 are allowed", field));
  }
  EXPECT_NE(refused(*service.ingest, event("chat.posted", "{}", "/platforms/alpha/" + longest)).find("source: 273 bytes"), std::string::npos);
  EXPECT_EQ(refused(*service.ingest, event("chat.posted", fmt::format(R"({{"text":"{}"}})", std::string(5000, 'x')))), "") << "a text is no name";
  EXPECT_EQ(refused(*service.ingest, event("gift.sent", R"({"amount":1000000000000000})")), "");
  for (const char* amount : {"1000000000000001", "-1000000000000001", "9000000000000000000"}) {
    EXPECT_EQ(refused(*service.ingest, event("gift.sent", fmt::format(R"({{"amount":{}}})", amount))), fmt::format("data.amount: {} is beyond 1000000000000000", amount));
  }
}

TEST(Ingest, WhoCannotBeHiddenIsNotLetIn) {
  ScratchService service;
  const Hide hide = [](std::string_view line, std::string& to) -> Result<std::string_view> {
    return event::hide(line, [](const event::Personal&, std::string_view) { return std::string("p_hidden"); }, to);
  };
  Ingest ingest(service.engine->inlet, [&] { return service.plan(); }, hide);
  const std::string seen = event("chat.posted", R"({"account":"u1","zz":1e300})"), unseen = event("chat.posted", R"({"account":"u1","zz":1e999})");
  EXPECT_EQ(refused(*service.ingest, unseen), "") << "it is an event";
  EXPECT_EQ(refused(ingest, unseen), event::kNotHidden);
  const Checked checked = ingest.check({unseen, seen, unseen}, kAlpha);
  EXPECT_EQ(checked.good, 1u);
  EXPECT_EQ(checked.lines.find("u1"), std::string::npos) << checked.lines;
}

// The engine reads the line again, and would put it aside behind an acknowledgement.
TEST(Ingest, WhatGrewTooLongIsSaidAtOnce) {
  ScratchService service;
  std::size_t size = 0;
  const Hide hide = [&](std::string_view, std::string& to) -> Result<std::string_view> {
    to.assign(size, ' ');
    return std::string_view(to);
  };
  Ingest ingest(service.engine->inlet, [&] { return service.plan(); }, hide);
  size = event::kMaxEventBytes;
  EXPECT_EQ(refused(ingest, chat("e")), "");
  ++size;
  EXPECT_EQ(refused(ingest, chat("e")), "longer than 1048576 bytes once names stand in the place of ids");
}

TEST(Ingest, OfManyBadOnesTheFirstAreListed) {
  ScratchService service;
  const Checked checked = service.ingest->check(std::vector<std::string_view>(5000, "1"), kAlpha, 1000);
  EXPECT_EQ(checked.bad.size(), 1000u);
  EXPECT_EQ(checked.bad.back().first, 999u);
  EXPECT_EQ(checked.unlisted, 4000u);
  EXPECT_EQ(service.ingest->check(std::vector<std::string_view>(5000, "1"), kAlpha).bad.size(), 5000u);
}

}  // namespace
}  // namespace lw::server
