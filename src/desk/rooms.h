// Rooms on air by risk, what happened in one, and the decisions of the engine, for whoever may see them.
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

// The newest first. Filters: `platform`, `violation`, `rule`, `room`, `session`, `liable_kind`, `liable_id`, `mode`, `severity` (at least), `from`, `to`.
Answer<Json> list_decisions(store::Session& session, const Actor& who, const Query& query);
Answer<Json> get_decision(store::Session& session, const Actor& who, const std::string& id);
// Those that an event triggered, in the engine's order: records. For whoever sent the event.
Json decisions_of(store::Session& session, const std::string& trigger);

}  // namespace lw::desk
