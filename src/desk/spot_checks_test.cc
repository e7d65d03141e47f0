#include "desk/spot_checks.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sodium.h>

#include <set>

#include "desk/case_test.h"

namespace lw::desk {
namespace {

Seed seed_of(std::uint32_t number) {
  Seed seed{};
  std::memcpy(seed.data(), &number, sizeof number);
  return seed;
}

RC_GTEST_PROP(Pick, NoneTwiceAndAsManyAsThereAre, ()) {
  const auto weights = *rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, 1000));
  const auto by_lot = *rc::gen::inRange<std::size_t>(0, 20), by_risk = *rc::gen::inRange<std::size_t>(0, 20);
  const Seed seed = seed_of(*rc::gen::arbitrary<std::uint32_t>());
  const auto picked = pick(weights, by_lot, by_risk, seed);
  RC_ASSERT(picked == pick(weights, by_lot, by_risk, seed));
  std::set<std::size_t> indices;
  std::size_t lots = 0;
  for (const Pick& one : picked) {
    RC_ASSERT(one.index < weights.size());
    RC_ASSERT(indices.insert(one.index).second);
    RC_ASSERT(one.by_lot || weights[one.index] > 0);
    lots += one.by_lot;
  }
  RC_ASSERT(lots == std::min(by_lot, weights.size()));
  std::size_t heavy = 0;  // of those left to be drawn by risk
  for (std::size_t i = 0; i < weights.size(); ++i) heavy += weights[i] > 0 && std::ranges::count(picked, Pick{i, true}) == 0;
  RC_ASSERT(picked.size() - lots == std::min(by_risk, heavy));
}

// Chances as they should be, within six standard deviations of 20,000 draws.
TEST(Pick, FairByLotAndByWeight) {
  constexpr int kDraws = 20'000;
  const std::vector<std::int64_t> weights = {1, 0, 3, 6};
  std::array<int, 4> lot{}, risk{};
  for (std::uint32_t i = 0; i < kDraws; ++i) {
    ++lot[pick(weights, 1, 0, seed_of(i))[0].index];
    ++risk[pick(weights, 0, 1, seed_of(i))[0].index];
  }
  const auto expect = [&](int got, double chance) { EXPECT_NEAR(got, kDraws * chance, 6 * std::sqrt(kDraws * chance * (1 - chance))); };
  for (std::size_t i = 0; i < 4; ++i) {
    expect(lot[i], 0.25);
    expect(risk[i], static_cast<double>(weights[i]) / 10);
  }
}

class SpotChecks : public ::testing::Test {
 protected:
  SpotChecks() {
    EXPECT_TRUE(scene.db->write([](store::Session& session) -> Status {
      for (int i = 0; i < 30; ++i) {
        session.run("INSERT INTO room (platform, id, session, host, operator, mcn, on_air, started, ended, online, gross, tips, risk, findings, last_at) VALUES"
                    " ('alpha', :id, :session, 'h', 'op', '', :on, 0, 0, 0, 0, 0, :risk, 0, 0)", "r" + std::to_string(i), "s" + std::to_string(i), i < 25 ? 1 : 0, i * i);
      }
      return session.status();
    }));
  }
  Answer<Json> draw(const Actor& who, const Json& body = Json::object()) {
    return scene.as(who, [&](const Act& act) { return draw_spot_checks(act, body); });
  }
  Answer<Json> record(const Actor& who, std::uint64_t id, const Json& body) {
    return scene.as(who, [&](const Act& act) { return record_spot_check(act, id, body); });
  }
  DeskScene scene;
};

TEST_F(SpotChecks, CanBeDrawnAgainFromTheEvidence) {
  const auto drawn = draw(kLi);
  ASSERT_TRUE(done(drawn));
  EXPECT_EQ((*drawn)["items"].size(), 10u);
  EXPECT_EQ((*drawn)["pool"], 25);
  const Json leaf = Json::parse(scene.rows("SELECT opened FROM leaf WHERE kind = 'spot-check'")[0].text(0));
  std::vector<std::int64_t> weights;
  for (const Json& room : leaf["pool"]) weights.push_back(room[2]);
  ASSERT_EQ(weights.size(), 25u);
  Seed seed;
  const std::string hex = leaf["seed"];
  ASSERT_EQ(sodium_hex2bin(seed.data(), seed.size(), hex.data(), hex.size(), nullptr, nullptr, nullptr), 0);
  const auto again = pick(weights, leaf["by_lot"], leaf["count"].get<std::size_t>() - leaf["by_lot"].get<std::size_t>(), seed);
  ASSERT_EQ(again.size(), 10u);
  for (std::size_t i = 0; i < again.size(); ++i) {
    const Json& item = (*drawn)["items"][i];
    EXPECT_EQ(item["room"], leaf["pool"][again[i].index][1]);
    EXPECT_EQ(item["cause"], again[i].by_lot ? "lot" : "risk");
    EXPECT_EQ(item["cause"], i < 5 ? "lot" : "risk") << "half of them by lot";
    EXPECT_EQ(item["weight"], weights[again[i].index]);
    EXPECT_EQ(item["session"], "s" + item["room"].get<std::string>().substr(1));
  }
}

TEST_F(SpotChecks, AsManyADayAsThePolicySays) {
  ASSERT_TRUE(done(draw(kLi, {{"count", 4}})));
  EXPECT_EQ((*draw(kWang))["items"].size(), 6u) << "what is left of the day's ten";
  EXPECT_EQ(why(draw(kLi)), "invalid");
  EXPECT_EQ((*draw(kCac))["items"].size(), 10u) << "each department has its own";
  scene.now = scene.now + Duration{kDay};
  EXPECT_EQ((*draw(kLi, {{"count", 100}}))["items"].size(), 15u) << "what is drawn and not looked at is not drawn again";
  EXPECT_EQ(scene.number("SELECT COUNT(DISTINCT room) FROM spot_check WHERE department = 'samr'"), 25);
}

