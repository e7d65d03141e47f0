// Event time: nanoseconds since 1970-01-01T00:00:00Z, as a strong type. Durations are nanoseconds too.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace lw {

// a + b and a - b, or the end of the 64-bit integers that it would lie beyond: a term of centuries stays the last there is.
constexpr std::int64_t saturating_add(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b < 0 ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
}
constexpr std::int64_t saturating_sub(std::int64_t a, std::int64_t b) {
  std::int64_t rest = 0;
  if (!__builtin_sub_overflow(a, b, &rest)) return rest;
  return b < 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
}

struct Duration {
  std::int64_t ns = 0;
  friend auto operator<=>(Duration, Duration) = default;
};

struct Time {
  std::int64_t ns = std::numeric_limits<std::int64_t>::min();  // the default is before all time
  friend auto operator<=>(Time, Time) = default;
  friend Time operator+(Time t, Duration d) { return {saturating_add(t.ns, d.ns)}; }
  friend Time operator-(Time t, Duration d) { return {saturating_sub(t.ns, d.ns)}; }
  friend Duration operator-(Time a, Time b) { return {saturating_sub(a.ns, b.ns)}; }
};

inline constexpr std::int64_t kSecond = 1'000'000'000;
inline constexpr std::int64_t kMinute = 60 * kSecond;
inline constexpr std::int64_t kHour = 60 * kMinute;
inline constexpr std::int64_t kDay = 24 * kHour;

// RFC 3339 with an offset ("2025-08-31T11:57:37.549880+08:00", "...Z"; also a lower-case t and z), up to nanoseconds;
// further digits are refused. The leap second :60 is the next minute's first. Empty if malformed or outside the years
// 1678..2261 (as they are written): nanoseconds in 64 bits reach no further.
std::optional<Time> parse_rfc3339(std::string_view text);

// The same, but what lies outside those years is their first or their last instant: such terms mean "always" or "never".
std::optional<Time> parse_rfc3339_clamped(std::string_view text);

// RFC 3339 at the given offset; the fraction has as many digits as needed, none if zero.
std::string format_rfc3339(Time time, int offset_minutes = 480);

// "90s", "10m", "1h30m", "7d", "1w", "250ms": integers with a unit, largest first. Empty if malformed.
std::optional<Duration> parse_duration(std::string_view text);
std::string format_duration(Duration duration);

}  // namespace lw
