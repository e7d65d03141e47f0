// A value as aggregates take it, and as they keep it.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "base/hash.h"
#include "cel/arena.h"
#include "cel/value.h"
#include "feature/codec.h"
#include "feature/state.h"

namespace lw::feature {

// `bits` is an int, a bool, nanoseconds, or the bits of a double; `text` is a string's view.
struct Datum {
  std::int64_t bits = 0;
  std::string_view text;

  double real() const { return std::bit_cast<double>(bits); }
};

// False if the value is not of that kind, or is a double that no aggregate can use (not finite).
inline bool take(ValueKind kind, const cel::Value& value, Datum& datum) {
  using cel::Kind;
  switch (kind) {
    case ValueKind::kNone: return true;
    case ValueKind::kInt:
      datum.bits = value.integer;
      return value.is(Kind::kInt);
    case ValueKind::kDouble: {
      if (!value.is(Kind::kDouble) && !value.is(Kind::kInt)) return false;
      const double real = value.is(Kind::kInt) ? static_cast<double>(value.integer) : value.real;
      datum.bits = std::bit_cast<std::int64_t>(real == 0 ? 0.0 : real);  // one zero
      return std::isfinite(real);
    }
    case ValueKind::kBool:
      datum.bits = value.is_true();
      return value.is(Kind::kBool);
    case ValueKind::kString:
      if (!value.is(Kind::kString)) return false;
      datum.text = value.text();
      return true;
    case ValueKind::kDuration:
      datum.bits = value.integer;
      return value.is(Kind::kDuration);
    case ValueKind::kTimestamp: {
      if (!value.is(Kind::kTimestamp)) return false;
      std::int64_t ns;  // what lies outside 1678..2261 is taken as that range's end
      if (__builtin_mul_overflow(value.integer, kSecond, &ns) ||
          __builtin_add_overflow(ns, static_cast<std::int64_t>(value.size), &ns))
        ns = value.integer < 0 ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
      datum.bits = ns;
      return true;
    }
  }
  return false;
}

inline cel::Value give(ValueKind kind, std::int64_t bits) {
  switch (kind) {
    case ValueKind::kDouble: return cel::Value::of_double(std::bit_cast<double>(bits));
    case ValueKind::kBool: return cel::Value::of(bits != 0);
    case ValueKind::kTimestamp: return cel::Value::of_time(Time{bits});
    case ValueKind::kDuration: return cel::Value::of_duration(Duration{bits});
    default: return cel::Value::of_int(bits);
  }
}

// Equal values have equal identities; unequal ones differ but for a chance of 2^-64 a pair.
inline std::uint64_t identity(ValueKind kind, const Datum& datum) {
  if (kind == ValueKind::kString) return hash64(datum.text);
  char bytes[8];
  std::memcpy(bytes, &datum.bits, 8);
  return hash64({bytes, 8}, 1);
}

// What `first` and `last` keep of a value.
struct Nothing {
  void set(const Datum&) {}
  cel::Value get(ValueKind, cel::Arena&) const { return {}; }
  void save(std::string&) const {}
  void load(Reader&) {}
  std::size_t heap_bytes() const { return 0; }
};

struct Scalar {
  std::int64_t bits = 0;
  void set(const Datum& datum) { bits = datum.bits; }
  cel::Value get(ValueKind kind, cel::Arena&) const { return give(kind, bits); }
  void save(std::string& out) const { put_word(out, static_cast<std::uint64_t>(bits)); }
  void load(Reader& in) { bits = static_cast<std::int64_t>(in.word()); }
  std::size_t heap_bytes() const { return 0; }
};

// 16 bytes that may be moved in memory as bytes; a blank one is all zeros. Up to 15 chars lie in place, and up to 30 if all
// are hexadecimal digits, as hashes are: two to a byte. Longer texts lie in a block, which stays for the texts that follow.
class Text {
 public:
  static constexpr std::size_t kInPlace = 15;

