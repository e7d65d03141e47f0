// What the input and the output share of librdkafka: settings, ownership, and what it tells of its own accord (a broker
// gone, a login refused).
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/kafka_address.h"

namespace lw::runtime {

// Says something to people while a run goes on.
using Note = std::function<void(const std::string&)>;

// The next offset of each partition.
using KafkaOffsets = std::map<std::int32_t, std::int64_t>;

// "0:123,1:45": partition and next offset, partitions ascending. Empty: none.
std::string text_of(const KafkaOffsets& offsets);
Result<KafkaOffsets> parse_kafka_offsets(std::string_view text);

namespace kafka {

inline constexpr int kPollMs = 100;          // a wait for the broker looks up so often
inline constexpr int kAnswerMs = 10'000;     // an answer that takes longer is asked for again, or refused

struct Free {
  // No farewell to the group: nobody here is a member of one, and it takes seconds.
  void operator()(rd_kafka_t* one) const { rd_kafka_destroy_flags(one, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE); }
  void operator()(rd_kafka_queue_t* one) const { rd_kafka_queue_destroy(one); }
  void operator()(rd_kafka_message_t* one) const { rd_kafka_message_destroy(one); }
  void operator()(rd_kafka_topic_t* one) const { rd_kafka_topic_destroy(one); }
  void operator()(rd_kafka_topic_partition_list_t* one) const { rd_kafka_topic_partition_list_destroy(one); }
  void operator()(rd_kafka_consumer_group_metadata_t* one) const { rd_kafka_consumer_group_metadata_destroy(one); }
  void operator()(rd_kafka_error_t* one) const { rd_kafka_error_destroy(one); }
  void operator()(const rd_kafka_metadata_t* one) const { rd_kafka_metadata_destroy(one); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;
using PartitionList = Owned<rd_kafka_topic_partition_list_t>;

// `offset` of each is its value in `offsets`.
PartitionList partition_list(const std::string& topic, const KafkaOffsets& offsets);

// What a client tells between calls. Stays where it is: the client points to it.
struct Told {
  Note note;
  std::string name;   // of the place, for messages
  std::string last;   // the last trouble
  std::string fatal;  // why the client cannot go on; empty if it can
  bool away = false;  // no broker answers; said once
  std::function<void(const rd_kafka_message_t&)> delivered;  // of a producer: a record has arrived, or has failed for good

  void trouble(rd_kafka_t* client, int error, const char* reason);
  void answered();  // a broker did: said if none had
};

enum class Kind { kConsumer, kProducer };
// `ours` are settings that those of the address do not replace, and `defaults` ones that they do. `told` outlives it.
Result<Owned<rd_kafka_t>> make_client(Kind kind, const KafkaAddress& address, const std::map<std::string, std::string>& defaults,
                                      const std::map<std::string, std::string>& ours, Told& told);

// How many partitions the topic has; 0 if it is not there. Fails if no broker answers in time, or none may tell.
Result<std::int32_t> ask_partitions(rd_kafka_t* client, const KafkaAddress& address, Told& told, int wait_ms);
// The same where it has to be there.
Result<std::int32_t> partition_count(rd_kafka_t* client, const KafkaAddress& address, Told& told);
struct Ends {
  KafkaOffsets low, high;  // of each partition the first offset, and the next one
};
// Not by rd_kafka_query_watermark_offsets, which waits for a broker that went away for as long as it is away.
Result<Ends> ask_ends(rd_kafka_t* client, const KafkaAddress& address, std::int32_t partitions);

}  // namespace kafka
}  // namespace lw::runtime
