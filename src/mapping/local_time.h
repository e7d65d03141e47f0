// Times as exports write them: a local date and time without an offset, in a zone that the mapping names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace date {
class time_zone;
}

namespace lw::mapping {

// A fixed offset ("+08:00", "Z") or a zone of the system's tz database ("Asia/Shanghai").
class Zone {
 public:
  static std::optional<Zone> parse(const std::string& name);
  // Nanoseconds since 1970 on the zone's wall clock to a time. A clock time that comes twice is the first of the two; one
  // that is skipped is the moment of the skip.
  Time to_time(std::int64_t local_ns) const;

 private:
  std::int64_t offset_ns_ = 0;
  const date::time_zone* named_ = nullptr;
};

// "2025-08-31 11:57:37.5", "2025/8/31 11:57", "2025-08-31T11:57:37+08:00", "20250831115737", "2025-08-31" (its first
// instant), "2025年8月31日 11:57:37": year, month, day in this order, an offset if there is one, else `zone`. Empty if it is
// anything else; nothing is guessed. `clamped`: as by parse_rfc3339_clamped().
std::optional<Time> parse_local(std::string_view text, const Zone& zone, bool clamped = false);

}  // namespace lw::mapping
