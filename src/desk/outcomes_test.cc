// What became of cases, for the rules that began them; and a finding in another department's case.
#include "desk/outcomes.h"

#include "desk/accused.h"
#include "desk/case_test.h"
#include "desk/cases.h"
#include "desk/decisions.h"

namespace lw::desk {
namespace {

using Verb = Answer<Json> (*)(const Act&, std::uint64_t, const Json&);

const Json kReason{{"text", "the label says otherwise"}};

TEST(Outcomes, FeedTheRulesAndTheTruth) {
  DeskScene scene;
  const auto finish = [&](const char* id, const char* session, const char* rule, Verb verb) {
    scene.decide(decision(id, {{"session", session}, {"rule", rule}, {"target", {{"kind", "product"}, {"id", id}}}}));
    const auto number = static_cast<std::uint64_t>(scene.number("SELECT MAX(id) FROM case_file"));
    EXPECT_TRUE(done(scene.act(kLi, claim_case, number)));
    EXPECT_TRUE(done(scene.act(kLi, verb, number, kReason)));
    return number;
  };
  finish("d1", "s1", "a", confirm_case), finish("d2", "s2", "a", reject_case), finish("d3", "s3", "b", confirm_case);
  const std::uint64_t fourth = finish("d4", "s4", "a", confirm_case);
  const auto precision = [&] {
    Json out;
    EXPECT_TRUE(scene.db->read([&](store::Session& session) -> Status {
      out = rule_precision(session, scene.policy)["items"];
      return session.status();
    }));
    return out;
  };
  EXPECT_EQ(precision(), Json({{{"rule", "a"}, {"decisions", 3}, {"confirmed", 2}, {"rejected", 1}, {"overturned", 0}, {"precision", 2.0 / 3}, {"shadow", false}},
                               {{"rule", "b"}, {"decisions", 1}, {"confirmed", 1}, {"rejected", 0}, {"overturned", 0}, {"shadow", false}}}));
  ASSERT_TRUE(done(scene.act(kMerchant, file_appeal, fourth, {{"text", "x"}})));
  ASSERT_TRUE(done(scene.on(kZhao, decide_appeal, 1, {{"outcome", "overturned"}, {"text", "x"}})));
  EXPECT_EQ(precision()[0], Json({{"rule", "a"}, {"decisions", 3}, {"confirmed", 1}, {"rejected", 1}, {"overturned", 1}, {"precision", 1.0 / 3}, {"shadow", true}}));
  EXPECT_TRUE(scene.db->read([&](store::Session& session) -> Status {
    EXPECT_EQ(export_truth(session), "{\"id\":\"d1\",\"kind\":\"product\",\"violation\":\"false-claim\"}\n{\"id\":\"d3\",\"kind\":\"product\",\"violation\":\"false-claim\"}\n");
    return session.status();
  }));
}

TEST(Cases, AFindingJoinsAnothersCaseAndShowsNothingOfIt) {
  DeskScene scene;
  scene.decide(decision("d1"));
  const Json found{{"platform", "alpha"}, {"liable", {{"kind", "merchant"}, {"id", "m1"}}}, {"violation", "false-claim"}, {"severity", "critical"}, {"text", "bought and tested"}};
  const auto hand_in = [&](const Actor& who) { return scene.as(who, [&](const Act& act) { return open_case(act, found); }); };
  const auto handed_in = hand_in(kMct);
  ASSERT_TRUE(done(handed_in));
  const Json ref{{"ref", "inspection/1"}};
  EXPECT_EQ(*handed_in, ref);
  EXPECT_EQ(scene.seen(kMct, 1), Json());
  const Json seen = scene.seen(kLi, 1);
  EXPECT_EQ(seen["assist"], Json({"cac"}));
  EXPECT_EQ(seen["counts"]["inspections"], 1);
  EXPECT_EQ(seen["severity"], "critical");
  EXPECT_EQ(seen["acts"].back()["who"], "person/wu");
  EXPECT_EQ(seen["acts"].back()["data"], Json({{"body", "department/mct"}, {"ground", "inspection"}, {"ref", "inspection/1"}, {"severity", "critical"}}));
  for (const Actor* who : {&kCac, &kWang}) {
    const auto whole = hand_in(*who);
    ASSERT_TRUE(done(whole));
    EXPECT_EQ((*whole)["id"], 1) << who->name;
  }
}

}  // namespace
}  // namespace lw::desk
