// A CEL value: 16 bytes, trivially copyable, no ownership. Strings, bytes, lists and maps are views into an Arena, into
// a Program's constants or into the caller's own memory, and live as long as those. An error is a value too: it is what
// an expression evaluated to, not a failure of the host.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/time.h"

namespace lw::cel {

class Type;
struct List;    // immutable sequence of Values, in an Arena
struct Map;     // immutable, insertion-ordered, hashed by CEL equality, in an Arena
struct Error;   // message and code, in an Arena or static
struct Opaque;  // extension values (ip, cidr), in an Arena

enum class Kind : std::uint8_t {
  kAbsent,  // a slot that holds nothing: reading it is an error, has() of it is false
  kError,
  kNull,
  kBool,
  kInt,
  kUint,
  kDouble,
  kString,
  kBytes,
  kTimestamp,  // `size` holds the nanoseconds, `integer` the seconds since 1970: CEL's range is the years 1 to 9999
  kDuration,   // `integer` nanoseconds
  kList,
  kMap,
  kType,
  kOptional,  // `pointer` is null for optional.none()
  kOpaque,
};

struct Value {
  Kind kind = Kind::kAbsent;
  std::uint32_t size = 0;  // bytes of a string or bytes
  union {
    bool boolean;
    std::int64_t integer = 0;
    std::uint64_t natural;
    double real;
    const char* chars;
    const List* list;
    const Map* map;
    const Type* type;
    const Value* pointer;
    const Error* error;
    const Opaque* opaque;
  };

  static Value null() { return with(Kind::kNull, 0); }
  static Value of(bool b) {
    Value v = with(Kind::kBool, 0);
    v.boolean = b;
    return v;
  }
  static Value of_int(std::int64_t i) { return with(Kind::kInt, i); }
  static Value of_uint(std::uint64_t u) {
    Value v = with(Kind::kUint, 0);
    v.natural = u;
    return v;
  }
  static Value of_double(double d) {
    Value v = with(Kind::kDouble, 0);
    v.real = d;
    return v;
  }
  // A view: `text` must outlive the value. UTF-8.
  static Value of_string(std::string_view text) { return bytes(Kind::kString, text); }
  static Value of_bytes(std::string_view text) { return bytes(Kind::kBytes, text); }
  static Value of_duration(Duration d) { return with(Kind::kDuration, d.ns); }
  static Value of_time(Time t) {
    std::int64_t seconds = t.ns / kSecond, rest = t.ns % kSecond;
    if (rest < 0) {
      rest += kSecond;
      --seconds;
    }
    Value v = with(Kind::kTimestamp, seconds);
    v.size = static_cast<std::uint32_t>(rest);
    return v;
  }

  bool is(Kind k) const { return kind == k; }
  bool is_true() const { return kind == Kind::kBool && boolean; }
  std::string_view text() const { return {chars, size}; }

 private:
  static Value with(Kind kind, std::int64_t integer) {
    Value v;
    v.kind = kind;
    v.integer = integer;
    return v;
  }
  static Value bytes(Kind kind, std::string_view text) {
    Value v;
    v.kind = kind;
    v.size = static_cast<std::uint32_t>(text.size());
    v.chars = text.data();
    return v;
  }
};
static_assert(sizeof(Value) == 16);

}  // namespace lw::cel
