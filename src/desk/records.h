// What everything that happens at the desk leaves behind, in the transaction in which it happens: a leaf of the evidence tree, a line
// of the audit log, an event for the engine.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/time.h"
#include "desk/actor.h"
#include "store/database.h"

namespace lw::desk {

// Times in the store: milliseconds since 1970, 0 for none; and as the API shows them: RFC 3339 in +08:00, "" for none.
std::int64_t millis(Time time);
Time time_of(std::int64_t millis);
std::string shown_time(std::int64_t millis);

// Commits to `body` (compact JSON, keys sorted) under a new salt. Gives the leaf's number, from 0. kind: "decision", "event",
// "act", "case", "credit", "intervention", "report", "spot-check"; ref: its name among its kind.
std::uint64_t add_leaf(store::Session& session, std::string_view kind, std::string_view ref, const nlohmann::json& body, Time now);

// The audit log, and its leaf. `act` is a verb as the API names it ("claimCase", "unsealPersonal"), `subject` "case/17". `text` holds
// no secret and no personal data.
void note_act(store::Session& session, const Actor& who, std::string_view act, std::string_view subject, std::string_view text, Time now);
// The same of what concerns a department: what the machine or the public did about it stands in its log, for nobody else would read it.
void note_act_for(store::Session& session, const Actor& who, std::string_view department, std::string_view act, std::string_view subject, std::string_view text, Time now);

// An event of source /livewarden, in the outbox. `id` is made of its cause, so that the same cause never tells twice.
void tell_engine(store::Session& session, std::string_view type, std::string_view id, Time at, const nlohmann::json& data);

}  // namespace lw::desk
