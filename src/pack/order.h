// In which order names can be compiled, and where they chase their own tails.
#pragma once

#include <vector>

#include "pack/names.h"

namespace lw::pack {

// Everything that has an expression, each after what its expression reads: derived values, features. Cycles are findings,
// told as "a → b → a"; their members are in the order all the same.
struct Definition {
  Named::Role role;  // kDerived or kFeature
  Index index;       // into the plan's derived values or features
};
std::vector<Definition> definition_order(const Drafts& drafts, const Plan& plan, Names& names, Findings& findings);

}  // namespace lw::pack
