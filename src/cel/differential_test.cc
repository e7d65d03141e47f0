// The compiled program against the reference: on the conformance tests, on the packs' own expressions and on random ones.
#include "cel/differential.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>

#include "cel/conformance.h"

namespace lw::cel {
namespace {

std::string conformance_file() {
  const char* shared = std::getenv("LW_SHARED_DATA");
  return (shared ? std::string(shared) : std::string(LW_SOURCE_DIR) + "/../shared") + "/cel-conformance/tests.jsonl";
}

TEST(Differential, Conformance) {
  std::ifstream file(conformance_file());
  if (!file) GTEST_SKIP() << conformance_file() << " is not here (set LW_SHARED_DATA)";
  std::size_t compared = 0;
  for (std::string line; std::getline(file, line);) {
    const auto test = read_conformance_test(line);
    ASSERT_TRUE(test) << line;
    const auto program = compile((*test)->env, (*test)->expr, (*test)->options);
    const auto ast = parse((*test)->expr, Limits(), (*test)->options.macros);
    if (!program || (*test)->check_only) continue;
    ASSERT_TRUE(ast);
    Arena arena, other;
    const Value got = program->run((*test)->slots, arena);
    const Value wanted = Reference((*test)->env, *ast, (*test)->slots, other).run();
    EXPECT_TRUE(identical(got, wanted)) << (*test)->name << ": " << (*test)->expr << "\n" << to_text(got) << "\n" << to_text(wanted);
    ++compared;
  }
  EXPECT_GT(compared, 1000u);
}

RC_GTEST_PROP(Differential, RandomExpressions, (std::vector<std::uint8_t> choices, unsigned variant)) {
  // rapidcheck's vectors are short at first; the choices are stretched so that most expressions are of some size.
  std::vector<std::uint8_t> stretched;
  for (std::size_t i = 0; i < 8; ++i)
    for (const std::uint8_t choice : choices) stretched.push_back(static_cast<std::uint8_t>(choice * (2 * i + 1) + 37 * i));
  const World world(variant % 64);
  RC_ASSERT(world.declared);
  const std::string found = difference(world, ExpressionMaker(stretched).make());
  if (!found.empty()) RC_FAIL(found);
}

// The generator is of use only if it makes expressions of every kind that compile and give values as well as errors.
TEST(Differential, TheGeneratorReachesEveryKind) {
  std::set<Kind> kinds;
  std::size_t checked = 0, total = 0;
  std::uint64_t state = 1;
  for (unsigned round = 0; round < 3000; ++round) {
    std::vector<std::uint8_t> choices(40);
    for (std::uint8_t& choice : choices) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      choice = static_cast<std::uint8_t>(state >> 56);
    }
    const World world(round % 64);
    const std::string source = ExpressionMaker(choices).make();
    ASSERT_EQ(difference(world, source), "");
    CompileOptions unchecked;
    unchecked.check = false;
    ++total;
    checked += compile(world.env, source).has_value();
    const auto program = compile(world.env, source, unchecked);
    ASSERT_TRUE(program) << source << program.error().list[0].message;
    Arena arena;
    kinds.insert(program->run(world.slots, arena).kind);
  }
  EXPECT_GE(kinds.size(), 10u);
  EXPECT_GT(checked * 10, total);
}

}  // namespace
}  // namespace lw::cel
