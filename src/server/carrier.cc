#include "server/carrier.h"

#include <utility>

#include "store/disk.h"

namespace lw::server {
namespace {

constexpr std::size_t kMostLines = 1000, kMostBytes = 1 << 20;  // of a hand-in
constexpr std::chrono::milliseconds kFull{20};                  // before an inlet that others filled is asked again
constexpr std::chrono::milliseconds kLong{1000};

std::uint64_t size_of(const std::string& path) { return store::Disk().size(path).value_or(0); }

tl::unexpected<Error> over() { return fail("the service ends"); }

}  // namespace

Carrier::Carrier(Options options, std::shared_ptr<Bell> bell)
    : options_(std::move(options)), bell_(std::move(bell)), dead_letter_(options_.dead_letter, size_of(options_.dead_letter)) {}

void Carrier::take(const event::Line& line) {
  taken_.push_back({bytes_.size(), line.text.size(), line.number, line.part, line.fault});
  bytes_.append(line.text);
}

bool Carrier::full() const { return taken_.size() >= kMostLines || bytes_.size() >= kMostBytes; }

Status Carrier::put_aside(const Taken& line, std::string_view reason) {
  ++bad_;
  last_reason_ = reason;
  const std::string place = line.part < 0 ? options_.place : fmt::format("{}/{}", options_.place, line.part);
  return dead_letter_.write(place, line.number, reason, std::string_view(bytes_).substr(line.begin, line.size));
}

Status Carrier::wait_for_room() {
  for (;;) {
    {
      const std::lock_guard lock(way_->mutex);
      if (!way_->failure.empty()) return fail("{}", way_->failure);
      if (way_->bytes < options_.most_under_way) return {};
    }
    if (bell_->wait(kLong) == Bell::Woke::kEnded) return over();
  }
}

Status Carrier::hand_in() {
  if (bell_->ended()) return over();
  std::vector<std::string_view> lines;
  std::vector<const Taken*> of;
  for (const Taken& one : taken_) {
    if (!one.fault.empty()) continue;
    lines.push_back(std::string_view(bytes_).substr(one.begin, one.size));
    of.push_back(&one);
  }
  Checked checked = options_.ingest->check(lines, options_.speaker);
  if (!checked.status) return checked.status;
  for (const Taken& one : taken_) {
    if (one.fault.empty()) continue;
    if (Status aside = put_aside(one, one.fault); !aside) return aside;
  }
  for (const auto& [index, reason] : checked.bad) {
    if (Status aside = put_aside(*of[index], reason); !aside) return aside;
  }
  taken_.clear();
  bytes_.clear();
  // What holds nothing good lasts with the hand-in before it.
  if (checked.good == 0) return {};
  if (Status room = wait_for_room(); !room) return room;
  const std::size_t bytes = checked.lines.size();
  {
    const std::lock_guard lock(way_->mutex);
    way_->bytes += bytes;
  }
  good_ += checked.good;
  const std::uint64_t number = ++handed_;
  const auto told = [way = way_, bell = bell_, number, bytes](const Status& durable) {
    {
      const std::lock_guard lock(way->mutex);
      way->bytes -= bytes;
      if (durable) way->lasting = number;
      else way->failure = durable.error().message;
    }
    bell->ring();
  };
  while (!options_.ingest->submit(checked, told)) {
    if (bell_->wait(kFull) == Bell::Woke::kEnded) return over();
  }
  return {};
}

Result<std::uint64_t> Carrier::lasting() {
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(way_->mutex);
    if (!way_->failure.empty()) return fail("{}", way_->failure);
    number = way_->lasting;
  }
  bool full = false;
  if (Status flushed = dead_letter_.flush(); !flushed) return tl::make_unexpected(flushed.error());
  if (Status forced = dead_letter_.force(full); !forced) return tl::make_unexpected(forced.error());
  return number;
}

Status Carrier::wait() {
  for (;;) {
    const auto number = lasting();
    if (!number) return tl::make_unexpected(number.error());
    if (*number == handed_) return {};
    if (bell_->wait(kLong) == Bell::Woke::kEnded) return over();
  }
}

}  // namespace lw::server
