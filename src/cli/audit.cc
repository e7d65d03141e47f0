// livewarden audit: recordings in; a summary, report.html and the decisions out.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "cli/evidence_folder.h"
#include "cli/judging.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "report/report.h"
#include "runtime/decision_file.h"
#include "runtime/drive.h"
#include "store/disk.h"

namespace lw::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  PackOptions packs;
  InputOptions input;
  std::string out = "livewarden-audit", evidence_key;
  bool json = false;
};

// Gathers what the report shows. A decision comes before the event that triggered it, so it is kept until that is seen.
class Gatherer : public runtime::Observer {
 public:
  explicit Gatherer(EvidenceFolder& evidence) : evidence_(evidence) {}
  void see(const event::Event& event) override {
    summary_.see(event);
    if (waiting_.empty()) return;
    for (const Waiting& decision : waiting_) {
      const bool mine = decision.trigger.size() == event.source.size() + 1 + event.id.size() &&
                        decision.trigger.starts_with(event.source) && decision.trigger.ends_with(event.id);
      take(decision, mine ? event.raw : std::string_view{});
    }
    waiting_.clear();
  }
  void see(const engine::Decision& decision, std::string_view json) override {
    static constexpr std::string_view kSeverities[] = {"info", "low", "medium", "high", "critical"};
    waiting_.push_back({std::string(decision.platform), std::string(decision.room), std::string(decision.session), decision.rule->id,
                        decision.rule->violation, std::string(kSeverities[static_cast<std::size_t>(decision.rule->severity)]),
                        std::string(decision.target.kind), std::string(decision.target.id), std::string(decision.trigger),
                        std::string(json), decision.shadow(), decision.time});
    evidence_.add("decision", json);
  }
  void finish() {
    for (const Waiting& decision : waiting_) take(decision, {});
    waiting_.clear();
  }

  const report::Summary& summary() const { return summary_; }
  const report::Gathered& gathered() const { return gathered_; }

 private:
  struct Waiting {
    std::string platform, room, session, rule, violation, severity, kind, id, trigger, json;
    bool shadow;
    Time time;
  };
  void take(const Waiting& waiting, std::string_view raw) {
    summary_.see(report::DecisionView{waiting.platform, waiting.room, waiting.session, waiting.rule, waiting.violation, waiting.severity,
                                      waiting.kind, waiting.id, waiting.shadow, waiting.time, waiting.json});
    gathered_.add(waiting.json, raw);
  }

  EvidenceFolder& evidence_;
  report::Summary summary_;
  report::Gathered gathered_;
  std::vector<Waiting> waiting_;
};

Status write_file(const fs::path& path, std::string_view text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (!out) return fail("{}: cannot be written", path.string());
  return {};
}

int run_audit(Options& options) {
  if (const Status good = options.input.finish(); !good) return say::failed(2, good.error());
  auto loaded = load_packs(options.packs.load);
  if (!loaded) return 2;
  const fs::path out = options.out;
  const std::string report_file = (out / "report.html").string(), decisions_file = (out / "decisions.ndjson").string();
  const std::string evidence_folder = (out / "evidence").string();
  runtime::DeadLetter dead_letter((out / "dead-letter.ndjson").string());
  if (const Status apart = outputs_apart(options.input.source.inputs, {decisions_file, dead_letter.path(), report_file, EvidenceFolder::opened_file(evidence_folder)}); !apart) {
    return say::failed(2, apart.error());
  }
  auto source = runtime::Source::open(loaded->plan.schema, options.input.source, &dead_letter);
  if (!source) return say::failed(2, source.error());
  std::error_code trouble;
  fs::create_directories(out, trouble);
  if (!fs::is_directory(out)) return say::failed(3, Error{fmt::format("{}: no folder can be made here: {}", options.out, trouble.message()), {}, {}});
  if (const Status opened = dead_letter.open(); !opened) return say::failed(3, opened.error());
  auto decisions = runtime::DecisionFile::create(decisions_file);
  if (!decisions) return say::failed(3, decisions.error());

  auto evidence = EvidenceFolder::create(evidence_folder, options.evidence_key, store::Disk().wall_clock());
  if (!evidence) return say::failed(3, evidence.error());

  engine::Engine engine(loaded->plan);
  Gatherer gatherer(*evidence);
  runtime::Progress progress;
  const auto summary = runtime::drive(*source, engine, {.out = &*decisions, .observer = &gatherer, .progress = &progress});
  if (!summary) return say::failed(3, summary.error());
  gatherer.finish();
  for (const Status& closed : {dead_letter.close(), evidence->close()}) {
    if (!closed) return say::failed(3, closed.error());
  }
  for (const std::string& note : source->notes()) say::note(note);

  report::Totals totals;
  totals.events = static_cast<std::int64_t>(summary->counts.events);
  totals.bad_events = static_cast<std::int64_t>(summary->counts.bad);
  totals.late_events = static_cast<std::int64_t>(summary->counts.late);
  totals.duplicate_events = static_cast<std::int64_t>(summary->counts.duplicates);
  totals.unknown_types = static_cast<std::int64_t>(summary->counts.unknown_types);
  totals.undecided = static_cast<std::int64_t>(summary->undecided);
  totals.decisions = static_cast<std::int64_t>(summary->decisions);
  totals.pack = loaded->plan.name;
  totals.version = LW_VERSION;
  totals.files = options.input.source.inputs;
  totals.elapsed_s = summary->elapsed_s;
  const auto rooms = gatherer.summary().rooms();
  if (const Status written = write_file(report_file, report::to_html(totals, rooms, gatherer.gathered())); !written) {
    return say::failed(3, written.error());
  }
  if (options.json) {
    const int said = say::result(report::to_json(totals, rooms).dump() + "\n");
    return said != 0 ? said : exit_code_of(summary->counts);
  }
  const int code = say::result(report::to_table(totals, rooms, gatherer.gathered()));
  say::note(fmt::format("{}; {} deadlines lie after the end. Report: {}", describe(summary->counts), summary->undecided, report_file));
  return code != 0 ? code : exit_code_of(summary->counts);
}

}  // namespace

CLI::App* add_audit(CLI::App& app, int& exit_code) {
  CLI::App* verb = app.add_subcommand("audit", "recordings or exports of live sessions to a report, decisions and figures");
  auto options = std::make_shared<Options>();
  verb->add_option("FILE", options->input.source.inputs, "recordings or exports, plain, .gz or .zst; - is standard input")->required();
  verb->add_option("--out", options->out, "folder for report.html, decisions.ndjson, dead-letter.ndjson and evidence/")->type_name("DIR")->capture_default_str();
  verb->add_option("--evidence-key", options->evidence_key, "private key that signs the evidence, made if it is not there (default: one for this audit, then forgotten)")->type_name("FILE");
  verb->add_flag("--json", options->json, "the summary as JSON");
  options->input.add_to(*verb);
  options->packs.add_to(*verb);
  verb->footer("  livewarden audit session.ndjson.zst --out report\n"
               "  livewarden audit record.xml --json | jq '.rooms[] | {room, viewers, gifts}'\n"
               "  livewarden audit orders.csv refunds.csv --format mappings/merchant-orders.yaml");
  verb->callback([options, &exit_code] { exit_code = run_audit(*options); });
  return verb;
}

}  // namespace lw::cli
