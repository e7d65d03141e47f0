// Finds the number of an entity's row by its key: open addressing by cache lines of eight entries, which are compared at
// once. The keys themselves lie in the rows, which whoever looks up goes on to read.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/hash.h"
#include "base/huge_pages.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace lw::engine {

class RowIndex {
 public:
  static constexpr std::uint32_t kNone = 0xffff'ffff;

  std::size_t size() const { return size_; }
  std::size_t heap_bytes() const { return lines_.capacity() * sizeof(Line); }
  void prefetch(const Key128& key) const {
    if (size_ > 0) __builtin_prefetch(&lines_[home(hash_of(key))]);
  }

  // `is(number)`: whether the row of that number has the key.
  template <class Is>
  std::uint32_t find(const Key128& key, Is&& is) const {
    if (size_ == 0) return kNone;
    const std::uint32_t hash = hash_of(key);
    for (std::size_t at = home(hash);; at = after(at)) {
      for (unsigned met = lines_[at].with(hash); met; met &= met - 1) {
        const std::uint32_t number = lines_[at].numbers[first(met)];
        if (is(number)) return number;
      }
      if (lines_[at].with(kFree)) return kNone;
    }
  }
  // As find(), most likely, from a look at the first line.
  std::uint32_t guess(const Key128& key) const {
    if (size_ == 0) return kNone;
    const std::uint32_t hash = hash_of(key);
    const Line& line = lines_[home(hash)];
    const unsigned met = line.with(hash);
    return met ? line.numbers[first(met)] : kNone;
  }

  // For so many entries.
  void reserve(std::size_t entries) {
    const std::size_t lines = 3 * entries / (2 * kWidth) + 1;
    if (lines > lines_.size()) grow_to(lines);
  }

  // The key must not be there yet.
  void insert(const Key128& key, std::uint32_t number) {
    if (3 * (size_ + 1) > 2 * kWidth * lines_.size()) grow();
    put(hash_of(key), number);
    ++size_;
  }

  // What overflowed moves back, so that no place is lost to the dead.
  void erase(const Key128& key, std::uint32_t number) {
    std::size_t gap = home(hash_of(key));
    unsigned place;
    while ((place = lines_[gap].of(number)) == kWidth) gap = after(gap);
    --size_;
    bool full = !lines_[gap].with(kFree);
    lines_[gap].hashes[place] = kFree;
    for (std::size_t at = after(gap); full; at = after(at)) {
      Line& line = lines_[at];
      full = !line.with(kFree);
      for (unsigned i = 0; i < kWidth; ++i) {
        if (line.hashes[i] == kFree || distance(home(line.hashes[i]), at) < distance(gap, at)) continue;  // the gap is before its home
        lines_[gap].hashes[place] = line.hashes[i];
        lines_[gap].numbers[place] = line.numbers[i];
        line.hashes[i] = kFree;
        gap = at;
        place = i;
        break;
      }
    }
  }

  void clear() {
    lines_ = {};
    size_ = 0;
  }

 private:
  static constexpr unsigned kWidth = 8;
  static constexpr std::uint32_t kFree = 0;  // no entry's hash
  struct alignas(64) Line {
    std::array<std::uint32_t, kWidth> hashes{}, numbers{};

    // The entries of that hash, a bit each.
    unsigned with(std::uint32_t hash) const { return equal(hashes, hash); }
    unsigned of(std::uint32_t number) const {
      const unsigned met = equal(numbers, number) & ~with(kFree);
      return met ? first(met) : kWidth;
    }
    static unsigned equal(const std::array<std::uint32_t, kWidth>& words, std::uint32_t word) {
#ifdef __SSE2__
      const __m128i wanted = _mm_set1_epi32(static_cast<int>(word));
      const auto* at = reinterpret_cast<const __m128i*>(words.data());
      const __m128i met = _mm_packs_epi32(_mm_cmpeq_epi32(_mm_load_si128(at), wanted), _mm_cmpeq_epi32(_mm_load_si128(at + 1), wanted));
      return static_cast<unsigned>(_mm_movemask_epi8(_mm_packs_epi16(met, _mm_setzero_si128())));
#else
      unsigned met = 0;
      for (unsigned i = 0; i < kWidth; ++i) met |= static_cast<unsigned>(words[i] == word) << i;
      return met;
#endif
    }
  };
  static unsigned first(unsigned bits) { return static_cast<unsigned>(std::countr_zero(bits)); }
  static std::uint32_t hash_of(const Key128& key) { return std::max(static_cast<std::uint32_t>(key.low), kFree + 1); }
  // By the hash's order, so that any number of lines will do and a larger index is filled from front to back.
  std::size_t home(std::uint32_t hash) const { return static_cast<std::size_t>(std::uint64_t{hash} * lines_.size() >> 32); }
  std::size_t after(std::size_t line) const { return line + 1 == lines_.size() ? 0 : line + 1; }
  std::size_t distance(std::size_t from, std::size_t to) const { return to >= from ? to - from : to + lines_.size() - from; }
  void put(std::uint32_t hash, std::uint32_t number) {
    std::size_t at = home(hash);
    unsigned free;
    while ((free = lines_[at].with(kFree)) == 0) at = after(at);
    lines_[at].hashes[first(free)] = hash;
    lines_[at].numbers[first(free)] = number;
  }
  void grow() {
    constexpr std::size_t kLarge = 1 << 14;  // lines, a mebibyte: from here on memory counts more than the work of growing
    grow_to(lines_.size() + (lines_.size() < kLarge ? std::max<std::size_t>(1, lines_.size()) : lines_.size() / 4));
  }
  void grow_to(std::size_t lines) {
    std::vector<Line, HugePages<Line>> before(lines);
    before.swap(lines_);
    for (const Line& line : before) {
      for (unsigned i = 0; i < kWidth; ++i) {
        if (line.hashes[i] != kFree) put(line.hashes[i], line.numbers[i]);
      }
    }
  }

  std::vector<Line, HugePages<Line>> lines_;
  std::size_t size_ = 0;
};

}  // namespace lw::engine
