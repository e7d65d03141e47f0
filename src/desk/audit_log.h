// The audit log as people read it: what the people and programs of a body did, and what the machine and the public did about a
// department's cases and reports, to its administrators and auditors.
#pragma once

#include "desk/actor.h"
#include "desk/answer.h"
#include "desk/fields.h"
#include "store/database.h"

namespace lw::desk {

// {"items": […], "next": …}, the newest first. `query`: subject ("case/17"), who ("person/li"), from and to (RFC 3339, [from, to)), limit,
// after.
Answer<Json> list_acts(store::Database& db, const Actor& actor, const Query& query);

}  // namespace lw::desk
