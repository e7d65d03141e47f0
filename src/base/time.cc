#include "base/time.h"

#include <date/date.h>
#include <fmt/compile.h>
#include <fmt/format.h>

#include <array>

namespace lw {
namespace {

// Reads exactly `count` digits at `at`; -1 if there are fewer.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

struct Unit {
  std::string_view name;
  std::int64_t ns;
};
constexpr std::array<Unit, 8> kUnits{{{"w", 7 * kDay}, {"d", kDay}, {"h", kHour}, {"m", kMinute}, {"s", kSecond},
                                      {"ms", 1'000'000}, {"us", 1'000}, {"ns", 1}}};

constexpr int kFirstYear = 1678, kLastYear = 2261;
constexpr Time kFirst{-9214560000 * kSecond}, kLast{9214646400 * kSecond - 1};  // of those years, UTC

// A well-formed time; `year` as it is written. Outside of the years that Time holds, `out` is their end.
bool read_rfc3339(std::string_view text, int& year, Time& out) {
  if (text.size() < 20) return false;
  year = digits(text, 0, 4);
  const int month = digits(text, 5, 2), day = digits(text, 8, 2);
  const int hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  if (year < 0 || month < 1 || month > 12 || day < 1 || hour < 0 || minute < 0 || second < 0) return false;
  if (text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':') return false;
  if (text[10] != 'T' && text[10] != 't') return false;
  if (hour > 23 || minute > 59 || second > 60) return false;
  // Days since the epoch by the civil calendar, years starting in March (the leap day comes last).
  constexpr std::array<int, 12> kDays{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  if (day > kDays[month - 1] || (month == 2 && day == 29 && !leap)) return false;
  const int y = year - (month <= 2);
  const int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t days = y * 365LL + y / 4 - y / 100 + y / 400 + day_of_year - 719468;

  std::size_t at = 19;
  std::int64_t fraction = 0;
  if (text[at] == '.') {
    std::int64_t scale = kSecond / 10;
    const std::size_t from = ++at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
      if (scale == 0) return false;
      fraction += (text[at] - '0') * scale;
      scale /= 10;
    }
    if (at == from) return false;
  }
  if (at >= text.size()) return false;
  std::int64_t offset = 0;
  if (text[at] == 'Z' || text[at] == 'z') {
    if (at + 1 != text.size()) return false;
  } else {
    if (at + 6 != text.size() || (text[at] != '+' && text[at] != '-') || text[at + 3] != ':') return false;
    const int oh = digits(text, at + 1, 2), om = digits(text, at + 4, 2);
    if (oh < 0 || oh > 23 || om < 0 || om > 59) return false;
    offset = (text[at] == '-' ? -1 : 1) * (oh * kHour + om * kMinute);
  }
  out = year < kFirstYear ? kFirst : year > kLastYear ? kLast
        : Time{days * kDay + hour * kHour + minute * kMinute + second * kSecond + fraction - offset};
  return true;
}

}  // namespace

std::optional<Time> parse_rfc3339(std::string_view text) {
  int year = 0;
  Time time;
  if (!read_rfc3339(text, year, time) || year < kFirstYear || year > kLastYear) return {};
  return time;
}

std::optional<Time> parse_rfc3339_clamped(std::string_view text) {
  int year = 0;
  Time time;
  return read_rfc3339(text, year, time) ? std::optional(time) : std::nullopt;
}

std::string format_rfc3339(Time time, int offset_minutes) {
  const std::int64_t local = time.ns + offset_minutes * kMinute;
  const date::sys_time<std::chrono::nanoseconds> point{std::chrono::nanoseconds{local}};
  const auto day = date::floor<date::days>(point);
  const date::year_month_day ymd{day};
  const date::hh_mm_ss clock{point - day};
  std::string out = fmt::format(FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}"), static_cast<int>(ymd.year()),
                                static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()),
                                clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  if (const auto fraction = clock.subseconds().count()) {
    out += fmt::format(FMT_COMPILE(".{:09}"), fraction);
    while (out.back() == '0') out.pop_back();
  }
  if (offset_minutes == 0) return out + "Z";
  const int magnitude = offset_minutes < 0 ? -offset_minutes : offset_minutes;
  return out + fmt::format(FMT_COMPILE("{}{:02}:{:02}"), offset_minutes < 0 ? '-' : '+', magnitude / 60, magnitude % 60);
}

std::optional<Duration> parse_duration(std::string_view text) {
  std::int64_t total = 0;
  std::size_t at = 0, next_unit = 0;
  if (text == "0") return Duration{0};
  while (at < text.size()) {
    std::int64_t value = 0;
    const std::size_t from = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
      if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, text[at] - '0', &value)) return {};
    }
    if (at == from) return {};
    const std::size_t unit_from = at;
    while (at < text.size() && text[at] >= 'a' && text[at] <= 'z') ++at;
    const std::string_view unit = text.substr(unit_from, at - unit_from);
    std::size_t found = next_unit;
    while (found < kUnits.size() && kUnits[found].name != unit) ++found;
    if (found == kUnits.size()) return {};
    next_unit = found + 1;
    if (__builtin_mul_overflow(value, kUnits[found].ns, &value) || __builtin_add_overflow(total, value, &total)) return {};
  }
  return at ? std::optional{Duration{total}} : std::nullopt;
}

std::string format_duration(Duration duration) {
  if (duration.ns == 0) return "0s";
  std::string out;
  std::uint64_t rest = static_cast<std::uint64_t>(duration.ns);
  if (duration.ns < 0) {
    out = "-";
    rest = 0 - rest;
  }
  for (const Unit& unit : kUnits) {
    if (unit.name == "w") continue;
    const std::uint64_t size = static_cast<std::uint64_t>(unit.ns);
    if (const std::uint64_t count = rest / size) out += fmt::format("{}{}", count, unit.name);
    rest %= size;
  }
  return out;
}

}  // namespace lw
