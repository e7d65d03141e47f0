// Times as they come in a stream: most are of the minute before, so that only their seconds are read.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/time.h"

namespace lw::event {

// Reads what parse_rfc3339() reads, of a text that has eight readable bytes after it; false if that refuses it.
class TimeReader {
 public:
  bool read(std::string_view text, Time& out) {
    constexpr std::size_t kMinutes = 16, kSeconds = 19;  // bytes of "2026-01-01T08:00" and of that with ":30"
    if (text.size() < kSeconds + 1) return false;
    const char* at = text.data() + kSeconds;
    const char* const end = text.data() + text.size();
    std::int64_t fraction = 0;
    if (*at == '.') {
      const char* const first = ++at;
      for (; at < end && is_digit(*at) && at - first < 9; ++at) fraction = fraction * 10 + (*at - '0');
      if (at == first || at == end) return false;
      static constexpr std::int64_t kUnits[]{0, 100'000'000, 10'000'000, 1'000'000, 100'000, 10'000, 1'000, 100, 10, 1};
      fraction *= kUnits[at - first];
    }
    const std::size_t left = static_cast<std::size_t>(end - at);
    if (left > 6) return false;  // "Z" or "+08:00"
    const std::uint64_t offset = load(at) & ((std::uint64_t{1} << 8 * left) - 1);
    const char* const seconds = text.data() + kMinutes + 1;
    if (offset == offset_ && load(text.data()) == date_ && load(text.data() + 8) == clock_ && seconds[-1] == ':' &&
        seconds[0] >= '0' && seconds[0] <= '5' && is_digit(seconds[1])) {
      out = minute_ + Duration{((seconds[0] - '0') * 10 + (seconds[1] - '0')) * kSecond + fraction};
      return true;
    }
    const auto read = parse_rfc3339(text);
    if (!read) return false;
    date_ = load(text.data());
    clock_ = load(text.data() + 8);
    offset_ = offset;
    minute_ = *read - Duration{((seconds[0] - '0') * 10 + (seconds[1] - '0')) * kSecond + fraction};
    out = *read;
    return true;
  }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  static std::uint64_t load(const char* from) {
    std::uint64_t word;
    std::memcpy(&word, from, sizeof word);
    return word;
  }

  // The last text's first sixteen bytes, its offset, and the time of its minute. No offset is all ones.
  std::uint64_t date_ = 0, clock_ = 0, offset_ = ~std::uint64_t{0};
  Time minute_;
};

}  // namespace lw::event
