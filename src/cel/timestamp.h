// CEL's timestamps (years 1 to 9999, nanoseconds) and durations (int64 nanoseconds), from and to text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "cel/value.h"

namespace lw::cel {

inline constexpr std::int64_t kFirstSecond = -62'135'596'800;  // 0001-01-01T00:00:00Z
inline constexpr std::int64_t kLastSecond = 253'402'300'799;   // 9999-12-31T23:59:59Z

struct Instant {
  std::int64_t seconds = 0;  // since 1970
  std::uint32_t nanos = 0;   // 0..999'999'999

  static Instant of(const Value& timestamp) { return {timestamp.integer, timestamp.size}; }
  Value value() const;
  bool in_range() const { return seconds >= kFirstSecond && seconds <= kLastSecond; }
};

// RFC 3339 with Z or an offset, up to nine digits of fraction. Empty if malformed or out of range.
std::optional<Instant> parse_instant(std::string_view text);
std::string format_instant(Instant instant);  // in UTC, the fraction as long as needed

// Empty if out of range.
std::optional<Instant> shift(Instant instant, std::int64_t nanoseconds);
std::optional<std::int64_t> difference(Instant a, Instant b);  // a - b in nanoseconds

// "1h30m", "-1.5s", "100us", "0": signed, fractions and compounds of h m s ms us ns. Empty if malformed or out of range.
std::optional<std::int64_t> parse_go_duration(std::string_view text);
std::string format_seconds(std::int64_t nanoseconds);  // "5400s", "-0.5s"

// Seconds east of UTC at that instant of a zone: an IANA name, "UTC", "+hh:mm", "-hh:mm" or "hh:mm". Empty if unknown.
std::optional<std::int64_t> zone_offset(std::string_view zone, Instant instant);

struct Civil {
  int year, month, day;          // month and day from 1
  int day_of_year, day_of_week;  // from 0; 0 is Sunday
  int hour, minute, second;
};
Civil civil(std::int64_t local_seconds);

}  // namespace lw::cel
