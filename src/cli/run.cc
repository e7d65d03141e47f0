// livewarden run: a stream of events to a stream of decisions.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "cli/judging.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "runtime/drive.h"

namespace lw::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  PackOptions packs;
  InputOptions input;
  std::string decisions = "-", dead_letter, state;
  int threads = 1;
  bool profile = false;
};

// What later versions bring is refused, not ignored.
Status supported(const Options& options) {
  if (options.threads != 1) return fail("--threads {}: this version judges on one thread; leave it out or say 1", options.threads);
  if (!options.state.empty()) return fail("--state {}: this version keeps no state between runs; leave it out", options.state);
  if (!runtime::is_kafka(options.decisions)) return {};
  const auto address = runtime::parse_kafka_output(options.decisions);
  return address ? Status{} : tl::make_unexpected(address.error());
}

std::string default_dead_letter(const std::string& decisions) {
  const fs::path folder = decisions == "-" || runtime::is_kafka(decisions) ? fs::path() : fs::path(decisions).parent_path();
  return (folder / "dead-letter.ndjson").string();
}

std::string profile_of(const engine::Engine& engine) {
  const auto& counts = engine.rule_counts();
  std::vector<std::size_t> order(counts.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return counts[a].evaluated > counts[b].evaluated; });
  std::string out = fmt::format("{:<48} {:>12} {:>10} {:>10} {:>8} {:>9}\n", "rule", "evaluated", "unknown", "fired", "errors", "decisions");
  for (const std::size_t i : order) {
    const engine::RuleCount& count = counts[i];
    if (count.evaluated + count.unknown + count.errors == 0) continue;
    out += fmt::format("{:<48} {:>12} {:>10} {:>10} {:>8} {:>9}\n", engine.plan().rules[i].id, count.evaluated, count.unknown, count.fired,
                       count.errors, count.decisions);
  }
  return out;
}

int run_run(Options& options) {
  if (const Status good = supported(options); !good) return say::failed(2, good.error());
  if (const Status good = options.input.finish(); !good) return say::failed(2, good.error());
  auto loaded = load_packs(options.packs.load);
  if (!loaded) return 2;

  const bool asked = !options.dead_letter.empty();
  if (!asked) options.dead_letter = default_dead_letter(options.decisions);
  auto dead_letter = runtime::DeadLetter::create(options.dead_letter);
  if (!dead_letter) return say::failed(3, dead_letter.error());
  options.input.source.note = [](const std::string& text) { say::note(text); };
  auto source = runtime::Source::open(loaded->plan.schema, options.input.source, &*dead_letter);
  if (!source) return say::failed(2, source.error());
  auto decisions = runtime::open_decisions(options.decisions, *source, options.input.source.note);
  if (!decisions) return say::failed(3, decisions.error());

  engine::Engine engine(loaded->plan);
  runtime::Progress progress;
  const auto summary = runtime::drive(*source, engine, decisions->get(), nullptr, &progress);
  if (!summary) return say::failed(3, summary.error());
  if (const Status closed = dead_letter->close(); !closed) return say::failed(3, closed.error());
  std::error_code ignored;
  if (!asked && summary->counts.bad == 0) fs::remove(options.dead_letter, ignored);
  for (const std::string& note : source->notes()) say::note(note);
  if (options.profile) say::note(profile_of(engine));
  say::note(fmt::format("{}; {} decisions, {} deadlines lie after the end; {:.2f} s, {:.0f} events/s", describe(summary->counts),
                        summary->decisions, summary->undecided, summary->elapsed_s,
                        static_cast<double>(summary->counts.events) / std::max(summary->elapsed_s, 1e-9)));
  // A file that breaks off was told of and has an end; a topic has none, and whoever started this is to start it again.
  return source->kafka() && summary->counts.broken_inputs > 0 ? 3 : 0;
}

}  // namespace

CLI::App* add_run(CLI::App& app, int& exit_code) {
  CLI::App* verb = app.add_subcommand("run", "a stream of events to a stream of decisions");
  auto options = std::make_shared<Options>();
  verb->add_option("--input", options->input.source.inputs, "a file, or - for standard input; several are merged by time; or a topic, kafka://host:port/topic?group=NAME")->required()->type_name("SRC");
  verb->add_option("--decisions", options->decisions, "where decisions go: a file, which is replaced, -, or a topic, kafka://host:port/topic")->type_name("DST")->capture_default_str();
  verb->add_option("--dead-letter", options->dead_letter, "where bad events go (default: dead-letter.ndjson beside the decisions, if there are any)")
      ->type_name("FILE");
  verb->add_option("--threads", options->threads, "threads that judge")->capture_default_str();
  verb->add_option("--state", options->state, "folder of the state to resume from")->type_name("DIR");
  verb->add_flag("--profile", options->profile, "tell at the end how often each rule was asked, fired, or had too little to go by");
  options->input.add_to(*verb);
  options->packs.add_to(*verb);
  verb->footer("  livewarden run --input events.ndjson --decisions decisions.ndjson\n"
               "  zstdcat day.zst | livewarden run --input - --decisions - --lateness 30s | jq .data.rule\n"
               "  livewarden run --input events.ndjson --pack my-pack --param farm_accounts=8 --profile > decisions.ndjson\n"
               "  livewarden run --input 'kafka://localhost:9092/events?group=desk' --decisions kafka://localhost:9092/decisions");
  verb->callback([options, &exit_code] { exit_code = run_run(*options); });
  return verb;
}

}  // namespace lw::cli
