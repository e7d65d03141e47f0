// The math extension.
#include <cmath>

#include "cel/compare.h"
#include "cel/functions.h"

namespace lw::cel {
namespace {

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

Value same(Context&, const Value* a) { return a[0]; }

// Whether `b` replaces `a`; of equals the first stays.
template <Order kWanted>
bool better(const Value& a, const Value& b) { return compare(b, a) == kWanted; }

template <Order kWanted>
Value of_two(Context&, const Value* a) { return better<kWanted>(a[0], a[1]) ? a[1] : a[0]; }

bool is_number(const Value& value) { return value.is(Kind::kInt) || value.is(Kind::kUint) || value.is(Kind::kDouble); }

template <Order kWanted>
Value of_list(Context& c, const Value* a) {
  const List& list = *a[0].list;
  if (list.size == 0) return c.error(Error::kArgument, "an empty list has no greatest or least");
  if (!c.charge(list.size)) return c.exhausted();
  const Value* best = &list.items[0];
  for (const Value& item : list.span()) {
    if (!is_number(item)) return c.error(Error::kNoOverload, "the greatest and the least are of numbers only");
    if (better<kWanted>(*best, item)) best = &item;
  }
  return *best;
}

template <double (*kFunction)(double)>
Value rounded(Context&, const Value* a) { return Value::of_double(kFunction(a[0].real)); }

Value abs_int(Context& c, const Value* a) {
  if (a[0].integer == kLeast) return c.error(Error::kRange, "integer overflow");
  return Value::of_int(std::abs(a[0].integer));
}
Value abs_double(Context&, const Value* a) { return Value::of_double(std::fabs(a[0].real)); }
Value sign_int(Context&, const Value* a) { return Value::of_int((a[0].integer > 0) - (a[0].integer < 0)); }
Value sign_uint(Context&, const Value* a) { return Value::of_uint(a[0].natural > 0); }
Value sign_double(Context&, const Value* a) {
  const double x = a[0].real;
  return std::isnan(x) || x == 0 ? a[0] : Value::of_double(x > 0 ? 1 : -1);
}

Value is_nan(Context&, const Value* a) { return Value::of(std::isnan(a[0].real)); }
Value is_inf(Context&, const Value* a) { return Value::of(std::isinf(a[0].real)); }
Value is_finite(Context&, const Value* a) { return Value::of(std::isfinite(a[0].real)); }

Value sqrt_double(Context&, const Value* a) { return Value::of_double(std::sqrt(a[0].real)); }
Value sqrt_int(Context&, const Value* a) { return Value::of_double(std::sqrt(static_cast<double>(a[0].integer))); }
Value sqrt_uint(Context&, const Value* a) { return Value::of_double(std::sqrt(static_cast<double>(a[0].natural))); }

// The bits are the same for int and uint; the result keeps the first operand's kind.
Value bits(const Value& like, std::uint64_t natural) {
  Value value = like;
  value.natural = natural;
  return value;
}
Value bit_and(Context&, const Value* a) { return bits(a[0], a[0].natural & a[1].natural); }
Value bit_or(Context&, const Value* a) { return bits(a[0], a[0].natural | a[1].natural); }
Value bit_xor(Context&, const Value* a) { return bits(a[0], a[0].natural ^ a[1].natural); }
Value bit_not(Context&, const Value* a) { return bits(a[0], ~a[0].natural); }
template <bool kLeft>
Value bit_shift(Context& c, const Value* a) {
  const std::int64_t by = a[1].integer;
  if (by < 0) return c.error(Error::kArgument, "a shift by a negative number of bits");
  if (by > 63) return bits(a[0], 0);
  // To the right zeros come in, for ints too.
  return bits(a[0], kLeft ? a[0].natural << by : a[0].natural >> by);
}

template <Order kWanted>
void add_extreme(FunctionTable& t, const char* name) {
  for (const char* type : {"int", "uint", "double"}) {
    t.add(Style::kFunction, fmt::format("{}({}): {}", name, type, type), Cost::kOne, same);
    for (const char* other : {"int", "uint", "double"})
      t.add(Style::kFunction, fmt::format("{}({}, {}): {}", name, type, other, other == std::string_view(type) ? type : "dyn"),
            Cost::kOne, of_two<kWanted>);
  }
  for (const char* type : {"int", "uint", "double"})
    t.add(Style::kFunction, fmt::format("{}(list({})): {}", name, type, type), Cost::kLinear, of_list<kWanted>);
}

}  // namespace

void add_math_functions(FunctionTable& t) {
  const auto add = [&](const char* signature, Function function) { t.add(Style::kFunction, signature, Cost::kOne, function); };
  add_extreme<Order::kGreater>(t, "math.greatest");
  add_extreme<Order::kLess>(t, "math.least");
  add("math.ceil(double): double", rounded<std::ceil>);
  add("math.floor(double): double", rounded<std::floor>);
  add("math.round(double): double", rounded<std::round>);  // halves away from zero
  add("math.trunc(double): double", rounded<std::trunc>);
  add("math.abs(int): int", abs_int);
  add("math.abs(uint): uint", same);
  add("math.abs(double): double", abs_double);
  add("math.sign(int): int", sign_int);
  add("math.sign(uint): uint", sign_uint);
  add("math.sign(double): double", sign_double);
  add("math.isNaN(double): bool", is_nan);
  add("math.isInf(double): bool", is_inf);
  add("math.isFinite(double): bool", is_finite);
  add("math.sqrt(double): double", sqrt_double);
  add("math.sqrt(int): double", sqrt_int);
  add("math.sqrt(uint): double", sqrt_uint);
  const std::pair<const char*, Function> kPairs[] = {{"bitAnd", bit_and}, {"bitOr", bit_or}, {"bitXor", bit_xor}};
  for (const char* type : {"int", "uint"}) {
    for (const auto& [name, function] : kPairs) add(fmt::format("math.{0}({1}, {1}): {1}", name, type).c_str(), function);
    add(fmt::format("math.bitNot({0}): {0}", type).c_str(), bit_not);
    add(fmt::format("math.bitShiftLeft({0}, int): {0}", type).c_str(), bit_shift<true>);
    add(fmt::format("math.bitShiftRight({0}, int): {0}", type).c_str(), bit_shift<false>);
  }
}

}  // namespace lw::cel
