// The compiled program against the reference: on the conformance tests, on the packs' own expressions and on random ones.
#include "cel/differential.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdlib>
#include <filesystem>
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

// The expressions that stand on one line after "when:" or "where:" in the shipped packs.
std::vector<std::string> pack_expressions() {
  std::set<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(std::string(LW_SOURCE_DIR) + "/packs")) {
    if (entry.path().extension() != ".yaml") continue;
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);)
      for (const std::string_view key : {"when: ", "where: "})
        if (const std::size_t at = line.find(key); at != std::string::npos) found.insert(line.substr(at + key.size()));
  }
  return {found.begin(), found.end()};
}

// Names of objects and fields, "event.amount", as far as no macro declares them.
void collect_fields(const Ast& ast, std::set<std::pair<std::string, std::string>>& fields) {
  for (const Node& node : ast.nodes)
    if (node.kind == NodeKind::kSelect && ast.at(node.args[0]).kind == NodeKind::kIdent) fields.emplace(ast.at(node.args[0]).name, node.name);
}

TEST(Differential, PackExpressions) {
  std::uint64_t state = 7;
  const auto pick = [&](std::uint64_t count) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % count;
  };
  std::size_t parsed = 0, values = 0, errors = 0;
  for (const std::string& source : pack_expressions()) {
    const auto ast = parse(source, Limits());
    if (!ast) continue;  // quoted, or the first of several lines
    ++parsed;
    Env env;
    Limits limits;
    limits.estimated_cost = ~std::uint64_t{0};  // without types everything may be large
    env.set_limits(limits);
    std::set<std::pair<std::string, std::string>> fields;
    collect_fields(*ast, fields);
    std::uint32_t slot = 0;
    for (const auto& [object, field] : fields) ASSERT_TRUE(env.add_object(object, {{field, Type::dyn(), slot++}}));
    CompileOptions unchecked;
    unchecked.check = false;
    const auto program = compile(env, source, unchecked);
    ASSERT_TRUE(program) << source;
    Arena arena, other;
    const Value items[] = {Value::of_string("food"), Value::of_int(3)};
    const Value choices[] = {Value(), Value::of_int(0), Value::of_int(100'000), Value::of_string(""), Value::of_string("live-face"), Value::of(true), Value::of(false),
                             Value::of_double(0.7), make_list(arena, items), make_map(arena, {}), Value::null(), Value::of_time({1'700'000'000'000'000'000})};
    for (int round = 0; round < 40; ++round) {
      std::vector<Value> slots;
      for (std::uint32_t i = 0; i < slot; ++i) slots.push_back(choices[pick(std::size(choices))]);
      const Value got = program->run(slots, other);
      const Value wanted = Reference(env, *ast, slots, other).run();
      ASSERT_TRUE(identical(got, wanted)) << source << "\n" << to_text(got) << "\n" << to_text(wanted);
      ++(got.is(Kind::kError) ? errors : values);
    }
  }
  EXPECT_GT(parsed, 100u);
  EXPECT_GT(values, 1000u);
  EXPECT_GT(errors, 1000u);
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
