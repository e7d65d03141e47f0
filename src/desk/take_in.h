// Decisions come to the desk: each once, in the engine's order, with all that follows from it.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "desk/answer.h"
#include "pack/desk.h"

namespace lw::desk {

// The number of the last decision that was taken in, 0 before the first.
std::uint64_t taken_in(store::Session& session);

// Takes in one decision: a live.decision.made (docs/events.md) with its number `n`, from 1. One that was taken in already is dropped.
// What follows, in this transaction:
// - its row and its leaf;
// - of one that enforces and is above `info`: what the policy lets a machine ask of the platform; the room's findings and risk;
// - of a severity that the policy names, where somebody may be accused: a case, opened or joined. Who is liable is the decision's
//   liable party; where it names none, its target, if that is a party.
// Risk is a whole number: each finding adds its severity's weight, and every half-life halves what there is (cool_rooms).
void take_in(store::Session& session, const pack::DeskPolicy& policy, std::uint64_t n, const Json& record, Time now);

// Halves the risk of rooms for each half-life that has passed since. As often as one likes; a minute is often enough.
void cool_rooms(store::Session& session, const pack::DeskPolicy& policy, Time now);

}  // namespace lw::desk
