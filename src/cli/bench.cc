// livewarden bench: the program's own measurements, each beside its limit in the same run.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/bench_run.h"
#include "cli/judging.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "runtime/parse_only.h"

namespace lw::cli {
namespace {

struct Options {
  PackOptions packs;
  BenchInput input;
  int rounds = 5;
  bool json = false;
};

struct Round {
  double pipeline_s = 0, parse_s = 0;
};

struct Measured {
  std::vector<Round> rounds;
  std::uint64_t events = 0, decisions = 0, accounts = 0, state_bytes = 0, account_bytes = 0, rows = 0;
};

Result<Round> run_once(const pack::Plan& plan, const std::string& input, const std::string& decisions, Measured& out) {
  Round round;
  double start = now();
  const auto parsed = runtime::parse_only(input);
  if (!parsed) return tl::make_unexpected(parsed.error());
  round.parse_s = now() - start;

  start = now();
  engine::Engine engine(plan);
  const auto summary = run_through(plan, input, decisions, engine);
  if (!summary) return tl::make_unexpected(summary.error());
  round.pipeline_s = now() - start;
  if (parsed->events != summary->counts.events + summary->counts.bad + summary->counts.duplicates) {
    return fail("{}: {} lines were parsed and {} events judged: the two must read the same", input, parsed->events, summary->counts.events);
  }
  out.events = summary->counts.events;
  out.decisions = summary->decisions;
  const auto memory = engine.memory();
  out.state_bytes = memory.bytes();
  out.rows = memory.state.rows;
  out.accounts = out.account_bytes = 0;
  for (std::size_t table = 0; table < plan.tables.size(); ++table) {
    if (plan.tables[table].name != "account") continue;
    out.accounts = std::max(out.accounts, static_cast<std::uint64_t>(memory.state.rows_of[table]));
    out.account_bytes += memory.state.bytes_of[table];
  }
  return round;
}

std::string to_text(const Measured& measured, const std::string& pack, bool json) {
  std::vector<double> ratios, pipeline, parse;
  for (const Round& round : measured.rounds) {
    ratios.push_back(round.parse_s / round.pipeline_s);
    pipeline.push_back(static_cast<double>(measured.events) / round.pipeline_s);
    parse.push_back(static_cast<double>(measured.events) / round.parse_s);
  }
  const auto each = [](std::uint64_t bytes, std::uint64_t accounts) {
    return accounts ? static_cast<double>(bytes) / static_cast<double>(accounts) : 0.0;
  };
  const double account = each(measured.account_bytes, measured.accounts), all = each(measured.state_bytes, measured.accounts);
  if (json) {
    return nlohmann::ordered_json{{"pack", pack}, {"events", measured.events}, {"decisions", measured.decisions}, {"rounds", measured.rounds.size()},
                                  {"pipeline_events_per_s", median(pipeline)}, {"parse_only_events_per_s", median(parse)}, {"ratio", median(ratios)},
                                  {"ratio_min", *std::min_element(ratios.begin(), ratios.end())}, {"ratio_max", *std::max_element(ratios.begin(), ratios.end())},
                                  {"accounts", measured.accounts}, {"rows", measured.rows}, {"state_bytes", measured.state_bytes},
                                  {"account_bytes_per_account", account}, {"state_bytes_per_account", all}}.dump() + "\n";
  }
  return fmt::format("pack                     {}\n"
                     "events                   {}, {} decisions\n"
                     "whole pipeline           {:.0f} events/s on one thread (median of {} rounds)\n"
                     "parse only               {:.0f} events/s\n"
                     "ratio                    {:.3f} ({:.3f} to {:.3f})\n"
                     "state at the end         {} bytes in {} rows, {} accounts tracked\n"
                     "  of the accounts' rows  {:.0f} bytes for each account\n"
                     "  of all entities        {:.0f} bytes for each account\n",
                     pack, measured.events, measured.decisions, median(pipeline), measured.rounds.size(), median(parse), median(ratios),
                     *std::min_element(ratios.begin(), ratios.end()), *std::max_element(ratios.begin(), ratios.end()), measured.state_bytes,
                     measured.rows, measured.accounts, account, all);
}

int run_pipeline(Options& options) {
  auto loaded = load_packs(options.packs.load);
  if (!loaded) return 2;
  const auto input = options.input.prepare();
  if (!input) return say::failed(2, input.error());
  const Scratch decisions = Scratch::file("decisions");
  Measured measured;
  for (int i = 0; i < options.rounds; ++i) {
    const auto round = run_once(loaded->plan, *input, decisions.path, measured);
    if (!round) return say::failed(2, round.error());
    measured.rounds.push_back(*round);
  }
  return say::result(to_text(measured, loaded->plan.name, options.json));
}

}  // namespace

CLI::App* add_bench(CLI::App& app, int& exit_code) {
  CLI::App* bench = app.add_subcommand("bench", "the program's own measurements, each beside its limit in the same run");
  bench->require_subcommand(1);
  add_bench_capacity(*bench, exit_code);
  add_bench_cel(*bench, exit_code);
  add_bench_latency(*bench, exit_code);
  add_bench_rules(*bench, exit_code);
  add_bench_state(*bench, exit_code);
  CLI::App* verb = bench->add_subcommand("pipeline", "the whole of run beside parsing the same file and nothing else");
  auto options = std::make_shared<Options>();
  options->input.add_to(*verb);
  verb->add_option("--rounds", options->rounds, "rounds; each measures both, the medians are told")->capture_default_str()->check(CLI::Range(1, 1000));
  verb->add_flag("--json", options->json, "JSON instead of text");
  options->packs.add_to(*verb);
  verb->footer("Parse-only is simdjson On-Demand reading every attribute and every field of data to its typed value, from the same file,\n"
               "in the same process, on the same thread.\n\n"
               "  livewarden bench pipeline\n"
               "  livewarden bench pipeline --input events.ndjson --rounds 9 --json");
  verb->callback([options, &exit_code] { exit_code = run_pipeline(*options); });
  return bench;
}

}  // namespace lw::cli
