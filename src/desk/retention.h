// What has to go because its term is over: by kind, by the record terms of packs, and never what an open case needs.
#pragma once

#include "base/time.h"
#include "desk/answer.h"
#include "pack/plan.h"
#include "store/database.h"

namespace lw::desk {

// {kind: count} of what went: "originals" (nobody saw the person for the longest of all terms), "decisions" (what they say; their
// numbers stay), "interventions" (whom they were about, what they said), "openings" of leaves, "reports" (who, how to reach them, what
// they wrote), "acts" and "sessions". Kinds without a term are kept for ever. What an open case rests on is kept by its name, so that
// a case that lies keeps nothing else. EdgeNames::forget() and retire() follow.
Answer<Json> run_retention(store::Database& db, const pack::Plan& plan, Time now);

// For how long a case that was last changed then has to be kept: the first instant at which it may go, in milliseconds; 0: never.
std::int64_t case_kept_until(const pack::Plan& plan, std::int64_t changed);

}  // namespace lw::desk
