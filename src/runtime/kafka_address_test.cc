#include "runtime/kafka_address.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace lw::runtime {
namespace {

// Everything that was read, in one line.
std::string shown(const Result<KafkaAddress>& address) {
  if (!address) return "refused: " + address.error().message;
  std::string out = fmt::format("{} {} group={} end={} id={} every={}", address->brokers, address->topic, address->group, address->until_end,
                                address->transactional, address->every.ns / 1'000'000);
  for (const auto& [name, value] : address->settings) out += fmt::format(" {}={}", name, value);
  return out;
}

struct Case {
  const char* text;
  bool input;
  const char* expected;  // all of it, or after "refused: " a part
};

TEST(KafkaAddress, Table) {
  const Case cases[] = {
      {"kafka://h:9092/t", true, "h:9092 t group= end=false id= every=1000"},
      {"kafka://h:9092/t?", true, "h:9092 t group= end=false id= every=1000"},
      {"kafka://a:1,b:65535/my.topic_1-x?group=g&until=end", true, "a:1,b:65535 my.topic_1-x group=g end=true id= every=1000"},
      {"kafka://[::1]:9092/t?group=g", true, "[::1]:9092 t group=g end=false id= every=1000"},
      {"kafka://h:1/t?rdkafka.security.protocol=SASL_SSL&rdkafka.sasl.password=a%26b%3D%25", true,
       "h:1 t group= end=false id= every=1000 security.protocol=SASL_SSL sasl.password=a&b=%"},
      {"kafka://h:1/t?transactional=me&every=200ms", false, "h:1 t group= end=false id=me every=200"},
      {"kafka://h:1/t?rdkafka.linger.ms=", false, "h:1 t group= end=false id= every=1000 linger.ms="},
      {"h:1/t", true, "refused: expected kafka://host:port[,host:port]/topic?group=NAME"},
      {"kafka://h:1", true, "refused: no topic"},
      {"kafka://h:1/", true, "refused: \"\" is no topic"},
      {"kafka://h:1/a/b", true, "refused: \"a/b\" is no topic"},
      {"kafka://h:1/..", true, "refused: \"..\" is no topic"},
      {"kafka://h/t", true, "refused: \"h\" is no broker; expected host:port"},
      {"kafka://h:1,/t", true, "refused: \"\" is no broker"},
      {"kafka://:1/t", true, "refused: \":1\" is no broker"},
      {"kafka://h:0/t", true, "refused: \"h:0\" is no broker"},
      {"kafka://h:65536/t", true, "refused: \"h:65536\" is no broker"},
      {"kafka://h:1x/t", true, "refused: \"h:1x\" is no broker"},
      {"kafka://h:1/t?until=noon", true, "refused: until=noon: expected until=end"},
      {"kafka://h:1/t?group=", true, "refused: group has no value"},
      {"kafka://h:1/t?grop=g", true, "refused: unknown parameter \"grop\"; an input takes group, until, settings, rdkafka.NAME"},
      {"kafka://h:1/t?transactional=x", true, "refused: unknown parameter \"transactional\"; an input takes"},
      {"kafka://h:1/t?group=g", false, "refused: unknown parameter \"group\"; an output takes transactional, every"},
      {"kafka://h:1/t?every=0s", false, "refused: every=0s: expected a duration"},
      {"kafka://h:1/t?rdkafka.=x", true, "refused: unknown parameter \"rdkafka.\""},
      {"kafka://h:1/t?rdkafka.acks=0", false, "refused: the setting acks is Livewarden's own"},
      {"kafka://h:1/t?rdkafka.group.id=g", true, "refused: the setting group.id is Livewarden's own"},
      {"kafka://h:1/t?group=%4", true, "refused: two hexadecimal digits"},
      {"kafka://h:1/t?group=%zz", true, "refused: two hexadecimal digits"},
      {"kafka://h:1/t?settings=/none/at/all", true, "refused: /none/at/all: cannot be read"},
  };
  constexpr std::string_view kRefused = "refused: ";
  for (const Case& one : cases) {
    const std::string found = shown(one.input ? parse_kafka_input(one.text) : parse_kafka_output(one.text));
    const std::string_view expected = one.expected;
    if (expected.starts_with(kRefused)) {
      EXPECT_TRUE(found.starts_with(kRefused)) << one.text << ": " << found;
      EXPECT_NE(found.find(expected.substr(kRefused.size())), std::string::npos) << one.text << ": " << found;
    } else {
      EXPECT_EQ(found, expected) << one.text;
    }
  }
}

TEST(KafkaAddress, NameAndRefusalsShowNoSecret) {
  const auto address = parse_kafka_input("kafka://h:1/t?rdkafka.sasl.password=secret");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->name(), "kafka://h:1/t");
  const auto refused = parse_kafka_input("kafka://h:1/t?rdkafka.sasl.password=secret&x=y");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find("secret"), std::string::npos);
}

TEST(KafkaAddress, SettingsFile) {
  const auto path = std::filesystem::temp_directory_path() / fmt::format("kafka-settings-{}", ::getpid());
  std::ofstream(path) << "# secrets\n\nsasl.username=me\r\nsasl.password=a=b\n";
  EXPECT_EQ(shown(parse_kafka_input("kafka://h:1/t?settings=" + path.string())),
            "h:1 t group= end=false id= every=1000 sasl.username=me sasl.password=a=b");
  std::ofstream(path) << "sasl.username=me\nnonsense\n";
  EXPECT_NE(shown(parse_kafka_input("kafka://h:1/t?settings=" + path.string())).find("line 2: expected name=value"), std::string::npos);
  std::ofstream(path) << "acks=0\n";
  EXPECT_NE(shown(parse_kafka_input("kafka://h:1/t?settings=" + path.string())).find("line 1: the setting acks"), std::string::npos);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace lw::runtime
