// Rooms on air that officers look at: a share drawn by lot alone, so that every room may be, the rest by risk. The seed of each draw,
// its pool and the weights are in the evidence (leaf "spot-check"), so that anybody can draw again and see the same rooms.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "desk/act.h"
#include "desk/fields.h"

namespace lw::desk {

using Seed = std::array<unsigned char, 32>;

// Which of a pool are drawn, without replacement: `by_lot` of equal chance, then `by_risk` of what is left with chances as their weights
// (none of weight 0), each less if the pool has no more. A function of its arguments alone: the numbers come from libsodium's
// deterministic generator.
struct Pick {
  std::size_t index = 0;
  bool by_lot = false;
  friend bool operator==(const Pick&, const Pick&) = default;
};
std::vector<Pick> pick(const std::vector<std::int64_t>& weights, std::size_t by_lot, std::size_t by_risk, const Seed& seed);

// {"count"?, "platform"?}: so many, or what is left of the policy's number for the department's day. An officer of a department; of rooms on air
// that the department has not drawn before and still has to look at. Gives the list that was drawn, with draw, seed and pool.
Answer<Json> draw_spot_checks(const Act& act, const Json& body);
// Of the actor's department. Filters: state (drawn, done), platform. The newest first.
Answer<Json> list_spot_checks(const Act& act, const Query& query);
// {"finding": "none" | "violation", "text", and of a violation "violation", "severity"?, "liable"?: if not whoever answers for the room}: what an officer saw.
// The engine is told; a violation opens or joins a case.
Answer<Json> record_spot_check(const Act& act, std::uint64_t id, const Json& body);

}  // namespace lw::desk
