// What is known of a person by the name that stands for them: told to whom it concerns, led back to the original with cause, deleted.
// Each of these is an act, and stands in the audit log with its reason before anything is given out.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "desk/actor.h"
#include "desk/answer.h"
#include "pack/plan.h"
#include "store/database.h"
#include "store/disk.h"

namespace lw::desk {

// "p_" and 26 letters.
bool is_pseudonym(std::string_view text);

// Calls `visit` with each line of the event log that holds the text.
using ReadEvents = std::function<Status(std::string_view text, const std::function<void(std::string_view line)>& visit)>;

// {"pseudonym": …, "items": [{"kind", "ref", "at", "record"}, …]}: all that is held of the person and that the actor's body may see,
// without what is of others (who reported them, who works on it). "more": there are more events than are told at once. For an officer
// with a case of the department's that names the person, and for administrators.
Answer<Json> export_personal(store::Database& db, const Actor& actor, std::string_view pseudonym, std::uint64_t case_id, const ReadEvents& events, Time now);

// {"pseudonym": …, "kind": "account", "original": "u17"}. For an officer or approver of a department, with an open case of its that
// names the person, and a reason. `key_file`: the unsealing key, which is there for as long as somebody put it there.
Answer<Json> unseal_personal(store::Database& db, const Actor& actor, std::string_view pseudonym, std::uint64_t case_id, std::string_view reason, const std::string& key_file, Time now,
                             const store::Disk& disk = store::Disk());

// {"deleted": {kind: count}}. Refused while a case or a report needs it, while the law of the plan's record terms wants a case kept, and
// for parties, whom the registry keeps. The original, what leaves were opened with, and the name in decisions, interventions, measures and
// reports go, page by page, so that others write meanwhile; commitments, and so all proofs, stay. Events
// of the person stay in the log under the name until their own terms end. For administrators. EdgeNames::forget() follows.
Answer<Json> delete_personal(store::Database& db, const Actor& actor, std::string_view pseudonym, std::string_view reason, const pack::Plan& plan, Time now);

}  // namespace lw::desk
