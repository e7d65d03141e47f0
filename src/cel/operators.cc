// The operators, size(), in, indexing and field selection.
#include <limits>

#include "cel/compare.h"
#include "cel/functions.h"
#include "cel/utf8.h"

namespace lw::cel {
namespace {

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

Value overflow(Context& c) { return c.error(Error::kRange, "integer overflow"); }
Value by_zero(Context& c) { return c.error(Error::kDivide, "division by zero"); }

template <bool (*kBuiltin)(std::int64_t, std::int64_t, std::int64_t*)>
Value int_operation(Context& c, const Value* a) {
  std::int64_t result = 0;
  return kBuiltin(a[0].integer, a[1].integer, &result) ? overflow(c) : Value::of_int(result);
}
template <bool (*kBuiltin)(std::uint64_t, std::uint64_t, std::uint64_t*)>
Value uint_operation(Context& c, const Value* a) {
  std::uint64_t result = 0;
  return kBuiltin(a[0].natural, a[1].natural, &result) ? overflow(c) : Value::of_uint(result);
}
template <class T>
bool plus(T a, T b, T* result) { return __builtin_add_overflow(a, b, result); }
template <class T>
bool minus(T a, T b, T* result) { return __builtin_sub_overflow(a, b, result); }
template <class T>
bool times(T a, T b, T* result) { return __builtin_mul_overflow(a, b, result); }

Value divide_ints(Context& c, const Value* a) {
  if (a[1].integer == 0) return by_zero(c);
  if (a[0].integer == kLeast && a[1].integer == -1) return overflow(c);
  return Value::of_int(a[0].integer / a[1].integer);
}
Value remainder_ints(Context& c, const Value* a) {
  if (a[1].integer == 0) return by_zero(c);
  if (a[0].integer == kLeast && a[1].integer == -1) return overflow(c);
  return Value::of_int(a[0].integer % a[1].integer);
}
Value divide_uints(Context& c, const Value* a) {
  return a[1].natural == 0 ? by_zero(c) : Value::of_uint(a[0].natural / a[1].natural);
}
Value remainder_uints(Context& c, const Value* a) {
  return a[1].natural == 0 ? by_zero(c) : Value::of_uint(a[0].natural % a[1].natural);
}
Value negate_int(Context& c, const Value* a) {
  return a[0].integer == kLeast ? overflow(c) : Value::of_int(-a[0].integer);
}
Value negate_double(Context&, const Value* a) { return Value::of_double(-a[0].real); }
Value plus_doubles(Context&, const Value* a) { return Value::of_double(a[0].real + a[1].real); }
Value minus_doubles(Context&, const Value* a) { return Value::of_double(a[0].real - a[1].real); }
Value times_doubles(Context&, const Value* a) { return Value::of_double(a[0].real * a[1].real); }
Value divide_doubles(Context&, const Value* a) { return Value::of_double(a[0].real / a[1].real); }

std::string_view joined(Context& c, const Value* a) {
  const std::size_t size = std::size_t{a[0].size} + a[1].size;
  char* chars = c.arena.array<char>(size);
  std::copy_n(a[0].chars, a[0].size, chars);
  std::copy_n(a[1].chars, a[1].size, chars + a[0].size);
  return {chars, size};
}
Value join_texts(Context& c, const Value* a) {
  const std::size_t size = std::size_t{a[0].size} + a[1].size;
  if (size > std::numeric_limits<std::uint32_t>::max() || !c.room(size)) return c.exhausted();
  return a[0].is(Kind::kString) ? Value::of_string(joined(c, a)) : Value::of_bytes(joined(c, a));
}
Value join_lists(Context& c, const Value* a) {
  const List &left = *a[0].list, &right = *a[1].list;
  const std::size_t size = std::size_t{left.size} + right.size;
  if (size > std::numeric_limits<std::uint32_t>::max() || !c.room(size * sizeof(Value))) return c.exhausted();
  Value* items = c.arena.array<Value>(size);
  std::copy_n(left.items, left.size, items);
  std::copy_n(right.items, right.size, items + left.size);
  Value value;
  value.kind = Kind::kList;
  value.list = c.arena.make(List{items, static_cast<std::uint32_t>(size), {}});
  return value;
}

template <bool kSame>
Value equality(Context& c, const Value* a) {
  const bool same = equal(a[0], a[1], c.steps);
  return c.steps < 0 ? c.exhausted() : Value::of(same == kSame);
}

enum class Relation { kLess, kLessEqual, kGreater, kGreaterEqual };
template <Relation kRelation>
Value relation(Context& c, const Value* a) {
  const Order order = compare(a[0], a[1]);
  if (order == Order::kIncomparable) return c.error(Error::kNoOverload, "these values have no order");
  switch (kRelation) {
    case Relation::kLess: return Value::of(order == Order::kLess);
    case Relation::kLessEqual: return Value::of(order == Order::kLess || order == Order::kEqual);
    case Relation::kGreater: return Value::of(order == Order::kGreater);
    case Relation::kGreaterEqual: return Value::of(order == Order::kGreater || order == Order::kEqual);
  }
  return Value::of(false);
}

Value logical_not(Context&, const Value* a) { return Value::of(!a[0].boolean); }

Value size_of_string(Context& c, const Value* a) {
  if (!c.charge(a[0].size / 4)) return c.exhausted();
  return Value::of_int(static_cast<std::int64_t>(count_code_points(a[0].text())));
}
Value size_of_bytes(Context&, const Value* a) { return Value::of_int(a[0].size); }
Value size_of_list(Context&, const Value* a) { return Value::of_int(a[0].list->size); }
Value size_of_map(Context&, const Value* a) { return Value::of_int(a[0].map->size); }

Value in_list(Context& c, const Value* a) {
  const List& list = *a[1].list;
  if (list.index.buckets) return Value::of(contains(list, a[0]));
  for (const Value& item : list.span()) {
    if (equal(item, a[0], c.steps)) return Value::of(true);
    if (c.steps < 0) return c.exhausted();
  }
  return Value::of(false);
}
Value in_map(Context&, const Value* a) { return Value::of(a[1].map->find(a[0]) != nullptr); }

bool is_number(const Value& value) { return value.is(Kind::kInt) || value.is(Kind::kUint) || value.is(Kind::kDouble); }

// The element that an index names (a double may be a whole number), or null.
const Value* element(const List& list, const Value& index) {
  static constexpr double kTooMany = 4294967296.0;
  std::uint64_t at = list.size;
  if (index.is(Kind::kInt) && index.integer >= 0) at = index.natural;
  if (index.is(Kind::kUint)) at = index.natural;
  if (index.is(Kind::kDouble) && index.real >= 0 && index.real < kTooMany) {
    const auto whole = static_cast<std::uint64_t>(index.real);
    if (static_cast<double>(whole) == index.real) at = whole;
  }
  return at < list.size ? &list.items[at] : nullptr;
}

Value no_key(Context& c, const Value& key) {
  if (!key.is(Kind::kString)) return c.error(Error::kNoKey, "no such key in the map");
  return c.error(Error::kNoKey, fmt::format("no such key: '{}'", key.text().substr(0, 100)));
}

Value at(Context& c, const Value& operand, const Value& key, bool optional) {
  if (operand.is(Kind::kOptional))
    return operand.pointer ? at(c, *operand.pointer, key, true) : no_optional();
  const Value* found = nullptr;
  if (operand.is(Kind::kMap)) {
    found = operand.map->find(key);
    if (!found && !optional) return no_key(c, key);
  } else if (operand.is(Kind::kList)) {
    if (!is_number(key)) return c.error(Error::kNoOverload, fmt::format("a list has no index of type {}", Type::of(key)->name()));
    found = element(*operand.list, key);
    if (!found && !optional) return c.error(Error::kIndex, "the index is outside the list");
  } else {
    return c.error(Error::kNoOverload, fmt::format("a value of type {} has no elements", Type::of(operand)->name()));
  }
  if (!optional) return *found;
  return found ? make_optional(c.arena, *found) : no_optional();
}
Value index(Context& c, const Value* a) { return at(c, a[0], a[1], false); }
Value index_optional(Context& c, const Value* a) { return at(c, a[0], a[1], true); }

// A dyn index may be any number that is whole, so index() looks at kinds itself.
void add_indexing(FunctionTable& t) {
  const auto add = [&](const char* signature, Kind operand, Function function) {
    t.add(Style::kFunction, signature, Cost::kOne, function, {operand, Kind::kAbsent});
  };
  add("_[_](list(A), int): A", Kind::kList, index);
  add("_[_](map(A, B), A): B", Kind::kMap, index);
  add("_[_](optional(list(A)), int): optional(A)", Kind::kOptional, index);
  add("_[_](optional(map(A, B)), A): optional(B)", Kind::kOptional, index);
  add("_[?_](list(A), int): optional(A)", Kind::kList, index_optional);
  add("_[?_](map(A, B), A): optional(B)", Kind::kMap, index_optional);
  add("_[?_](optional(list(A)), int): optional(A)", Kind::kOptional, index_optional);
  add("_[?_](optional(map(A, B)), A): optional(B)", Kind::kOptional, index_optional);
}

void add_relations(FunctionTable& t) {
  const std::pair<const char*, Function> kRelations[] = {{"_<_", relation<Relation::kLess>},
                                                         {"_<=_", relation<Relation::kLessEqual>},
                                                         {"_>_", relation<Relation::kGreater>},
                                                         {"_>=_", relation<Relation::kGreaterEqual>}};
  const char* const kPairs[] = {"bool, bool",     "int, int",     "uint, uint",    "double, double",
                                "string, string", "bytes, bytes", "timestamp, timestamp", "duration, duration",
                                "int, uint",      "int, double",  "uint, int",     "uint, double",
                                "double, int",    "double, uint"};
  for (const auto& [name, function] : kRelations)
    for (const char* pair : kPairs)
      t.add(Style::kFunction, fmt::format("{}({}): bool", name, pair), Cost::kOne, function);
}

}  // namespace

Value select(Context& c, const Value& operand, const Value& field, bool optional) {
  if (operand.is(Kind::kMap) || operand.is(Kind::kOptional)) return at(c, operand, field, optional);
  return c.error(Error::kNoOverload, fmt::format("a value of type {} has no fields", Type::of(operand)->name()));
}

Value has(Context& c, const Value& operand, const Value& field) {
  if (operand.is(Kind::kMap)) return Value::of(operand.map->find(field) != nullptr);
  if (operand.is(Kind::kOptional)) return operand.pointer ? has(c, *operand.pointer, field) : Value::of(false);
  return c.error(Error::kNoOverload, fmt::format("a value of type {} has no fields", Type::of(operand)->name()));
}

void add_operators(FunctionTable& t) {
  const auto add = [&](const char* signature, Function function, Cost cost = Cost::kOne) {
    t.add(Style::kFunction, signature, cost, function);
  };
  add("_&&_(bool, bool): bool", nullptr);
  add("_||_(bool, bool): bool", nullptr);
  add("_?_:_(bool, A, A): A", nullptr);
  add("!_(bool): bool", logical_not);
  add("_==_(A, A): bool", equality<true>, Cost::kLinear);
  add("_!=_(A, A): bool", equality<false>, Cost::kLinear);
  add_relations(t);
  add("_+_(int, int): int", int_operation<plus<std::int64_t>>);
  add("_-_(int, int): int", int_operation<minus<std::int64_t>>);
  add("_*_(int, int): int", int_operation<times<std::int64_t>>);
  add("_/_(int, int): int", divide_ints);
  add("_%_(int, int): int", remainder_ints);
  add("_+_(uint, uint): uint", uint_operation<plus<std::uint64_t>>);
  add("_-_(uint, uint): uint", uint_operation<minus<std::uint64_t>>);
  add("_*_(uint, uint): uint", uint_operation<times<std::uint64_t>>);
  add("_/_(uint, uint): uint", divide_uints);
  add("_%_(uint, uint): uint", remainder_uints);
  add("_+_(double, double): double", plus_doubles);
  add("_-_(double, double): double", minus_doubles);
  add("_*_(double, double): double", times_doubles);
  add("_/_(double, double): double", divide_doubles);
  add("-_(int): int", negate_int);
  add("-_(double): double", negate_double);
  add("_+_(string, string): string", join_texts, Cost::kLinear);
  add("_+_(bytes, bytes): bytes", join_texts, Cost::kLinear);
  add("_+_(list(A), list(A)): list(A)", join_lists, Cost::kLinear);
  add("@in(A, list(A)): bool", in_list, Cost::kLinear);
  add("@in(A, map(A, B)): bool", in_map);
  add_indexing(t);
  for (const Style style : {Style::kFunction, Style::kMember}) {
    t.add(style, "size(string): int", Cost::kLinear, size_of_string);
    t.add(style, "size(bytes): int", Cost::kOne, size_of_bytes);
    t.add(style, "size(list(A)): int", Cost::kOne, size_of_list);
    t.add(style, "size(map(A, B)): int", Cost::kOne, size_of_map);
  }
}

}  // namespace lw::cel
