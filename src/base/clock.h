// The machine's clock, for what people and other machines do. The engine has none: events tell it the time.
#pragma once

#include <chrono>

#include "base/time.h"

namespace lw {

inline Time wall_clock() { return {std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count()}; }

}  // namespace lw
