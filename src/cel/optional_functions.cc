// The optionals extension; its operators are in operators.cc.
#include <algorithm>

#include "cel/functions.h"

namespace lw::cel {
namespace {

Value of(Context& c, const Value* a) { return make_optional(c.arena, a[0]); }
Value none(Context&, const Value*) { return no_optional(); }
Value of_non_zero(Context& c, const Value* a) { return is_zero(a[0]) ? no_optional() : make_optional(c.arena, a[0]); }
Value has_value(Context&, const Value* a) { return Value::of(a[0].pointer != nullptr); }
Value value(Context& c, const Value* a) {
  return a[0].pointer ? *a[0].pointer : c.error(Error::kArgument, "optional.none() has no value");
}
Value first_present(Context&, const Value* a) { return a[0].pointer ? a[0] : a[1]; }
Value value_or(Context&, const Value* a) { return a[0].pointer ? *a[0].pointer : a[1]; }

Value first(Context& c, const Value* a) {
  const List& list = *a[0].list;
  return list.size ? make_optional(c.arena, list.items[0]) : no_optional();
}
Value last(Context& c, const Value* a) {
  const List& list = *a[0].list;
  return list.size ? make_optional(c.arena, list.items[list.size - 1]) : no_optional();
}

Value unwrap(Context& c, const Value* a) {
  const List& list = *a[0].list;
  if (!c.room(std::size_t{list.size} * sizeof(Value))) return c.exhausted();
  ListBuilder kept(c.arena);
  for (const Value& item : list.span()) {
    if (!item.is(Kind::kOptional)) return c.error(Error::kNoOverload, "a list to unwrap holds optionals only");
    if (item.pointer) kept.add(*item.pointer);
  }
  return kept.finish();
}

}  // namespace

bool is_zero(const Value& value) {
  switch (value.kind) {
    case Kind::kAbsent:
    case Kind::kError: return false;
    case Kind::kNull: return true;
    case Kind::kBool: return !value.boolean;
    case Kind::kInt:
    case Kind::kUint:
    case Kind::kDuration: return value.integer == 0;
    case Kind::kDouble: return value.real == 0;
    case Kind::kString:
    case Kind::kBytes: return value.size == 0;
    case Kind::kTimestamp: return value.integer == 0 && value.size == 0;
    case Kind::kList: return value.list->size == 0;
    case Kind::kMap: return value.map->size == 0;
    case Kind::kType: return false;
    case Kind::kOptional: return value.pointer == nullptr;
    case Kind::kOpaque:
      return value.opaque->prefix == 0 ||
             std::all_of(value.opaque->address.begin(), value.opaque->address.end(), [](auto b) { return b == 0; });
  }
  return false;
}

void add_optional_functions(FunctionTable& t) {
  const auto add = [&](Style style, const char* signature, Function function, Cost cost = Cost::kOne) {
    t.add(style, signature, cost, function);
  };
  add(Style::kFunction, "optional.of(A): optional(A)", of);
  add(Style::kFunction, "optional.none(): optional(A)", none);
  add(Style::kFunction, "optional.ofNonZeroValue(A): optional(A)", of_non_zero);
  add(Style::kFunction, "optional.unwrap(list(optional(A))): list(A)", unwrap, Cost::kLinear);
  add(Style::kMember, "unwrapOpt(list(optional(A))): list(A)", unwrap, Cost::kLinear);
  add(Style::kMember, "hasValue(optional(A)): bool", has_value);
  add(Style::kMember, "value(optional(A)): A", value);
  add(Style::kMember, "or(optional(A), optional(A)): optional(A)", first_present);
  add(Style::kMember, "orValue(optional(A), A): A", value_or);
  add(Style::kMember, "first(list(A)): optional(A)", first);
  add(Style::kMember, "last(list(A)): optional(A)", last);
}

}  // namespace lw::cel
