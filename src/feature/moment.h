// Where a time stands to a window.
#pragma once

#include <cstdint>
#include <limits>

#include "base/time.h"
#include "feature/state.h"

namespace lw::feature {

inline constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();    // before all time
inline constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();  // after all time

inline std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  const std::int64_t quotient = a / b;
  return quotient * b > a ? quotient - 1 : quotient;
}

// The watermark less `times` widths: what is at or before it is out of a sliding window.
inline std::int64_t horizon(const Spec& spec, Time watermark, int times = 1) {
  std::int64_t at = watermark.ns;
  for (; times > 0; --times)
    if (__builtin_sub_overflow(at, spec.window.width.ns, &at)) return kNever;
  return at;
}

// The watermark at which what was filed at `time` is `times` widths old.
inline std::int64_t leaves_at(const Spec& spec, std::int64_t time, int times = 1) {
  for (; times > 0; --times)
    if (__builtin_add_overflow(time, spec.window.width.ns, &time)) return kForever;
  return time;
}

// The time that a sliding window files an event under: its own, or the last nanosecond of its step.
inline std::int64_t filed(const Spec& spec, std::int64_t time) {
  const std::int64_t step = spec.window.step.ns;
  return step == 0 ? time : (floor_div(time, step) + 1) * step - 1;
}

// The end of the tumbling window or month that holds the time.
std::int64_t window_end(const Spec& spec, std::int64_t time);

// Of the tumbling window or month at the watermark, or the width of a sliding one; for rates.
double window_seconds(const Spec& spec, Time watermark);

}  // namespace lw::feature
