// Working days: Monday to Friday without the pack's holidays, and the weekend days that it says are worked.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"

namespace lw::engine {

class Calendar {
 public:
  // Days since 1970-01-01, in any order.
  Calendar(std::vector<std::int32_t> days_off, std::vector<std::int32_t> days_worked, int zone_minutes);

  bool works(std::int64_t day) const;

  // The end of the `days`th working day after the day of `from` (which does not count), in the pack's zone.
  Time deadline(Time from, std::uint32_t days) const;

 private:
  std::vector<std::int32_t> days_off_, days_worked_;  // sorted
  std::int64_t offset_ns_;
};

}  // namespace lw::engine
