// What the engine asks of every event must not touch the heap or the arena.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "cel/cel.h"
#include "cel/collection.h"

namespace {
thread_local std::size_t allocations = 0;
}

// Not inlined: g++ would take the two halves apart and see a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* at = std::malloc(size)) return at;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* at) noexcept { std::free(at); }
[[gnu::noinline]] void operator delete(void* at, std::size_t) noexcept { std::free(at); }

namespace lw::cel {
namespace {

TEST(FastPath, AllocatesNothing) {
  Env env;
  ASSERT_TRUE(env.add_object("event", {{"amount", Type::integer(), 0}, {"text", Type::string(), 1}, {"price", Type::real(), 2}, {"gone", Type::integer(), 3}}));
  ASSERT_TRUE(env.add_variable("ids", Type::list(Type::string()), 4));
  const Value words[] = {Value::of_string("eins"), Value::of_string("zwei")};
  Arena own;
  ASSERT_TRUE(env.add_constant("words", Type::list(Type::string()), make_list(own, words)));
  const Value slots[] = {Value::of_int(500), Value::of_string("zwei"), Value::of_double(1.5), Value(), make_list(own, words)};
  const struct {
    const char* expression;
    const char* value;
  } kCases[] = {
      {"event.amount > 100 && event.price < 2.0", "true"},
      {"event.amount * 2 - 1 == 999 ? event.price : 0.0", "1.5"},
      {"event.text in ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'zwei']", "true"},
      {"event.text in words", "true"},
      {"event.text in ids && event.text.startsWith('zw') && event.text.endsWith('ei') && event.text.contains('we')", "true"},
      {"event.text == 'zwei' || event.text != 'x'", "true"},
      {"has(event.gone)", "false"},
      {"double(event.amount) > 499.5 && size(ids) == 2", "true"},
      {"double(event.gone) > 1.0", "error: event.gone is absent"},
      {"event.gone > 5 || event.amount == 500", "true"},
      {"ids.exists(x, x == 'zwei') && ids.all(x, size(x) == 4)", "true"},
      {"event.text.matches('^z.ei$')", "true"},
      {"event.gone + 1", "error: event.gone is absent"},
  };
  for (const auto& [expression, wanted] : kCases) {
    const auto program = compile(env, expression);
    ASSERT_TRUE(program) << expression;
    Arena arena;
    program->run(slots, arena);  // RE2 builds its automaton when it first runs
    arena.reset();
    const std::size_t before = allocations;
    const Value value = program->run(slots, arena);
    EXPECT_EQ(allocations, before) << expression;
    EXPECT_EQ(arena.used(), 0u) << expression;
    EXPECT_EQ(to_text(value), wanted) << expression;
  }
}

// Constants given by the host are part of the program: nothing is left to do when it runs.
TEST(FastPath, ConstantsAreFolded) {
  Env env;
  ASSERT_TRUE(env.add_constant("limit", Type::integer(), Value::of_int(10)));
  for (const char* source : {"limit * 2 > 5", "[1, limit].exists(x, x == 10)", "'a'.matches('[a-z]') ? duration('1h') : duration('2h')"}) {
    const auto program = compile(env, source);
    ASSERT_TRUE(program) << source;
    EXPECT_TRUE(program->is_constant()) << source;
    EXPECT_TRUE(program->slots().empty());
  }
}

TEST(FastPath, SlotsAreTold) {
  Env env;
  ASSERT_TRUE(env.add_object("e", {{"a", Type::integer(), 7}, {"b", Type::integer(), 2}, {"c", Type::integer(), 9}}));
  const auto program = compile(env, "e.a > 1 && (e.b > 1 || has(e.a))");
  ASSERT_TRUE(program);
  EXPECT_EQ(std::vector<std::uint32_t>(program->slots().begin(), program->slots().end()), (std::vector<std::uint32_t>{2, 7}));
}

TEST(FastPath, MisspeltFieldsAreSuggested) {
  Env env;
  ASSERT_TRUE(env.add_object("event", {{"amount", Type::integer(), 0}, {"account", Type::string(), 1}}));
  const auto program = compile(env, "1 < 2 &&\n  event.amuont > 3");
  ASSERT_FALSE(program);
  const lw::Error error = program.error().to_error("1 < 2 &&\n  event.amuont > 3");
  EXPECT_EQ(error.place.line, 2u);
  EXPECT_EQ(error.place.column, 9u);
  EXPECT_NE(error.message.find("did you mean 'amount'"), std::string::npos) << error.message;
  EXPECT_EQ(error.excerpt, "  event.amuont > 3");
}

}  // namespace
}  // namespace lw::cel
