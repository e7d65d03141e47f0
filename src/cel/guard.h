// The first test of an expression, taken out of it: where it fails the expression is false, and running it would tell no
// more. Most conditions of most rules fail there, so that asking a thousand rules costs little.
#pragma once

#include <cstdint>
#include <span>

#include "cel/cel.h"

namespace lw::cel {

struct Guard {
  enum class Test : std::uint8_t { kNone, kTrue, kLess, kLessEqual, kGreater, kGreaterEqual };
  Test test = Test::kNone;
  std::uint32_t slot = 0;
  std::int64_t limit = 0;

  // Whether the expression is false, whatever the other slots hold. What is absent, an error or of another kind refuses
  // nothing: the expression itself has to say what it makes of that. `slots` must hold the guard's slot.
  bool refuses(std::span<const Value> slots) const {
    if (test == Test::kNone) return false;
    const Value& value = slots[slot];
    if (test == Test::kTrue) return value.is(Kind::kBool) && !value.boolean;
    if (!value.is(Kind::kInt)) return false;
    switch (test) {
      case Test::kLess: return value.integer >= limit;
      case Test::kLessEqual: return value.integer > limit;
      case Test::kGreater: return value.integer <= limit;
      default: return value.integer < limit;
    }
  }
};

// Of `slot`, `slot < 5` and the like, alone or first in a chain of &&; Test::kNone for all else.
Guard guard_of(const Program& program);

}  // namespace lw::cel
