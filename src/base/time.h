// Event time: nanoseconds since 1970-01-01T00:00:00Z, as a strong type. Durations are nanoseconds too.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace lw {

struct Duration {
  std::int64_t ns = 0;
  friend auto operator<=>(Duration, Duration) = default;
};

struct Time {
  std::int64_t ns = std::numeric_limits<std::int64_t>::min();  // the default is before all time
  friend auto operator<=>(Time, Time) = default;
  friend Time operator+(Time t, Duration d) { return {t.ns + d.ns}; }
  friend Time operator-(Time t, Duration d) { return {t.ns - d.ns}; }
  friend Duration operator-(Time a, Time b) { return {a.ns - b.ns}; }
};

inline constexpr std::int64_t kSecond = 1'000'000'000;
inline constexpr std::int64_t kMinute = 60 * kSecond;
inline constexpr std::int64_t kHour = 60 * kMinute;
inline constexpr std::int64_t kDay = 24 * kHour;

// RFC 3339 with an offset ("2025-08-31T11:57:37.549880+08:00", "...Z"; also a lower-case t and z), up to nanoseconds;
// further digits are refused. Empty if malformed or outside 1678..2261.
std::optional<Time> parse_rfc3339(std::string_view text);

// RFC 3339 at the given offset; the fraction has as many digits as needed, none if zero.
std::string format_rfc3339(Time time, int offset_minutes = 480);

// "90s", "10m", "1h30m", "7d", "1w", "250ms": integers with a unit, largest first. Empty if malformed.
std::optional<Duration> parse_duration(std::string_view text);
std::string format_duration(Duration duration);

}  // namespace lw
