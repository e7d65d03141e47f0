// livewarden cel eval: one expression, its type and its value. cel test: a file of conformance tests.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/json_depth.h"
#include "cel/collection.h"
#include "cel/conformance.h"
#include "cel/parser.h"
#include "cli/say.h"
#include "cli/verbs.h"

namespace lw::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxJsonDepth = 64;  // of a variable: its value and its type are made by recursion

// A variable's value, and the type that the checker may count on.
cel::Value to_value(const Json& json, cel::Arena& arena, const cel::Type*& type) {
  type = cel::Type::null();
  if (json.is_boolean()) return type = cel::Type::boolean(), cel::Value::of(json.get<bool>());
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()})
    return type = cel::Type::natural(), cel::Value::of_uint(json.get<std::uint64_t>());
  if (json.is_number_integer()) return type = cel::Type::integer(), cel::Value::of_int(json.get<std::int64_t>());
  if (json.is_number()) return type = cel::Type::real(), cel::Value::of_double(json.get<double>());
  if (json.is_string()) return type = cel::Type::string(), cel::Value::of_string(arena.copy(json.get<std::string>()));
  const cel::Type* common = nullptr;
  const auto part = [&](const Json& of) {
    const cel::Type* one = nullptr;
    const cel::Value value = to_value(of, arena, one);
    common = !common || common == one ? one : cel::Type::dyn();
    return value;
  };
  if (json.is_array()) {
    std::vector<cel::Value> items;
    for (const Json& item : json) items.push_back(part(item));
    type = cel::Type::list(common ? common : cel::Type::dyn());
    return cel::make_list(arena, items);
  }
  if (json.is_object()) {
    std::vector<cel::Map::Entry> entries;
    for (const auto& [key, value] : json.items()) entries.push_back({cel::Value::of_string(arena.copy(key)), part(value)});
    type = cel::Type::map(cel::Type::string(), common ? common : cel::Type::dyn());
    return cel::make_map(arena, entries);
  }
  return cel::Value::null();
}

struct Variables {
  cel::Env env;
  cel::Arena arena;
  std::vector<cel::Value> slots;

  Status add(std::string_view given) {
    const std::size_t equals = given.find('=');
    if (equals == std::string_view::npos) return fail("--var {}: should be NAME=JSON, such as --var n=5", given);
    const std::string_view name = given.substr(0, equals);
    if (nested_deeper(given.substr(equals + 1), kMaxJsonDepth))
      return fail("--var {}: nested deeper than {}; at most {} lists and objects may lie within each other", name, kMaxJsonDepth, kMaxJsonDepth);
    const Json json = Json::parse(given.substr(equals + 1), nullptr, false);
    if (json.is_discarded()) return fail("--var {}: what follows '=' should be JSON; a string is written in quotes: --var '{}=\"…\"'", given, name);
    const cel::Type* type = nullptr;
    slots.push_back(to_value(json, arena, type));
    if (const Status added = env.add_variable(name, type, static_cast<std::uint32_t>(slots.size() - 1)); !added)
      return fail("--var {}: {}", given, added.error().message);
    return {};
  }
};

int run_eval(const std::string& expression, const std::vector<std::string>& given) {
  Variables variables;
  for (const std::string& one : given)
    if (const Status added = variables.add(one); !added) return say::failed(2, added.error());
  const auto program = cel::compile(variables.env, expression);
  if (!program) {
    for (const cel::Issue& issue : program.error().list) say::error(cel::Issues{{issue}}.to_error(expression));
    return 2;
  }
  cel::Arena arena;
  const cel::Value value = program->run(variables.slots, arena);
  if (!value.is(cel::Kind::kError)) return say::result(fmt::format("{}: {}\n", program->type()->to_text(), cel::to_text(value)));
  const cel::Issue issue = cel::make_issue(expression, value.error->offset, std::string(value.error->message));
  say::error(cel::Issues{{issue}}.to_error(expression));
  return 1;
}

int run_test(const std::string& path) {
  std::ifstream file(path);
  std::size_t passed = 0, failed = 0, skipped = 0, number = 0;
  std::string line;
  while (std::getline(file, line)) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const auto test = cel::read_conformance_test(line);
    if (!test) return say::failed(2, Error{test.error().message, {path, static_cast<std::uint32_t>(number), 0}, {}});
    if (!(*test)->skip.empty()) {
      say::note(fmt::format("skipped {}: {}", (*test)->name, (*test)->skip));
      ++skipped;
      continue;
    }
    const std::string wrong = cel::run_conformance_test(**test);
    if (wrong.empty()) {
      ++passed;
      continue;
    }
    ++failed;
    say::error(fmt::format("failed {}: {}: {}", (*test)->name, (*test)->expr, wrong));
  }
  if (!file.eof()) return say::failed(2, Error{"cannot be read", {path, 0, 0}, {}});
  const int written = say::result(fmt::format("{} passed, {} failed, {} skipped\n", passed, failed, skipped));
  return written ? written : failed ? 1 : 0;
}

}  // namespace

CLI::App* add_cel(CLI::App& app, int& exit_code) {
  CLI::App* verb = app.add_subcommand("cel", "the expression language of the rules");
  verb->require_subcommand(1);

  CLI::App* eval = verb->add_subcommand("eval", "one expression: its type and value, or its error with a caret");
  auto expression = std::make_shared<std::string>();
  auto variables = std::make_shared<std::vector<std::string>>();
  eval->add_option("expression", *expression, "what to evaluate")->required();
  eval->add_option("--var", *variables, "NAME=JSON: a variable that it may read")->allow_extra_args(false);
  eval->footer("  livewarden cel eval '[1, 2, 3].filter(x, x > 1)'\n"
               "  livewarden cel eval 'price * 0.9 > limit' --var price=120.0 --var limit=100.0");
  eval->callback([expression, variables, &exit_code] { exit_code = run_eval(*expression, *variables); });

  CLI::App* test = verb->add_subcommand("test", "run conformance tests, one JSON object a line");
  auto path = std::make_shared<std::string>();
  test->add_option("file", *path, "the tests")->required()->check(CLI::ExistingFile);
  test->footer("  livewarden cel test tests.jsonl");
  test->callback([path, &exit_code] { exit_code = run_test(*path); });
  return verb;
}

}  // namespace lw::cli
