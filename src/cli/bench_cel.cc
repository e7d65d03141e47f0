// livewarden bench cel: evaluations of expressions such as rules hold, each beside the same written by hand in C++.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>

#include "cel/cel.h"
#include "cel/collection.h"
#include "cli/bench_expressions.h"
#include "cli/say.h"
#include "cli/verbs.h"

namespace lw::cli {
namespace {

using cel::Type;
using cel::Value;

enum Slot : std::uint32_t { kAmount, kAccounts, kPrice, kText, kList, kSlots };
using Slots = std::array<Value, kSlots>;

struct Case {
  const char* expression;
  std::int64_t (*by_hand)(const Slots&);
};

bool has_above(const Slots& s, std::int64_t limit) {
  const auto items = s[kList].list->span();
  return std::any_of(items.begin(), items.end(), [&](const Value& v) { return v.integer > limit; });
}

constexpr Case kCases[] = {
    {"event.amount > 100 && device.accounts_1h >= 10",
     [](const Slots& s) -> std::int64_t { return s[kAmount].integer > 100 && s[kAccounts].integer >= 10; }},
    {"has(event.price) && event.price * 0.9 < 10.0",
     [](const Slots& s) -> std::int64_t { return !s[kPrice].is(cel::Kind::kAbsent) && s[kPrice].real * 0.9 < 10.0; }},
    {"event.text == 'a text of the event'", [](const Slots& s) -> std::int64_t { return s[kText].text() == "a text of the event"; }},
    {"event.text.startsWith('a text')", [](const Slots& s) -> std::int64_t { return s[kText].text().starts_with("a text"); }},
    {"event.amount in [1, 2, 3, 500]",
     [](const Slots& s) -> std::int64_t {
       const std::int64_t n = s[kAmount].integer;
       return n == 1 || n == 2 || n == 3 || n == 500;
     }},
    {"recent.exists(x, x > 5)", [](const Slots& s) -> std::int64_t { return has_above(s, 5); }},
};

struct Figure {
  const char* expression;
  double compiled;  // nanoseconds an evaluation, the least of the rounds
  double by_hand;
};

template <class Work>
double nanoseconds(int rounds, Work work) {
  constexpr int kTimes = 1'000'000;
  double least = 1e18;
  for (int round = 0; round < rounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kTimes; ++i) work(i);
    least = std::min(least, std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() / kTimes);
  }
  return least;
}

Result<Figure> measure(const cel::Env& env, const Case& one, Slots slots, int rounds) {
  const auto program = cel::compile(env, one.expression);
  if (!program) return tl::make_unexpected(program.error().to_error(one.expression));
  cel::Arena arena;
  volatile std::int64_t sink = 0;
  if (program->run(slots, arena).integer != one.by_hand(slots)) return fail("{}: the two ways differ", one.expression);
  Figure figure{one.expression, 0, 0};
  figure.compiled = nanoseconds(rounds, [&](int i) {
    slots[kAmount].integer = 500 + (i & 1);  // so that nothing is computed once for all
    sink = program->run(slots, arena).integer;
  });
  const auto by_hand = one.by_hand;
  figure.by_hand = nanoseconds(rounds, [&](int i) {
    slots[kAmount].integer = 500 + (i & 1);
    sink = by_hand(slots);
  });
  return figure;
}

Result<std::vector<Figure>> measure_all(int rounds) {
  cel::Env env;
  Status declared = env.add_object("event", {{"amount", Type::integer(), kAmount}, {"price", Type::real(), kPrice}, {"text", Type::string(), kText}});
  if (declared) declared = env.add_object("device", {{"accounts_1h", Type::integer(), kAccounts}});
  if (declared) declared = env.add_variable("recent", Type::list(Type::integer()), kList);
  if (!declared) return tl::make_unexpected(declared.error());
  cel::Arena arena;
  const std::vector<Value> recent(10, Value::of_int(1));
  const Slots slots{Value::of_int(500), Value::of_int(12), Value::of_double(9.5), Value::of_string("a text of the event"), cel::make_list(arena, recent)};
  std::vector<Figure> figures;
  for (const Case& one : kCases) {
    auto figure = measure(env, one, slots, rounds);
    if (!figure) return tl::make_unexpected(figure.error());
    figures.push_back(*figure);
  }
  return figures;
}

int run_bench(int rounds, bool json) {
  const auto figures = measure_all(rounds);
  if (!figures) return say::failed(3, figures.error());
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  std::string text = fmt::format("{:>10}{:>12}  {}\n", "ns", "ns by hand", "expression");
  for (const auto& [expression, compiled, by_hand] : *figures) {
    rows.push_back({{"expression", expression}, {"ns", compiled}, {"ns_by_hand", by_hand}});
    text += fmt::format("{:>10.1f}{:>12.1f}  {}\n", compiled, by_hand, expression);
  }
  return say::result(json ? rows.dump() + "\n" : text);
}

int run_file(const std::string& path, int rounds, bool json) {
  const auto timed = time_expressions(path, rounds);
  if (!timed) return say::failed(2, timed.error());
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  std::string text = fmt::format("{:>10}  {:<42}{}\n", "ns", "name", "value");
  for (const TimedExpression& one : *timed) {
    rows.push_back({{"name", one.name}, {"ns", one.ns}, {"value", nlohmann::ordered_json::parse(one.value)}});
    text += fmt::format("{:>10.1f}  {:<42}{}\n", one.ns, one.name, one.value);
  }
  return say::result(json ? rows.dump() + "\n" : text);
}

}  // namespace

CLI::App* add_bench_cel(CLI::App& bench, int& exit_code) {
  CLI::App* verb = bench.add_subcommand("cel", "evaluations of expressions, beside the same written by hand in C++");
  auto rounds = std::make_shared<int>(5);
  auto json = std::make_shared<bool>(false);
  auto rules = std::make_shared<std::string>();
  verb->add_option("--rules", *rules, "expressions with their variables instead, one JSON object a line (bench/cel-peers/rules.jsonl); the median is told")
      ->check(CLI::ExistingFile)
      ->type_name("FILE");
  verb->add_option("--rounds", *rounds, "rounds of a million evaluations; the fastest is told")->capture_default_str()->check(CLI::Range(1, 1000));
  verb->add_flag("--json", *json, "JSON instead of text");
  verb->footer("  livewarden bench cel --rounds 9\n"
               "  livewarden bench cel --rules bench/cel-peers/rules.jsonl --json");
  verb->callback([rounds, json, rules, &exit_code] {
    exit_code = rules->empty() ? run_bench(*rounds, *json) : run_file(*rules, *rounds, *json);
  });
  return verb;
}

}  // namespace lw::cli
