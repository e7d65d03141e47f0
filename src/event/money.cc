#include "event/money.h"

namespace lw::event {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }

// value * 10 + next, negative all the way: int64's least has no positive.
bool append(std::int64_t& value, int next) {
  return !__builtin_mul_overflow(value, std::int64_t{10}, &value) && !__builtin_sub_overflow(value, std::int64_t{next}, &value);
}

}  // namespace

std::optional<std::int64_t> to_minor_units(std::string_view decimal, unsigned digits) {
  const bool negative = decimal.starts_with('-');
  if (negative || decimal.starts_with('+')) decimal.remove_prefix(1);
  const std::size_t point = decimal.find('.');
  const std::string_view whole = decimal.substr(0, point);
  const std::string_view fraction = point == std::string_view::npos ? std::string_view{} : decimal.substr(point + 1);
  if (whole.empty() || (point != std::string_view::npos && fraction.empty())) return {};
  for (const std::string_view part : {whole, fraction})
    for (const char c : part)
      if (!digit(c)) return {};
  std::int64_t value = 0;  // its negative
  for (const char c : whole)
    if (!append(value, c - '0')) return {};
  for (unsigned i = 0; i < digits; ++i)
    if (!append(value, i < fraction.size() ? fraction[i] - '0' : 0)) return {};
  if (fraction.size() > digits && fraction[digits] >= '5' && __builtin_sub_overflow(value, std::int64_t{1}, &value)) return {};
  if (negative) return value;
  std::int64_t positive = 0;
  if (__builtin_sub_overflow(std::int64_t{0}, value, &positive)) return {};
  return positive;
}

}  // namespace lw::event
