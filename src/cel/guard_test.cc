// A guard refuses only what is false, and stands where it should.
#include "cel/guard.h"

#include <gtest/gtest.h>

#include "cel/cel.h"

namespace lw::cel {
namespace {

using First = Guard::Test;

TEST(Guard, RefusesWhatIsFalseAndNothingElse) {
  Env env;
  ASSERT_TRUE(env.add_object("f", {{"n", Type::integer(), 0}, {"m", Type::integer(), 1}, {"b", Type::boolean(), 2}}));
  ASSERT_TRUE(env.add_constant("params.limit", Type::integer(), Value::of_int(5)));
  const struct {
    const char* expression;
    First test;
  } kCases[] = {
      {"f.n >= 5", First::kGreaterEqual},
      {"f.n > params.limit && f.m > 1", First::kGreater},
      {"f.n < 5 && f.m > 1 && f.b", First::kLess},
      {"f.n <= 5 && (f.m > 1 || f.b)", First::kLessEqual},
      {"f.b && f.n / f.m > 1", First::kTrue},
      {"(f.b && f.n > 4) && (f.m > 1 && f.n != f.m)", First::kTrue},
      {"f.n > 5 || f.m > 1", First::kNone},
      {"f.b || f.n > 5", First::kNone},
      {"(f.n > 5 && f.b) || f.m > 1", First::kNone},
      {"!(f.n > 5 && f.b)", First::kNone},
      {"(f.n > 5 && f.b) == f.b", First::kNone},
      {"f.n > 5 && f.b ? f.b : f.m > 1", First::kNone},
      {"f.n > f.m", First::kNone},
      {"f.n + 1 > 5", First::kNone},
      {"f.n == 5", First::kNone},
  };
  const Value kAll[] = {Value(), Value::of_int(-1), Value::of_int(4), Value::of_int(5), Value::of_int(6), Value::of(false), Value::of(true), Value::of_double(1)};
  for (const auto& [expression, test] : kCases) {
    const auto program = compile(env, expression);
    ASSERT_TRUE(program) << expression;
    const Guard guard = guard_of(*program);
    EXPECT_EQ(guard.test, test) << expression;
    std::size_t refused = 0;
    for (const Value& n : kAll)
      for (const Value& m : kAll)
        for (const Value& b : kAll) {
          const Value slots[] = {n, m, b};
          if (!guard.refuses(slots)) continue;
          ++refused;
          Arena arena;
          const Value value = program->run(slots, arena);
          EXPECT_TRUE(value.is(Kind::kBool) && !value.boolean) << expression << " gives " << to_text(value);
        }
    EXPECT_EQ(refused > 0, test != First::kNone) << expression;
  }
}

}  // namespace
}  // namespace lw::cel
