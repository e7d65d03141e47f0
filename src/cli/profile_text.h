// What a run's profile says, for people.
#pragma once

#include <string>

#include "engine/engine.h"

namespace lw::cli {

// Two tables, rules and features, those that took the most time first; shares are of the time of judging. `elapsed_s`: of the
// whole run. The engine's profile must have been started.
std::string profile_text(const engine::Engine& engine, double elapsed_s);

}  // namespace lw::cli
