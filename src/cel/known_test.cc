// What is false already while something is not known.
#include <gtest/gtest.h>

#include "cel/cel.h"
#include "cel/collection.h"

namespace lw::cel {
namespace {

TEST(IsFalseGiven, LooksAtWhatIsKnownOnly) {
  Env env;
  ASSERT_TRUE(env.add_variable("hits", Type::list(Type::string()), 0));
  ASSERT_TRUE(env.add_variable("count", Type::integer(), 1));
  ASSERT_TRUE(env.add_object("event", {{"room", Type::string(), 2}}));
  Arena own;
  const Value known[] = {make_list(own, {}), Value()};  // no hits; the count is not known, the room not even given
  const struct {
    const char* expression;
    bool is_false;
  } kCases[] = {
      {"hits.size() > 0", true},
      {"hits.size() > 0 && count > 5", true},
      {"count > 5 && hits.size() > 0", true},
      {"hits.size() > 0 || count > 5", false},
      {"hits.size() == 0", false},
      {"count > 5", false},
      {"has(event.room)", false},
      {"!has(event.room)", false},
      {"has(event.room) && hits.exists(h, h == 'x')", true},
      {"count > 5 ? hits.size() > 0 : hits.size() > 1", false},  // it may say no where it is so
      {"hits[0] == 'x'", false},                                  // an error is not false
  };
  for (const auto& [expression, is_false] : kCases) {
    const auto program = compile(env, expression);
    ASSERT_TRUE(program) << expression;
    EXPECT_EQ(program->is_false_given(known), is_false) << expression;
  }
}

}  // namespace
}  // namespace lw::cel
