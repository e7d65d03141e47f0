#include "pack/calendar.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "pack/desk.h"
#include "pack/plan.h"

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

std::string calendar_ends(const Plan& plan, Time now) {
  if (plan.days_off.empty()) return {};
  using namespace std::chrono;
  const year covered = year_month_day(sys_days(std::chrono::days(std::ranges::max(plan.days_off)))).year();
  std::uint32_t longest = 0;
  for (const Rule& rule : plan.rules) longest = std::max(longest, rule.deadline ? rule.deadline->working_days : 0);
  for (const DeskDeadline& one : plan.desk ? plan.desk->deadlines : std::vector<DeskDeadline>()) longest = std::max(longest, one.within.working_days);
  const Calendar calendar(plan.days_off, plan.days_worked, plan.zone_minutes);
  const std::int64_t last = calendar.working_day_after(calendar.day_of(now), longest);
  if (longest == 0 || year_month_day(sys_days(std::chrono::days(static_cast<int>(last)))).year() <= covered) return {};
  return fmt::format("the calendar of the packs ends with {}: a term of {} working days that begins today is counted without the holidays after it; give those of the next year",
                     static_cast<int>(covered), longest);
}

}  // namespace lw::pack
