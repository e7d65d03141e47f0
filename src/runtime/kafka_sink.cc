#include "runtime/kafka_sink.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "runtime/source.h"

namespace lw::runtime {
namespace {

constexpr std::size_t kMaxRecords = 10'000;     // of a transaction
constexpr std::size_t kMaxBytes = 16 << 20;
constexpr int kInitMs = 30'000;
constexpr std::int64_t kTail = 1000;            // records looked at first for the last number

std::string_view header(const rd_kafka_headers_t* headers, const char* name) {
  const void* value = nullptr;
  std::size_t size = 0;
  if (rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR || !value) return {};
  return {static_cast<const char*>(value), size};
}

// A record's number, if `run` counted it; else 0.
std::uint64_t number_of(const rd_kafka_message_t& message, std::string_view run) {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR || header(headers, "run") != run) return 0;
  const std::string_view text = header(headers, "n");
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// The largest number of `run` among the records of a partition from `from` on.
Result<std::uint64_t> largest(rd_kafka_t* client, const KafkaAddress& address, std::int32_t partition, std::int64_t from, const std::string& run) {
  const auto list = kafka::partition_list(address.topic, {{partition, from}});
  rd_kafka_assign(client, list.get());
  std::uint64_t out = 0;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(3 * kafka::kAnswerMs);
  while (std::chrono::steady_clock::now() < deadline) {
    const kafka::Owned<rd_kafka_message_t> message(rd_kafka_consumer_poll(client, kafka::kPollMs));
    if (!message) continue;
    if (message->partition != partition) continue;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return out;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) out = std::max(out, number_of(*message, run));
  }
  return fail("{}: partition {} cannot be read to its end", address.name(), partition);
}

}  // namespace

std::string KafkaSink::transactional_id(const KafkaAddress& address, const std::string& group) {
  if (!address.transactional.empty()) return address.transactional;
  return fmt::format("livewarden-{}{}{}", group, group.empty() ? "" : "-", address.topic);
}

std::string KafkaSink::run_id(const KafkaAddress& address, const std::string& group, const std::string& state) {
  return transactional_id(address, group) + (state.empty() ? "" : "/") + state;
}

Result<std::uint64_t> KafkaSink::last_committed(const KafkaAddress& address, const std::string& group, const std::string& state) {
  kafka::Told told;
  auto client = kafka::make_client(kafka::Kind::kConsumer, address, {{"fetch.wait.max.ms", "50"}},
                                   {{"group.id", "livewarden"},
                                    {"isolation.level", "read_committed"},
                                    {"enable.auto.commit", "false"},
                                    {"enable.partition.eof", "true"},
                                    {"auto.offset.reset", "earliest"}},
                                   told);
  if (!client) return tl::make_unexpected(client.error());
  const auto count = kafka::partition_count(client->get(), address, told);
  if (!count) return tl::make_unexpected(count.error());
  auto ends = kafka::ask_ends(client->get(), address, *count);
  if (!ends) return tl::make_unexpected(ends.error());
  rd_kafka_poll_set_consumer(client->get());
  const std::string run = run_id(address, group, state);
  std::uint64_t out = 0;
  for (std::int32_t partition = 0; partition < *count; ++partition) {
    const std::int64_t low = ends->low[partition], high = ends->high[partition];
    // Numbers grow within a partition: the last record of the run has its largest. Others may have written behind it.
    for (std::int64_t tail = kTail; low < high; tail *= 16) {
      const std::int64_t from = std::max(low, high - tail);
      const auto found = largest(client->get(), address, partition, from, run);
      if (!found) return found;
      out = std::max(out, *found);
      if (*found > 0 || from == low) break;
    }
  }
  rd_kafka_assign(client->get(), nullptr);
  return out;
}

Result<std::unique_ptr<KafkaSink>> KafkaSink::open(const KafkaAddress& address, KafkaSinkOptions options) {
  std::unique_ptr<KafkaSink> sink(new KafkaSink(address, std::move(options)));
  KafkaInput* input = sink->options_.source ? sink->options_.source->kafka() : nullptr;
  sink->id_ = transactional_id(address, input ? input->group() : "");
  sink->run_ = run_id(address, input ? input->group() : "", sink->options_.state);
  sink->told_.note = sink->options_.note;
  sink->number_ = sink->options_.before;
  for (const auto& [name, value] : address.settings) {
    if (name == "transaction.timeout.ms") sink->timeout_ = std::chrono::milliseconds(std::strtol(value.c_str(), nullptr, 10));
  }
  if (std::chrono::nanoseconds(address.every.ns) >= sink->timeout_) {
    return fail("{}: every={}: expected less than transaction.timeout.ms, {} ms, after which the broker takes a transaction back", address.name(),
                format_duration(address.every), sink->timeout_.count());
  }
  if (Status connected = sink->connect(); !connected) return tl::make_unexpected(connected.error());
  return sink;
}

