#include "cel/number_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace lw::cel {
namespace {

bool is_word(std::string_view text, std::string_view word) {
  return std::equal(text.begin(), text.end(), word.begin(), word.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a | 0x20 : a) == b; });
}

// Of a number known to be out of range: a negative exponent, or a fraction without an exponent, is too small.
bool is_tiny(std::string_view digits) {
  const std::size_t exponent = digits.find_first_of("eE");
  if (exponent != std::string_view::npos) return digits.substr(exponent + 1).starts_with('-');
  return digits.starts_with("0.");
}

}  // namespace

std::optional<double> parse_double(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const double sign = negative ? -1.0 : 1.0;
  if (is_word(text, "nan")) return std::numeric_limits<double>::quiet_NaN();
  if (is_word(text, "inf") || is_word(text, "infinity")) return sign * std::numeric_limits<double>::infinity();
  const std::string digits = (text.starts_with('.') ? "0" : "") + std::string(text);
  if (digits.empty() || digits[0] < '0' || digits[0] > '9') return std::nullopt;
  double value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (read.ptr != digits.data() + digits.size()) return std::nullopt;
  if (read.ec == std::errc::result_out_of_range)
    value = is_tiny(digits) ? 0.0 : std::numeric_limits<double>::infinity();
  return sign * value;
}

std::string double_to_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  char buffer[32];
  const auto written = std::to_chars(buffer, buffer + sizeof buffer, value);
  return {buffer, written.ptr};
}

}  // namespace lw::cel
