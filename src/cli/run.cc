// livewarden run: a stream of events to a stream of decisions.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "cli/hang_up.h"
#include "cli/judging.h"
#include "cli/profile_text.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "runtime/drive.h"

namespace lw::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  PackOptions packs;
  std::vector<std::string> shadow_packs;
  InputOptions input;
  std::string decisions = "-", dead_letter, state, snapshot_every = "10s";
  int threads = 1;
  bool profile = false;
};

// What later versions bring is refused, not ignored.
Status supported(const Options& options) {
  if (options.threads < 1 || options.threads > 2) return fail("--threads {}: expected 1, or 2: one reads and one judges", options.threads);
  if (!options.state.empty() && options.decisions == "-") return fail("--state needs --decisions FILE: what was told on standard output cannot be taken back");
  const bool topic_in = runtime::is_kafka(options.input.source.inputs.front()), topic_out = runtime::is_kafka(options.decisions);
  if (options.threads > 1 && (topic_in || topic_out)) return fail("--threads {}: topics are read and judged on one thread; leave it out", options.threads);
  if (!topic_out) return {};
  const auto address = runtime::parse_kafka_output(options.decisions);
  return address ? Status{} : tl::make_unexpected(address.error());
}

std::string default_dead_letter(const std::string& decisions) {
  std::error_code ignored;
  const bool device = decisions == "-" || runtime::is_kafka(decisions) || (fs::exists(decisions, ignored) && !fs::is_regular_file(decisions, ignored));
  const fs::path folder = device ? fs::path() : fs::path(decisions).parent_path();
  return (folder / "dead-letter.ndjson").string();
}

Result<std::unique_ptr<runtime::Keeper>> open_state(const Options& options, const pack::Plan& plan) {
  runtime::KeeperOptions kept;
  kept.plan = &plan;
  kept.folder = options.state;
  kept.repeat_horizon = options.input.source.repeat_horizon;
  kept.note = [](const std::string& text) { say::note(text); };
  const auto every = parse_duration(options.snapshot_every);
  if (!every || every->ns < 0) return fail("--snapshot-every {}: expected a duration such as 10s or 5m", options.snapshot_every);
  kept.every = *every;
  return runtime::Keeper::open(std::move(kept));
}

// The packs in force, and those beside them in shadow mode. Empty: the errors were said.
std::optional<runtime::Lineup> load_lineup(const Options& options) {
  runtime::Lineup lineup{load_kept_packs(options.packs.load, true), {}};
  if (!lineup.enforced) return std::nullopt;
  if (options.shadow_packs.empty()) return lineup;
  pack::LoadOptions shadow;
  shadow.dirs = options.shadow_packs;
  shadow.root = options.packs.load.root;
  lineup.shadow = load_kept_packs(shadow, false);
  if (!lineup.shadow) return std::nullopt;
  return lineup;
}

// What changed packs do not find in the state.
void tell_restored(const engine::Engine& engine) {
  const engine::Engine::Restored& restored = engine.restored();
  const auto some = [](const std::vector<std::string>& ids) {
    constexpr std::size_t kShown = 8;
    const std::vector<std::string> first(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(std::min(ids.size(), kShown)));
    return fmt::format("{} ({}{})", ids.size(), fmt::join(first, ", "), ids.size() > kShown ? ", …" : "");
  };
  if (!restored.afresh.empty()) say::note("features that begin anew, new or declared otherwise: " + some(restored.afresh));
  if (!restored.gone.empty()) say::note("features of the state that no pack declares now: " + some(restored.gone));
  if (restored.timers_left_out > 0) say::note(fmt::format("{} deadlines wait for rules that are not there now and were dropped", restored.timers_left_out));
}

void tell_changed(std::uint64_t at, const runtime::Judges& judges) {
  std::string names = judges.enforced().plan().name;
  if (judges.shadow()) names += ", in shadow mode " + judges.shadow()->plan().name;
  say::note(fmt::format("from event {} on the packs are {}", at + 1, names));
  tell_restored(judges.enforced());
}

// SIGHUP: the packs are read again. Those that are not good change nothing.
void reload(const Options& options, runtime::Judges& judges) {
  auto lineup = load_lineup(options);
  if (!lineup) return say::error("the packs in force stay as they are");
  judges.offer(std::move(*lineup));
  say::note("packs were read again");
}

