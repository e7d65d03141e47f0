#include "runtime/kafka_feed.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

#include "event/event.h"

namespace lw::runtime {
namespace {

constexpr std::size_t kBatch = 256;           // records taken over at once
constexpr std::size_t kShownBytes = 2048;     // of what is no event
constexpr std::chrono::seconds kLookInterval{10};
constexpr int kGroupAnswers = 8;  // times kAnswerMs: longer than a transaction stays open that nobody ends
constexpr int kMissing = 2;  // a broker that has just started may not know its topics yet

// Errors of a record's queue that no waiting mends.
bool for_good(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR__FATAL: return true;
    default: return false;
  }
}

}  // namespace

// One partition.
class KafkaInput::KafkaFeed : public event::Feed {
 public:
  KafkaFeed(std::shared_ptr<KafkaInput> input, kafka::Owned<rd_kafka_queue_t> queue, std::int32_t partition)
      : input_(std::move(input)), queue_(std::move(queue)), partition_(partition) {}

  bool next(event::Line& line) override {
    line.fault.clear();
    line.broken = false;
    line.part = partition_;
    while (at_ == records_.size()) {
      if (!fetch(kafka::kPollMs)) return last(line);
    }
    Record& record = records_[at_++];
    position() = record.offset + 1;
    line.number = static_cast<std::uint64_t>(record.offset);
    line.text = {bytes_.data() + record.begin, record.size};
    line.fault = std::move(record.fault);
    return true;
  }

  bool ready() override { return at_ < records_.size() || over_; }

  bool idle() override {
    if (ready()) return false;
    if (!fetch(0)) return false;
    while (records_.empty() && (!at_end_ || input_->address_.until_end)) {
      if (!fetch(kafka::kPollMs)) return false;
    }
    return records_.empty();
  }

  bool lasting() const override { return true; }

 private:
  struct Record {
    std::int64_t offset;
    std::size_t begin, size;  // in bytes_
    std::string fault;
  };

  std::int64_t& position() const { return input_->next_[partition_]; }
  std::int64_t end() const { return input_->high_.at(partition_); }  // with until=end

  // All records were given out: asks for more, and waits so long for the first. False if there will be none.
  bool fetch(int wait_ms) {
    records_.clear();
    bytes_.clear();
    at_ = 0;
    position() = std::max(position(), behind_);
    over_ = over_ || (input_->address_.until_end && position() >= end());
    if (over_) return false;
    if (!input_->begun_) input_->begin();
    input_->look_again();
    kafka::Owned<rd_kafka_message_t> first(rd_kafka_consume_queue(queue_.get(), 0));
    if (!first && wait_ms > 0) {
      nudge();
      first.reset(rd_kafka_consume_queue(queue_.get(), wait_ms));
    }
    if (first) {
      take(*first);
      // What stands behind it comes along.
      rd_kafka_message_t* more[kBatch];
      const ssize_t count = rd_kafka_consume_batch_queue(queue_.get(), 0, more, kBatch);
      for (ssize_t i = 0; i < count; ++i) take(*kafka::Owned<rd_kafka_message_t>(more[i]));
      bytes_.append(event::kPadding, '\0');
    } else if (wait_ms > 0 && !input_->wait()) {
      over_ = true;
    }
    over_ = over_ || (records_.empty() && !input_->trouble_.empty());
    return !over_;
  }

  // librdkafka 2.0 looks only once a second whether a queue that was full has room again, or when its thread for the broker
  // has something else to do: a question of a millisecond, asked once when a queue that has more to come runs dry.
  void nudge() {
    if (at_end_ || !flowing_) return;
    flowing_ = false;
    const auto list = kafka::partition_list(input_->address_.topic, {{partition_, RD_KAFKA_OFFSET_END}});
    rd_kafka_offsets_for_times(input_->client_.get(), list.get(), kafka::kPollMs);
  }

