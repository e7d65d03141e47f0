// The tests written beside rules: events as the lines a source would hold, and the decisions that one rule must make.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"

namespace lw::pack {

// One decision that a test expects: each (key, value) must equal that of the decision. Keys: `target` and `liable` as
// "kind/id"; `room session host operator mcn merchant platform severity mode trigger` as in the record; `time` in RFC 3339;
// `basis` is the number of bases in force; a value "null" says that the decision has none.
struct Expectation {
  std::vector<std::pair<std::string, std::string>> values;
  std::uint32_t line = 0;
};

struct TestCase {
  std::string rule;  // id; only its decisions are compared: all of them, in any order
  std::string name;
  std::string file;
  std::uint32_t line = 0;
  std::vector<std::string> events;  // CloudEvents, one JSON line each, in the order written
  std::optional<Time> end;          // where the watermark is moved to after the last event, so that timers fire
  std::vector<std::string> params;  // NAME=VALUE: overrides for this test alone
  std::vector<Expectation> expect;
};

}  // namespace lw::pack
