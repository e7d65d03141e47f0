// What a Value may point at. All immutable once made, all in an Arena (or longer lived).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "cel/arena.h"
#include "cel/type.h"
#include "cel/value.h"

namespace lw::cel {

// Open addressing over positions + 1; 0 is free. Built for longer lists of constants and for maps.
struct HashIndex {
  const std::uint32_t* buckets = nullptr;
  std::uint32_t mask = 0;
};

struct List {
  const Value* items = nullptr;
  std::uint32_t size = 0;
  HashIndex index;  // of scalars only; else empty: `in` searches one by one

  std::span<const Value> span() const { return {items, size}; }
};

// Keys are bool, int, uint and string, unique by CEL equality (1 == 1u).
struct Map {
  struct Entry {
    Value key;
    Value value;
  };
  const Entry* entries = nullptr;  // in order of insertion
  std::uint32_t size = 0;
  HashIndex index;  // empty for small maps

  std::span<const Entry> span() const { return {entries, size}; }
  // Null if the key is not there. Any value may be asked for; doubles find equal integers.
  const Value* find(const Value& key) const;
  const Value* find(std::string_view key) const { return find(Value::of_string(key)); }
};

struct Error {
  enum Code : std::uint8_t {
    kAbsent,      // a slot or field that holds nothing was read
    kNoOverload,  // operand types that no function takes; not a bool where one is needed
    kUnknown,     // an undeclared name or function in an unchecked expression
    kNoKey,       // no such key in a map
    kIndex,       // out of a list's or string's range
    kDivide,      // by zero
    kRange,       // overflow; a number, time or duration outside its type
    kArgument,    // a text that cannot be converted; a malformed pattern
    kDuplicate,   // a repeated or unsupported key in a map
    kLimit,       // steps or memory used up
  };
  Code code = kNoOverload;
  std::uint32_t offset = 0;  // byte of the source where it arose
  std::string_view message;
};

// An address or a network (type ip or cidr).
struct Opaque {
  const Type* type = nullptr;
  std::array<std::uint8_t, 16> address{};  // IPv4 in the first four bytes
  std::uint8_t family = 4;                 // 4 or 6
  std::uint8_t prefix = 32;                // bits, of a cidr
};

Value make_list(Arena& arena, std::span<const Value> items);  // copies the items, not what they point at
Value make_optional(Arena& arena, const Value& value);
Value no_optional();
Value make_error(Arena& arena, Error::Code code, std::string_view message, std::uint32_t offset = 0);
// Later entries with a key that is there already are dropped.
Value make_map(Arena& arena, std::span<const Map::Entry> entries);

// A list over `items` as they lie, with an index if that pays: for constants that `in` asks often.
const List* index_list(Arena& arena, const List& list);
bool contains(const List& list, const Value& value);

// Grows in an arena.
class MapBuilder {
 public:
  explicit MapBuilder(Arena& arena, std::uint32_t capacity = 0);
  bool add(const Value& key, const Value& value);  // false if the key is there already
  Value finish() const;
  std::uint32_t size() const { return size_; }

 private:
  void grow();
  void reindex();

  Arena* arena_;
  Map::Entry* entries_ = nullptr;
  std::uint32_t* buckets_ = nullptr;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
  std::uint32_t mask_ = 0;
};

class ListBuilder {
 public:
  explicit ListBuilder(Arena& arena) : arena_(&arena) {}
  void add(const Value& value);
  Value finish() const;
  std::uint32_t size() const { return size_; }

 private:
  Arena* arena_;
  Value* items_ = nullptr;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
};

}  // namespace lw::cel