TEST_F(SpotChecks, WhoDrawsRecordsAndSees) {
  for (const auto& [who, expected] : std::vector<std::pair<const Actor*, const char*>>{
           {&kViewer, "forbidden"}, {&kSun, "forbidden"}, {&kAuditor, "forbidden"}, {&kAlpha, "forbidden"}, {&kMerchant, "forbidden"}, {&kKeeper, "forbidden"}, {&kPublic, "forbidden"}, {&kZhao, "done"}}) {
    EXPECT_EQ(why(draw(*who)), expected) << who->name;
  }
  const Json passed{{"finding", "none"}, {"text", "all in order"}};
  for (const auto& [who, sees, expected] : std::vector<std::tuple<const Actor*, std::size_t, const char*>>{
           {&kCac, 0, "not found"}, {&kAlpha, 0, "not found"}, {&kMerchant, 0, "not found"}, {&kKeeper, 0, "not found"}, {&kViewer, 10, "forbidden"}, {&kLi, 10, "done"}, {&kWang, 10, "conflict"}}) {
    EXPECT_EQ((*scene.as(*who, [](const Act& act) { return list_spot_checks(act, {}); }))["items"].size(), sees) << who->name;
    EXPECT_EQ(why(record(*who, 1, passed)), expected) << who->name;
  }
  EXPECT_EQ((*scene.as(kLi, [](const Act& act) { return list_spot_checks(act, {{"state", "done"}}); }))["items"].size(), 1u);
}

TEST_F(SpotChecks, WhatFailedIsACase) {
  ASSERT_TRUE(done(draw(kLi)));
  EXPECT_EQ(why(record(kLi, 1, {{"finding", "violation"}, {"text", "x"}})), "invalid") << "of what violation";
  EXPECT_EQ(why(record(kLi, 1, {{"finding", "well"}, {"text", "x"}})), "invalid");
  EXPECT_EQ(why(record(kLi, 1, {{"finding", "none"}})), "invalid");
  const auto passed = record(kLi, 1, {{"finding", "none"}, {"text", "all in order"}});
  ASSERT_TRUE(done(passed));
  EXPECT_FALSE(passed->contains("case_id"));
  const auto failed = record(kLi, 2, {{"finding", "violation"}, {"text", "sells cures"}, {"violation", "medical-claim"}, {"severity", "high"}});
  ASSERT_TRUE(done(failed));
  EXPECT_EQ((*failed)["case_id"], 1);
  const Json seen = scene.seen(kLi, 1);
  EXPECT_EQ(seen["liable"], Json({{"kind", "operator"}, {"id", "op"}}));
  EXPECT_EQ(seen["counts"]["inspections"], 1);
  EXPECT_EQ(seen["severity"], "high");
  EXPECT_EQ(seen["items"][0]["ref"], "spot-check/2");
  EXPECT_EQ(seen["items"][0]["text"], "sells cures");
  EXPECT_EQ(scene.told(), (std::vector<std::string>{"live.inspection.recorded passed", "live.inspection.recorded failed", "live.case.changed opened"}));
  const auto named = record(kLi, 3, {{"finding", "violation"}, {"text", "x"}, {"violation", "counterfeit"}, {"liable", {{"kind", "merchant"}, {"id", "m5"}}}});
  ASSERT_TRUE(done(named));
  EXPECT_EQ(scene.seen(kLi, 2)["liable"], Json({{"kind", "merchant"}, {"id", "m5"}}));
}

TEST_F(SpotChecks, AFindingHasSomebodyWhoAnswersForIt) {
  ASSERT_TRUE(done(draw(kLi)));
  ASSERT_TRUE(scene.db->write([](store::Session& session) -> Status {
    session.run("UPDATE room SET host = '', operator = ''");
    return session.status();
  }));
  Json body{{"finding", "violation"}, {"text", "sells cures"}, {"violation", "medical-claim"}};
  const auto nobody = record(kLi, 1, body);
  ASSERT_EQ(why(nobody), "invalid");
  EXPECT_EQ(nobody.error().field, "liable");
  EXPECT_EQ(scene.told(), std::vector<std::string>{});
  body["liable"] = {{"kind", "merchant"}, {"id", "m5"}};
  const auto named = record(kLi, 1, body);
  ASSERT_TRUE(done(named));
  EXPECT_EQ((*named)["case_id"], 1);
}

TEST_F(SpotChecks, AFindingInAnothersCaseShowsNothingOfIt) {
  const auto drawn = draw(kMct);
  ASSERT_TRUE(done(drawn));
  const Json& item = (*drawn)["items"][0];
  scene.decide(decision("d1", {{"liable", {{"kind", "operator"}, {"id", "op"}}}, {"room", item["room"]}, {"session", item["session"]}}));
  const auto failed = record(kMct, item["id"], {{"finding", "violation"}, {"text", "sells cures"}, {"violation", "false-claim"}});
  ASSERT_TRUE(done(failed));
  EXPECT_FALSE(failed->contains("case_id"));
  EXPECT_EQ(scene.seen(kMct, 1), Json());
  EXPECT_EQ(scene.seen(kLi, 1)["counts"]["inspections"], 1);
  EXPECT_EQ(scene.number("SELECT COUNT(*) FROM case_file"), 1);
}

}  // namespace
}  // namespace lw::desk
