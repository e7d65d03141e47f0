// Numbers from and to text, independent of the locale.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lw::cel {

// Decimal with optional fraction and exponent, "inf", "infinity" and "nan" in any case, an optional sign. What is too
// large becomes infinite, what is too small 0. Empty if malformed.
std::optional<double> parse_double(std::string_view text);

// The shortest text that reads back as the same double; "NaN", "Infinity", "-Infinity".
std::string double_to_text(double value);

}  // namespace lw::cel
