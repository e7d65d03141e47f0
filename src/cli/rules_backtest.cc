// livewarden rules backtest: what a new pack would have decided, beside an old one, over the same events.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/judging.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "runtime/drive.h"

namespace lw::cli {
namespace {

struct Options {
  std::vector<std::string> fresh, old;
  InputOptions input;
  std::size_t list = 20;
  bool json = false;
};

// A decision as far as two packs can agree on it.
struct Decided {
  std::string rule, target, room, trigger, time;
  friend auto operator<=>(const Decided& a, const Decided& b) = default;
};

class Collector : public runtime::Observer {
 public:
  using runtime::Observer::see;
  void see(const engine::Decision& decision, std::string_view) override {
    decided.push_back({decision.rule->id, fmt::format("{}/{}", decision.target.kind, decision.target.id), std::string(decision.room),
                       std::string(decision.trigger), format_rfc3339(decision.time)});
  }
  std::vector<Decided> decided;
};

struct Judged {
  std::string pack;
  std::vector<Decided> decided;  // sorted
  runtime::Counts counts;
};

// The exit code in place of a result.
tl::expected<Judged, int> judge(const std::vector<std::string>& dirs, const InputOptions& input) {
  pack::LoadOptions load;
  load.dirs = dirs;
  auto loaded = load_packs(load);
  if (!loaded) return tl::make_unexpected(2);
  auto source = runtime::Source::open(loaded->plan.schema, input.source, nullptr);
  if (!source) return tl::make_unexpected(say::failed(2, source.error()));
  engine::Engine engine(loaded->plan);
  Collector collector;
  runtime::Progress progress;
  const auto summary = runtime::drive(*source, engine, {.observer = &collector, .progress = &progress});
  if (!summary) return tl::make_unexpected(say::failed(3, summary.error()));
  std::sort(collector.decided.begin(), collector.decided.end());
  return Judged{loaded->plan.name, std::move(collector.decided), summary->counts};
}

struct Change {
  std::size_t added = 0, gone = 0, unchanged = 0;
};

std::vector<Decided> without(const std::vector<Decided>& all, const std::vector<Decided>& others) {
  std::vector<Decided> out;
  std::set_difference(all.begin(), all.end(), others.begin(), others.end(), std::back_inserter(out));
  return out;
}

std::string kind_of(const Decided& decided) { return decided.target.substr(0, decided.target.find('/')); }

std::string to_table(std::string_view head, const std::map<std::string, Change>& changes) {
  std::string out = fmt::format("{:<48} {:>8} {:>8} {:>10}\n", head, "added", "gone", "unchanged");
  for (const auto& [name, change] : changes) out += fmt::format("{:<48} {:>8} {:>8} {:>10}\n", name, change.added, change.gone, change.unchanged);
  return out + "\n";
}

nlohmann::ordered_json to_json(const std::map<std::string, Change>& changes) {
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  for (const auto& [name, change] : changes) out[name] = {{"added", change.added}, {"gone", change.gone}, {"unchanged", change.unchanged}};
  return out;
}

nlohmann::ordered_json to_json(const std::vector<Decided>& decided) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const Decided& one : decided) out.push_back({{"rule", one.rule}, {"target", one.target}, {"room", one.room}, {"trigger", one.trigger}, {"time", one.time}});
  return out;
}

std::string to_lines(char sign, const std::vector<Decided>& decided, std::size_t most) {
  std::string out;
  for (std::size_t i = 0; i < std::min(decided.size(), most); ++i) {
    const Decided& one = decided[i];
    out += fmt::format("{} {}  {}  room {}  {}\n", sign, one.rule, one.target, one.room.empty() ? "?" : one.room, one.time);
  }
  if (decided.size() > most) out += fmt::format("{} … {} more (--list N shows more)\n", sign, decided.size() - most);
  return out;
}

int run_backtest(Options& options) {
  if (const Status good = options.input.finish(); !good) return say::failed(2, good.error());
  for (const std::string& input : options.input.source.inputs) {
    if (input == "-") return say::failed(2, Error{"--input -: the input is read twice, once for each pack; expected files", {}, {}});
  }
  const auto fresh = judge(options.fresh, options.input);
  if (!fresh) return fresh.error();
  const auto old = judge(options.old, options.input);
  if (!old) return old.error();
  const auto added = without(fresh->decided, old->decided), gone = without(old->decided, fresh->decided);
  std::map<std::string, Change> by_rule, by_target;
  const auto count = [&](const std::vector<Decided>& decided, std::size_t Change::*figure, bool undo) {
    for (const Decided& one : decided) {
      for (Change* change : {&by_rule[one.rule], &by_target[kind_of(one)]}) undo ? --(change->*figure) : ++(change->*figure);
    }
  };
  count(fresh->decided, &Change::unchanged, false);
  count(added, &Change::unchanged, true);
  count(added, &Change::added, false);
  count(gone, &Change::gone, false);
  if (options.json) {
    const nlohmann::ordered_json out{{"pack", fresh->pack},        {"against", old->pack},        {"events", fresh->counts.events},
                                     {"by_rule", to_json(by_rule)}, {"by_target", to_json(by_target)}, {"added", to_json(added)},
                                     {"gone", to_json(gone)}};
    return say::result(out.dump() + "\n");
  }
  return say::result(fmt::format("{} against {}: {}\n\n", fresh->pack, old->pack, describe(fresh->counts)) + to_table("rule", by_rule) +
                     to_table("target", by_target) + to_lines('+', added, options.list) + to_lines('-', gone, options.list));
}

}  // namespace

CLI::App* add_rules_backtest(CLI::App& rules, int& exit_code) {
  CLI::App* verb = rules.add_subcommand("backtest", "what a new pack would have decided beside an old one");
  auto options = std::make_shared<Options>();
  verb->add_option("--pack", options->fresh, "the new pack's directory")->required()->type_name("NEW");
  verb->add_option("--against", options->old, "the old pack's directory")->required()->type_name("OLD");
  verb->add_option("--input", options->input.source.inputs, "files of events")->required()->type_name("SRC");
  verb->add_option("--list", options->list, "show at most so many of the decisions added and gone")->capture_default_str();
  verb->add_flag("--json", options->json, "JSON instead of tables, with every decision added and gone");
  options->input.add_to(*verb);
  verb->footer("  livewarden rules backtest --pack my-pack --against packs/cn-live-commerce --input yesterday.ndjson.zst");
  verb->callback([options, &exit_code] { exit_code = run_backtest(*options); });
  return verb;
}

}  // namespace lw::cli
