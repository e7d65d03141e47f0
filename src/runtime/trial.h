// Runs the tests written beside rules: events through a real engine, its decisions against those expected.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "pack/plan.h"
#include "pack/testcase.h"

namespace lw::runtime {

struct Verdict {
  bool passed = false;
  std::string difference;  // for people: what was expected and not decided, decided and not expected; empty if passed
};

// `plan` has the test's own parameters, and its rule is on. Fails if an event of the test is none.
Result<Verdict> try_rule(const pack::Plan& plan, const pack::TestCase& test);

}  // namespace lw::runtime
