// A case from its first decision to closure: who may do what, in which state, and what it leaves behind.
#include "desk/cases.h"

#include <functional>
#include <map>

#include "desk/accused.h"
#include "desk/audit_log.h"
#include "desk/case_test.h"
#include "desk/decisions.h"
#include "desk/interventions.h"
#include "desk/outcomes.h"

namespace lw::desk {
namespace {

using Verb = Answer<Json> (*)(const Act&, std::uint64_t, const Json&);

const Json kReason{{"text", "the label says otherwise"}};
const Json kTold{{"text", "A seller promised cures"}};
const Json kWarning{{"kind", "warning"}, {"text", "do not do it again"}};

Json with(Json body, std::string_view field, Json value) {
  body[field] = std::move(value);
  return body;
}

// A scene whose case 1 is in that state.
std::unique_ptr<DeskScene> in_state(const std::string& state) {
  auto scene = std::make_unique<DeskScene>();
  scene->decide(decision("d1"));
  const auto step = [&](const Answer<Json>& answer) { EXPECT_TRUE(done(answer)) << state; };
  if (state == "open") return scene;
  step(scene->act(kLi, claim_case, 1));
  if (state == "claimed") return scene;
  if (state == "rejected") {
    step(scene->act(kLi, reject_case, 1, kReason));
    return scene;
  }
  step(scene->act(kLi, confirm_case, 1, kReason));
  if (state == "confirmed") return scene;
  if (state == "closed") {
    scene->now = scene->now + Duration{40 * kDay};
    step(scene->act(kLi, close_case, 1));
    return scene;
  }
  step(scene->act(kMerchant, file_appeal, 1, {{"text", "it is true"}}));
  if (state == "appealed") return scene;
  step(scene->on(kZhao, decide_appeal, 1, {{"outcome", state}, {"text", "it was looked at again"}}));
  return scene;
}

const std::vector<std::string> kStates = {"open", "claimed", "confirmed", "rejected", "appealed", "upheld", "overturned", "closed"};

TEST(Cases, WhichActsAStateAllows) {
  struct Row {
    const char* what;
    Verb verb;
    const Actor* who;
    Json body;
    std::vector<std::string> states;
  };
  const std::vector<Row> table = {
      {"claim", claim_case, &kWang, {}, {"open"}},
      {"release", release_case, &kLi, {}, {"claimed"}},
      {"assign", assign_case, &kZhao, {{"owner", "wang"}}, {"open", "claimed"}},
      {"comment", comment_case, &kCac, {{"text", "seen before"}}, kStates},
      {"confirm", confirm_case, &kLi, kReason, {"claimed"}},
      {"reject", reject_case, &kLi, kReason, {"claimed"}},
      {"transfer", transfer_case, &kLi, {{"lead", "mct"}, {"text", "theirs"}}, {"open", "claimed"}},
      {"join", join_case, &kLi, {{"assist", {"mps"}}}, {"open", "claimed", "confirmed", "rejected", "appealed", "upheld", "overturned"}},
      {"publish", publish_case, &kZhao, kTold, {"confirmed", "upheld", "closed"}},
      {"impose", impose_measure, &kLi, kWarning, {"confirmed", "upheld"}},
      {"appeal", file_appeal, &kMerchant, {{"text", "it is true"}}, {"confirmed"}},
      {"close", close_case, &kLi, {}, {"rejected", "upheld", "overturned"}},  // what is confirmed may still be appealed
  };
  for (const Row& row : table) {
    for (const std::string& state : kStates) {
      const auto scene = in_state(state);
      ASSERT_EQ(scene->seen(kLi, 1)["state"], state);
      const auto leaves = scene->number("SELECT COUNT(*) FROM leaf");
      const auto answer = scene->act(*row.who, row.verb, 1, row.body.is_null() ? Json::object() : row.body);
      const bool allowed = std::ranges::count(row.states, state) > 0;
      EXPECT_EQ(why(answer), allowed ? "done" : "conflict") << row.what << " of one that is " << state << (answer ? "" : ": " + answer.error().message);
      EXPECT_EQ(scene->number("SELECT COUNT(*) FROM leaf") == leaves, !allowed) << row.what << ": what is refused leaves nothing behind";
    }
  }
}

TEST(Cases, WhoMayAct) {
  struct Row {
    const char* what;
    Verb verb;
    const char* state;
    Json body;
    std::map<const Actor*, const char*> others;  // what they get; whoever is not named: not found
  };
  const std::vector<Row> table = {
      {"claim", claim_case, "open", {},
       {{&kLi, "done"}, {&kZhao, "done"}, {&kSun, "forbidden"}, {&kViewer, "forbidden"}, {&kAuditor, "forbidden"}, {&kCac, "forbidden"}, {&kAlpha, "forbidden"}, {&kMerchant, "forbidden"}}},
      {"release", release_case, "claimed", {},
       {{&kLi, "done"}, {&kWang, "forbidden"}, {&kZhao, "done"}, {&kSun, "forbidden"}, {&kViewer, "forbidden"}, {&kAuditor, "forbidden"}, {&kCac, "forbidden"}, {&kAlpha, "forbidden"}, {&kMerchant, "forbidden"}}},
      {"assign", assign_case, "open", {{"owner", "wang"}},
       {{&kLi, "forbidden"}, {&kZhao, "done"}, {&kSun, "done"}, {&kViewer, "forbidden"}, {&kAuditor, "forbidden"}, {&kCac, "forbidden"}, {&kAlpha, "forbidden"}, {&kMerchant, "forbidden"}}},
      {"comment", comment_case, "claimed", {{"text", "seen before"}},
       {{&kLi, "done"}, {&kWang, "done"}, {&kZhao, "done"}, {&kSun, "forbidden"}, {&kViewer, "forbidden"}, {&kAuditor, "forbidden"}, {&kCac, "done"}, {&kAlpha, "forbidden"}, {&kMerchant, "forbidden"}}},
      {"confirm", confirm_case, "claimed", kReason,
       {{&kLi, "done"}, {&kWang, "conflict"}, {&kZhao, "conflict"}, {&kSun, "forbidden"}, {&kViewer, "forbidden"}, {&kAuditor, "forbidden"}, {&kCac, "forbidden"}, {&kAlpha, "forbidden"}, {&kMerchant, "forbidden"}}},
      {"impose", impose_measure, "confirmed", kWarning,
       {{&kLi, "done"}, {&kWang, "done"}, {&kZhao, "done"}, {&kSun, "forbidden"}, {&kViewer, "forbidden"}, {&kAuditor, "forbidden"}, {&kCac, "forbidden"}, {&kAlpha, "forbidden"}, {&kMerchant, "forbidden"}}},
      {"publish", publish_case, "confirmed", kTold,
       {{&kLi, "forbidden"}, {&kWang, "forbidden"}, {&kZhao, "done"}, {&kSun, "forbidden"}, {&kViewer, "forbidden"}, {&kAuditor, "forbidden"}, {&kCac, "forbidden"}, {&kAlpha, "forbidden"}, {&kMerchant, "forbidden"}}},
      {"appeal", file_appeal, "confirmed", {{"text", "it is true"}},
       {{&kLi, "done"}, {&kWang, "done"}, {&kZhao, "done"}, {&kSun, "forbidden"}, {&kViewer, "forbidden"}, {&kAuditor, "forbidden"}, {&kCac, "forbidden"}, {&kAlpha, "forbidden"}, {&kMerchant, "done"}}},
  };
  const std::vector<const Actor*> everybody = {&kLi, &kWang, &kZhao, &kSun, &kViewer, &kAuditor, &kCac, &kMct, &kAlpha, &kBeta, &kMerchant, &kOther, &kKeeper, &kPublic};
  for (const Row& row : table) {
    for (const Actor* who : everybody) {
      const auto scene = in_state(row.state);
      const auto expected = row.others.find(who);
      if (expected == row.others.end() && who == &kWang) continue;
      const auto answer = scene->act(*who, row.verb, 1, row.body.is_null() ? Json::object() : row.body);
      EXPECT_EQ(why(answer), expected == row.others.end() ? "not found" : expected->second) << row.what << " by " << who->name << (answer ? "" : ": " + answer.error().message);
    }
  }
}

TEST(Cases, ATokenIsNoPerson) {
  const auto scene = in_state("open");
  const Actor token{"token/7", "department/samr", Role::kOfficer, {}, 0};
  EXPECT_EQ(why(scene->act(token, claim_case, 1)), "forbidden");
}

TEST(Cases, TwoOfficersNeverHoldTheSameUnawares) {
  const auto scene = in_state("open");
  const Json known{{"version", scene->seen(kLi, 1)["version"]}};
  EXPECT_TRUE(done(scene->act(kLi, claim_case, 1, known)));
  EXPECT_EQ(why(scene->act(kWang, claim_case, 1, known)), "conflict") << "on what was read before";
  EXPECT_EQ(why(scene->act(kWang, claim_case, 1)), "conflict") << "on what is known now";
  EXPECT_EQ(why(scene->on(kLi, confirm_case, 1, kReason)), "invalid") << "without a version";
  EXPECT_EQ(scene->seen(kLi, 1)["owner"], "person/li");
}

TEST(Cases, NobodyDecidesAboutWhatTheyDidNotSee) {
  const auto scene = in_state("claimed");
  const Json body = with(kReason, "version", scene->seen(kLi, 1)["version"]);
  scene->decide(decision("d2"));
  EXPECT_EQ(why(scene->act(kLi, confirm_case, 1, body)), "conflict");
  EXPECT_EQ(scene->seen(kLi, 1)["acts"].back()["act"], "joinItem") << "and sees what it was that came";
  EXPECT_TRUE(done(scene->act(kLi, confirm_case, 1, kReason)));
  EXPECT_EQ(scene->number("SELECT COUNT(*) FROM decision WHERE outcome = 'confirmed'"), 2);
  scene->decide(decision("d3"));
  EXPECT_EQ(scene->number("SELECT case_id FROM decision WHERE id = 'd3'"), 2) << "what comes later is another case";
  EXPECT_EQ(scene->seen(kLi, 2)["same_confirmed"], Json({1}));
}

TEST(Cases, WhatIsOpenCanBeClaimedWhileItGrows) {
  const auto scene = in_state("open");
  const Json known{{"version", scene->seen(kLi, 1)["version"]}};
  scene->decide(decision("d2"));
  const auto claimed = scene->act(kLi, claim_case, 1, known);
  ASSERT_TRUE(done(claimed));
  EXPECT_EQ((*claimed)["counts"]["decisions"], 2);
}

TEST(Cases, EveryActLeavesItsTraces) {
  const auto scene = in_state("upheld");
  const store::Rows acts = scene->rows("SELECT n, who, act FROM case_act WHERE case_id = 1 ORDER BY n");
  std::vector<std::string> verbs;
  for (const store::Row& row : acts) verbs.push_back(row.text(1) + " " + row.text(2));
  EXPECT_EQ(verbs, (std::vector<std::string>{"livewarden openCase", "person/li claimCase", "person/li confirmCase", "person/m1 fileAppeal", "person/zhao decideAppeal"}));
  for (const store::Row& row : acts) {
    EXPECT_EQ(scene->number("SELECT COUNT(*) FROM leaf WHERE kind = 'case' AND ref = '1/" + std::to_string(row.number(0)) + "'"), 1);
    EXPECT_EQ(scene->number("SELECT COUNT(*) FROM act WHERE subject = 'case/1' AND who = '" + row.text(1) + "' AND act = '" + row.text(2) + "'"), 1);
  }
  EXPECT_EQ(scene->told(), (std::vector<std::string>{"live.case.changed opened", "live.case.changed claimed", "live.credit.changed", "live.case.changed decided", "live.case.changed appealed",
                                                     "live.case.changed decided"}));
}

TEST(Cases, WhatJoinsAndChangesMoreThanACountLeavesItsTraces) {
  DeskScene scene;
  scene.decide(decision("d1", {{"severity", "medium"}}));
  const auto joined = [&](const char* id, const Json& more) {
    scene.decide(decision(id, more));
    return scene.number("SELECT COUNT(*) FROM case_act WHERE act = 'joinItem'");
  };
  EXPECT_EQ(joined("d2", {{"severity", "medium"}}), 0);
  EXPECT_EQ(joined("d3", {{"severity", "high"}}), 1);
  EXPECT_EQ(joined("d4", {{"severity", "low"}, {"assist", {"mps"}}}), 1) << "what opens no case joins none";
  EXPECT_EQ(joined("d5", {{"severity", "medium"}, {"assist", {"mps"}}}), 2);
  const Json act = scene.seen(kLi, 1)["acts"].back();
  EXPECT_EQ(act["data"], Json({{"body", "livewarden"}, {"ground", "decision"}, {"ref", "d5"}, {"severity", "high"}}));
  EXPECT_EQ(act["n"], scene.number("SELECT version FROM case_file"));
  EXPECT_EQ(scene.number("SELECT COUNT(*) FROM act WHERE act = 'joinItem' AND subject = 'case/1'"), 2);
  EXPECT_EQ(scene.number("SELECT COUNT(*) FROM leaf WHERE kind = 'case'"), 3);
  EXPECT_EQ(scene.seen(kMerchant, 1).dump().find("joinItem"), std::string::npos);
}

TEST(Cases, WhoSeesWhat) {
  const auto scene = in_state("claimed");
  ASSERT_TRUE(done(scene->act(kCac, comment_case, 1, {{"text", "I know the seller"}})));
  struct Row {
    const Actor* who;
    bool sees, inside;
  };
  const std::vector<Row> table = {{&kLi, true, true},     {&kViewer, true, true}, {&kAuditor, true, true},   {&kCac, true, true},     {&kMct, false, false}, {&kAlpha, true, false},
                                  {&kBeta, false, false}, {&kMerchant, true, false}, {&kOther, false, false}, {&kKeeper, false, false}, {&kPublic, false, false}};
  for (const Row& row : table) {
    const auto list = scene->as(*row.who, [](const Act& act) { return list_cases(act, {}); });
    ASSERT_TRUE(done(list));
    EXPECT_EQ((*list)["items"].size(), row.sees ? 1u : 0u) << row.who->name;
    const auto one = scene->as(*row.who, [](const Act& act) { return get_case(act, 1); });
    EXPECT_EQ(why(one), row.sees ? "done" : "not found") << row.who->name;
    if (!row.sees) continue;
    const std::string text = one->dump();
    for (const char* inner : {"person/li", "person/zhou", "I know the seller", "owner", "reports", "\"of\":\"action\""}) {
      EXPECT_EQ(text.find(inner) != std::string::npos, row.inside) << row.who->name << ": " << inner;
    }
    EXPECT_NE(text.find("a false claim"), std::string::npos) << row.who->name;
  }
}

TEST(Cases, TransferredWithAReason) {
  const auto scene = in_state("claimed");
  EXPECT_EQ(why(scene->act(kLi, transfer_case, 1, {{"lead", "samr"}, {"text", "?"}})), "invalid");
  EXPECT_EQ(why(scene->act(kLi, transfer_case, 1, {{"lead", "mtc"}, {"text", "?"}})), "invalid");
  EXPECT_EQ(why(scene->act(kLi, transfer_case, 1, {{"lead", "mct"}})), "invalid");
  EXPECT_EQ(why(scene->act(kWang, transfer_case, 1, {{"lead", "mct"}, {"text", "theirs"}})), "forbidden");
  ASSERT_TRUE(done(scene->act(kLi, transfer_case, 1, {{"lead", "mct"}, {"text", "a performance, not a sale"}})));
  const Json seen = scene->seen(kMct, 1);
  EXPECT_EQ(seen["lead"], "mct");
  EXPECT_EQ(seen["assist"], Json({"cac", "samr"}));
  EXPECT_EQ(seen["state"], "open");
  EXPECT_FALSE(seen.contains("owner"));
  EXPECT_EQ(seen["due_what"], "case-claimed");
  EXPECT_EQ(why(scene->act(kLi, claim_case, 1)), "forbidden") << "they help now";
  EXPECT_TRUE(done(scene->act(kMct, claim_case, 1)));
}

TEST(Cases, HandledJointly) {
  DeskScene scene;
  scene.decide(decision("d1"));
  scene.decide(decision("d2", {{"violation", "vulgar-content"}, {"assist", {"mct"}}}));
  scene.decide(decision("d3", {{"violation", "price-fraud"}, {"lead", "mct"}, {"assist", {"samr"}}}));
  scene.decide(decision("d4", {{"violation", "spam"}, {"lead", "mct"}, {"assist", Json::array()}}));
  EXPECT_EQ(scene.seen(kCac, 2), Json());
  EXPECT_EQ(why(scene.act(kLi, join_case, 1, {{"joint", 1}})), "invalid");
  EXPECT_EQ(why(scene.act(kLi, join_case, 1, {{"joint", 4}})), "not found") << "what one does not see";
  EXPECT_EQ(why(scene.act(kLi, join_case, 1, {{"joint", 3}})), "forbidden") << "another's, though one helps in it";
  EXPECT_EQ(scene.seen(kCac, 3), Json());
  ASSERT_TRUE(done(scene.act(kLi, join_case, 1, {{"joint", 2}})));
  EXPECT_EQ(why(scene.act(kLi, join_case, 1, {{"joint", 2}})), "conflict");
  for (const auto& [who, seen] : std::vector<std::pair<const Actor*, std::size_t>>{{&kLi, 3}, {&kCac, 2}, {&kMct, 4}}) {
    for (const std::uint64_t id : {1, 2}) EXPECT_EQ(scene.seen(*who, id)["joint"], 2) << who->name << id;
    const auto decisions = scene.as(*who, [](const Act& act) { return list_decisions(act, {}); });
    EXPECT_EQ((*decisions)["items"].size(), seen) << who->name;
  }
  EXPECT_EQ(why(scene.act(kMct, claim_case, 1)), "forbidden") << "who helps does not lead";
  ASSERT_TRUE(done(scene.act(kLi, join_case, 1, {{"assist", {"mps"}}})));
  EXPECT_EQ(scene.seen(person("x", "department/mps", Role::kViewer, 30), 1)["assist"], Json({"cac", "mps"}));
}

TEST(Cases, DeadlinesAreToldOnce) {
  DeskScene scene;
  scene.decide(decision("d1"));  // a Thursday: three working days end with Tuesday
  EXPECT_EQ(scene.seen(kLi, 1)["due"], "2026-12-02T00:00:00+08:00");
  const auto acts = [&] {
    scene.watch();
    scene.watch();
    std::vector<std::string> out;
    for (const store::Row& row : scene.rows("SELECT act, text FROM case_act WHERE case_id = 1 AND who = 'livewarden' AND act <> 'openCase' ORDER BY n")) out.push_back(row.text(0) + " " + row.text(1));
    return out;
  };
  using Told = std::vector<std::string>;
  EXPECT_EQ(acts(), Told{});
  scene.now = at("2026-12-01T08:00:00+08:00");
  EXPECT_EQ(acts(), Told{"remindCase case-claimed"});
  EXPECT_EQ(scene.seen(kLi, 1)["escalated"], false);
  scene.now = at("2026-12-02T08:00:00+08:00");
  EXPECT_EQ(acts(), (Told{"remindCase case-claimed", "escalateCase case-claimed"}));
  const Json seen = scene.seen(kLi, 1);
  EXPECT_EQ(seen["escalated"], true);
  EXPECT_EQ(seen["assist"], Json({"cac", "nrta"})) << "whom the policy names is told";
  const auto escalated = [&](const char* which) { return (*scene.as(kLi, [&](const Act& act) { return list_cases(act, {{"escalated", which}}); }))["items"].size(); };
  EXPECT_EQ(escalated("true"), 1u);
  ASSERT_TRUE(done(scene.act(kLi, claim_case, 1)));
  EXPECT_EQ(escalated("true"), 0u) << "another deadline";
  EXPECT_EQ(escalated("false"), 1u);
  scene.now = at("2027-02-24T00:00:00+08:00");
  EXPECT_EQ(acts().back(), "remindCase case-decided");
  scene.now = scene.now + Duration{2 * kDay};
  EXPECT_EQ(acts().back(), "escalateCase case-decided");
  ASSERT_TRUE(done(scene.act(kLi, confirm_case, 1, kReason)));
  scene.now = scene.now + Duration{100 * kDay};
  EXPECT_EQ(acts().size(), 5u);
  EXPECT_EQ(acts().back(), "closeCase ") << "that nobody appealed is nothing to be told of";
}

TEST(Cases, WhatNobodyClaimsHasToBeDecidedInTimeToo) {
  DeskScene scene;
  for (pack::DeskDeadline& one : scene.policy.deadlines) one.escalate = one.id == "case-decided" ? "mct" : "";
  scene.decide(decision("d1"));
  const auto acts = [&] {
    scene.watch();
    scene.watch();
    std::vector<std::string> out;
    for (const store::Row& row : scene.rows("SELECT act, text FROM case_act WHERE case_id = 1 AND act IN ('remindCase', 'escalateCase') ORDER BY n")) out.push_back(row.text(0) + " " + row.text(1));
    return out;
  };
  std::vector<std::string> told{"escalateCase case-claimed"};
  scene.now = at("2027-02-23T23:59:59+08:00");
  EXPECT_EQ(acts(), told);
  told.push_back("remindCase case-decided");
  scene.now = at("2027-02-24T00:00:00+08:00");
  EXPECT_EQ(acts(), told);
  told.push_back("escalateCase case-decided");
  scene.now = at("2027-02-25T00:00:01+08:00");
  EXPECT_EQ(acts(), told);
  EXPECT_EQ(scene.seen(kLi, 1)["assist"], Json({"cac", "mct"}));
  ASSERT_TRUE(done(scene.act(kLi, claim_case, 1)));
  EXPECT_EQ(acts(), told) << "of one term once";
  EXPECT_EQ(scene.seen(kLi, 1)["escalated"], true);
}

TEST(Cases, AReleasedOneMayBeClaimedForAWholeTerm) {
  const auto scene = in_state("claimed");
  scene->now = at("2026-12-10T10:00:00+08:00");
  ASSERT_TRUE(done(scene->act(kLi, release_case, 1)));
  EXPECT_EQ(scene->seen(kLi, 1)["due"], "2026-12-16T00:00:00+08:00") << "a Thursday: three working days end with Tuesday";
}

TEST(Cases, WhatWasDecidedAndLiesStillIsClosed) {
  for (const char* state : {"confirmed", "rejected", "upheld", "overturned"}) {
    const auto scene = in_state(state);
    scene->now = at("2026-12-11T23:59:59+08:00");
    scene->watch();
    EXPECT_EQ(scene->seen(kLi, 1)["state"], state) << "fifteen days are not over";
    scene->now = at("2026-12-12T00:00:01+08:00");
    scene->watch();
    EXPECT_EQ(scene->seen(kLi, 1)["state"], "closed") << state;
    EXPECT_EQ(scene->told().back(), "live.case.changed closed");
  }
  const auto scene = in_state("confirmed");
  ASSERT_TRUE(done(scene->act(kLi, impose_measure, 1, {{"kind", "suspension"}, {"text", "x"}})));
  scene->now = scene->now + Duration{100 * kDay};
  scene->watch();
  EXPECT_EQ(scene->seen(kLi, 1)["state"], "confirmed") << "a measure waits";
}

TEST(Cases, WhatTheMachineDidIsInTheDepartmentsLog) {
  const auto scene = in_state("open");
  const auto seen_by = [&](const Actor& who) { return list_acts(*scene->db, who, {{"subject", "case/1"}}).value()["items"]; };
  ASSERT_EQ(seen_by(kAuditor).size(), 1u);
  EXPECT_EQ(seen_by(kAuditor)[0]["who"], "livewarden");
  EXPECT_EQ(seen_by(kAuditor)[0]["act"], "openCase");
  EXPECT_EQ(seen_by(kKeeper).size(), 0u) << "whoever runs the service sees no cases";
}

TEST(Cases, AnAssignedOneIsClaimed) {
  const auto scene = in_state("open");
  ASSERT_TRUE(done(scene->act(kZhao, assign_case, 1, {{"owner", "li"}})));
  EXPECT_EQ(scene->told().back(), "live.case.changed claimed");
  ASSERT_TRUE(done(scene->act(kZhao, assign_case, 1, {{"owner", "wang"}})));
  EXPECT_EQ(scene->told().size(), 2u) << "it was claimed already";
}

TEST(Cases, InTheOrderOfWhatIsDue) {
  DeskScene scene;
  for (int i = 1; i <= 5; ++i) {
    scene.decide(decision("d" + std::to_string(i), {{"session", "s" + std::to_string(i)}}));
    scene.now = scene.now + Duration{kDay};
  }
  ASSERT_TRUE(done(scene.act(kLi, claim_case, 1)));   // due later than all others
  ASSERT_TRUE(done(scene.act(kLi, claim_case, 3)));
  ASSERT_TRUE(done(scene.act(kLi, reject_case, 3, kReason)));  // not due at all
  const auto walk = [&](Query query) {
    std::vector<int> ids;
    query["limit"] = "2";
    for (;;) {
      const auto got = scene.as(kLi, [&](const Act& act) { return list_cases(act, query); });
      if (!got) return ids;
      for (const Json& item : (*got)["items"]) ids.push_back(item["id"]);
      if (!got->contains("next")) return ids;
      query["after"] = (*got)["next"];
    }
  };
  using Ids = std::vector<int>;
  EXPECT_EQ(walk({}), (Ids{2, 4, 5, 1, 3}));
  EXPECT_EQ(walk({{"state", "open"}}), (Ids{2, 4, 5}));
  EXPECT_EQ(walk({{"owner", "person/li"}}), (Ids{1, 3}));
  EXPECT_EQ(walk({{"owner", "me"}}), (Ids{1, 3}));
  EXPECT_EQ(walk({{"owner", "none"}}), (Ids{2, 4, 5}));
  EXPECT_EQ(walk({{"assist", "cac"}}), (Ids{2, 4, 5, 1, 3}));
  EXPECT_EQ(walk({{"assist", "samr"}}), Ids{}) << "it leads them";
  EXPECT_EQ(walk({{"overdue", "true"}}), Ids{});
  scene.now = at("2026-12-03T10:00:00+08:00");  // three working days after the Friday and the Sunday of the second and the fourth, not yet after the Monday
  EXPECT_EQ(walk({{"overdue", "true"}}), (Ids{2, 4}));
  EXPECT_EQ(walk({{"liable_kind", "merchant"}, {"liable_id", "m1"}, {"session", "s4"}}), (Ids{4}));
  EXPECT_EQ(walk({{"violation", "spam"}}), Ids{});
  EXPECT_EQ(walk({{"severity", "critical"}}), Ids{});
}

TEST(Measures, ProposedFromSeverityAndHistory) {
  DeskScene scene;
  const auto proposed = [&](std::uint64_t id) {
    std::vector<std::string> out;
    const Json seen = scene.seen(kLi, id);
    for (const Json& proposal : seen["proposals"]) {
      if (proposal["of"] == "measure") out.push_back(proposal["kind"]);
    }
    return out;
  };
  using Kinds = std::vector<std::string>;
  scene.decide(decision("d1"));
  EXPECT_EQ(proposed(1), Kinds{"warning"});
  EXPECT_EQ(scene.seen(kLi, 1)["proposals"][1], Json({{"of", "action"}, {"kind", "cut-stream"}, {"target", {{"kind", "product"}, {"id", "p1"}}}})) << "what no machine may ask for";
  ASSERT_TRUE(done(scene.act(kLi, claim_case, 1)));
  ASSERT_TRUE(done(scene.act(kLi, confirm_case, 1, kReason)));
  scene.decide(decision("d2", {{"session", "s2"}}));
  EXPECT_EQ(proposed(2), Kinds{"fine"}) << "again within a year";
  scene.decide(decision("d3", {{"session", "s3"}, {"severity", "critical"}}));
  EXPECT_EQ(proposed(3), Kinds{"suspension"});
  scene.decide(decision("d4", {{"liable", {{"kind", "merchant"}, {"id", "m2"}}}}));
  EXPECT_EQ(proposed(4), Kinds{"warning"}) << "others' history is theirs";
  scene.now = scene.now + Duration{400 * kDay};
  EXPECT_EQ(proposed(2), Kinds{"warning"});
}

TEST(Measures, WhatIsRefused) {
  struct Row {
    const char* what;
    Json body;
    const char* field;
  };
  const std::vector<Row> table = {
      {"no kind", {{"text", "x"}}, "kind"},
      {"one that the policy does not know", {{"kind", "banishment"}, {"text", "x"}}, "kind"},
      {"another department's", {{"kind", "interview"}, {"text", "x"}}, "kind"},
      {"without a text", {{"kind", "warning"}}, "text"},
      {"an empty text", {{"kind", "warning"}, {"text", "  "}}, "text"},
      {"a negative fine", {{"kind", "fine"}, {"text", "x"}, {"amount", -1}}, "amount"},
      {"no time", {{"kind", "warning"}, {"text", "x"}, {"until", "soon"}}, "until"},
      {"no action", {{"kind", "warning"}, {"text", "x"}, {"interventions", {"cut-strem"}}}, "interventions"},
      {"a term that is over", {{"kind", "warning"}, {"text", "x"}, {"until", "2026-11-26T10:00:00+08:00"}}, "until"},
      {"about somebody else", {{"kind", "cut-stream"}, {"text", "x"}, {"target", {{"kind", "room"}, {"id", "r2"}}}}, "target"},
      {"the same with a grave one", {{"kind", "suspension"}, {"text", "x"}, {"interventions", {"cut-stream"}}, {"target", {{"kind", "account"}, {"id", "u1"}}}}, "target"},
      {"an action that no decision named", {{"kind", "limit-traffic"}, {"text", "x"}}, "kind"},
      {"the same with a measure", {{"kind", "warning"}, {"text", "x"}, {"interventions", {"delist", "limit-traffic"}}}, "interventions"},
  };
  const auto scene = in_state("confirmed");
  for (const Row& row : table) {
    const auto answer = scene->act(kLi, impose_measure, 1, row.body);
    ASSERT_EQ(why(answer), "invalid") << row.what;
    EXPECT_EQ(answer.error().field, row.field) << row.what;
  }
}

TEST(Measures, WhoeverHoldsTheCaseMayAskThePlatformAtOnce) {
  const Json cut{{"kind", "cut-stream"}, {"text", "it goes on"}, {"target", {{"kind", "room"}, {"id", "r1"}}}};
  const auto scene = in_state("claimed");
  EXPECT_EQ(why(scene->act(kWang, impose_measure, 1, cut)), "conflict");
  EXPECT_EQ(why(scene->act(kLi, impose_measure, 1, kWarning)), "conflict") << "a measure follows what was confirmed";
  const auto told = scene->told().size();
  ASSERT_TRUE(done(scene->act(kLi, impose_measure, 1, cut)));
  EXPECT_EQ(scene->told().size(), told) << "an action is no measure of a department";
  EXPECT_EQ(scene->rows("SELECT target_kind || '/' || target_id FROM intervention WHERE action = 'cut-stream'")[0].text(0), "room/r1");
  ASSERT_TRUE(done(scene->act(kLi, reject_case, 1, kReason)));
  EXPECT_EQ(scene->seen(kLi, 1)["measures"][0]["state"], "lifted");
  EXPECT_EQ(scene->number("SELECT COUNT(*) FROM intervention WHERE state <> 'withdrawn' AND action <> 'restore'"), 0);
  EXPECT_EQ(scene->number("SELECT COUNT(*) FROM intervention WHERE action = 'restore'"), 2);
}

TEST(Measures, GraveOnesNeedASecondPerson) {
  const Json body{{"kind", "suspension"}, {"text", "thirty days"}, {"interventions", {"cut-stream"}}};
  for (const Actor* imposes : {&kLi, &kZhao}) {
    const auto scene = in_state("confirmed");
    ASSERT_TRUE(done(scene->act(*imposes, impose_measure, 1, body)));
    const auto standing = [&] { return scene->number("SELECT COUNT(*) FROM intervention WHERE action = 'cut-stream' AND state <> 'withdrawn'"); };
    EXPECT_EQ(scene->seen(kLi, 1)["measures"][0]["state"], "waits");
    EXPECT_EQ(scene->seen(kMerchant, 1)["measures"], Json::array());
    EXPECT_EQ(standing(), 0) << "nothing of it holds yet";
    EXPECT_EQ(why(scene->on(kMct, approve_measure, 1, {})), "not found");
    EXPECT_EQ(why(scene->on(kMerchant, approve_measure, 1, {})), "not found");
    EXPECT_EQ(why(scene->on(kWang, approve_measure, 1, {})), "forbidden");
    EXPECT_EQ(why(scene->on(*imposes, approve_measure, 1, {})), "forbidden") << "not by oneself";
    ASSERT_TRUE(done(scene->on(kQian, approve_measure, 1, {})));
    EXPECT_EQ(why(scene->on(kQian, approve_measure, 1, {})), "conflict");
    EXPECT_EQ(standing(), 1);
    EXPECT_EQ(scene->seen(kMerchant, 1)["measures"][0]["state"], "in-force");
    EXPECT_EQ(scene->told().back(), "live.enforcement.applied suspension");
    EXPECT_EQ(why(scene->on(kLi, lift_measure, 1, kReason)), "forbidden") << "a grave one is an approver's to lift";
    ASSERT_TRUE(done(scene->on(kZhao, lift_measure, 1, kReason)));
    EXPECT_EQ(standing(), 0);
    EXPECT_EQ(scene->number("SELECT COUNT(*) FROM intervention WHERE action = 'restore'"), 1);
    EXPECT_EQ(scene->told().back(), "live.enforcement.applied restore");
  }
}

TEST(Measures, RefusedByAnApproverOrWhoeverImposedIt) {
  for (const auto& [who, expected] : std::vector<std::pair<const Actor*, const char*>>{{&kLi, "done"}, {&kWang, "forbidden"}, {&kZhao, "done"}, {&kMct, "not found"}}) {
    const auto scene = in_state("confirmed");
    ASSERT_TRUE(done(scene->act(kLi, impose_measure, 1, {{"kind", "suspension"}, {"text", "x"}})));
    EXPECT_EQ(why(scene->act(kLi, close_case, 1)), "conflict");
    EXPECT_EQ(why(scene->on(*who, refuse_measure, 1, kReason)), expected) << who->name;
  }
}

TEST(Measures, AGraveOneMayAskForMoreAndAboutAllThatTheCaseConcerns) {
  const auto scene = in_state("confirmed");
  std::uint64_t measure = 0;
  for (const auto& [kind, id] : std::vector<std::pair<const char*, const char*>>{{"merchant", "m1"}, {"room", "r1"}, {"session", "s1"}, {"product", "p1"}}) {
    ASSERT_TRUE(done(scene->act(kLi, impose_measure, 1, {{"kind", "suspension"}, {"text", "x"}, {"interventions", {"limit-traffic"}}, {"target", {{"kind", kind}, {"id", id}}}}))) << kind;
    ASSERT_TRUE(done(scene->on(kZhao, approve_measure, ++measure, {}))) << kind;
  }
  EXPECT_EQ(scene->number("SELECT COUNT(*) FROM intervention WHERE action = 'limit-traffic'"), 4);
}

TEST(Measures, ATermThatEndedWhileItWaitedIsNotApproved) {
  const auto scene = in_state("confirmed");
  ASSERT_TRUE(done(scene->act(kLi, impose_measure, 1, {{"kind", "suspension"}, {"text", "x"}, {"until", "2026-11-27T00:00:00+08:00"}})));
  scene->now = at("2026-11-27T00:00:00+08:00");
  EXPECT_EQ(why(scene->on(kZhao, approve_measure, 1, {})), "conflict");
  EXPECT_TRUE(done(scene->on(kLi, refuse_measure, 1, kReason)));
}

TEST(Measures, EndWithTheirTerm) {
  const auto scene = in_state("confirmed");
  ASSERT_TRUE(done(scene->act(kLi, impose_measure, 1, {{"kind", "warning"}, {"text", "x"}, {"until", "2026-12-10T00:00:00+08:00"}, {"interventions", {"delist"}}})));
  scene->now = at("2026-12-09T23:59:59+08:00");
  scene->watch();
  EXPECT_EQ(scene->seen(kLi, 1)["measures"][0]["state"], "in-force");
  scene->now = at("2026-12-10T00:00:01+08:00");
  scene->watch();
  scene->watch();
  EXPECT_EQ(scene->seen(kLi, 1)["measures"][0]["state"], "lifted");
  EXPECT_EQ(scene->number("SELECT COUNT(*) FROM intervention WHERE action = 'restore'"), 1);
  EXPECT_EQ(scene->told().back(), "live.enforcement.applied restore");
}

TEST(Appeals, ByWhomAndUntilWhen) {
  const auto scene = in_state("confirmed");
  EXPECT_EQ(why(scene->act(kOther, file_appeal, 1, {{"text", "x"}})), "not found");
  EXPECT_EQ(why(scene->act(kAlpha, file_appeal, 1, {{"text", "x"}})), "forbidden");
  EXPECT_EQ(scene->seen(kMerchant, 1)["due"], "2026-12-12T00:00:00+08:00");
  scene->now = at("2026-12-12T08:00:00+08:00");
  EXPECT_EQ(why(scene->act(kMerchant, file_appeal, 1, {{"text", "x"}})), "conflict");
  scene->now = at("2026-12-11T08:00:00+08:00");
  ASSERT_TRUE(done(scene->act(kMerchant, file_appeal, 1, {{"text", "it is true"}})));
  EXPECT_EQ(why(scene->act(kMerchant, file_appeal, 1, {{"text", "once more"}})), "conflict");
  EXPECT_EQ(scene->seen(kMerchant, 1)["appeals"][0]["due"], "2027-02-10T00:00:00+08:00");
}

TEST(Appeals, DecidedByAnotherApprover) {
  DeskScene scene;
  scene.decide(decision("d1"));
  ASSERT_TRUE(done(scene.act(kZhao, claim_case, 1)));
  ASSERT_TRUE(done(scene.act(kZhao, confirm_case, 1, kReason)));
  ASSERT_TRUE(done(scene.act(kLi, file_appeal, 1, {{"text", "by letter"}})));
  const Json body{{"outcome", "overturned"}, {"text", "the label was misread"}};
  for (const auto& [who, expected] : std::vector<std::pair<const Actor*, const char*>>{
           {&kZhao, "forbidden"}, {&kLi, "forbidden"}, {&kSun, "forbidden"}, {&kCac, "forbidden"}, {&kMct, "not found"}, {&kMerchant, "forbidden"}, {&kQian, "done"}, {&kQian, "conflict"}}) {
    const auto answer = scene.on(*who, decide_appeal, 1, body);
    EXPECT_EQ(why(answer), expected) << who->name;
  }
}

TEST(Appeals, WhatIsOverturnedIsUndoneEverywhere) {
  DeskScene scene;
  scene.decide(decision("d1"));
  scene.decide(decision("d2", {{"rule", "false-claim/effect"}}));
  ASSERT_TRUE(done(scene.act(kLi, claim_case, 1)));
  ASSERT_TRUE(done(scene.act(kLi, confirm_case, 1, kReason)));
  ASSERT_TRUE(done(scene.act(kLi, impose_measure, 1, {{"kind", "fine"}, {"text", "x"}, {"amount", 500'000}, {"interventions", {"delist"}}})));
  ASSERT_TRUE(done(scene.act(kLi, impose_measure, 1, {{"kind", "suspension"}, {"text", "x"}})));
  ASSERT_TRUE(done(scene.act(kZhao, publish_case, 1, kTold)));
  const auto score = [&] { return scene.number("SELECT score FROM credit WHERE platform = 'alpha' AND kind = 'merchant' AND id = 'm1'"); };
  EXPECT_EQ(score(), 900);
  EXPECT_EQ(scene.number("SELECT COUNT(*) FROM intervention WHERE state = 'asked' AND action <> 'restore'"), 3);
  ASSERT_TRUE(done(scene.act(kMerchant, file_appeal, 1, {{"text", "it is true"}})));
  ASSERT_TRUE(done(scene.on(kZhao, decide_appeal, 1, {{"outcome", "overturned"}, {"text", "the label was misread"}})));

  EXPECT_EQ(score(), 1000);
  EXPECT_EQ(scene.number("SELECT COUNT(*) FROM credit_entry WHERE case_id = 1 AND reversed = 0"), 0);
  EXPECT_EQ(scene.number("SELECT COUNT(*) FROM intervention WHERE state <> 'withdrawn' AND action <> 'restore'"), 0);
  EXPECT_EQ(scene.number("SELECT COUNT(*) FROM intervention WHERE action = 'restore' AND state = 'asked'"), 3);
  EXPECT_EQ(scene.number("SELECT COUNT(*) FROM measure WHERE state IN ('in-force', 'waits')"), 0);
  EXPECT_EQ(scene.number("SELECT published FROM case_file"), 0);
  EXPECT_EQ(scene.number("SELECT COUNT(*) FROM decision WHERE outcome = 'overturned'"), 2);
  EXPECT_EQ(scene.rows("SELECT outcome FROM case_file")[0].text(0), "overturned");
  const auto told = scene.told();
  EXPECT_EQ(std::ranges::count(told, "live.enforcement.applied restore"), 1) << "what waited never held";
  EXPECT_EQ(told.back(), "live.case.changed decided");
}

TEST(Cases, RejectedOnesTakeBackWhatTheMachineAsked) {
  const auto scene = in_state("rejected");
  EXPECT_EQ(scene->number("SELECT COUNT(*) FROM intervention WHERE state <> 'withdrawn' AND action <> 'restore'"), 0);
  EXPECT_EQ(scene->number("SELECT COUNT(*) FROM intervention WHERE action = 'restore'"), 1);
  EXPECT_EQ(scene->number("SELECT COUNT(*) FROM credit_entry"), 0);
}

TEST(Cases, PublishedWithoutPersons) {
  DeskScene scene;
  ASSERT_TRUE(scene.db->write([](store::Session& session) -> Status {
    session.run("INSERT INTO product (platform, id, merchant, title, category, amount, changed, data) VALUES ('alpha', 'p1', 'm1', 'Cure-all', 'food.health', 1, 0, '')");
    return session.status();
  }));
  scene.decide(decision("d1"));
  const auto published = [&] { return (*scene.as(kPublic, [](const Act& act) { return list_published(act, {}); }))["items"]; };
  ASSERT_TRUE(done(scene.act(kLi, claim_case, 1)));
  ASSERT_TRUE(done(scene.act(kLi, confirm_case, 1, kReason)));
  ASSERT_TRUE(done(scene.act(kLi, impose_measure, 1, {{"kind", "fine"}, {"text", "Zhang San pays"}, {"amount", 500'000}})));
  EXPECT_EQ(published(), Json::array());
  ASSERT_TRUE(done(scene.act(kZhao, publish_case, 1, kTold)));
  const Json expected = {{{"id", 1}, {"violation", "false-claim"}, {"party", "merchant"}, {"lead", "samr"}, {"published", "2026-11-26T10:00:00+08:00"}, {"severity", "high"},
                          {"text", "A seller promised cures"}, {"categories", {"food"}},
                          {"measures", {{{"kind", "fine"}, {"amount", 500'000}, {"department", "samr"}, {"name", {{"zh", ""}, {"en", ""}}}}}}}};
  EXPECT_EQ(published(), expected);
}

TEST(Cases, WhatIsPublishedNamesNobody) {
  const auto scene = in_state("confirmed");
  ASSERT_TRUE(scene->db->write([](store::Session& session) -> Status {
    session.run("INSERT INTO party (platform, kind, id, name, since, changed, data) VALUES ('alpha', 'merchant', 'm1', '张三商行', 0, 0, '')");
    session.run("INSERT INTO party (platform, kind, id, name, since, changed, data) VALUES ('alpha', 'host', 'p_anchor', '李主播', 0, 0, '')");
    session.run("INSERT INTO party (platform, kind, id, name, since, changed, data) VALUES ('alpha', 'mcn', 'mcn_two', '星光传媒', 0, 0, '')");
    session.run("INSERT INTO product (platform, id, merchant, title, category, amount, changed, data) VALUES ('alpha', 'p1', 'maker_three', '神奇降糖茶', 'food', 1, 0, '{}')");
    session.run("UPDATE room SET host = 'p_anchor', operator = 'op_one' WHERE id = 'r1'");
    return session.status();
  }));
  scene->decide(decision("d2", {{"target", {{"kind", "account"}, {"id", "viewer77"}}}, {"mcn", "mcn_two"}}));
  ASSERT_TRUE(scene->db->write([](store::Session& session) -> Status {
    session.run("UPDATE decision SET case_id = 1");
    return session.status();
  }));
  for (const char* text : {"张三商行 sold it", "by p_anchor", "for op_one", "seen by viewer77", "decided by person/li: see p_anchor", "李主播 said so", "under 星光传媒", "the tea 神奇降糖茶", "made by maker_three"}) {
    EXPECT_EQ(why(scene->act(kZhao, publish_case, 1, {{"text", text}})), "invalid") << text;
  }
  EXPECT_TRUE(done(scene->act(kZhao, publish_case, 1, {{"text", "In m1's place r1 nothing is as it seems"}}))) << "what is so short stands in any text";
}

TEST(Cases, OpenedByHand) {
  DeskScene scene;
  ASSERT_TRUE(scene.db->write([](store::Session& session) -> Status {
    session.run("INSERT INTO room (platform, id, session, host, operator, mcn, on_air, started, ended, online, gross, tips, risk, findings, last_at) VALUES"
                " ('alpha', 'r1', 's1', 'h1', 'op1', '', 1, 0, 0, 0, 0, 0, 0, 0, 0), ('alpha', 'r2', 's2', 'h2', '', '', 1, 0, 0, 0, 0, 0, 0, 0, 0)");
    session.run("INSERT INTO product (platform, id, merchant, title, category, amount, changed, data) VALUES ('alpha', 'p1', 'm1', '', '', 1, 0, '')");
    return session.status();
  }));
  struct Row {
    const char* what;
    const char *kind, *id, *violation;
    std::string liable, lead, session;  // liable "": refused
  };
  const std::vector<Row> table = {
      {"a party", "merchant", "m7", "counterfeit", "merchant/m7", "samr", ""},
      {"a room's operator", "room", "r1", "counterfeit", "operator/op1", "samr", "s1"},
      {"a room's host", "room", "r2", "counterfeit", "host/h2", "samr", "s2"},
      {"a session's", "session", "s1", "counterfeit", "operator/op1", "samr", "s1"},
      {"goods", "product", "p1", "counterfeit", "merchant/m1", "samr", ""},
      {"another department's matter", "room", "r1", "minor-protection", "operator/op1", "cac", "s1"},
      {"an account", "account", "u1", "spam", "", "", ""},
      {"an unknown room", "room", "r9", "spam", "", "", ""},
      {"no violation", "merchant", "m7", "crime", "", "", ""},
  };
  for (const Row& row : table) {
    const auto answer = scene.as(kLi, [&](const Act& act) {
      return open_case(act, {{"platform", "alpha"}, {"target", {{"kind", row.kind}, {"id", row.id}}}, {"violation", row.violation}, {"text", "bought and tested"}, {"method", "sampling-test"}});
    });
    if (row.liable.empty()) {
      EXPECT_EQ(why(answer), "invalid") << row.what;
      continue;
    }
    ASSERT_TRUE(done(answer)) << row.what;
    EXPECT_EQ((*answer)["liable"]["kind"].get<std::string>() + "/" + (*answer)["liable"]["id"].get<std::string>(), row.liable) << row.what;
    EXPECT_EQ((*answer)["lead"], row.lead) << row.what;
    EXPECT_EQ((*answer)["severity"], "medium") << row.what;
    EXPECT_EQ((*answer)["items"][0]["kind"], "inspection");
    EXPECT_EQ(text_of(*answer, "session"), row.session) << row.what;
  }
  const auto told = scene.told();
  EXPECT_EQ(std::ranges::count(told, "live.inspection.recorded failed"), 6);
}

}  // namespace
}  // namespace lw::desk