  void take(const rd_kafka_message_t& message) {
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      // The last offsets before it may hold what is no record: marks of transactions.
      at_end_ = true;
      behind_ = message.offset;
      return input_->told_.answered();
    }
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) return refuse(message);
    input_->told_.answered();
    at_end_ = false;
    flowing_ = true;
    if (input_->address_.until_end && message.offset >= end()) {
      behind_ = end();
      return;
    }
    Record record{message.offset, bytes_.size(), message.len, {}};
    if (!message.payload) record.fault = "a record without a value";
    if (record.size > event::kMaxEventBytes) {
      record.fault = fmt::format("a record of {} bytes; an event has at most {}", record.size, event::kMaxEventBytes);
      record.size = kShownBytes;
    }
    if (message.payload) bytes_.append(static_cast<const char*>(message.payload), record.size);
    bytes_.append(event::kPadding, '\0');
    records_.push_back(std::move(record));
  }

  void refuse(const rd_kafka_message_t& message) {
    if (!for_good(message.err)) return;  // librdkafka tries again by itself
    std::string& trouble = input_->trouble_;
    if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
      trouble = fmt::format("the records from offset {} on are gone from the broker, its retention is too short; a start without a position goes on "
                            "with the earliest that are left",
                            position());
    } else {
      trouble = rd_kafka_message_errstr(&message);
    }
  }

  // Once for all feeds, why it is over, if it is not the end.
  bool last(event::Line& line) {
    if (input_->said_ || input_->trouble_.empty()) return false;
    input_->said_ = true;
    line.number = static_cast<std::uint64_t>(position());
    line.text = {};
    line.fault = input_->trouble_;
    line.broken = true;
    return true;
  }

  std::shared_ptr<KafkaInput> input_;
  kafka::Owned<rd_kafka_queue_t> queue_;
  std::int32_t partition_;
  std::string bytes_;  // the values of records_, each with padding behind it
  std::vector<Record> records_;
  std::size_t at_ = 0;
  std::int64_t behind_ = 0;  // all before it was in the queue
  bool at_end_ = false;      // of the partition as it was last seen
  bool flowing_ = false;     // records came since the last nudge
  bool over_ = false;
};

Result<std::shared_ptr<KafkaInput>> KafkaInput::open(const KafkaAddress& address, std::string_view position, Note note) {
  std::shared_ptr<KafkaInput> input(new KafkaInput(address, std::move(note)));
  // A group that nobody uses: librdkafka wants one even of those who commit nothing.
  const std::string group = address.group.empty() ? "livewarden" : address.group;
  auto client = kafka::make_client(kafka::Kind::kConsumer, address,
                                   {{"isolation.level", "read_committed"}, {"queued.max.messages.kbytes", "16384"}, {"fetch.wait.max.ms", "100"}},
                                   {{"group.id", group},
                                    {"enable.auto.commit", "false"},
                                    {"enable.auto.offset.store", "false"},
                                    {"enable.partition.eof", "true"},
                                    {"auto.offset.reset", "error"},
                                    {"allow.auto.create.topics", "false"}},
                                   input->told_);
  if (!client) return tl::make_unexpected(client.error());
  input->client_ = std::move(*client);
  if (Status found = input->look_up(); !found) return tl::make_unexpected(found.error());
  const Status good = position.empty() ? input->look_up_group() : input->start_at(position);
  if (!good) return tl::make_unexpected(good.error());
  rd_kafka_poll_set_consumer(input->client_.get());  // what it tells comes with the records
  return input;
}

KafkaInput::~KafkaInput() {
  if (client_ && begun_) rd_kafka_assign(client_.get(), nullptr);
  if (missing_ >= kMissing) {
    static_cast<void>(client_.release());  // librdkafka 2.0 would wait for ever for the partitions that are gone
    return;
  }
  client_.reset();  // it rings the bell
  if (bell_ >= 0) ::close(bell_);
}

Status KafkaInput::look_up() {
  const auto count = kafka::partition_count(client_.get(), address_, told_);
  if (!count) return tl::make_unexpected(count.error());
  auto ends = kafka::ask_ends(client_.get(), address_, *count);
  if (!ends) return tl::make_unexpected(ends.error());
  low_ = std::move(ends->low);
  high_ = std::move(ends->high);
  next_ = low_;
  return {};
}

Status KafkaInput::look_up_group() {
  if (address_.group.empty()) return {};
  const auto list = kafka::partition_list(address_.topic, low_);
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR__TIMED_OUT;
  for (int i = 0; i < kGroupAnswers && error == RD_KAFKA_RESP_ERR__TIMED_OUT; ++i) {
    error = rd_kafka_committed(client_.get(), list.get(), kafka::kAnswerMs);
    if (error == RD_KAFKA_RESP_ERR__TIMED_OUT && i == 0 && told_.note) {
      told_.note(fmt::format("{}: the broker does not tell the offsets of group {} yet: a run that was killed may have left a transaction open, which it takes back",
                             address_.name(), address_.group));
    }
  }
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return fail("{}: the offsets of group {}: {}", address_.name(), address_.group, rd_kafka_err2str(error));
  }
  for (int i = 0; i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& one = list->elems[i];
    if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return fail("{}: the offsets of group {}: {}", address_.name(), address_.group, rd_kafka_err2str(one.err));
    }
    if (one.offset >= 0) next_[one.partition] = one.offset;
  }
  return check(next_, false);
}

