// Days of the calendar: terms of days and months, and working days, which are Monday to Friday without the pack's holidays and with
// the weekend days that it says are worked. A day is its number since 1970-01-01.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"

namespace lw::pack {

// The same day so many months later (below 0: earlier), or the month's last day if it has no such; then so many days on.
std::int64_t day_after(std::int64_t day, std::int64_t months, std::int64_t days);

class Calendar {
 public:
  // Days off besides weekends, weekend days worked; in any order.
  Calendar(std::vector<std::int32_t> days_off, std::vector<std::int32_t> days_worked, int zone_minutes);

  bool works(std::int64_t day) const;

  // In the zone: the day that a time lies in, and a day's first instant.
  std::int64_t day_of(Time time) const;
  Time start_of(std::int64_t day) const;

  // The `days`th working day after that one, or before it.
  std::int64_t working_day_after(std::int64_t day, std::uint32_t days) const;
  std::int64_t working_day_before(std::int64_t day, std::uint32_t days) const;

  // The end of the `days`th working day after the day of `from` (which does not count), in the pack's zone.
  Time deadline(Time from, std::uint32_t days) const { return start_of(working_day_after(day_of(from), days) + 1); }

 private:
  std::vector<std::int32_t> days_off_, days_worked_;  // sorted
  std::int64_t offset_ns_;
};

struct Plan;
// What is wrong with the calendar of packs: a term of working days that begins now ends in a year that it tells no holidays of. "" if none
// does, and where no calendar is given at all.
std::string calendar_ends(const Plan& plan, Time now);

}  // namespace lw::pack
