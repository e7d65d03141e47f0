#include "engine/calendar.h"

#include <algorithm>
#include <utility>

namespace lw::engine {
namespace {

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

Calendar::Calendar(std::vector<std::int32_t> days_off, std::vector<std::int32_t> days_worked, int zone_minutes)
    : days_off_(std::move(days_off)), days_worked_(std::move(days_worked)), offset_ns_(zone_minutes * kMinute) {
  std::ranges::sort(days_off_);
  std::ranges::sort(days_worked_);
}

bool Calendar::works(std::int64_t day) const {
  if (std::ranges::binary_search(days_worked_, day)) return true;
  if (std::ranges::binary_search(days_off_, day)) return false;
  const std::int64_t since_thursday = day - 7 * floor_div(day, 7);  // 1970-01-01 was a Thursday
  return since_thursday != 2 && since_thursday != 3;
}

Time Calendar::deadline(Time from, std::uint32_t days) const {
  std::int64_t day = floor_div(from.ns + offset_ns_, kDay);
  for (std::uint32_t left = days; left > 0;) {
    if (works(++day)) --left;
  }
  return {(day + 1) * kDay - offset_ns_};
}

}  // namespace lw::engine
