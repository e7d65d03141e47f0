#include "event/line_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "event/event.h"

namespace lw::event {
namespace {

constexpr std::size_t kChunk = 256 << 10;             // stays in the processor's cache until it is decoded
constexpr std::size_t kBuffer = kMaxEventBytes + 2 * kChunk;
constexpr std::size_t kShownBytes = 2048;            // of what is no line

bool blank(std::string_view text) { return text.find_first_not_of(" \t\r") == std::string_view::npos; }

}  // namespace

LineFeed::LineFeed(std::shared_ptr<ByteStream> bytes) : bytes_(std::move(bytes)), buffer_(kBuffer + kPadding) {
  while (to_ < 3 && fill()) continue;
  if (std::string_view(buffer_.data(), to_).starts_with("\xef\xbb\xbf")) from_ = 3;
}

bool LineFeed::fill() {
  if (ended_) return false;
  if (from_ > 0 && (to_ - from_ < kChunk / 4 || to_ + kChunk > kBuffer)) {
    std::memmove(buffer_.data(), buffer_.data() + from_, to_ - from_);
    to_ -= from_;
    from_ = 0;
  }
  const std::size_t got = bytes_->read(buffer_.data() + to_, std::min(kChunk, kBuffer - to_));
  to_ += got;
  ended_ = got == 0 && to_ < kBuffer;
  return got > 0;
}

bool LineFeed::seek() {
  for (;;) {
    const char* begin = buffer_.data() + from_;
    if (!found_) {
      const auto* end = static_cast<const char*>(std::memchr(begin + sought_, '\n', to_ - from_ - sought_));
      found_ = end != nullptr;
      sought_ = found_ ? static_cast<std::size_t>(end - begin) : to_ - from_;
    }
    if (!found_ || !blank({begin, sought_})) return found_;
    pass();
  }
}

void LineFeed::pass() {
  from_ += sought_ + 1;
  sought_ = 0;
  found_ = false;
  ++number_;
}

bool LineFeed::next(Line& line) {
  line.fault.clear();
  line.broken = false;
  while (!seek()) {
    if (sought_ > kMaxEventBytes) return skip_long(line);
    if (!fill()) return last(line);
  }
  line.text = {buffer_.data() + from_, sought_};
  if (line.text.ends_with('\r')) line.text.remove_suffix(1);
  pass();
  line.number = number_;
  return true;
}

// What follows the last end of line; then, once, why the input broke off.
bool LineFeed::last(Line& line) {
  const std::string_view rest(buffer_.data() + from_, to_ - from_);
  const bool broken = !bytes_->fault().empty();
  if (told_ || (blank(rest) && !broken)) return false;
  told_ = true;
  from_ = to_;
  sought_ = 0;
  line.number = ++number_;
  line.text = rest;
  if (broken) {
    line.text = rest.substr(0, kShownBytes);
    line.fault = bytes_->fault();
    line.broken = true;
  }
  return true;
}

// A line too long to be an event: its beginning is kept for the message, the rest is passed over.
bool LineFeed::skip_long(Line& line) {
  std::string shown(buffer_.data() + from_, kShownBytes);
  std::uint64_t size = 0;
  const char* end = nullptr;
  do {
    size += to_ - from_;
    from_ = to_ = 0;
    if (!fill()) break;
    end = static_cast<const char*>(std::memchr(buffer_.data(), '\n', to_));
  } while (!end);
  if (end) {
    from_ = static_cast<std::size_t>(end - buffer_.data()) + 1;
    size += from_ - 1;
  }
  sought_ = 0;
  ++number_;
  long_line_ = std::move(shown);
  long_line_.resize(kShownBytes + kPadding);
  line.text = std::string_view(long_line_).substr(0, kShownBytes);
  line.number = number_;
  line.fault = fmt::format("a line of {} bytes; an event has at most {}", size, kMaxEventBytes);
  return true;
}

}  // namespace lw::event
