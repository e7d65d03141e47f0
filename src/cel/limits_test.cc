// What a stranger's expression may not do: exhaust the stack, memory or time. Each is refused when compiled or stopped.
#include <gtest/gtest.h>

#include <chrono>

#include "cel/cel.h"
#include "cel/collection.h"

namespace lw::cel {
namespace {

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}
std::string nest(std::string_view open, std::string_view inner, std::string_view close, std::size_t times) {
  return repeat(open, times) + std::string(inner) + repeat(close, times);
}
std::string refusal(const Env& env, const std::string& source) {
  const auto program = compile(env, source);
  return program ? "" : program.error().list.front().message;
}
Env with_list() {
  Env env;
  EXPECT_TRUE(env.add_variable("l", Type::list(Type::integer()), 0));
  EXPECT_TRUE(env.add_variable("s", Type::string(), 1));
  return env;
}

TEST(Limits, Nesting) {
  const Env env;
  struct {
    const char *open, *inner, *close;
  } const kForms[] = {{"(", "1", ")"}, {"[", "1", "]"}, {"{1: ", "1", "}"}, {"-", "d", ""}, {"!", "true", ""}, {"size([", "1", "])"},
                      {"1 + (", "1", ")"}, {"true ? 1 : ", "2", ""}, {"[1].map(x, ", "x", ")"}, {"cel.bind(x, 1, ", "x", ")"}, {"", "[[1]]", "[0]"},
                      {"", "{}", ".a"}, {"", "1", " + 1"}, {"has(", "a.b", ")"}, {"cel.bind(x, [[[[1]]]], ", "x", ")"}};
  for (const auto& [open, inner, close] : kForms) {
    for (const std::size_t times : {300u, 3'000u, 20'000u}) {
      const std::string source = nest(open, inner, close, times);
      EXPECT_NE(refusal(env, source), "") << open << inner << close << " × " << times;
    }
    EXPECT_EQ(refusal(env, nest(open, inner, close, 60)).find("nested more"), std::string::npos) << open;
  }
}

TEST(Limits, LongChainsAreNotDeep) {
  const Env env;
  EXPECT_EQ(refusal(env, "true" + repeat(" && true", 5'000)), "");
  EXPECT_EQ(refusal(env, "[1" + repeat(", 1", 20'000) + "].size() > 0"), "");
}

TEST(Limits, Size) {
  Env env;
  EXPECT_NE(refusal(env, "'" + repeat("a", 100'000) + "'").find("100002 bytes"), std::string::npos);
  Limits limits;
  limits.nodes = 100;
  env.set_limits(limits);
  EXPECT_EQ(refusal(env, "[1" + repeat(",1", 98) + "]"), "");
  EXPECT_NE(refusal(env, "[1" + repeat(",1", 99) + "]").find("more than 100 parts"), std::string::npos);
}

// Values and types that grow with each binding, although the tree is flat.
TEST(Limits, ValuesWithinValues) {
  std::string deep = "0";
  for (int i = 0; i < 60; ++i) deep = "cel.bind(x, " + nest("[", "x", "]", 100) + ", " + deep + ")";
  const Env env;
  EXPECT_NE(refusal(env, "cel.bind(x, 1, " + deep + ")"), "");
  CompileOptions unchecked;
  unchecked.check = false;
  const auto program = compile(env, "cel.bind(x, 1, " + deep + ")", unchecked);
  ASSERT_FALSE(program);
  EXPECT_NE(program.error().list.front().message.find("nests values"), std::string::npos);
}

TEST(Limits, SharedPartsAreNotUnfolded) {
  // 2^60 elements when written out.
  std::string source = "a60 == a60";
  for (int i = 60; i > 0; --i) source = fmt::format("cel.bind(a{}, [a{}, a{}], {})", i, i - 1, i - 1, source);
  Env env;
  ASSERT_TRUE(env.add_variable("a0", Type::dyn(), 0));
  CompileOptions unchecked;
  unchecked.check = false;
  const Value slots[] = {Value::of_int(1)};
  Arena arena;
  if (const auto program = compile(env, source, unchecked)) {
    const Value value = program->run(slots, arena);
    ASSERT_TRUE(value.is(Kind::kError));
    EXPECT_EQ(value.error->code, Error::kLimit);
  }
  source.replace(source.find("a60 == a60"), 10, "a60");
  if (const auto program = compile(env, source, unchecked)) {
    EXPECT_LT(to_text(program->run(slots, arena)).size(), 2'000'000u);
  }
}

TEST(Limits, CostIsRefusedBeforeItIsSpent) {
  const Env env = with_list();
  EXPECT_EQ(refusal(env, "l.exists(x, x in l)"), "");
  EXPECT_NE(refusal(env, "l.all(a, l.all(b, l.all(c, l.all(d, a + b + c + d > 0))))").find("may cost"), std::string::npos);
  EXPECT_NE(refusal(env, "s.replace('', s).replace('', s).replace('', s) == ''").find("may cost"), std::string::npos);
  std::string doubling = "t40 == ''";
  for (int i = 40; i > 0; --i) doubling = fmt::format("cel.bind(t{}, t{} + t{}, {})", i, i - 1, i - 1, doubling);
  EXPECT_NE(refusal(env, "cel.bind(t0, s, " + doubling + ")").find("may cost"), std::string::npos);
}

TEST(Limits, RunsAreStopped) {
  Env env = with_list();
  Limits limits;
  limits.estimated_cost = ~std::uint64_t{0};
  limits.run_steps = 100'000;
  env.set_limits(limits);
  Arena arena(std::size_t{1} << 20);
  std::vector<Value> ints(10'000, Value::of_int(1));
  Arena own;
  const Value slots[] = {make_list(own, ints), Value::of_string("abcdefghij")};
  for (const char* source : {"l.all(a, l.all(b, a == b))", "l.map(a, l.map(b, l)).size() > 0", "l.map(a, l + l).size() > 0",
                             "s.replace('', s).replace('', s).replace('', s).replace('', s).replace('', s).replace('', s) == ''",
                             "l.all(a, !s.matches(s + s))", "l.all(a, [l, l] == [l, l])", "l.all(a, '%s%s'.format([l, l]) != '')",
                             "l.all(a, l.all(b, a == b)) || true", "l.map(a, l + l).size() > 0 || l.size() > 1"}) {
    const auto program = compile(env, source);
    ASSERT_TRUE(program) << source;
    const auto before = std::chrono::steady_clock::now();
    const Value value = program->run(slots, arena);
    ASSERT_TRUE(value.is(Kind::kError)) << source << to_text(value);
    EXPECT_EQ(value.error->code, Error::kLimit) << source;
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5)) << source;
    EXPECT_LT(arena.used(), std::size_t{4} << 20) << source;
    arena.reset();
  }
}

TEST(Limits, Patterns) {
  Env env = with_list();
  const auto before = std::chrono::steady_clock::now();
  EXPECT_NE(refusal(env, "s.matches('\\\\pL{999}')").find("malformed"), std::string::npos) << "too large";
  EXPECT_NE(refusal(env, "s.matches('a')" + repeat(" || s.matches('\\\\pL{999}')", 1'000)), "");
  EXPECT_NE(refusal(env, "s.matches('a')" + repeat(" || s.matches('b')", 50)).find("more than 50 patterns"), std::string::npos);
  EXPECT_EQ(refusal(env, "s.matches('a')" + repeat(" || s.matches('b')", 49)), "");
  // The automaton of this one has 2^900 states.
  const auto heavy = compile(env, "s.matches('(a|b)*a(a|b){900}c')");
  ASSERT_TRUE(heavy);
  std::string text;
  for (unsigned i = 0, x = 1; i < 3'000'000; ++i, x = x * 1103515245 + 12345) text += (x >> 20 & 1) ? 'a' : 'b';
  Arena arena;
  const Value slots[] = {Value(), Value::of_string(text)};
  const Value value = heavy->run(slots, arena);
  ASSERT_TRUE(value.is(Kind::kError));
  EXPECT_EQ(value.error->code, Error::kLimit);
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(20));
}

TEST(Limits, TheExactStepsCount) {
  Env env = with_list();
  Limits limits;
  limits.run_steps = 1'000;
  env.set_limits(limits);
  const auto program = compile(env, "l.all(a, a == 1)");
  ASSERT_TRUE(program);
  Arena arena, own;
  for (const std::size_t size : {10u, 100u, 10'000u}) {
    const std::vector<Value> ints(size, Value::of_int(1));
    const Value slots[] = {make_list(own, ints), Value::of_string("")};
    EXPECT_EQ(program->run(slots, arena).is(Kind::kError), size == 10'000) << size;
  }
}

}  // namespace
}  // namespace lw::cel
