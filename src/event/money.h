// Decimal amounts to integers of minor units, exactly: no binary fraction is ever between.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lw::event {

// "12.345" to 1235: `digits` decimal places of the currency, half away from zero. A sign, digits, at most one point;
// empty if it is anything else or past int64.
std::optional<std::int64_t> to_minor_units(std::string_view decimal, unsigned digits = 2);

// A quotient rounded half away from zero; the divisor is positive and even or 1.
constexpr std::int64_t divide_half_away(std::int64_t value, std::int64_t by) {
  const std::int64_t whole = value / by, rest = value % by;
  if (rest >= by - by / 2 && rest > 0) return whole + 1;
  if (-rest >= by - by / 2 && rest < 0) return whole - 1;
  return whole;
}

}  // namespace lw::event
