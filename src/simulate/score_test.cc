#include "simulate/score.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace lw::simulate {
namespace {

DecisionLine decision(std::string violation, std::string kind, std::string id, std::string room = "",
                      std::string severity = "high", std::string mode = "enforce", std::int64_t ns = 0) {
  return {std::move(violation), std::move(kind), std::move(id), std::move(room), std::move(severity), std::move(mode), ns};
}

const ScoreRow& row(const Scores& scores, const std::string& violation, const std::string& kind) {
  for (const ScoreRow& r : scores.rows)
    if (r.violation == violation && r.kind == kind) return r;
  ADD_FAILURE() << "no row " << violation << " " << kind;
  static const ScoreRow kNone;
  return kNone;
}

const std::vector<TruthLine> kTruth{{"fake-traffic", "account", "u1", "viewers/device-farm", 10},
                                    {"fake-traffic", "account", "u2", "viewers/device-farm", 10},
                                    {"fake-traffic", "account", "u3", "viewers/slow-drip", 20},
                                    {"fake-traffic", "account", "u4", "viewers/slow-drip", 20},
                                    {"fake-traffic", "room", "r1", "viewers/device-farm", 10},
                                    {"fake-traffic", "room", "r2", "viewers/slow-drip", 20}};

TEST(Score, CountsTargetsOnceByViolationAndKind) {
  const Scores scores = score({decision("fake-traffic", "account", "u1"), decision("fake-traffic", "account", "u1"),
                               decision("fake-traffic", "account", "u3"), decision("fake-traffic", "account", "honest"),
                               decision("spam", "account", "u2"),      // another violation finds nothing here
                               decision("fake-traffic", "device", "u4")},  // nor does another kind
                              kTruth);
  const ScoreRow& accounts = row(scores, "fake-traffic", "account");
  EXPECT_EQ(accounts.truth, 4);
  EXPECT_EQ(accounts.decided, 3);
  EXPECT_EQ(accounts.correct, 2);
  EXPECT_EQ(accounts.found, 2);
  EXPECT_DOUBLE_EQ(*accounts.precision, 2.0 / 3.0);
  EXPECT_DOUBLE_EQ(*accounts.recall, 0.5);
  EXPECT_DOUBLE_EQ(*accounts.f1, 2.0 * (2.0 / 3.0) * 0.5 / (2.0 / 3.0 + 0.5));
  const ScoreRow& spam = row(scores, "spam", "account");
  EXPECT_EQ(*spam.precision, 0.0);
  EXPECT_FALSE(spam.recall) << "nothing true: recall is undefined, not 0";
  EXPECT_FALSE(spam.f1);
}

TEST(Score, ShadowAndInfoDoNotCount) {
  const Scores scores = score({decision("fake-traffic", "account", "u1", "r1", "critical", "shadow"),
                               decision("fake-traffic", "account", "u2", "r1", "info")},
                              kTruth);
  EXPECT_EQ(row(scores, "fake-traffic", "account").found, 0);
  EXPECT_EQ(row(scores, "fake-traffic", "room").found, 0);
  EXPECT_EQ(scores.counted, 0);
  EXPECT_EQ(scores.ignored, 2);
  EXPECT_FALSE(row(scores, "fake-traffic", "account").precision) << "nothing decided: undefined";
  EXPECT_EQ(*row(scores, "fake-traffic", "account").f1, 0.0);
}

struct RoomCase {
  const char* name;
  std::vector<DecisionLine> decisions;
  double precision, recall;
};

TEST(Score, RoomsAreFoundByOtherTargetsButPrecisionCountsRoomsAlone) {
  const RoomCase cases[] = {
      {"no decision at all", {}, 0.0, 0.0},
      {"only accounts, in one room", {decision("fake-traffic", "account", "u1", "r1")}, 1.0, 0.5},
      {"only accounts, in an honest room", {decision("fake-traffic", "account", "u1", "r9")}, 0.0, 0.0},
      {"both rooms, one through a device", {decision("fake-traffic", "room", "r1", "r1"), decision("fake-traffic", "device", "d", "r2")}, 1.0, 1.0},
      {"a wrong room and accounts of a right one", {decision("fake-traffic", "room", "r9"), decision("fake-traffic", "account", "u1", "r1")}, 0.0, 0.5},
      {"one right, one wrong", {decision("fake-traffic", "room", "r2"), decision("fake-traffic", "room", "r9")}, 0.5, 0.5},
      {"another violation in the room", {decision("spam", "account", "u1", "r1")}, 0.0, 0.0},
  };
  for (const RoomCase& c : cases) {
    const Scores scores = score(c.decisions, kTruth);
    const ScoreRow& rooms = row(scores, "fake-traffic", "room");
    EXPECT_DOUBLE_EQ(rooms.precision.value_or(-1.0), c.precision) << c.name;
    EXPECT_DOUBLE_EQ(rooms.recall.value_or(-1.0), c.recall) << c.name;
  }
}

TEST(Score, RecallByShapeAndStrength) {
  const Scores scores = score({decision("fake-traffic", "account", "u1", "r1"), decision("fake-traffic", "account", "u2", "r1"),
                               decision("fake-traffic", "account", "u3", "r2")},
                              kTruth);
  ASSERT_EQ(scores.by_shape.size(), 4u);
  EXPECT_EQ(scores.by_shape[0].shape, "viewers/device-farm");
  EXPECT_EQ(scores.by_shape[0].strength, 10);
  EXPECT_DOUBLE_EQ(scores.by_shape[0].recall, 1.0);
  EXPECT_DOUBLE_EQ(scores.by_shape[1].recall, 0.5);
  EXPECT_EQ(scores.by_shape[2].kind, "room");
}

TEST(Score, OneTargetInTwoShapesCountsInEachButOnceInAll) {
  const std::vector<TruthLine> truth{{"absolute-term", "room", "r1", "absolute-term/speech-plain", 0},
                                     {"absolute-term", "room", "r1", "price/lowest", 0}};
  const Scores scores = score({decision("absolute-term", "room", "r1")}, truth);
  EXPECT_EQ(row(scores, "absolute-term", "room").truth, 1);
  EXPECT_EQ(row(scores, "absolute-term", "room").found, 1);
  EXPECT_EQ(scores.by_shape.size(), 2u);
}

TEST(Score, ExceptedShapesAreNeitherTrueNorWrong) {
  const Scores scores = score({decision("fake-traffic", "account", "u1", "r1"), decision("fake-traffic", "account", "u3", "r2"),
                               decision("fake-traffic", "account", "honest", "r1")},
                              kTruth, {}, "slow-drip");
  const ScoreRow& accounts = row(scores, "fake-traffic", "account");
  EXPECT_EQ(accounts.truth, 2);
  EXPECT_EQ(accounts.decided, 2) << "u3 is forgiven, the honest one is not";
  EXPECT_EQ(accounts.correct, 1);
  EXPECT_EQ(accounts.found, 1);
  EXPECT_EQ(row(scores, "fake-traffic", "room").truth, 1);
  EXPECT_DOUBLE_EQ(*row(scores, "fake-traffic", "room").recall, 1.0);
  ASSERT_EQ(scores.by_shape.size(), 4u);
  EXPECT_EQ(scores.by_shape[1].found, 1);
}

TEST(Score, SpikesWithAFraudAlarm) {
  const std::vector<SpikeLine> spikes{{"r5", "m5", "raid", 100, 200}, {"r6", "m6", "raid", 100, 200}, {"r7", "m7", "chant", 100, 200}};
  const struct {
    const char* name;
    DecisionLine decision;
    std::int64_t alarmed;
  } cases[] = {
      {"an account in the room", decision("fake-traffic", "account", "u9", "r5", "medium", "enforce", 150), 1},
      {"at the very ends", decision("fake-traffic", "account", "u9", "r5", "medium", "enforce", 200), 1},
      {"the room itself", decision("data-inflation", "room", "r6", "", "high", "enforce", 100), 1},
      {"its merchant", decision("order-brushing", "merchant", "m7", "", "high", "enforce", 150), 1},
      {"before", decision("fake-traffic", "account", "u9", "r5", "medium", "enforce", 99), 0},
      {"after", decision("fake-traffic", "account", "u9", "r5", "medium", "enforce", 201), 0},
      {"low", decision("fake-traffic", "account", "u9", "r5", "low", "enforce", 150), 0},
      {"shadow", decision("fake-traffic", "account", "u9", "r5", "high", "shadow", 150), 0},
      {"not a fraud", decision("false-claim", "room", "r5", "r5", "high", "enforce", 150), 0},
      {"elsewhere", decision("fake-traffic", "account", "u9", "r8", "high", "enforce", 150), 0},
      {"on the guilty", decision("fake-traffic", "account", "u1", "r5", "high", "enforce", 150), 0},
  };
  for (const auto& c : cases) {
    const Scores scores = score({c.decision}, kTruth, spikes);
    EXPECT_DOUBLE_EQ(*scores.spike_alarm_share(), static_cast<double>(c.alarmed) / 3.0) << c.name;
  }
  EXPECT_FALSE(score({}, kTruth).spike_alarm_share()) << "no spikes given";
  EXPECT_EQ(score({cases[0].decision, cases[6].decision, cases[10].decision}, kTruth).fraud_alarms, 1);
}

TEST(Score, ReadsTheWireForms) {
  std::istringstream truth(R"({"violation":"order-brushing","kind":"order","id":"o17"})" "\n\n"
                           R"({"violation":"spam","kind":"account","id":"u1","shape":"spam/ads","strength":40})" "\n"
                           R"({"violation":"spam","kind":"account","id":"u1","shape":"spam/ads","strength":0.4})");
  const auto lines = read_truth(truth, "t");
  ASSERT_TRUE(lines);
  ASSERT_EQ(lines->size(), 3u);
  EXPECT_EQ((*lines)[1].strength, 40);
  EXPECT_EQ((*lines)[2].strength, 0.4);
  std::istringstream decisions(
      R"({"time":"2026-11-11T20:00:00+08:00","data":{"violation":"spam","target":{"kind":"account","id":"u1"},"room":"8","merchant":null,"severity":"low","mode":"enforce"}})");
  const auto made = read_decisions(decisions, "d");
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_EQ((*made)[0].room, "8");
  const Scores scores = score(*made, *lines);
  const auto json = nlohmann::json::parse(to_json(scores));
  EXPECT_EQ(json["decisions_counted"], 1);
  EXPECT_TRUE(json["spike_alarm_share"].is_null());
  EXPECT_EQ(json["by_shape"][0]["strength"].dump(), "0.4");
  EXPECT_EQ(json["by_shape"][1]["strength"].dump(), "40");
  EXPECT_NE(to_table(scores).find("order-brushing"), std::string::npos);
}

TEST(Score, RefusesWhatIsNotOfTheForm) {
  const char* bad[] = {"{", "[]", R"({"violation":"spam","kind":"account"})", R"({"violation":1,"kind":"account","id":"u"})",
                       R"({"violation":"spam","kind":"account","id":"u","strength":"x"})"};
  for (const char* line : bad) {
    std::istringstream in("\n" + std::string(line));
    const auto read = read_truth(in, "truth.ndjson");
    ASSERT_FALSE(read) << line;
    EXPECT_EQ(read.error().place.line, 2u) << line;
    EXPECT_EQ(read.error().place.file, "truth.ndjson");
  }
}

}  // namespace
}  // namespace lw::simulate