// An offset before the earliest: what stood between is gone, and that is said. One behind the end is of another topic.
Status KafkaInput::check(KafkaOffsets& from, bool given) const {
  for (auto& [partition, offset] : from) {
    const auto high = high_.find(partition);
    const auto what = given ? "the position" : "the group's committed offset";
    if (high == high_.end()) return fail("{}: {} names partition {}, but the topic has {}", address_.name(), what, partition, high_.size());
    if (offset > high->second) {
      return fail("{}: {} is {} in partition {}, which ends at {}: the topic is not the one it was; {}", address_.name(), what, offset, partition,
                  high->second, given ? "start without the state" : "use another group");
    }
    const std::int64_t low = low_.at(partition);
    if (offset >= low) continue;
    if (told_.note) {
      told_.note(fmt::format("{}: partition {}: the {} records from offset {} to {} are gone from the broker; going on at {}", address_.name(), partition,
                             low - offset, offset, low - 1, low));
    }
    offset = low;
  }
  return {};
}

Status KafkaInput::start_at(std::string_view position) {
  if (begun_) return fail("{}: records were read already", address_.name());
  auto offsets = parse_kafka_offsets(position);
  if (!offsets) return fail("{}: {}", address_.name(), offsets.error().message);
  if (Status good = check(*offsets, true); !good) return good;
  next_ = low_;
  for (const auto& [partition, offset] : *offsets) next_[partition] = offset;
  return {};
}

void KafkaInput::begin() {
  begun_ = true;
  const auto list = kafka::partition_list(address_.topic, next_);
  const auto error = rd_kafka_assign(client_.get(), list.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) trouble_ = rd_kafka_err2str(error);
}

std::vector<std::unique_ptr<event::Feed>> KafkaInput::feeds() {
  bell_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  std::vector<std::unique_ptr<event::Feed>> out;
  for (const auto& [partition, offset] : next_) {
    kafka::Owned<rd_kafka_queue_t> queue(rd_kafka_queue_get_partition(client_.get(), address_.topic.c_str(), partition));
    rd_kafka_queue_forward(queue.get(), nullptr);  // stays apart from the consumer's own
    constexpr std::uint64_t kOne = 1;
    if (bell_ >= 0) rd_kafka_queue_io_event_enable(queue.get(), bell_, &kOne, sizeof kOne);
    out.push_back(std::make_unique<KafkaFeed>(shared_from_this(), std::move(queue), partition));
  }
  return out;
}

bool KafkaInput::wait_for_any() {
  pollfd bell{bell_, POLLIN, 0};
  if (::poll(&bell, 1, kafka::kPollMs) > 0) {
    std::uint64_t rung = 0;
    static_cast<void>(::read(bell_, &rung, sizeof rung));
    return true;
  }
  return wait();
}

// librdkafka does not tell of a topic that is deleted while it is read, nor of new partitions where these are chosen by hand.
void KafkaInput::look_again() {
  const auto now = std::chrono::steady_clock::now();
  if (now - looked_ < kLookInterval) return;
  looked_ = now;
  const auto count = kafka::ask_partitions(client_.get(), address_, told_, kafka::kPollMs);
  if (!count) return;  // no broker answers now
  missing_ = *count == 0 ? missing_ + 1 : 0;
  if (missing_ == kMissing && trouble_.empty()) trouble_ = "the topic is gone";
  if (!grown_ && *count > static_cast<std::int32_t>(next_.size()) && told_.note) {
    grown_ = true;
    told_.note(fmt::format("{}: has {} partitions now, and {} are read; start again to read them all", address_.name(), *count, next_.size()));
  }
}

bool KafkaInput::there() {
  look_again();
  return missing_ < kMissing;
}

bool KafkaInput::wait() {
  // The records have queues of their own; here comes the rest.
  const kafka::Owned<rd_kafka_message_t> told(rd_kafka_consumer_poll(client_.get(), 0));
  if (told && for_good(told->err)) trouble_ = rd_kafka_message_errstr(told.get());
  if (!told_.fatal.empty()) trouble_ = told_.fatal;
  if (trouble_.empty() && waiting_) {
    if (Status good = waiting_(); !good) trouble_ = good.error().message;
  }
  return trouble_.empty();
}

Status KafkaInput::commit(const KafkaOffsets& offsets, bool wait) {
  if (address_.group.empty() || offsets.empty() || !there()) return {};
  const auto list = kafka::partition_list(address_.topic, offsets);
  const auto error = rd_kafka_commit(client_.get(), list.get(), wait ? 0 : 1);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR || !wait) return {};
  return fail("{}: the offsets of group {} cannot be committed: {}", address_.name(), address_.group, rd_kafka_err2str(error));
}

}  // namespace lw::runtime
