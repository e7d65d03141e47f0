// A cursor over a line of JSON that is as most are: short, without a backslash, without a control character, without
// blanks but for one after a colon or a comma. Strings end at the next quote there, and all quotes are marked at once.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "event/feed.h"
#include "event/written_key.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace lw::event {

// Functions that return false have found something that is not plain: what they gave out until then counts for nothing,
// and the line is one for the JSON parser, which knows why. What they take is valid JSON, but only whole: at_end() must
// be true behind the last.
class PlainLine {
 public:
  static constexpr std::size_t kMaxBytes = 4096;

  // `line` has kPadding readable bytes after it.
  bool start(std::string_view line);
  bool at_end() const { return at_ == size_; }

  bool take(char expected) {
    if (text_[at_] != expected) return false;
    ++at_;
    return true;
  }
  // A colon or a comma, with the blank after it.
  bool separator(char expected) {
    if (!take(expected)) return false;
    at_ += text_[at_] == ' ';
    return true;
  }
  // This name, the blank behind it too. False of any other, of which nothing is taken.
  bool key(const WrittenKey& expected);
  bool at_string() const { return quotes_[at_ / 64] >> at_ % 64 & 1; }
  bool string(std::string_view& out) {
    if (!at_string()) return false;
    // Quotes are passed in pairs only: there is another one.
    const std::size_t begin = at_ + 1;
    std::size_t word = begin / 64;
    std::uint64_t left = quotes_[word] & ~std::uint64_t{0} << begin % 64;
    while (left == 0) left = quotes_[++word];
    const std::size_t end = word * 64 + static_cast<std::size_t>(std::countr_zero(left));
    out = {text_ + begin, end - begin};
    at_ = end + 1;
    return true;
  }
  bool at_number() const { return text_[at_] == '-' || is_digit(text_[at_]); }
  // An integer of at most 18 digits; or a fraction of at most 15, without an exponent, so that dividing them is exact.
  bool number(bool& whole, std::int64_t& integer, double& real);
  bool constant(std::string_view expected) {
    if (std::memcmp(text_ + at_, expected.data(), expected.size()) != 0) return false;
    at_ += expected.size();
    return true;
  }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  const char* text_ = nullptr;
  std::size_t size_ = 0, at_ = 0;
  // The bytes of the line that are quotes, a bit each, an even number of them; and as many zeros again as a word has, for
  // a look behind the line's end.
  std::array<std::uint64_t, kMaxBytes / 64 + 2> quotes_;
};

#ifdef __SSE2__
inline bool PlainLine::key(const WrittenKey& expected) {
  static_assert(kPadding >= WrittenKey::kBytes);
  const auto same = [&](std::size_t from) {
    const __m128i line = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text_ + at_ + from));
    const __m128i key = _mm_loadu_si128(reinterpret_cast<const __m128i*>(expected.text.data() + from));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(line, key)));
  };
  const std::uint32_t met = same(0) | same(16) << 16;
  if ((met & expected.bits) != expected.bits || expected.bits == 0) return false;
  at_ += expected.size;
  at_ += text_[at_] == ' ';
  return true;
}
#else
inline bool PlainLine::key(const WrittenKey&) { return false; }
#endif

inline bool PlainLine::number(bool& whole, std::int64_t& integer, double& real) {
  const char* at = text_ + at_;
  const bool negative = *at == '-';
  at += negative;
  const char* const first = at;
  std::int64_t value = 0;
  for (; is_digit(*at) && at - first < 18; ++at) value = value * 10 + (*at - '0');
  std::ptrdiff_t digits = at - first;
  if (digits == 0 || (*first == '0' && digits > 1)) return false;
  whole = *at != '.';
  if (!whole) {
    static constexpr std::array<double, 16> kPowers{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    const char* const point = at++;
    for (; is_digit(*at) && digits <= 15; ++at, ++digits) value = value * 10 + (*at - '0');
    if (at == point + 1 || digits > 15) return false;
    real = static_cast<double>(value) / kPowers[static_cast<std::size_t>(at - point - 1)];
    if (negative) real = -real;
  }
  integer = negative ? -value : value;
  at_ = static_cast<std::size_t>(at - text_);
  return true;
}

}  // namespace lw::event
