// Tests of the language as data: one JSON object a line, in the JSON form of cel.expr.conformance.test.SimpleTest, whose
// values are in the form of cel.expr.Value and whose types are in that of cel.expr.Type.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cel/cel.h"

namespace lw::cel {

struct ConformanceTest {
  std::string name;  // file/section/name
  std::string expr;
  std::string skip;  // why it cannot be run; else empty
  Env env;
  Arena arena;               // of the values below
  std::vector<Value> slots;  // the bindings
  CompileOptions options;
  bool check_only = false;
  bool fails = false;          // it must fail: when compiled or when run
  Value value;                 // else it must give this, if not absent
  const Type* type = nullptr;  // and be of this type, if not null
};

// An error if the line is not such a test at all. What this program does not have (messages, enumerations) is a skip.
Result<std::unique_ptr<ConformanceTest>> read_conformance_test(std::string_view line);

// Compiles, runs and compares: empty if all is as it should be, else what was got and what should have been.
std::string run_conformance_test(const ConformanceTest& test);

// The same value of the same type, in depth: 1 and 1u differ, NaN is NaN.
bool identical(const Value& a, const Value& b);

}  // namespace lw::cel
