// The order of one event type's reads and updates, gathered into as few visits as their needs of each other allow.
#pragma once

#include <vector>

#include "pack/names.h"

namespace lw::pack {

// `reads`: slots of features; `updates`: features. There must be no cycle among them.
std::vector<Visit> schedule(const Names& names, const Plan& plan, const std::vector<Slot>& reads, const std::vector<Index>& updates);

}  // namespace lw::pack
