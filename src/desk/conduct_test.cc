#include "desk/conduct.h"

#include <gtest/gtest.h>

#include "desk/credit.h"
#include "desk/records.h"
#include "store/scratch_database.h"

namespace lw::desk {
namespace {

const Time kNow = parse_rfc3339("2026-06-01T20:00:00+08:00").value();

pack::DeskPolicy policy() {
  pack::DeskPolicy out;
  out.kinds = {"host", "operator", "merchant"};
  out.grades = {{.id = "A", .name = {}, .from = 1010, .keep = 1005, .entitlements = {}}, {.id = "B", .name = {}, .from = 0, .keep = 0, .entitlements = {}}};
  pack::CreditClass conduct;
  conduct.id = "conduct";
  conduct.most = 100;
  out.ceiling = 1100;
  out.classes = {conduct};
  pack::Conduct clean;
  clean.id = "clean-broadcasts";
  clean.credit_class = "conduct";
  clean.points = 10;
  clean.count = 2;
  pack::Conduct prompt = clean;
  prompt.id = "prompt-refunds";
  prompt.within = {.months = 6};
  prompt.prompt = {.days = 1};
  out.conduct = {clean, prompt};
  return out;
}

Json ended(const std::string& session) {
  return {{"type", "live.session.ended"}, {"source", "/platforms/alpha"}, {"time", "2026-06-01T20:00:00+08:00"}, {"data", {{"session", session}, {"room", "r1"}, {"host", "h1"}, {"operator", "o1"}}}};
}

std::int64_t score(store::Database& db, const std::string& kind, const std::string& id) {
  std::int64_t out = -1;
  EXPECT_TRUE(db.read([&](store::Session& session) -> Status {
    const auto rows = session.rows("SELECT score FROM credit WHERE platform = 'alpha' AND kind = :kind AND id = :id", kind, id);
    if (!rows.empty()) out = rows[0].number(0);
    return {};
  }));
  return out;
}

void see(store::Database& db, const Json& event) {
  const pack::DeskPolicy given = policy();
  const Status done = db.write([&](store::Session& session) -> Status {
    notice(session, given, event, kNow);
    return {};
  });
  ASSERT_TRUE(done) << done.error().message;
}

TEST(Conduct, CleanBroadcastsInARowGivePointsOnce) {
  store::ScratchDatabase scratch;
  const auto db = scratch.open();
  see(*db, ended("s1"));
  EXPECT_EQ(score(*db, "host", "h1"), 1000) << "one is not two; and who is new has credit";
  see(*db, ended("s1"));
  EXPECT_EQ(score(*db, "host", "h1"), 1000) << "the same broadcast again is the same";
  see(*db, ended("s2"));
  EXPECT_EQ(score(*db, "host", "h1"), 1010);
  EXPECT_EQ(score(*db, "operator", "o1"), 1010);
}

TEST(Conduct, ABroadcastWithAFindingIsNotClean) {
  store::ScratchDatabase scratch;
  const auto db = scratch.open();
  see(*db, ended("s1"));
  ASSERT_TRUE(db->write([&](store::Session& session) -> Status {
    session.run("INSERT INTO decision (n, id, rule, obligation, violation, severity, mode, platform, target_kind, target_id, liable_kind, liable_id, room, session, lead, assist, "
                "trigger_event, at, taken_in, case_id, outcome, record) VALUES (1, 'd', 'r', 'o', 'absolute-term', 'low', 'enforce', 'alpha', 'room', 'r1', '', '', 'r1', 's2', 'samr', "
                "'[]', 'e', 0, 0, 0, '', '{}')");
    return {};
  }));
  see(*db, ended("s2"));
  EXPECT_EQ(score(*db, "host", "h1"), 1000);
  see(*db, ended("s3"));
  EXPECT_EQ(score(*db, "host", "h1"), 1010);
}

Json returned(const std::string& type, const std::string& order, const std::string& time, const std::string& merchant = {}) {
  Json out{{"type", "live." + type}, {"source", "/platforms/alpha"}, {"time", time + "+08:00"}, {"data", {{"order", order}}}};
  if (!merchant.empty()) out["data"]["merchant"] = merchant;
  return out;
}

TEST(Conduct, WhatIsNeitherTrueNorFalseShowsNothing) {
  store::ScratchDatabase scratch;
  const auto db = scratch.open();
  for (const Json& shown : {Json(nullptr), Json("true"), Json(1), Json(true)}) {
    see(*db, {{"type", "live.page.captured"}, {"source", "/platforms/alpha"}, {"time", "2026-06-01T20:00:00+08:00"},
              {"data", {{"room", "r1"}, {"operator", "o1"}, {"shows_operator", shown}, {"shows_seller", true}}}});
  }
  EXPECT_EQ(score(*db, "operator", "o1"), 1000) << "who is new has credit";
}

TEST(Conduct, RefundsInARowByTheNextDayGivePoints) {
  store::ScratchDatabase scratch;
  const auto db = scratch.open();
  const auto refund = [&](const std::string& order, const std::string& paid) {
    see(*db, returned("return.requested", order, "2026-06-01T09:00:00", "m1"));
    see(*db, returned("order.refunded", order, paid));
    return score(*db, "merchant", "m1");
  };
  EXPECT_EQ(refund("o1", "2026-06-02T23:59:59"), 1000);
  EXPECT_EQ(refund("o2", "2026-06-03T00:00:01"), 1000) << "too late: the row begins anew";
  EXPECT_EQ(refund("o3", "2026-06-01T10:00:00"), 1000);
  EXPECT_EQ(refund("o3", "2026-06-01T10:00:00"), 1000) << "one order, one refund";
  see(*db, returned("order.refunded", "o4", "2026-06-01T10:00:00", "m1"));
  EXPECT_EQ(score(*db, "merchant", "m1"), 1000) << "nobody had asked for it";
  see(*db, returned("return.requested", "o5", "2026-06-01T09:00:00"));
  see(*db, returned("order.refunded", "o5", "2026-06-01T09:30:00"));
  EXPECT_EQ(score(*db, "merchant", "m1"), 1000) << "nobody says whose";
  see(*db, returned("return.requested", "o6", "2026-06-01T09:00:00"));
  see(*db, returned("order.refunded", "o6", "2026-06-01T09:30:00", "m1"));
  EXPECT_EQ(score(*db, "merchant", "m1"), 1010);
}

}  // namespace
}  // namespace lw::desk
