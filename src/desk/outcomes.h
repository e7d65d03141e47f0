// What people made of decisions, and what follows for the rules: measured precision, truth for `eval`.
#pragma once

#include <string>
#include <string_view>

#include "desk/act.h"
#include "desk/fields.h"

namespace lw::desk {

// All decisions of a case whose outcome is `from` ("" for none yet) get `to`: confirmed, rejected, overturned; and their rules' counts
// with them. At any time the counts of `rule_outcome` are those of the decisions that people decided about.
void settle(store::Session& session, std::uint64_t case_id, std::string_view from, std::string_view to);

// {"items": [{"rule", "decisions", "confirmed", "rejected", "overturned", "precision"?, "shadow"}]}, by rule, of those that decided anything: precision is
// confirmed ÷ all three, left out below the policy's least number of outcomes; `shadow`: it is below the floor, and the rule is proposed
// for shadow mode.
Json rule_precision(store::Session& session, const pack::DeskPolicy& policy);

// What people confirmed, as truth for `eval` (docs/events.md): lines {"violation", "kind", "id"}, each once.
std::string export_truth(store::Session& session);

}  // namespace lw::desk
