// A value as aggregates take it, and as they keep it.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

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

class Text {
 public:
  void set(const Datum& datum) { assign(datum.text); }
  void assign(std::string_view text) {
    if (text.size() > capacity_) {
      chars_ = std::make_unique_for_overwrite<char[]>(text.size());
      capacity_ = static_cast<std::uint32_t>(text.size());
    }
    size_ = static_cast<std::uint32_t>(text.size());
    if (size_) std::memcpy(chars_.get(), text.data(), size_);
  }
  std::string_view view() const { return {chars_.get(), size_}; }
  cel::Value get(ValueKind, cel::Arena& arena) const { return cel::Value::of_string(arena.copy(view())); }
  void save(std::string& out) const { put_text(out, view()); }
  void load(Reader& in) { assign(in.text()); }
  std::size_t heap_bytes() const { return capacity_; }

 private:
  std::unique_ptr<char[]> chars_;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
};

}  // namespace lw::feature
