// The measures of a case: what the policy proposes, what persons imposed. cases.h has the acts.
#pragma once

#include <string_view>

#include "desk/act.h"
#include "desk/case_file.h"

namespace lw::desk {

// Those that a body sees: platforms and parties only what is or was in force.
Json measures_of(const Act& act, const CaseFile& file);
// [{"of": "measure", "kind", "name", "step", "grave", "basis"}]: by severity, history and grade; and [{"of": "action", "kind", "target"}]: what
// decisions of the case named and no machine may ask for.
Json proposals_of(const Act& act, const CaseFile& file);
// Ends all that is in force or waits, and tells the engine.
void undo_measures(const Act& act, const CaseFile& file, std::string_view why);
// Lifts those whose term is over.
void end_overdue_measures(const Act& act, CaseFile& file);

}  // namespace lw::desk