  Text() = default;
  Text(Text&& other) noexcept { swap(other); }
  Text& operator=(Text&& other) noexcept {
    Text moved(std::move(other));
    swap(moved);
    return *this;
  }
  ~Text() {
    if (far()) std::free(head().block);
  }

  void set(const Datum& datum) { assign(datum.text); }
  void assign(std::string_view text) {
    if (!far()) {
      if (text.size() <= kInPlace) {
        if (!text.empty()) std::memcpy(place_, text.data(), text.size());
        place_[kInPlace] = static_cast<char>(text.size());
        return;
      }
      if (text.size() <= 2 * kInPlace && pack(text)) return;
      set_head({allocate(text.size()), static_cast<std::uint32_t>(text.size())});
    } else {
      Head changed = head();
      if (text.size() > capacity(changed)) {
        char* const larger = allocate(text.size());
        std::free(std::exchange(changed.block, larger));
      }
      changed.size = static_cast<std::uint32_t>(text.size());
      set_head(changed);
    }
    if (!text.empty()) std::memcpy(head().block + sizeof(std::uint32_t), text.data(), text.size());
  }
  cel::Value get(ValueKind, cel::Arena& arena) const {
    if (!packed()) return cel::Value::of_string(arena.copy(view()));
    char* const chars = arena.array<char>(packed());
    unpack(chars);
    return cel::Value::of_string({chars, packed()});
  }
  void save(std::string& out) const {
    if (!packed()) return put_text(out, view());
    char chars[2 * kInPlace];
    unpack(chars);
    put_text(out, {chars, packed()});
  }
  void load(Reader& in) { assign(in.text()); }
  std::size_t heap_bytes() const { return far() ? sizeof(std::uint32_t) + capacity(head()) : 0; }

 private:
  // In the last byte, where else the size of the text stands; kPacked and its size if it is packed.
  static constexpr char kFar = 16, kPacked = 32;
  struct Head {
    char* block;  // its capacity, then the chars
    std::uint32_t size;
  };

  bool far() const { return place_[kInPlace] == kFar; }
  std::size_t packed() const { return place_[kInPlace] > kPacked ? static_cast<std::size_t>(place_[kInPlace] - kPacked) : 0; }  // its size
  std::string_view view() const {  // of one that is not packed
    if (!far()) return {place_, static_cast<std::size_t>(place_[kInPlace])};
    const Head at = head();
    return {at.block + sizeof(std::uint32_t), at.size};
  }
  // False, and nothing is changed, if there is another char than 0-9 and a-f.
  bool pack(std::string_view text) {
    char bytes[kInPlace] = {};
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
      if (digit < 0) return false;
      bytes[i / 2] = static_cast<char>(bytes[i / 2] << 4 | digit);
    }
    std::memcpy(place_, bytes, kInPlace);
    place_[kInPlace] = static_cast<char>(kPacked + text.size());
    return true;
  }
  void unpack(char* out) const {
    const std::size_t size = packed();
    for (std::size_t i = 0; i < size; ++i) {
      const int shift = i % 2 == 0 && i + 1 < size ? 4 : 0;
      out[i] = "0123456789abcdef"[place_[i / 2] >> shift & 15];
    }
  }
  Head head() const {
    Head at;
    std::memcpy(&at, place_, sizeof(at.block) + sizeof(at.size));
    return at;
  }
  void set_head(Head at) {
    std::memcpy(place_, &at, sizeof(at.block) + sizeof(at.size));
    place_[kInPlace] = kFar;
  }
  static std::uint32_t capacity(Head at) {
    std::uint32_t chars;
    std::memcpy(&chars, at.block, sizeof(chars));
    return chars;
  }
  static char* allocate(std::size_t chars) {
    char* const block = static_cast<char*>(std::malloc(sizeof(std::uint32_t) + chars));
    if (!block) throw std::bad_alloc();
    const auto size = static_cast<std::uint32_t>(chars);
    std::memcpy(block, &size, sizeof(size));
    return block;
  }
  void swap(Text& other) noexcept { std::swap(place_, other.place_); }

  alignas(8) char place_[kInPlace + 1] = {};
};

}  // namespace lw::feature
