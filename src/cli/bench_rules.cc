// livewarden bench rules: the whole pipeline with a thousand rules beside the same with ten.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/bench_run.h"
#include "cli/many_rules.h"
#include "cli/say.h"
#include "cli/verbs.h"

namespace lw::cli {
namespace {

struct Options {
  BenchInput input;
  std::size_t many = 1'000, few = 10;
  int rounds = 5;
  bool json = false;
};

struct Side {
  pack::Loaded loaded;
  std::vector<double> rates;  // events a second, by round
  std::uint64_t events = 0, decisions = 0, asked = 0;

  Status run(const std::string& input, const std::string& decisions_file) {
    const double start = now();
    engine::Engine engine(loaded.plan);
    const auto summary = run_through(loaded.plan, input, decisions_file, engine);
    if (!summary) return tl::make_unexpected(summary.error());
    events = summary->counts.events;
    decisions = summary->decisions;
    rates.push_back(static_cast<double>(events) / (now() - start));
    asked = 0;
    for (const engine::RuleCount& count : engine.rule_counts()) asked += count.evaluated;
    return {};
  }
  std::size_t updated() const {  // features that some event feeds
    std::size_t count = 0;
    for (const pack::Table& table : loaded.plan.tables) count += table.features.size();
    return count;
  }
  double asked_per_event() const { return events ? static_cast<double>(asked) / static_cast<double>(events) : 0; }
};

Result<Side> load_side(std::size_t rules) {
  auto loaded = load_many_rules(rules);
  if (!loaded) return tl::make_unexpected(loaded.error().front());
  return Side{std::move(*loaded), {}, 0, 0, 0};
}

std::string to_text(const Side& few, const Side& many, bool json) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < few.rates.size(); ++i) ratios.push_back(many.rates[i] / few.rates[i]);
  const double least = *std::min_element(ratios.begin(), ratios.end()), most = *std::max_element(ratios.begin(), ratios.end());
  if (json) {
    const auto of = [](const Side& side) {
      return nlohmann::ordered_json{{"rules", side.loaded.plan.rules.size()}, {"features", side.updated()}, {"events_per_s", median(side.rates)},
                                    {"rules_asked_per_event", side.asked_per_event()}, {"decisions", side.decisions}};
    };
    return nlohmann::ordered_json{{"events", few.events}, {"rounds", ratios.size()}, {"few", of(few)}, {"many", of(many)},
                                  {"ratio", median(ratios)}, {"ratio_min", least}, {"ratio_max", most}}.dump() + "\n";
  }
  std::string text = fmt::format("events                   {} (median of {} rounds)\n", few.events, ratios.size());
  for (const Side* side : {&few, &many}) {
    text += fmt::format("{:>5} rules              {:.0f} events/s, {:.2f} rules asked an event, {} features kept, {} decisions\n",
                        side->loaded.plan.rules.size(), median(side->rates), side->asked_per_event(), side->updated(), side->decisions);
  }
  return text + fmt::format("ratio                    {:.3f} ({:.3f} to {:.3f})\n", median(ratios), least, most);
}

int run_rules(Options& options) {
  auto few = load_side(options.few);
  if (!few) return say::failed(2, few.error());
  auto many = load_side(options.many);
  if (!many) return say::failed(2, many.error());
  const auto input = options.input.prepare();
  if (!input) return say::failed(2, input.error());
  const Scratch decisions = Scratch::file("decisions");
  for (int i = 0; i < options.rounds; ++i) {
    for (Side* side : {&*few, &*many})
      if (const Status run = side->run(*input, decisions.path); !run) return say::failed(2, run.error());
  }
  return say::result(to_text(*few, *many, options.json));
}

}  // namespace

CLI::App* add_bench_rules(CLI::App& bench, int& exit_code) {
  CLI::App* verb = bench.add_subcommand("rules", "the whole of run with a thousand rules beside the same with ten");
  auto options = std::make_shared<Options>();
  options->input.add_to(*verb);
  verb->add_option("--many", options->many, "rules of the one pack")->capture_default_str()->check(CLI::Range(1, 5'000));
  verb->add_option("--few", options->few, "rules of the other")->capture_default_str()->check(CLI::Range(1, 5'000));
  verb->add_option("--rounds", options->rounds, "rounds; each measures both, the medians are told")->capture_default_str()->check(CLI::Range(1, 1000));
  verb->add_flag("--json", options->json, "JSON instead of text");
  verb->footer("The rules are generated after rules of the shipped pack, over its features and types of event, with thresholds that hardly\n"
               "ever fire.\n\n"
               "  livewarden bench rules --rounds 9");
  verb->callback([options, &exit_code] { exit_code = run_rules(*options); });
  return verb;
}

}  // namespace lw::cli