int run_run(Options& options) {
  if (const Status good = supported(options); !good) return say::failed(2, good.error());
  if (const Status good = options.input.finish(); !good) return say::failed(2, good.error());
  HangUp::hold();
  const auto given = load_lineup(options);
  if (!given) return 2;

  std::unique_ptr<runtime::Keeper> keeper;
  if (!options.state.empty()) {
    auto opened = open_state(options, given->enforced.loaded->plan);
    if (!opened) return say::failed(3, opened.error());
    keeper = std::move(*opened);
  }
  const bool asked = !options.dead_letter.empty();
  if (!asked) options.dead_letter = default_dead_letter(options.decisions);
  std::vector<std::string> read = options.input.source.inputs;
  if (!options.input.source.pseudonym_key.empty()) read.push_back(options.input.source.pseudonym_key);
  if (const Status apart = outputs_apart(read, {options.decisions, options.dead_letter}); !apart) return say::failed(2, apart.error());
  runtime::DeadLetter dead_letter(options.dead_letter, keeper ? keeper->dead_letter_bytes(options.dead_letter) : 0);
  options.input.source.note = [](const std::string& text) { say::note(text); };
  if (keeper) {
    dead_letter.wait_for_room(options.input.source.note);
    const auto topic = runtime::parse_kafka_input(options.input.source.inputs.front());
    if (topic) options.input.source.kafka_position = keeper->topic_position(topic->name());
  }
  auto source = runtime::Source::open(given->enforced.loaded->plan.schema, options.input.source, &dead_letter);
  if (!source) return say::failed(2, source.error());
  auto decisions = runtime::open_decisions(options.decisions, *source, keeper.get(), options.input.source.note);
  if (!decisions) return say::failed(3, decisions.error());
  std::error_code ignored;
  if (asked || dead_letter.bytes() > 0) {
    if (const Status opened = dead_letter.open(); !opened) return say::failed(3, opened.error());
  } else {
    fs::remove(options.dead_letter, ignored);  // of an earlier run; this one makes it when there is something to tell
  }

  std::vector<runtime::Keeper::Later> later;
  const runtime::Lineup first = keeper ? keeper->lineups(*given, later) : *given;
  runtime::Judges judges(first, source->schema());
  if (keeper) {
    if (const Status restored = keeper->restore(judges, *source, **decisions); !restored) return say::failed(3, restored.error());
    const std::uint64_t snapshot = keeper->told().from_snapshot;
    if (snapshot > 0) say::note(fmt::format("goes on from the snapshot at event {}, written with {}", snapshot, judges.enforced().restored().plan));
    tell_restored(judges.enforced());
  }
  if (options.profile) judges.enforced().start_profile();
  judges.changed = [&](std::uint64_t at) {
    tell_changed(at, judges);
    if (options.profile) judges.enforced().start_profile();
  };
  if (!(later.empty() ? first : later.back().lineup).same(*given)) judges.offer(*given);
  for (runtime::Keeper::Later& one : later) judges.schedule(one.at, std::move(one.lineup));
  const HangUp hang_up([&] { reload(options, judges); });
  runtime::Progress progress;
  const auto summary = runtime::drive(*source, judges, {.out = decisions->get(), .progress = &progress, .keeper = keeper.get(), .threads = options.threads});
  if (!summary) return say::failed(3, summary.error());
  if (const Status closed = dead_letter.close(); !closed) return say::failed(3, closed.error());
  for (const std::string& note : source->notes()) say::note(note);
  if (options.profile) say::note(profile_text(judges.enforced(), summary->elapsed_s));
  if (keeper) {
    const runtime::Keeper::Told& told = keeper->told();
    say::note(fmt::format("state: {} events of the log judged again; {} snapshots, {} failed, the stream stood still {:.1f} ms at most", told.replayed,
                          told.snapshots, told.failed, told.longest_stall_ms));
  }
  say::note(fmt::format("{}; {} decisions, {} deadlines lie after the end; {:.2f} s, {:.0f} events/s", describe(summary->counts),
                        summary->decisions, summary->undecided, summary->elapsed_s,
                        static_cast<double>(summary->counts.events) / std::max(summary->elapsed_s, 1e-9)));
  // A file that breaks off was told of and has an end; a topic has none, and whoever started this is to start it again.
  if (source->kafka() && summary->counts.broken_inputs > 0) return 3;
  return exit_code_of(summary->counts);
}

}  // namespace

CLI::App* add_run(CLI::App& app, int& exit_code) {
  CLI::App* verb = app.add_subcommand("run", "a stream of events to a stream of decisions");
  auto options = std::make_shared<Options>();
  verb->add_option("--input", options->input.source.inputs, "a file, or - for standard input; several are merged by time; or a topic, kafka://host:port/topic?group=NAME")->required()->type_name("SRC");
  verb->add_option("--decisions", options->decisions, "where decisions go: a file, which is replaced, -, or a topic, kafka://host:port/topic")->type_name("DST")->capture_default_str();
  verb->add_option("--dead-letter", options->dead_letter, "where bad events go (default: dead-letter.ndjson beside the decisions, if there are any)")
      ->type_name("FILE");
  verb->add_option("--threads", options->threads, "1, or 2: one reads and one judges; the decisions are the same")->capture_default_str();
  verb->add_option("--state", options->state, "folder that keeps the run: it goes on from there after any kind of end")->type_name("DIR");
  verb->add_option("--snapshot-every", options->snapshot_every, "how often the state is snapshot: 10s, 5m")->type_name("DUR")->capture_default_str();
  verb->add_option("--shadow-pack", options->shadow_packs, "a pack judged beside those in force, in shadow mode: what it would have decided, recorded and acting on nothing; may be given several times")
      ->type_name("DIR")
      ->allow_extra_args(false);
  verb->add_flag("--profile", options->profile, "tell at the end how often each rule was asked, fired, or had too little to go by, and what time each rule and feature took");
  options->input.add_to(*verb);
  options->packs.add_to(*verb);
  verb->footer("  livewarden run --input events.ndjson --decisions decisions.ndjson\n"
               "  zstdcat day.zst | livewarden run --input - --decisions - --lateness 30s | jq .data.rule\n"
               "  livewarden run --input day.ndjson --decisions decisions.ndjson --state state   # again after a crash: goes on\n"
               "  livewarden run --input events.ndjson --pack my-pack --param farm_accounts=8 --profile > decisions.ndjson\n"
               "  kill -HUP PID      # packs are read again and, if they are good, judge from the next event on\n"
               "  livewarden run --input 'kafka://localhost:9092/events?group=desk' --decisions kafka://localhost:9092/decisions --state state");
  verb->callback([options, &exit_code] { exit_code = run_run(*options); });
  return verb;
}

}  // namespace lw::cli
