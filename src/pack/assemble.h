// Drafts to plan: everything compiled and checked against everything else. What remains is the order of visits (planner.h).
#pragma once

#include "pack/drafts.h"
#include "pack/names.h"

namespace lw::pack {

// What the planner has to know of term lists, by their index in the drafts.
struct Assembled {
  std::vector<feature::TermList> lists;
};

// Fills the plan's parameters, derived values, features, keys and rules (only those that are on: enabled, or named in
// `enable`, or all).
Assembled assemble(Drafts& drafts, Names& names, Plan& plan, Findings& findings, const std::vector<std::string>& enable, bool enable_all);

// Every program that runs when the rule is judged or told of: when, signals, score, from, messages; not `unless`.
void for_each_program(const Rule& rule, const std::function<void(const cel::Program&)>& visit);

}  // namespace lw::pack