Status KafkaSink::connect() {
  client_.reset();
  auto client = kafka::make_client(kafka::Kind::kProducer, address_,
                                   {{"linger.ms", "5"}, {"compression.type", "lz4"}, {"transaction.timeout.ms", std::to_string(timeout_.count())}},
                                   {{"transactional.id", id_}, {"enable.idempotence", "true"}}, told_);
  if (!client) return tl::make_unexpected(client.error());
  client_ = std::move(*client);
  if (const auto count = kafka::partition_count(client_.get(), address_, told_); !count) return tl::make_unexpected(count.error());
  const auto ready = call("no transactions", [&] { return rd_kafka_init_transactions(client_.get(), kInitMs); });
  if (!ready) return tl::make_unexpected(ready.error());
  return {};
}

void KafkaSink::resume(std::uint64_t before, std::uint64_t committed) {
  number_ = before;
  options_.committed = committed;
}

// Calls until it neither succeeds nor is to be called again. What a broken transaction asks for, and what is not to be mended.
Result<KafkaSink::Next> KafkaSink::call(std::string_view doing, const std::function<rd_kafka_error_t*()>& what) {
  for (;;) {
    const kafka::Owned<rd_kafka_error_t> error(what());
    rd_kafka_poll(client_.get(), 0);
    if (!error) {
      told_.answered();
      return Next::kDone;
    }
    const rd_kafka_resp_err_t code = rd_kafka_error_code(error.get());
    if (code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED) {
      // The broker takes back what was open too long (it was away, or this program stood still) and fences as another run would.
      if (open_ && Clock::now() - began_ >= timeout_) return Next::kAnew;
      return fail("{}: another run writes as \"{}\" now; only one may (transactional=NAME tells them apart)", address_.name(), id_);
    }
    if (rd_kafka_error_txn_requires_abort(error.get())) return Next::kAbort;
    if (rd_kafka_error_is_fatal(error.get()) || !rd_kafka_error_is_retriable(error.get())) {
      return fail("{}: {}: {}", address_.name(), doing, rd_kafka_error_string(error.get()));
    }
    if (!told_.fatal.empty()) return fail("{}: {}: {}", address_.name(), doing, told_.fatal);
    rd_kafka_poll(client_.get(), kafka::kPollMs);
  }
}

Result<KafkaSink::Next> KafkaSink::begin() {
  if (open_) return Next::kDone;
  auto next = call("a transaction cannot begin", [&] { return rd_kafka_begin_transaction(client_.get()); });
  open_ = next && *next == Next::kDone;
  began_ = Clock::now();
  return next;
}

Result<KafkaSink::Next> KafkaSink::produce() {
  if (pending_.size() == produced_) return Next::kDone;
  if (auto begun = begin(); !begun || *begun != Next::kDone) return begun;
  while (produced_ < pending_.size()) {
    Record& record = pending_[produced_];
    const std::string number = std::to_string(record.number);
    rd_kafka_headers_t* headers = rd_kafka_headers_new(2);
    rd_kafka_header_add(headers, "n", -1, number.data(), static_cast<ssize_t>(number.size()));
    rd_kafka_header_add(headers, "run", -1, run_.data(), static_cast<ssize_t>(run_.size()));
    rd_kafka_vu_t parts[4];
    parts[0].vtype = RD_KAFKA_VTYPE_TOPIC;
    parts[0].u.cstr = address_.topic.c_str();
    parts[1].vtype = RD_KAFKA_VTYPE_KEY;
    parts[1].u.mem = {record.key.data(), record.key.size()};
    parts[2].vtype = RD_KAFKA_VTYPE_VALUE;
    parts[2].u.mem = {record.value.data(), record.value.size()};
    parts[3].vtype = RD_KAFKA_VTYPE_HEADERS;
    parts[3].u.headers = headers;
    rd_kafka_vu_t flags;
    flags.vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    flags.u.i = RD_KAFKA_MSG_F_COPY;
    const rd_kafka_vu_t all[] = {parts[0], flags, parts[1], parts[2], parts[3]};
    rd_kafka_error_t* error = rd_kafka_produceva(client_.get(), all, std::size(all));
    if (!error) {
      ++produced_;
      continue;
    }
    rd_kafka_headers_destroy(headers);  // the record's only if it was taken
    const kafka::Owned<rd_kafka_error_t> owned(error);
    const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      rd_kafka_poll(client_.get(), kafka::kPollMs);
      continue;
    }
    // A transaction that is broken already takes no more records; the commit tells what is to be done.
    if (code == RD_KAFKA_RESP_ERR__STATE || code == RD_KAFKA_RESP_ERR__FATAL || code == RD_KAFKA_RESP_ERR__FENCED) return Next::kDone;
    return fail("{}: a decision cannot be sent: {}", address_.name(), rd_kafka_error_string(error));
  }
  rd_kafka_poll(client_.get(), 0);
  return Next::kDone;
}

