// The address of a Kafka topic as it is written on the command line:
//   kafka://host:port[,host:port]/topic?group=g&until=end              an input
//   kafka://host:port[,host:port]/topic?transactional=id&every=200ms   an output
// Both take settings=FILE (lines name=value of librdkafka, for secrets that no process list should show) and
// rdkafka.NAME=VALUE, one setting of librdkafka. Values are percent-decoded.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace lw::runtime {

struct KafkaAddress {
  std::string brokers;  // host:port, with commas between them
  std::string topic;
  std::string group;              // input: whose committed offsets are its start and its lag; empty: always from the earliest
  bool until_end = false;         // input: ends where the topic ended when it was opened
  std::string transactional;      // output: the transactional.id; empty: made of group and topic
  Duration every{kSecond};        // output: the longest time between two transactions
  std::vector<std::pair<std::string, std::string>> settings;  // of librdkafka, in the order given

  // kafka://brokers/topic: without what may be secret, for messages and the dead letter.
  std::string name() const;
};

inline bool is_kafka(std::string_view place) { return place.starts_with("kafka://"); }

// Refuses what is malformed, an unknown parameter, and settings that exactly-once delivery rests on. Reads settings=FILE.
Result<KafkaAddress> parse_kafka_input(std::string_view text);
Result<KafkaAddress> parse_kafka_output(std::string_view text);

}  // namespace lw::runtime
