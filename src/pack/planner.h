// Which entities an event of each type visits, and in which order: what the engine follows.
#pragma once

#include "pack/assemble.h"
#include "pack/names.h"

namespace lw::pack {

// What the rules that are on need, directly or not.
struct Needed {
  std::vector<bool> features;  // by index in the plan
  std::vector<bool> lists;     // by index in the drafts
  std::vector<bool> derived;   // by index in the plan
};

// Lays out the tables' rows and makes the journeys; `lists` get their event types: those whose journey reads them. Nothing
// can be wrong any more here: cycles and unknown names were refused before.
Needed plan_journeys(const Names& names, Plan& plan, std::vector<feature::TermList>& lists);

}  // namespace lw::pack
