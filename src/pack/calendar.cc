#include "pack/calendar.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace lw::pack {
namespace {

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

std::int64_t day_after(std::int64_t day, std::int64_t months, std::int64_t days) {
  using namespace std::chrono;
  year_month_day date{sys_days{std::chrono::days{static_cast<int>(day)}}};
  date += std::chrono::months{static_cast<int>(months)};
  if (!date.ok()) date = date.year() / date.month() / last;
  return sys_days{date}.time_since_epoch().count() + days;
}

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

std::int64_t Calendar::day_of(Time time) const { return floor_div(time.ns + offset_ns_, kDay); }
Time Calendar::start_of(std::int64_t day) const { return {day * kDay - offset_ns_}; }

std::int64_t Calendar::working_day_after(std::int64_t day, std::uint32_t days) const {
  while (days > 0) days -= works(++day);
  return day;
}

std::int64_t Calendar::working_day_before(std::int64_t day, std::uint32_t days) const {
  while (days > 0) days -= works(--day);
  return day;
}

}  // namespace lw::pack
