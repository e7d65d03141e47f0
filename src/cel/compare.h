// CEL's equality and order over values: numbers of all types lie on one line. Ints and
// uints compare exactly; beside a double both are doubles, by CEL's conformance tests.
#pragma once

#include <cstdint>

#include "cel/value.h"

namespace lw::cel {

enum class Order : std::uint8_t {
  kLess,
  kEqual,
  kGreater,
  kUnordered,     // one is not a number
  kIncomparable,  // no order between (or within) these types
};

Order compare(const Value& a, const Value& b);

// As equal(), counting what it looks at down from `steps` and giving up below 0 (the result is void then). Shared parts
// are looked at again each time, so a small value can take very long.
bool equal(const Value& a, const Value& b, std::int64_t& steps);

// Equal values of the kinds that can be map keys, and doubles, have equal hashes. Stable over runs.
std::uint64_t hash(const Value& value);
bool is_hashable(const Value& value);  // equal ones have equal hashes: bool, numbers, strings, bytes, null; no double from 2^53

}  // namespace lw::cel
