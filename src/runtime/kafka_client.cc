#include "runtime/kafka_client.h"

#include <algorithm>
#include <charconv>

namespace lw::runtime {

std::string text_of(const KafkaOffsets& offsets) {
  std::string out;
  for (const auto& [partition, offset] : offsets) out += fmt::format("{}{}:{}", out.empty() ? "" : ",", partition, offset);
  return out;
}

Result<KafkaOffsets> parse_kafka_offsets(std::string_view text) {
  KafkaOffsets out;
  for (std::string_view rest = text; !rest.empty();) {
    const char* end = rest.data() + rest.size();
    std::int32_t partition = -1;
    std::int64_t offset = -1;
    const auto first = std::from_chars(rest.data(), end, partition);
    bool good = first.ec == std::errc{} && first.ptr != end && *first.ptr == ':' && partition >= 0;
    const char* next = end;
    if (good) {
      const auto second = std::from_chars(first.ptr + 1, end, offset);
      next = second.ptr;
      good = second.ec == std::errc{} && offset >= 0 && (next == end || (*next == ',' && next + 1 != end)) && out.emplace(partition, offset).second;
    }
    if (!good) return fail("\"{}\" is no position in a topic; expected PARTITION:OFFSET, with commas between several", text);
    rest = next == end ? std::string_view() : std::string_view(next + 1, static_cast<std::size_t>(end - next - 1));
  }
  return out;
}

namespace kafka {

PartitionList partition_list(const std::string& topic, const KafkaOffsets& offsets) {
  PartitionList out(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const auto& [partition, offset] : offsets) {
    rd_kafka_topic_partition_list_add(out.get(), topic.c_str(), partition)->offset = offset;
  }
  return out;
}

void Told::trouble(rd_kafka_t* client, int error, const char* reason) {
  switch (error) {
    case RD_KAFKA_RESP_ERR__FATAL: {
      char text[512] = "";
      rd_kafka_fatal_error(client, text, sizeof text);
      fatal = text;
      break;
    }
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED: fatal = last = reason; break;
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
      if (!away && note) note(fmt::format("{}: no broker answers; waiting for one ({})", name, last.empty() ? reason : last));
      away = true;
      break;
    default: last = reason;
  }
}

void Told::answered() {
  if (away && note) note(fmt::format("{}: a broker answers again; going on", name));
  away = false;
}

Result<Owned<rd_kafka_t>> make_client(Kind kind, const KafkaAddress& address, const std::map<std::string, std::string>& defaults,
                                      const std::map<std::string, std::string>& ours, Told& told) {
  struct FreeConf {
    void operator()(rd_kafka_conf_t* one) const { rd_kafka_conf_destroy(one); }
  };
  std::unique_ptr<rd_kafka_conf_t, FreeConf> conf(rd_kafka_conf_new());
  char why[512] = "";
  const auto set = [&](const std::string& name, const std::string& value) -> Status {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), why, sizeof why) == RD_KAFKA_CONF_OK) return {};
    return fail("{}: the setting {} of librdkafka: {}", address.name(), name, why);
  };
  Status good = set("client.id", "livewarden");
  if (good) good = set("reconnect.backoff.max.ms", "1000");  // a broker that is back is found within a second
  for (const auto& [name, value] : defaults) good = good ? set(name, value) : good;
  bool debugged = false;
  for (const auto& [name, value] : address.settings) {
    debugged = debugged || name == "debug";
    good = good ? set(name, value) : good;
  }
  if (good) good = set("bootstrap.servers", address.brokers);
  for (const auto& [name, value] : ours) good = good ? set(name, value) : good;
  if (!good) return tl::make_unexpected(good.error());

  told.name = address.name();
  rd_kafka_conf_set_opaque(conf.get(), &told);
  rd_kafka_conf_set_error_cb(conf.get(), [](rd_kafka_t* client, int error, const char* reason, void* opaque) {
    static_cast<Told*>(opaque)->trouble(client, error, reason);
  });
  if (told.delivered) {
    rd_kafka_conf_set_dr_msg_cb(conf.get(), [](rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) { static_cast<Told*>(opaque)->delivered(*message); });
  }
  // What matters comes through the callback above; its own log would repeat it every few seconds.
  if (!debugged) rd_kafka_conf_set_log_cb(conf.get(), nullptr);
  Owned<rd_kafka_t> client(rd_kafka_new(kind == Kind::kConsumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER, conf.get(), why, sizeof why));
  if (!client) return fail("{}: {}", address.name(), why);
  static_cast<void>(conf.release());  // the client's now
  return client;
}

Result<std::int32_t> ask_partitions(rd_kafka_t* client, const KafkaAddress& address, Told& told, int wait_ms) {
  const Owned<rd_kafka_topic_t> topic(rd_kafka_topic_new(client, address.topic.c_str(), nullptr));
  if (!topic) return fail("{}: {}", address.name(), rd_kafka_err2str(rd_kafka_last_error()));
  const rd_kafka_metadata_t* raw = nullptr;
  const rd_kafka_resp_err_t error = rd_kafka_metadata(client, 0, topic.get(), &raw, wait_ms);
  rd_kafka_poll(client, 0);  // what it has to tell
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const std::string& why = told.fatal.empty() ? told.last : told.fatal;
    return fail("{}: no broker answers: {}", address.name(), why.empty() ? rd_kafka_err2str(error) : why);
  }
  const Owned<const rd_kafka_metadata_t> metadata(raw);
  if (metadata->topic_cnt != 1) return fail("{}: the broker does not say what the topic is", address.name());
  const rd_kafka_metadata_topic_t& found = metadata->topics[0];
  if (found.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return 0;
  if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) return fail("{}: {}", address.name(), rd_kafka_err2str(found.err));
  return found.partition_cnt;
}

Result<std::int32_t> partition_count(rd_kafka_t* client, const KafkaAddress& address, Told& told) {
  auto count = ask_partitions(client, address, told, kAnswerMs);
  if (count && *count == 0) return fail("{}: there is no such topic; make it first, or correct the name", address.name());
  return count;
}

Result<Ends> ask_ends(rd_kafka_t* client, const KafkaAddress& address, std::int32_t partitions) {
  Ends out;
  for (const auto& [at, offsets] : {std::pair{RD_KAFKA_OFFSET_BEGINNING, &out.low}, std::pair{RD_KAFKA_OFFSET_END, &out.high}}) {
    for (std::int32_t partition = 0; partition < partitions; ++partition) offsets->emplace(partition, at);
    const auto list = partition_list(address.topic, *offsets);
    const rd_kafka_resp_err_t error = rd_kafka_offsets_for_times(client, list.get(), kAnswerMs);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return fail("{}: where its partitions begin and end: {}", address.name(), rd_kafka_err2str(error));
    for (int i = 0; i < list->cnt; ++i) {
      const rd_kafka_topic_partition_t& one = list->elems[i];
      if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR) return fail("{}: partition {}: {}", address.name(), one.partition, rd_kafka_err2str(one.err));
      (*offsets)[one.partition] = one.offset;
    }
  }
  return out;
}

}  // namespace kafka
}  // namespace lw::runtime
