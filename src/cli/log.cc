// livewarden log: what the event log of a state holds.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/say.h"
#include "cli/verbs.h"
#include "store/event_log.h"
#include "store/folder_lock.h"

namespace lw::cli {
namespace {

struct Options {
  std::string state, source, id;
  bool json = false;
};

// The log, and what keeps a run from beginning meanwhile.
struct Opened {
  store::FolderLock lock;
  std::unique_ptr<store::EventLog> log;
};

Result<Opened> open(const std::string& state) {
  auto lock = store::FolderLock::take(state, true);
  if (!lock) return tl::make_unexpected(lock.error());
  auto log = store::EventLog::open_to_read(state + "/log");
  if (!log) return tl::make_unexpected(log.error());
  return Opened{std::move(*lock), std::move(*log)};
}

int run_find(const Options& options) {
  const auto opened = open(options.state);
  if (!opened) return say::failed(2, opened.error());
  const auto found = opened->log->find(options.source, options.id);
  if (!found) return say::failed(3, found.error());
  if (!*found) {
    say::note(fmt::format("{}: no event {}#{}", options.state, options.source, options.id));
    return 1;
  }
  say::note(fmt::format("event {}{}", (*found)->number, (*found)->held ? ", its term is over: it is held for a case" : ""));
  return say::result((*found)->line + "\n");
}

std::string day_text(std::uint32_t day) {
  return day == store::kForEver ? "never" : format_rfc3339(Time{static_cast<std::int64_t>(day) * kDay}, 0).substr(0, 10);
}

int run_stats(const Options& options) {
  const auto opened = open(options.state);
  if (!opened) return say::failed(2, opened.error());
  const auto stats = opened->log->stats();
  if (!stats) return say::failed(3, stats.error());
  std::uint64_t kept = 0;
  for (const store::LogStats::Term& term : stats->terms) kept += term.events;
  if (options.json) {
    nlohmann::ordered_json terms = nlohmann::ordered_json::array();
    for (const store::LogStats::Term& term : stats->terms) {
      terms.push_back({{"term", term.term.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(term.term)}, {"events", term.events}, {"bytes", term.bytes},
                       {"oldest", format_rfc3339(term.oldest)}, {"newest", format_rfc3339(term.newest)}, {"next", day_text(term.next)}});
    }
    const nlohmann::ordered_json out{{"accepted", stats->accepted}, {"events", kept}, {"held", stats->held}, {"disk_bytes", stats->disk_bytes}, {"terms", terms}};
    return say::result(out.dump() + "\n");
  }
  std::string out = fmt::format("{} events accepted, {} kept, {} held for cases; {} bytes on disk\n", stats->accepted, kept, stats->held, stats->disk_bytes);
  if (!stats->terms.empty()) out += fmt::format("{:<16} {:>12} {:>14}  {:<25}  {:<25}  {}\n", "term", "events", "bytes", "oldest", "newest", "next to go");
  for (const store::LogStats::Term& term : stats->terms) {
    out += fmt::format("{:<16} {:>12} {:>14}  {:<25}  {:<25}  {}\n", term.term.empty() ? "(none)" : term.term, term.events, term.bytes,
                       format_rfc3339(term.oldest), format_rfc3339(term.newest), day_text(term.next));
  }
  return say::result(out);
}

}  // namespace

CLI::App* add_log(CLI::App& app, int& exit_code) {
  CLI::App* verb = app.add_subcommand("log", "what the event log of a run with --state holds");
  verb->require_subcommand(1);
  auto options = std::make_shared<Options>();
  CLI::App* find = verb->add_subcommand("find", "an event by its name, as the line that it came as");
  find->add_option("SOURCE", options->source, "the event's source")->required();
  find->add_option("ID", options->id, "the event's id")->required();
  find->footer("Exits with 1 if it is not there: it never came, or its term is over.\n\n  livewarden log find --state state /platforms/alpha e991");
  find->callback([options, &exit_code] { exit_code = run_find(*options); });
  CLI::App* stats = verb->add_subcommand("stats", "how much there is of it, by how long it is kept");
  stats->add_flag("--json", options->json, "JSON instead of text");
  stats->footer("Bytes of a term are of lines, before compression.\n\n  livewarden log stats --state state --json");
  stats->callback([options, &exit_code] { exit_code = run_stats(*options); });
  for (CLI::App* one : {find, stats}) one->add_option("--state", options->state, "folder of a run; none may run there meanwhile")->required()->type_name("DIR");
  verb->footer("  livewarden log stats --state state\n"
               "  livewarden log find --state state /platforms/alpha e991");
  return verb;
}

}  // namespace lw::cli
