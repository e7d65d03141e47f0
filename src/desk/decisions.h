// Decisions as bodies see them: all of them, those that opened no case and accuse nobody too.
#pragma once

#include <string>

#include "desk/act.h"
#include "desk/fields.h"

namespace lw::desk {

// Filters: platform, room, session, rule, violation, severity (at least), mode, outcome, liable_kind, liable_id, case_id, from, to (RFC 3339, of the event). The
// newest first.
Answer<Json> list_decisions(const Act& act, const Query& query);
// The last of that id.
Answer<Json> get_decision(const Act& act, const std::string& id);

}  // namespace lw::desk
