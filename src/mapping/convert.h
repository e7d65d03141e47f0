// What an expression gave, as the JSON of an event's field.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "cel/value.h"
#include "mapping/definition.h"

namespace lw::mapping {

struct Converted {
  enum class Outcome : std::uint8_t { kGood, kNothing, kBad };  // kNothing: absent, null or optional.none()
  Outcome outcome = Outcome::kNothing;
  std::string reason;  // of kBad
};

// Appends the value's JSON to `out`. Reading what is absent gives nothing; any other error of the expression is bad.
Converted append_json(const Value& form, const cel::Value& value, std::string& out);

// The value as text (an id) and as a time; `clamped`: what is too far away is the furthest that Time holds.
Converted to_text(const Value& form, const cel::Value& value, std::string& out);
Converted to_time(const Value& form, const cel::Value& value, Time& out, bool clamped = false);

// "¥1,234.50", "12.30元", "-5": the decimal number of it without currency signs, thousands separators and blanks.
std::string bare_amount(std::string_view text);

}  // namespace lw::mapping
