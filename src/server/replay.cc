#include "server/replay.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "desk/fields.h"
#include "event/recording.h"
#include "server/carrier.h"

namespace lw::server {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kEnds = "live.session.ended";
constexpr std::int64_t kMillisecond = kSecond / 1000;

}  // namespace

std::string moved_line(std::string_view line, Duration by) {
  std::string out;
  out.reserve(line.size() + 16);
  while (true) {
    const std::size_t begin = line.find('"');
    const std::size_t end = begin == line.npos ? line.npos : line.find('"', begin + 1);
    if (end == line.npos) return out.append(line);
    const std::string_view text = line.substr(begin + 1, end - begin - 1);
    // A quote may as well have ended a text as begun one: what lies between is asked in either case.
    const auto time = text.size() < 20 ? std::nullopt : parse_rfc3339(text);
    out.append(line.substr(0, begin + 1));
    if (time) out.append(format_rfc3339(*time + by));
    line.remove_prefix(time ? end : begin + 1);
  }
}

Result<std::unique_ptr<Replay>> Replay::open(const std::string& recording, Options options) {
  auto source = event::open_recording(recording, "auto");
  if (!source) return tl::make_unexpected(source.error());
  std::unique_ptr<Replay> out(new Replay(std::move(options)));
  std::size_t over = 0;
  Time last, now;
  event::Line line;
  while (source->feed->next(line)) {
    const auto event = line.fault.empty() ? desk::Json::parse(line.text, nullptr, false) : desk::Json();
    const auto time = parse_rfc3339(desk::text_of(event, "time"));
    if (!time) return fail("{}: line {} is no event with a time", recording, line.number);
    last = std::max(last, *time);
    if (over < out->options_.over) now = last;
    if (desk::text_of(event, "type") == kEnds) ++over;
    out->moments_.push_back({last, std::string(line.text)});  // none before those that lie before it
  }
  Duration by = out->options_.clock() - now;
  by.ns -= by.ns % kMillisecond;  // as precise as they were written
  for (Moment& one : out->moments_) one = {one.due + by, moved_line(one.line, by)};
  return out;
}

void Replay::start() {
  thread_ = std::thread([this] { work(); });
}

void Replay::stop() {
  bell_->end();
  if (thread_.joinable()) thread_.join();
}

void Replay::work() {
  const Status played = play();
  if (!played && !bell_->ended()) options_.note(fmt::format("the recorded evening ends early: {}", played.error().message));
}

Status Replay::play() {
  Carrier carrier({.ingest = options_.ingest, .speaker = options_.speaker, .place = "recorded evening", .dead_letter = options_.dead_letter}, bell_);
  std::size_t at = 0;
  do {
    for (const Time now = options_.clock(); at < moments_.size() && moments_[at].due <= now; ++at) {
      event::Line line;
      line.text = moments_[at].line;
      line.number = at + 1;
      carrier.take(line);
      if (!carrier.full()) continue;
      if (Status handed = carrier.hand_in(); !handed) return handed;
    }
    if (Status handed = carrier.hand_in(); !handed) return handed;
  } while (at < moments_.size() && bell_->pause(500ms));
  return carrier.wait();
}

}  // namespace lw::server
