// What follows from a decision, and what does not.
#include "desk/take_in.h"

#include "desk/case_test.h"
#include "desk/decisions.h"
#include "desk/outcomes.h"

namespace lw::desk {
namespace {

TEST(TakeIn, WhatFollows) {
  struct Row {
    const char* what;
    Json change;
    int cases, interventions, findings;
  };
  const std::vector<Row> table = {
      {"a violation of somebody known", {}, 1, 1, 1},
      {"in shadow mode", {{"mode", "shadow"}}, 0, 0, 0},
      {"of no weight", {{"severity", "info"}}, 0, 0, 0},
      {"too light for a case", {{"severity", "low"}}, 0, 1, 1},
      {"nobody liable is known", {{"liable", nullptr}}, 0, 1, 1},
      {"the child who tipped", {{"liable", nullptr}, {"target", {{"kind", "account"}, {"id", "u1"}}}}, 0, 1, 1},
      {"an account that a rule holds liable", {{"liable", {{"kind", "account"}, {"id", "u1"}}}}, 0, 1, 1},
      {"a party that is the target", {{"liable", nullptr}, {"target", {{"kind", "operator"}, {"id", "op1"}}}}, 1, 1, 1},
      {"the platform's own duty", {{"liable", nullptr}, {"target", {{"kind", "platform"}, {"id", "alpha"}}}, {"room", nullptr}}, 1, 1, 0},
      {"a department's duty", {{"liable", nullptr}, {"target", {{"kind", "department"}, {"id", "samr"}}}}, 0, 1, 1},
      {"only what a person may ask for", {{"actions", {"cut-stream", "hold-payout"}}}, 1, 0, 1},
      {"two actions of a machine", {{"actions", {"limit-traffic", "warn", "delist"}}}, 1, 2, 1},
      {"no platform to ask", {{"platform", nullptr}, {"room", nullptr}}, 1, 0, 0},
  };
  for (const Row& row : table) {
    DeskScene scene;
    scene.decide(decision("d1", row.change.is_null() ? Json::object() : row.change));
    EXPECT_EQ(scene.number("SELECT COUNT(*) FROM decision"), 1) << row.what;
    EXPECT_EQ(scene.number("SELECT COUNT(*) FROM leaf WHERE kind = 'decision' AND ref = 'd1'"), 1) << row.what;
    EXPECT_EQ(scene.number("SELECT COUNT(*) FROM case_file"), row.cases) << row.what;
    EXPECT_EQ(scene.number("SELECT COUNT(*) FROM intervention"), row.interventions) << row.what;
    EXPECT_EQ(scene.number("SELECT COALESCE(SUM(findings), 0) FROM room"), row.findings) << row.what;
  }
}

TEST(TakeIn, EachNumberOnce) {
  DeskScene scene;
  for (const std::uint64_t n : {1, 2, 2, 1, 3, 3}) {
    ASSERT_TRUE(scene.db->write([&](store::Session& session) -> Status {
      take_in(session, scene.policy, n, decision("d" + std::to_string(n)), scene.now);
      EXPECT_EQ(taken_in(session), std::max<std::uint64_t>(n, taken_in(session)));
      return session.status();
    }));
  }
  EXPECT_EQ(scene.number("SELECT COUNT(*) FROM decision"), 3);
  EXPECT_EQ(scene.number("SELECT decisions FROM case_file"), 3);
  EXPECT_EQ(scene.number("SELECT COUNT(*) FROM intervention"), 3);
  EXPECT_EQ(scene.number("SELECT COUNT(*) FROM leaf WHERE kind = 'decision'"), 3);
}

TEST(TakeIn, OneUndecidedCaseForPartyViolationSession) {
  struct Row {
    const char* what;
    Json change;
    int cases;  // with the first one, which is of session s1
  };
  const std::vector<Row> table = {
      {"the same", {{"severity", "critical"}}, 1},
      {"another rule of it", {{"rule", "false-claim/effect"}, {"target", {{"kind", "room"}, {"id", "r1"}}}}, 1},
      {"another session", {{"session", "s2"}}, 2},
      {"no session", {{"session", nullptr}}, 1},
      {"another violation", {{"violation", "price-fraud"}}, 2},
      {"another party", {{"liable", {{"kind", "merchant"}, {"id", "m2"}}}}, 2},
      {"a party of another kind by that name", {{"liable", {{"kind", "host"}, {"id", "m1"}}}}, 2},
      {"another platform's", {{"platform", "beta"}}, 2},
  };
  for (const Row& row : table) {
    DeskScene scene;
    scene.decide(decision("d1"));
    scene.decide(decision("d2", row.change));
    EXPECT_EQ(scene.number("SELECT COUNT(*) FROM case_file"), row.cases) << row.what;
    EXPECT_EQ(scene.number("SELECT COUNT(*) FROM decision WHERE case_id <> 0"), 2) << row.what;
  }
}

TEST(TakeIn, ALeadBesideTheLeadHelpsAndTheGravestCounts) {
  DeskScene scene;
  scene.decide(decision("d1", {{"severity", "medium"}, {"assist", Json::array()}}));
  scene.decide(decision("d2", {{"severity", "critical"}, {"lead", "nmpa"}, {"assist", {"samr", "mps"}}}));
  scene.decide(decision("d3", {{"severity", "high"}}));
  const Json seen = scene.seen(kLi, 1);
  EXPECT_EQ(seen["severity"], "critical");
  EXPECT_EQ(seen["lead"], "samr");
  EXPECT_EQ(seen["assist"], Json({"nmpa", "mps", "cac"}));
  EXPECT_EQ(seen["counts"]["decisions"], 3);
}

TEST(TakeIn, RiskHalvesByItself) {
  DeskScene scene;
  const auto risk = [&] {
    EXPECT_TRUE(scene.db->write([&](store::Session& session) -> Status {
      cool_rooms(session, scene.policy, scene.now);
      return session.status();
    }));
    return scene.number("SELECT risk FROM room");
  };
  scene.decide(decision("d1", {{"severity", "critical"}}));
  EXPECT_EQ(risk(), 64);
  scene.now = scene.now + Duration{59 * kMinute};
  EXPECT_EQ(risk(), 64);
  scene.now = scene.now + Duration{kMinute};
  EXPECT_EQ(risk(), 32);
  EXPECT_EQ(risk(), 32) << "once for each half-life";
  scene.now = scene.now + Duration{90 * kMinute};
  scene.decide(decision("d2", {{"severity", "medium"}}));
  EXPECT_EQ(risk(), 16 + 4);
  scene.now = scene.now + Duration{30 * kMinute};
  EXPECT_EQ(risk(), 10) << "the half-life that began before the second";
  scene.now = scene.now + Duration{1000 * kHour};
  EXPECT_EQ(risk(), 0);
}

TEST(Decisions, WhoSeesThem) {
  DeskScene scene;
  scene.decide(decision("d1"));
  scene.decide(decision("d2", {{"liable", nullptr}, {"target", {{"kind", "account"}, {"id", "u1"}}}}));
  scene.decide(decision("d3", {{"mode", "shadow"}}));
  scene.decide(decision("d4", {{"platform", "beta"}, {"lead", "mct"}, {"assist", Json::array()}}));
  struct Row {
    const Actor* who;
    std::vector<std::string> ids;
  };
  const std::vector<Row> table = {{&kLi, {"d3", "d2", "d1"}},  {&kCac, {"d3", "d2", "d1"}}, {&kMct, {"d4"}},  {&kAlpha, {"d2", "d1"}}, {&kBeta, {"d4"}},
                                  {&kMerchant, {"d1"}},        {&kOther, {}},               {&kKeeper, {}}, {&kPublic, {}}};
  for (const Row& row : table) {
    const auto got = scene.as(*row.who, [](const Act& act) { return list_decisions(act, {}); });
    ASSERT_TRUE(done(got));
    std::vector<std::string> ids;
    for (const Json& item : (*got)["items"]) ids.push_back(item["id"]);
    EXPECT_EQ(ids, row.ids) << row.who->name;
    for (const char* id : {"d1", "d2", "d3", "d4"}) {
      const auto one = scene.as(*row.who, [&](const Act& act) { return get_decision(act, id); });
      EXPECT_EQ(why(one), std::ranges::count(row.ids, id) ? "done" : "not found") << row.who->name << " " << id;
    }
  }
  const auto one = scene.as(kLi, [](const Act& act) { return get_decision(act, "d1"); });
  EXPECT_EQ((*one)["record"], decision("d1"));
}

TEST(Decisions, ListsGoOnWhereTheyEnded) {
  DeskScene scene;
  for (int i = 1; i <= 7; ++i) scene.decide(decision("d" + std::to_string(i), {{"severity", i % 2 ? "high" : "low"}}));
  std::vector<std::string> ids;
  Query query{{"limit", "3"}};
  for (;;) {
    const auto got = scene.as(kLi, [&](const Act& act) { return list_decisions(act, query); });
    ASSERT_TRUE(done(got));
    for (const Json& item : (*got)["items"]) ids.push_back(item["id"]);
    if (!got->contains("next")) break;
    query["after"] = (*got)["next"];
  }
  EXPECT_EQ(ids, (std::vector<std::string>{"d7", "d6", "d5", "d4", "d3", "d2", "d1"}));
  const auto count = [&](const Query& filter) {
    const auto got = scene.as(kLi, [&](const Act& act) { return list_decisions(act, filter); });
    return got ? static_cast<int>((*got)["items"].size()) : -1;
  };
  EXPECT_EQ(count({{"severity", "low"}}), 7);
  EXPECT_EQ(count({{"severity", "medium"}}), 4) << "at least";
  EXPECT_EQ(count({{"case_id", "1"}}), 4);
  EXPECT_EQ(count({{"liable_kind", "merchant"}, {"liable_id", "m1"}}), 7);
  EXPECT_EQ(count({{"liable_kind", "merchant"}, {"liable_id", "m2"}}), 0);
  EXPECT_EQ(count({{"from", "2026-11-26T10:00:00+08:00"}, {"to", "2026-11-26T10:00:01+08:00"}}), 7);
  EXPECT_EQ(count({{"to", "2026-11-26T10:00:00+08:00"}}), 0);
  EXPECT_EQ(count({{"from", "yesterday"}}), -1);
}

}  // namespace
}  // namespace lw::desk
