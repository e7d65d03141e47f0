// Timing of expressions that a file holds, each with the types and values of what it names.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace lw::cli {

struct TimedExpression {
  std::string name, expression;
  double ns;          // an evaluation, the median of the rounds
  std::string value;  // as JSON: true, 19900, "medical-device"
};

// One JSON object a line:
//   {"name": …, "expression": …, "variables": {"event.amount": {"type": "int", "value": 5}, …}, "expected": …}
// Types are those of cel::Type::parse, times and durations are texts. Without a value the field is absent; with
// "constant": true it is folded, as parameters of packs are. A value that is not the one expected is a failure.
Result<std::vector<TimedExpression>> time_expressions(const std::string& path, int rounds);

}  // namespace lw::cli
