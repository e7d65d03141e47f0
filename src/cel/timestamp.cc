#include "cel/timestamp.h"

#include <date/date.h>
#include <date/tz.h>
#include <fmt/format.h>

#include <chrono>
#include <exception>
#include <limits>

namespace lw::cel {
namespace {

// Sums of nanoseconds over CEL's range of years pass 64 bits.
__extension__ typedef __int128 Wide;


constexpr std::int64_t kNanos = 1'000'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes exactly `digits` digits.
bool take_number(std::string_view& text, std::size_t digits, int& value) {
  if (text.size() < digits) return false;
  value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (!is_digit(text[i])) return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return true;
}
bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text[0]) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

bool take_fraction(std::string_view& text, std::uint32_t& nanos) {
  std::size_t digits = 0;
  for (; digits < text.size() && is_digit(text[digits]); ++digits) {
    if (digits >= 9) return false;
    nanos = nanos * 10 + static_cast<std::uint32_t>(text[digits] - '0');
  }
  text.remove_prefix(digits);
  for (std::size_t i = digits; i < 9; ++i) nanos *= 10;
  return digits > 0;
}

// "hh:mm" in minutes.
bool take_clock(std::string_view& text, int& minutes) {
  int hour = 0, minute = 0;
  if (!take_number(text, 2, hour) || !take(text, ":") || !take_number(text, 2, minute)) return false;
  minutes = hour * 60 + minute;
  return hour < 24 && minute < 60;
}

date::sys_seconds at_seconds(std::int64_t seconds) { return date::sys_seconds(std::chrono::seconds(seconds)); }

}  // namespace

Value Instant::value() const {
  Value value;
  value.kind = Kind::kTimestamp;
  value.integer = seconds;
  value.size = nanos;
  return value;
}

