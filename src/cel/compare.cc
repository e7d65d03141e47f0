#include "cel/compare.h"

#include <cmath>
#include <limits>

#include "base/hash.h"
#include "cel/cel.h"
#include "cel/collection.h"

namespace lw::cel {
namespace {

template <class T>
Order order(T a, T b) {
  return a < b ? Order::kLess : b < a ? Order::kGreater : Order::kEqual;
}

Order reverse(Order order) {
  return order == Order::kLess ? Order::kGreater : order == Order::kGreater ? Order::kLess : order;
}

Order order_doubles(double a, double b) {
  return a < b ? Order::kLess : a > b ? Order::kGreater : a == b ? Order::kEqual : Order::kUnordered;
}

// As doubles, by CEL's conformance tests: beyond 2^53 an int is taken for the nearest double.
template <class Integer>
Order order_with_double(Integer integer, double real) {
  return order_doubles(static_cast<double>(integer), real);
}

Order order_int_uint(std::int64_t a, std::uint64_t b) {
  return a < 0 ? Order::kLess : order(static_cast<std::uint64_t>(a), b);
}

bool is_number(const Value& value) {
  return value.kind == Kind::kInt || value.kind == Kind::kUint || value.kind == Kind::kDouble;
}

Order order_numbers(const Value& a, const Value& b) {
  if (a.kind == Kind::kInt) {
    if (b.kind == Kind::kInt) return order(a.integer, b.integer);
    return b.kind == Kind::kUint ? order_int_uint(a.integer, b.natural) : order_with_double(a.integer, b.real);
  }
  if (a.kind == Kind::kUint) {
    if (b.kind == Kind::kUint) return order(a.natural, b.natural);
    return b.kind == Kind::kInt ? reverse(order_int_uint(b.integer, a.natural)) : order_with_double(a.natural, b.real);
  }
  return b.kind == Kind::kDouble ? order_doubles(a.real, b.real) : reverse(order_numbers(b, a));
}

// The IPv4 address within an IPv4-mapped IPv6 address counts as that IPv4 address.
bool equal_addresses(const Opaque& a, const Opaque& b) {
  if (a.type != b.type || (a.type == Type::cidr() && (a.prefix != b.prefix || a.family != b.family))) return false;
  if (a.family == b.family) return a.address == b.address;
  const Opaque& four = a.family == 4 ? a : b;
  const Opaque& six = a.family == 4 ? b : a;
  for (std::size_t i = 0; i < 12; ++i)
    if (six.address[i] != (i < 10 ? 0 : 0xff)) return false;
  return std::equal(four.address.begin(), four.address.begin() + 4, six.address.begin() + 12);
}

bool equal_lists(const List& a, const List& b, std::int64_t& steps) {
  if (a.size != b.size) return false;
  for (std::uint32_t i = 0; i < a.size; ++i)
    if (!equal(a.items[i], b.items[i], steps)) return false;
  return true;
}

bool equal_maps(const Map& a, const Map& b, std::int64_t& steps) {
  if (a.size != b.size) return false;
  for (const Map::Entry& entry : a.span()) {
    const Value* other = b.find(entry.key);
    if (!other || !equal(entry.value, *other, steps)) return false;
  }
  return true;
}

}  // namespace

Order compare(const Value& a, const Value& b) {
  if (is_number(a) && is_number(b)) return order_numbers(a, b);
  if (a.kind != b.kind) return Order::kIncomparable;
  switch (a.kind) {
    case Kind::kBool: return order<int>(a.boolean, b.boolean);
    case Kind::kString:
    case Kind::kBytes: return order(a.text().compare(b.text()), 0);
    case Kind::kDuration: return order(a.integer, b.integer);
    case Kind::kTimestamp: return a.integer == b.integer ? order(a.size, b.size) : order(a.integer, b.integer);
    default: return Order::kIncomparable;
  }
}

bool equal(const Value& a, const Value& b, std::int64_t& steps) {
  if (--steps < 0) return false;
  if (is_number(a) && is_number(b)) return order_numbers(a, b) == Order::kEqual;
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case Kind::kAbsent:
    case Kind::kError: return false;
    case Kind::kNull: return true;
    case Kind::kBool: return a.boolean == b.boolean;
    case Kind::kString:
    case Kind::kBytes:
      if (a.size != b.size) return false;
      steps -= a.size / 64;
      return a.text() == b.text();
    case Kind::kList: return equal_lists(*a.list, *b.list, steps);
    case Kind::kMap: return equal_maps(*a.map, *b.map, steps);
    case Kind::kType: return a.type->name() == b.type->name();
    case Kind::kOptional: return a.pointer && b.pointer ? equal(*a.pointer, *b.pointer, steps) : a.pointer == b.pointer;
    case Kind::kOpaque: return equal_addresses(*a.opaque, *b.opaque);
    default: return compare(a, b) == Order::kEqual;
  }
}

bool equal(Value a, Value b) {
  std::int64_t steps = std::numeric_limits<std::int64_t>::max();
  return equal(a, b, steps);
}

bool is_hashable(const Value& value) {
  // From 2^53 on a double equals ints of several hashes.
  if (value.is(Kind::kDouble)) return !(std::fabs(value.real) >= 0x1p53);
  return is_number(value) || value.is(Kind::kBool) || value.is(Kind::kString) || value.is(Kind::kBytes) ||
         value.is(Kind::kNull);
}

std::uint64_t hash(const Value& value) {
  const auto mix = [](std::uint64_t bits, std::uint64_t seed) {
    return hash64({reinterpret_cast<const char*>(&bits), sizeof bits}, seed);
  };
  switch (value.kind) {
    case Kind::kInt: return mix(value.natural, 1);
    case Kind::kUint: return mix(value.natural, 1);  // equal to the int of the same bits, or to none
    case Kind::kDouble: {
      // A whole number must hash as the equal integer.
      if (std::fabs(value.real) < 0x1p53 && std::trunc(value.real) == value.real)
        return mix(static_cast<std::uint64_t>(static_cast<std::int64_t>(value.real)), 1);
      return mix(value.natural, 2);
    }
    case Kind::kBool: return mix(value.boolean, 3);
    case Kind::kString: return hash64(value.text(), 4);
    case Kind::kBytes: return hash64(value.text(), 5);
    default: return 6;
  }
}

}  // namespace lw::cel
