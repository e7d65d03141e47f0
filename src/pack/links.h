// The visits that give an event the fields it lacks: an order knows its buyer, a session its room.
#pragma once

#include <set>
#include <vector>

#include "pack/names.h"

namespace lw::pack {

// Visits that only read, for as many of the fields as features fill, and for the fields that their keys need in turn. Keys
// that fill each other's fields (a room its session, a session its room) are visited in rounds, so that any one of them
// gives all the others.
std::vector<Visit> plan_links(const Names& names, const Plan& plan, std::set<event::FieldId> fields);

// The fields that these visits may fill.
std::set<event::FieldId> linked_fields(const Plan& plan, const std::vector<Visit>& links);

}  // namespace lw::pack