std::optional<Instant> parse_instant(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, offset = 0;
  Instant instant;
  if (!take_number(text, 4, year) || !take(text, "-") || !take_number(text, 2, month) || !take(text, "-") ||
      !take_number(text, 2, day) || !take(text, "Tt") || !take_number(text, 2, hour) || !take(text, ":") ||
      !take_number(text, 2, minute) || !take(text, ":") || !take_number(text, 2, second))
    return std::nullopt;
  if (take(text, ".") && !take_fraction(text, instant.nanos)) return std::nullopt;
  if (!take(text, "Zz")) {
    const bool west = text.starts_with('-');
    if (!take(text, "+-") || !take_clock(text, offset)) return std::nullopt;
    offset = west ? -offset : offset;
  }
  const date::year_month_day ymd{date::year{year}, date::month{static_cast<unsigned>(month)},
                                 date::day{static_cast<unsigned>(day)}};
  if (!text.empty() || !ymd.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  instant.seconds = date::sys_days(ymd).time_since_epoch().count() * std::int64_t{86400} + hour * 3600 + minute * 60 +
                    second - offset * std::int64_t{60};
  return instant.in_range() ? std::optional(instant) : std::nullopt;
}

std::string format_instant(Instant instant) {
  const Civil c = civil(instant.seconds);
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", c.year, c.month, c.day, c.hour, c.minute, c.second);
  if (instant.nanos != 0) {
    text += fmt::format(".{:09}", instant.nanos);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text + 'Z';
}

std::optional<Instant> shift(Instant instant, std::int64_t nanoseconds) {
  const Wide total = static_cast<Wide>(instant.seconds) * kNanos + instant.nanos + nanoseconds;
  Wide seconds = total / kNanos, rest = total % kNanos;
  if (rest < 0) {
    rest += kNanos;
    --seconds;
  }
  const Instant moved{static_cast<std::int64_t>(seconds), static_cast<std::uint32_t>(rest)};
  return moved.in_range() ? std::optional(moved) : std::nullopt;
}

std::optional<std::int64_t> difference(Instant a, Instant b) {
  const Wide nanos = static_cast<Wide>(a.seconds - b.seconds) * kNanos + a.nanos - b.nanos;
  if (nanos > std::numeric_limits<std::int64_t>::max() || nanos < std::numeric_limits<std::int64_t>::min())
    return std::nullopt;
  return static_cast<std::int64_t>(nanos);
}

std::optional<std::int64_t> parse_go_duration(std::string_view text) {
  static constexpr std::pair<std::string_view, std::int64_t> kUnits[] = {
      {"ns", 1},         {"us", 1'000}, {"\u00b5s", 1'000}, {"\u03bcs", 1'000}, {"ms", 1'000'000},
      {"s", kSecond}, {"m", kMinute}, {"h", kHour}};
  const bool negative = text.starts_with('-');
  take(text, "+-");
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  Wide total = 0;
  while (!text.empty()) {
    Wide whole = 0, fraction = 0, scale = 1;
    std::size_t digits = 0;
    for (; !text.empty() && is_digit(text[0]); text.remove_prefix(1), ++digits) {
      whole = whole * 10 + (text[0] - '0');
      if (whole > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
    }
    if (take(text, "."))
      for (; !text.empty() && is_digit(text[0]); text.remove_prefix(1), ++digits)
        if (scale < kNanos * std::int64_t{1'000'000}) {
          fraction = fraction * 10 + (text[0] - '0');
          scale *= 10;
        }
    const std::size_t end = text.find_first_of("0123456789.");
    const std::string_view name = text.substr(0, end);
    std::int64_t unit = 0;
    for (const auto& [known, nanos] : kUnits)
      if (known == name) unit = nanos;
    if (digits == 0 || unit == 0) return std::nullopt;
    text.remove_prefix(name.size());
    total += whole * unit + fraction * unit / scale;
    if (total > static_cast<Wide>(std::numeric_limits<std::int64_t>::max()) + negative) return std::nullopt;
  }
  return static_cast<std::int64_t>(negative ? -total : total);
}

std::string format_seconds(std::int64_t nanoseconds) {
  const bool negative = nanoseconds < 0;
  const std::uint64_t size = negative ? 0 - static_cast<std::uint64_t>(nanoseconds) : static_cast<std::uint64_t>(nanoseconds);
  std::string text = fmt::format("{}{}", negative ? "-" : "", size / kNanos);
  if (size % kNanos != 0) {
    text += fmt::format(".{:09}", size % kNanos);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text + 's';
}

std::optional<std::int64_t> zone_offset(std::string_view zone, Instant instant) {
  if (zone == "UTC" || zone.empty()) return 0;
  std::string_view clock = zone;
  const bool west = clock.starts_with('-');
  take(clock, "+-");
  if (int minutes = 0; take_clock(clock, minutes) && clock.empty()) return (west ? -minutes : minutes) * std::int64_t{60};
  if (zone.size() > 64) return std::nullopt;
  try {
    return date::locate_zone(std::string(zone))->get_info(at_seconds(instant.seconds)).offset.count();
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

Civil civil(std::int64_t local_seconds) {
  const date::sys_days days = date::floor<date::days>(at_seconds(local_seconds));
  const date::year_month_day ymd(days);
  const auto time = local_seconds - days.time_since_epoch().count() * std::int64_t{86400};
  Civil c{};
  c.year = static_cast<int>(ymd.year());
  c.month = static_cast<int>(static_cast<unsigned>(ymd.month()));
  c.day = static_cast<int>(static_cast<unsigned>(ymd.day()));
  c.day_of_year = (days - date::sys_days(ymd.year() / date::January / 1)).count();
  c.day_of_week = static_cast<int>(date::weekday(days).c_encoding());
  c.hour = static_cast<int>(time / 3600);
  c.minute = static_cast<int>(time / 60 % 60);
  c.second = static_cast<int>(time % 60);
  return c;
}

}  // namespace lw::cel
