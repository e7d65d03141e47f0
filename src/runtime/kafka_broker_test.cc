// What a broker is needed for: tests/kafka.py starts one, makes the topics and says in LW_KAFKA where. Skipped without.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "runtime/kafka_feed.h"
#include "runtime/kafka_sink.h"

namespace lw::runtime {
namespace {

class KafkaBroker : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::getenv("LW_KAFKA")) GTEST_SKIP() << "LW_KAFKA names no broker";
  }
  static std::string place(const std::string& topic) { return fmt::format("kafka://{}/{}", std::getenv("LW_KAFKA"), topic); }
};

// The next `count` lines as "partition:offset".
std::vector<std::string> take(event::Feed& feed, std::size_t count) {
  std::vector<std::string> out;
  event::Line line;
  while (out.size() < count && feed.next(line)) {
    EXPECT_TRUE(line.fault.empty()) << line.fault;
    out.push_back(fmt::format("{}:{}", line.part, line.number));
  }
  return out;
}

TEST_F(KafkaBroker, ReadsOnFromAPosition) {
  const auto address = parse_kafka_input(place("unit-events"));
  auto first = KafkaInput::open(*address, "", {});
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ((*first)->position(), "0:0,1:0");
  const auto feeds = (*first)->feeds();
  ASSERT_EQ(feeds.size(), 2u);
  std::vector<std::string> seen = take(*feeds[0], 30);
  for (std::string& one : take(*feeds[1], 40)) seen.push_back(std::move(one));
  const std::string position = (*first)->position();
  EXPECT_EQ(position, "0:30,1:40");
  auto second = KafkaInput::open(*address, position, {});
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ((*second)->position(), position);
  const auto more = (*second)->feeds();
  for (std::string& one : take(*more[0], 20)) seen.push_back(std::move(one));
  for (std::string& one : take(*more[1], 10)) seen.push_back(std::move(one));
  EXPECT_TRUE(more[0]->idle());
  EXPECT_EQ((*second)->position(), "0:50,1:50");
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(std::unique(seen.begin(), seen.end()), seen.end());
  EXPECT_EQ(seen.size(), 100u);
}

TEST_F(KafkaBroker, ReadsPartitionsApartUpToTheirEnds) {
  const auto address = parse_kafka_input(place("unit-events") + "?until=end");
  auto input = KafkaInput::open(*address, "", {});
  ASSERT_TRUE(input) << input.error().message;
  ASSERT_TRUE((*input)->start_at("1:45"));  // 0 is not named: from its earliest
  const auto feeds = (*input)->feeds();
  ASSERT_EQ(feeds.size(), 2u);
  EXPECT_EQ(take(*feeds[1], 100), (std::vector<std::string>{"1:45", "1:46", "1:47", "1:48", "1:49"}));
  EXPECT_EQ((*input)->position(), "0:0,1:50");
  EXPECT_EQ(take(*feeds[0], 100).size(), 50u);
  EXPECT_FALSE((*input)->start_at("0:1")) << "records were read";
}

TEST_F(KafkaBroker, RefusesPositionsOfAnotherTopic) {
  const auto address = parse_kafka_input(place("unit-events"));
  for (const char* position : {"0:51", "2:0", "0", "0:1,", "0:1,0:2", "x:1", "0:-1", "-1:0"}) {
    EXPECT_FALSE(KafkaInput::open(*address, position, {})) << position;
  }
}

TEST_F(KafkaBroker, TheGroupRemembers) {
  const auto address = parse_kafka_input(place("unit-events") + "?group=unit");
  {
    auto input = KafkaInput::open(*address, "", {});
    ASSERT_TRUE(input) << input.error().message;
    ASSERT_TRUE((*input)->commit({{0, 7}, {1, 9}}, true));
  }
  auto input = KafkaInput::open(*address, "", {});
  ASSERT_TRUE(input) << input.error().message;
  EXPECT_EQ((*input)->position(), "0:7,1:9");
}

std::string decision(int i) { return fmt::format(R"({{"subject":"room/{}","i":{}}})", i % 5, i) + "\n"; }

TEST_F(KafkaBroker, AResumedRunSendsEachDecisionOnce) {
  const auto address = parse_kafka_output(place("unit-decisions"));
  EXPECT_EQ(KafkaSink::last_committed(*address, ""), 0u);
  {
    auto sink = KafkaSink::open(*address, {});
    ASSERT_TRUE(sink) << sink.error().message;
    for (int i = 1; i <= 20; ++i) ASSERT_TRUE((*sink)->write(decision(i)));
    ASSERT_TRUE((*sink)->flush());
    for (int i = 21; i <= 30; ++i) ASSERT_TRUE((*sink)->write(decision(i)));
  }  // goes without a commit, as a crash does
  auto sink = KafkaSink::open(*address, {});
  ASSERT_TRUE(sink) << sink.error().message;
  const auto last = KafkaSink::last_committed(*address, "");
  ASSERT_TRUE(last) << last.error().message;
  EXPECT_EQ(*last, 20u);
  EXPECT_EQ(KafkaSink::last_committed(*address, "another group"), 0u);
  (*sink)->resume(12, *last);  // of a snapshot taken after the twelfth decision
  for (int i = 13; i <= 30; ++i) ASSERT_TRUE((*sink)->write(decision(i)));
  ASSERT_TRUE((*sink)->close());
  EXPECT_EQ(KafkaSink::last_committed(*address, ""), 30u);

  const auto reading = parse_kafka_input(place("unit-decisions") + "?until=end");
  auto input = KafkaInput::open(*reading, "", {});
  ASSERT_TRUE(input) << input.error().message;
  std::vector<std::string> found;
  for (const auto& feed : (*input)->feeds()) {
    event::Line line;
    while (feed->next(line)) found.push_back(std::string(line.text) + "\n");
  }
  std::vector<std::string> expected;
  for (int i = 1; i <= 30; ++i) expected.push_back(decision(i));
  std::sort(found.begin(), found.end());
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace lw::runtime
