// A scenario: who lives in the simulated world and which rooms go on air, read from YAML (docs/simulation.md tells the
// form). Unknown keys, unknown attacks and impossible numbers are refused with file, line and column.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "simulate/texts.h"

namespace lw::simulate {

// One dishonest campaign in one room. `strength` is the dishonest share of the room's actors of that kind in percent;
// 0 where the attack has no strength.
struct Attack {
  std::string kind;   // "viewers", "chat", …
  std::string shape;  // "device-farm", …; for words "<medium>-<evasion>"
  int strength = 0;
};

// How lively an honest viewer is, as factors on the base rates; `orders` and `reviews` are probabilities.
struct Rates {
  double chat = 1.0, likes = 1.0, gifts = 1.0, follows = 1.0;
  double orders = 0.05;   // of a viewer who stays long enough
  double reviews = 0.16;  // of a parcel kept
  double returns = -1.0;  // of a parcel delivered; below 0: the category's own
};

struct RoomGroup {
  std::string name;
  int count = 1;
  double audience_min = 800, audience_max = 800, audience_alpha = 1.2;  // heavy-tailed between the two
  std::vector<int> start_minutes;                                       // of the day; empty: by the hour of day's appeal
  int minutes_min = 60, minutes_max = 60;
  std::vector<std::string> categories;
  Rates rates;
  std::string spike;  // the honest event, if any
  std::vector<Attack> attacks;
};

struct PopulationSpec {
  std::int64_t accounts = 20000;
  double carrier = 0.12, campus = 0.05, cafe = 0.01, phone_shop = 0.005;  // shares of the accounts
  double shared_device = 0.15;  // of the members of a household
  double second_account = 0.04, recent = 0.05, minors = 0.03;
};

struct Scenario {
  std::string name;
  std::string platform = "alpha";
  std::int64_t start_ms = 0;  // local midnight of the day
  std::uint64_t seed = 1;     // unless the command gives one
  int report_seconds = 30;    // between two live.audience.reported of a room
  PopulationSpec population;
  std::vector<RoomGroup> groups;  // crossed already: one group holds one combination of shapes and strengths
  Texts texts;
};

Result<Scenario> load_scenario(const std::string& path);

// One room as a seed made it.
struct RoomSpec {
  std::uint32_t index = 0;
  const RoomGroup* group = nullptr;
  std::int64_t audience = 0;
  std::int64_t start_ms = 0, end_ms = 0;
  std::string category;
};
std::vector<RoomSpec> resolve_rooms(const Scenario& scenario, std::uint64_t seed);

}  // namespace lw::simulate
