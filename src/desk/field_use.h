// Which fields of events the rules of a plan read, directly or through features, derived values, term lists and links, and so under
// which law each is processed. A field that no rule reads need not be collected.
#pragma once

#include <string>
#include <vector>

#include "event/pseudonym.h"
#include "pack/plan.h"

namespace lw::desk {

struct FieldUse {
  std::string field;
  const event::Personal* personal = nullptr;  // null: tells of no person
  bool in_record = false;                     // a decision's own record names it
  std::vector<const pack::Rule*> rules;       // that read it, those in shadow mode too; by id
};

// Of every field of the vocabulary and of those that packs add, in that order.
std::vector<FieldUse> field_uses(const pack::Plan& plan);

// Those that neither a rule nor a decision's record reads.
std::vector<std::string> fields_without_use(const pack::Plan& plan);

}  // namespace lw::desk
