#include "event/plain_line.h"

#include <simdjson.h>

#include <bit>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace lw::event {

#ifdef __SSE2__
namespace {

static_assert(kPadding >= 64);

// 64 bytes of a line.
struct Block {
  explicit Block(const char* from) {
    for (std::size_t i = 0; i < 4; ++i) parts[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from) + i);
  }
  // The bytes of which `what` is all ones, a bit each.
  template <class What>
  std::uint64_t bits(What what) const {
    std::uint64_t out = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      out |= static_cast<std::uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(what(parts[i])))) << 16 * i;
    }
    return out;
  }
  __m128i parts[4];
};

__m128i is_quote(__m128i bytes) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')); }
// A backslash or a control character.
__m128i is_odd(__m128i bytes) {
  return _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')), _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes));
}

}  // namespace

bool PlainLine::start(std::string_view line) {
  if (line.empty() || line.size() > kMaxBytes) return false;
  text_ = line.data();
  size_ = line.size();
  at_ = 0;
  std::uint64_t* to = quotes_.data();
  std::uint64_t sum = 0;  // each place as often as there are quotes there, modulo two
  __m128i odd = _mm_setzero_si128(), all = odd;
  std::size_t from = 0;
  for (; from + 64 <= size_; from += 64) {
    const Block block(text_ + from);
    for (const __m128i part : block.parts) {
      odd = _mm_or_si128(odd, is_odd(part));
      all = _mm_or_si128(all, part);
    }
    sum ^= *to++ = block.bits(is_quote);
  }
  const Block rest(text_ + from);
  const std::uint64_t inside = (std::uint64_t{1} << (size_ - from)) - 1;  // what follows is not of the line
  sum ^= *to++ = rest.bits(is_quote) & inside;
  if (_mm_movemask_epi8(odd) != 0 || (rest.bits(is_odd) & inside) != 0) return false;
  if (std::popcount(sum) % 2 != 0) return false;
  *to = 0;
  const bool ascii = _mm_movemask_epi8(all) == 0 && (rest.bits([](__m128i bytes) { return bytes; }) & inside) == 0;
  return ascii || simdjson::validate_utf8(text_, size_);
}
#else
bool PlainLine::start(std::string_view) { return false; }  // the JSON parser reads every line
#endif

}  // namespace lw::event
