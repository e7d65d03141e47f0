// Rooms on air by risk, and what happened in one, for whoever may see it.
#pragma once

#include <string>

#include "desk/actor.h"
#include "desk/answer.h"
#include "desk/fields.h"

namespace lw::desk {

// Rooms, the highest risk first. Filters: `platform`, `on_air` ("false": all).
Answer<Json> list_rooms(store::Session& session, const Actor& who, const Query& query);
Answer<Json> get_room(store::Session& session, const Actor& who, const std::string& platform, const std::string& room);
// Decisions, interventions and cases of a room, the newest first. Filters: `session`, `from`, `to`.
Answer<Json> get_timeline(store::Session& session, const Actor& who, const std::string& platform, const std::string& room, const Query& query);

// Those that an event triggered, in the engine's order: records. For whoever sent the event.
Json decisions_of(store::Session& session, const std::string& trigger);

}  // namespace lw::desk
