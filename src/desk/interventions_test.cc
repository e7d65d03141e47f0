#include "desk/interventions.h"

#include "desk/case_test.h"

namespace lw::desk {
namespace {

const Json kReason{{"text", "the label says otherwise"}};

std::vector<Due> due(DeskScene& scene, std::size_t limit = 10) {
  std::vector<Due> out;
  EXPECT_TRUE(scene.db->read([&](store::Session& session) -> Status {
    out = due_interventions(session, "alpha", scene.now, limit);
    return session.status();
  }));
  return out;
}
void after(DeskScene& scene, void (*what)(store::Session&, std::string_view, Time), const std::string& id) {
  EXPECT_TRUE(scene.db->write([&](store::Session& session) -> Status {
    what(session, id, scene.now);
    return session.status();
  }));
}
Json list(DeskScene& scene, const Actor& who, const Query& query = {}) {
  const auto got = scene.as(who, [&](const Act& act) { return list_interventions(act, query); });
  return got ? (*got)["items"] : Json(why(got));
}

TEST(Interventions, SayWhatIsAskedAndWhy) {
  DeskScene scene;
  scene.decide(decision("d1"));
  const auto found = due(scene);
  ASSERT_EQ(found.size(), 1u);
  const Json event = Json::parse(found[0].record);
  EXPECT_EQ(event["type"], "live.intervention.requested");
  EXPECT_EQ(event["id"], found[0].id);
  EXPECT_EQ(event["subject"], "product/p1");
  EXPECT_EQ(event["data"], Json({{"intervention", found[0].id}, {"action", "warn"}, {"platform", "alpha"}, {"target", {{"kind", "product"}, {"id", "p1"}}}, {"room", "r1"},
                                 {"session", "s1"}, {"department", "samr"}, {"case", "1"}, {"by", "machine"}, {"decision", "d1"}, {"rule", "false-claim/cure"},
                                 {"violation", "false-claim"}, {"severity", "high"}, {"events", {"/platforms/alpha#d1"}}, {"basis", decision("d1")["data"]["basis"]}, {"message", decision("d1")["data"]["message"]}}));
  DeskScene again;
  again.now = again.now + Duration{kDay};
  again.decide(decision("d1"));
  EXPECT_EQ(due(again)[0].id, found[0].id) << "a function of its cause";
}

TEST(Interventions, AreTriedAgainLaterAndLater) {
  DeskScene scene;
  scene.decide(decision("d1"));
  const std::string id = due(scene)[0].id;
  std::vector<std::int64_t> waits;
  for (std::uint64_t i = 0; i < 14; ++i) {
    after(scene, intervention_failed, id);
    const Time failed = scene.now;
    while (due(scene).empty()) scene.now = scene.now + Duration{kSecond};
    EXPECT_EQ(due(scene)[0].attempts, i + 1);
    waits.push_back((scene.now - failed).ns / kSecond);
  }
  EXPECT_EQ(waits, (std::vector<std::int64_t>{5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600, 3600}));
  after(scene, intervention_sent, id);
  EXPECT_TRUE(due(scene).empty());
  after(scene, intervention_failed, id);
  EXPECT_TRUE(due(scene).empty()) << "what was handed over cannot fail any more";
  EXPECT_EQ(list(scene, kAlpha)[0]["state"], "sent");
}

TEST(Interventions, TheLongestDueFirst) {
  DeskScene scene;
  for (const char* id : {"d1", "d2", "d3"}) scene.decide(decision(id));
  const auto first = due(scene, 2);
  ASSERT_EQ(first.size(), 2u);
  after(scene, intervention_failed, first[0].id);
  scene.now = scene.now + Duration{kMinute};
  const auto then = due(scene);
  ASSERT_EQ(then.size(), 3u);
  EXPECT_EQ(then[0].id, first[1].id);
  EXPECT_EQ(then[2].id, first[0].id);
}

TEST(Interventions, ArePolledByTheirNumbers) {
  DeskScene scene;
  for (int i = 0; i < 5; ++i) scene.decide(decision("d" + std::to_string(i)));
  std::vector<int> numbers;
  Query query{{"limit", "2"}, {"since", "0"}};
  for (;;) {
    const auto got = scene.as(kAlpha, [&](const Act& act) { return list_interventions(act, query); });
    ASSERT_TRUE(done(got));
    for (const Json& item : (*got)["items"]) numbers.push_back(item["n"]);
    if (!got->contains("next")) break;
    query["after"] = (*got)["next"];
  }
  EXPECT_EQ(numbers, (std::vector<int>{1, 2, 3, 4, 5}));
  EXPECT_EQ(list(scene, kAlpha, {{"since", "3"}}).size(), 2u);
  EXPECT_EQ(list(scene, kAlpha, {{"since", "5"}}).size(), 0u);
  EXPECT_EQ(list(scene, kAlpha)[0]["n"], 5) << "else the newest first";
  EXPECT_EQ(list(scene, kAlpha, {{"after", "3"}})[0]["n"], 2);
}

TEST(Interventions, WhoSeesThem) {
  DeskScene scene;
  scene.decide(decision("d1", {{"target", {{"kind", "merchant"}, {"id", "m1"}}}}));
  struct Row {
    const Actor* who;
    bool sees;
  };
  for (const Row& row : std::vector<Row>{{&kLi, true}, {&kCac, true}, {&kMct, false}, {&kAlpha, true}, {&kBeta, false}, {&kMerchant, true}, {&kOther, false}, {&kKeeper, false}, {&kPublic, false}}) {
    EXPECT_EQ(list(scene, *row.who).size(), row.sees ? 1u : 0u) << row.who->name;
  }
}

TEST(Interventions, OfficersAreNotNamedOutside) {
  DeskScene scene;
  scene.decide(decision("d1", {{"actions", {"cut-stream"}}}));
  ASSERT_TRUE(done(scene.act(kLi, claim_case, 1)));
  ASSERT_TRUE(done(scene.act(kLi, confirm_case, 1, kReason)));
  ASSERT_TRUE(done(scene.act(kLi, impose_measure, 1, {{"kind", "warning"}, {"text", "x"}, {"interventions", {"cut-stream"}}})));
  EXPECT_EQ(list(scene, kLi)[0]["asked_by"], "person/li");
  const Json seen = list(scene, kAlpha)[0];
  EXPECT_EQ(seen["asked_by"], "department/samr");
  EXPECT_EQ(seen["measure"], "measure/1");
  EXPECT_EQ(seen["target"], Json({{"kind", "merchant"}, {"id", "m1"}}));
  EXPECT_EQ(seen.dump().find("person/li"), std::string::npos);
}

TEST(Interventions, AreAcknowledgedOnceForEachEffect) {
  DeskScene scene;
  scene.decide(decision("d1"));
  const std::string id = due(scene)[0].id;
  const auto acknowledge = [&](const Actor& who, const Json& body) { return scene.as(who, [&](const Act& act) { return acknowledge_intervention(act, id, body); }); };
  EXPECT_EQ(why(acknowledge(kBeta, {{"outcome", "done"}})), "not found");
  EXPECT_EQ(why(acknowledge(kLi, {{"outcome", "done"}})), "forbidden");
  EXPECT_EQ(why(acknowledge(kAlpha, {{"outcome", "perhaps"}})), "invalid");
  const auto first = acknowledge(kAlpha, {{"outcome", "refused"}, {"effect", "no such goods: none"}});
  ASSERT_TRUE(done(first));
  EXPECT_EQ((*first)["state"], "acknowledged");
  EXPECT_EQ((*first)["outcome"], "refused");
  EXPECT_EQ((*first)["effect"], "no such goods: none");
  const auto leaves = scene.number("SELECT COUNT(*) FROM leaf");
  scene.now = scene.now + Duration{kHour};
  EXPECT_EQ(*acknowledge(kAlpha, {{"outcome", "refused"}, {"effect", "no such goods: none"}}), *first);
  EXPECT_EQ(scene.number("SELECT COUNT(*) FROM leaf"), leaves);
  const auto changed = acknowledge(kAlpha, {{"outcome", "done"}});
  EXPECT_EQ((*changed)["outcome"], "done");
  EXPECT_FALSE(changed->contains("effect"));
  EXPECT_EQ((*changed)["acknowledged"], (*first)["acknowledged"]);
  EXPECT_TRUE(due(scene).empty()) << "it got it by polling";
}

TEST(Interventions, WithdrawnOnesAreAskedToBeRestored) {
  DeskScene scene;
  scene.decide(decision("d1"));
  const std::string id = due(scene)[0].id;
  ASSERT_TRUE(done(scene.act(kLi, claim_case, 1)));
  ASSERT_TRUE(done(scene.act(kLi, reject_case, 1, kReason)));
  const auto found = due(scene);
  ASSERT_EQ(found.size(), 1u);
  const Json data = Json::parse(found[0].record)["data"];
  EXPECT_EQ(data["action"], "restore");
  EXPECT_EQ(data["undoes"], id);
  EXPECT_EQ(data["undoes_action"], "warn");
  const auto late = scene.as(kAlpha, [&](const Act& act) { return acknowledge_intervention(act, id, {{"outcome", "done"}}); });
  EXPECT_EQ((*late)["state"], "withdrawn") << "an answer that was on its way";
  EXPECT_EQ((*late)["outcome"], "done");
}

}  // namespace
}  // namespace lw::desk