Result<KafkaSink::Next> KafkaSink::send_offsets() {
  KafkaInput* input = options_.source ? options_.source->kafka() : nullptr;
  if (!input || input->group().empty()) return Next::kDone;
  const auto list = kafka::partition_list(input->address().topic, options_.source->kafka_given());
  const kafka::Owned<rd_kafka_consumer_group_metadata_t> group(rd_kafka_consumer_group_metadata(input->client()));
  return call("the input's offsets cannot be sent", [&]() -> rd_kafka_error_t* {
    if (!input->there()) return nullptr;  // nobody asks for offsets of a topic that is gone
    return rd_kafka_send_offsets_to_transaction(client_.get(), list.get(), group.get(), kafka::kAnswerMs);
  });
}

Result<KafkaSink::Next> KafkaSink::attempt() {
  auto next = begin();
  if (next && *next == Next::kDone) next = produce();
  if (next && *next == Next::kDone) next = send_offsets();
  if (next && *next == Next::kDone) {
    next = call("a transaction cannot be committed", [&] { return rd_kafka_commit_transaction(client_.get(), kafka::kAnswerMs); });
  }
  return next;
}

// The transaction is taken back, by this producer or by the one that replaces it; its records are sent again.
Status KafkaSink::take_back(Next how) {
  if (how == Next::kAbort) {
    const auto next = call("a transaction cannot be taken back", [&] { return rd_kafka_abort_transaction(client_.get(), kafka::kAnswerMs); });
    if (!next) return tl::make_unexpected(next.error());
    if (*next != Next::kDone) how = Next::kAnew;
  }
  produced_ = 0;
  open_ = false;
  return how == Next::kAnew ? connect() : Status{};
}

Status KafkaSink::deliver() {
  last_ = Clock::now();
  KafkaInput* input = options_.source ? options_.source->kafka() : nullptr;
  KafkaOffsets offsets = input && !input->group().empty() ? options_.source->kafka_given() : KafkaOffsets{};
  if (pending_.empty() && offsets == offsets_) return {};
  for (;;) {
    const auto next = attempt();
    if (!next) return tl::make_unexpected(next.error());
    if (*next == Next::kDone) break;
    if (Status taken_back = take_back(*next); !taken_back) return taken_back;
  }
  open_ = false;
  pending_.clear();
  produced_ = bytes_ = 0;
  offsets_ = std::move(offsets);
  last_ = Clock::now();
  return {};
}

Status KafkaSink::write(std::string_view line) {
  if (++number_ <= options_.committed) return {};
  if (line.ends_with('\n')) line.remove_suffix(1);
  const nlohmann::json decision = nlohmann::json::parse(line, nullptr, false);
  if (pending_.empty()) last_ = Clock::now();
  pending_.push_back({decision.is_object() ? decision.value("subject", "") : "", std::string(line), number_});
  bytes_ += line.size();
  for (;;) {
    const auto next = produce();
    if (!next) return tl::make_unexpected(next.error());
    if (*next == Next::kDone) return {};
    if (Status taken_back = take_back(*next); !taken_back) return taken_back;
  }
}

Status KafkaSink::pause(bool) {
  const bool large = pending_.size() >= kMaxRecords || bytes_ >= kMaxBytes;
  if (!large && Clock::now() - last_ < std::chrono::nanoseconds(address_.every.ns)) return {};
  return deliver();
}

}  // namespace lw::runtime
