#include "server/kafka_pump.h"

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include "runtime/kafka_feed.h"
#include "server/carrier.h"

namespace lw::server {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kPause{3000};  // before what failed is tried again
constexpr std::chrono::seconds kCommitEvery{1}, kCommitAgain{60};
constexpr int kAnswerMs = 1000;

// A short question before the long ones of opening, so that a service that stops need not wait for a broker that is away.
Status ask_for_topic(const runtime::KafkaAddress& address) {
  runtime::kafka::Told told;
  auto client = runtime::kafka::make_client(runtime::kafka::Kind::kConsumer, address, {}, {{"group.id", address.group}}, told);
  if (!client) return tl::make_unexpected(client.error());
  const auto count = runtime::kafka::ask_partitions(client->get(), address, told, kAnswerMs);
  if (!count) return tl::make_unexpected(count.error());
  if (*count == 0) return fail("{}: there is no such topic; make it first, or correct the name", address.name());
  return {};
}

// How far a topic was handed in, and how far of that the broker may be told.
class Progress {
 public:
  explicit Progress(runtime::KafkaInput& input) : input_(input), durable_(input.next_offsets()) {}

  void handed(std::uint64_t number) {
    if (marks_.empty() || marks_.back().offsets != input_.next_offsets()) marks_.push_back({number, input_.next_offsets()});
  }
  void lasting(std::uint64_t number) {
    for (; !marks_.empty() && marks_.front().number <= number; marks_.pop_front()) durable_ = std::move(marks_.front().offsets);
    // Again where nothing is new: the last may have been lost, and brokers forget groups that they hear nothing of.
    if (Clock::now() - told_ >= (durable_ == committed_ ? kCommitAgain : kCommitEvery)) commit();
  }
  // The service stops. The answer to a question behind the commit says that the broker has it.
  void finish() {
    commit();
    const auto list = runtime::kafka::partition_list(input_.address().topic, durable_);
    static_cast<void>(rd_kafka_committed(input_.client(), list.get(), kAnswerMs));
  }

 private:
  struct Mark {
    std::uint64_t number;  // of the hand-in
    runtime::KafkaOffsets offsets;
  };
  void commit() {
    static_cast<void>(input_.commit(durable_, false));
    committed_ = durable_;
    told_ = Clock::now();
  }

  runtime::KafkaInput& input_;
  std::deque<Mark> marks_;
  runtime::KafkaOffsets durable_, committed_;
  Clock::time_point told_;
};

}  // namespace

KafkaPump::KafkaPump(Options options) : options_(std::move(options)) {
  if (options_.address.group.empty()) options_.address.group = "livewarden";
  options_.address.until_end = false;
}

void KafkaPump::start() {
  thread_ = std::thread([this] { work(); });
}

void KafkaPump::stop() {
  bell_->end();
  if (thread_.joinable()) thread_.join();
}

void KafkaPump::work() {
  for (;;) {
    const Status done = pump();
    if (bell_->ended()) return;
    if (!done && !std::exchange(in_trouble_, true)) options_.note(fmt::format("{}; it is tried again", done.error().message));
    if (!bell_->pause(kPause)) return;
  }
}

Status KafkaPump::pump() {
  if (Status there = ask_for_topic(options_.address); !there) return there;
  auto opened = runtime::KafkaInput::open(options_.address, "", options_.note);
  if (!opened) return tl::make_unexpected(opened.error());
  runtime::KafkaInput& input = **opened;
  input.while_waiting([this]() -> Status { return bell_->ended() ? Status(fail("the service ends")) : Status{}; });
  const auto feeds = input.feeds();
  Carrier carrier({options_.ingest, options_.speaker, options_.address.name(), options_.dead_letter}, bell_);
  Progress progress(input);
  event::Line line;
  while (!bell_->ended()) {
    bool idle = true;
    for (const auto& feed : feeds) {
      if (feed->idle()) continue;
      idle = false;
      do {
        if (!feed->next(line)) break;
        if (line.broken) return bell_->ended() ? Status{} : Status(fail("{}: {}", options_.address.name(), line.fault));
        carrier.take(line);
      } while (feed->ready() && !carrier.full());
    }
    if (Status handed = carrier.hand_in(); !handed) {
      if (!bell_->ended()) return handed;
      break;
    }
    progress.handed(carrier.handed());
    const auto lasting = carrier.lasting();
    if (!lasting) return tl::make_unexpected(lasting.error());
    progress.lasting(*lasting);
    if (std::exchange(in_trouble_, false)) options_.note(fmt::format("{}: goes on", options_.address.name()));
    if (idle) static_cast<void>(input.wait_for_any());  // if it is over, the next line says why
  }
  const auto lasting = carrier.lasting();
  if (lasting) progress.lasting(*lasting);
  progress.finish();
  return {};
}

}  // namespace lw::server
