// livewarden bench state: how long a snapshot of much state stops the stream, and how long going on from it takes.
#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/bench_run.h"
#include "cli/crowd_run.h"
#include "cli/judging.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "runtime/decision_file.h"
#include "runtime/keeper.h"

namespace lw::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSpareBytes = std::uint64_t{3} << 30;  // of the machine: what is written to meanwhile is there twice

struct Options {
  PackOptions packs;
  CrowdOptions crowd;
  std::string folder;
  double gib = 10, stall_ms = 5, recovery_s = 60;
  bool busy = false, json = false;
};

struct Measured {
  std::uint64_t events = 0, rows = 0, resident_bytes = 0, disk_bytes = 0, rows_after = 0;
  double stall_ms = 0, write_s = 0, recovery_s = 0, rate = 0, rate_while_written = 0;
};

// What a run that is kept has beside its engine: an input that is at its end, and decisions that go nowhere.
struct Kept {
  std::unique_ptr<runtime::Keeper> keeper;
  std::optional<runtime::Source> source;
  std::optional<runtime::DecisionFile> decisions;

  static Result<Kept> open(const pack::Plan& plan, const std::string& folder) {
    Kept out;
    runtime::KeeperOptions options;
    options.folder = folder;
    options.plan = &plan;
    options.note = [](const std::string& text) { say::note(text); };
    auto keeper = runtime::Keeper::open(std::move(options));
    if (!keeper) return tl::make_unexpected(keeper.error());
    out.keeper = std::move(*keeper);
    const std::string input = folder + "/input.ndjson", decisions = folder + "/decisions.ndjson";
    std::ofstream(input, std::ios::app).flush();
    runtime::SourceOptions sources;
    sources.inputs = {input};
    sources.format = "cloudevents";
    auto source = runtime::Source::open(plan.schema, sources, nullptr);
    if (!source) return tl::make_unexpected(source.error());
    out.source.emplace(std::move(*source));
    auto file = runtime::DecisionFile::resume(decisions, out.keeper->decision_bytes(decisions));
    if (!file) return tl::make_unexpected(file.error());
    out.decisions.emplace(std::move(*file));
    return out;
  }
  Status restore(runtime::Judges& judges) { return keeper->restore(judges, *source, *decisions); }
};

std::string snapshot_in(const std::string& folder) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder + "/snapshots", ignored)) return entry.path().string();
  return {};
}

// So that what is read back comes from the disk and not from memory.
void forget_pages(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
  ::close(file);
}

std::uint64_t available_bytes() {
  std::ifstream memory("/proc/meminfo");
  for (std::string line; std::getline(memory, line);) {
    if (line.starts_with("MemAvailable:")) return std::stoull(line.substr(13)) * 1024;
  }
  return 0;
}

// Whether the process that writes the snapshot is done; it is left to be waited for.
bool no_child_writes() {
  siginfo_t how{};
  return ::waitid(P_ALL, 0, &how, WEXITED | WNOHANG | WNOWAIT) != 0 || how.si_pid != 0;
}

// A snapshot as `run --state` takes it; with `busy` the stream goes on meanwhile, as fast as it can.
Status take(CrowdRun& run, runtime::Judges& judges, const std::string& folder, bool busy, Measured& out) {
  auto kept = Kept::open(judges.enforced().plan(), folder);
  if (!kept) return tl::make_unexpected(kept.error());
  if (const Status begun = kept->restore(judges); !begun) return begun;
  out.rate = run.all().per_second();
  const double start = now();
  runtime::Checkpoint at;
  kept->source->save(at.source);
  if (const Status taken = kept->keeper->take(at, judges, 0); !taken) return taken;
  out.stall_ms = kept->keeper->told().longest_stall_ms;
  if (busy) {
    const CrowdRun::Rate before = run.all();
    run.run([&] { return no_child_writes() || available_bytes() < kSpareBytes; });
    out.rate_while_written = CrowdRun::Rate{run.all().events - before.events, run.all().seconds - before.seconds}.per_second();
  }
  if (const Status finished = kept->keeper->finish(judges, 0); !finished) return finished;
  out.write_s = now() - start;
  if (kept->keeper->told().snapshots != 1) return fail("the snapshot was not written");
  out.disk_bytes = fs::file_size(snapshot_in(folder));
  return {};
}

Status go_on(const runtime::Lineup& lineup, const std::string& folder, Measured& out) {
  forget_pages(snapshot_in(folder));
  const double start = now();
  const pack::Plan& plan = lineup.enforced.loaded->plan;
  auto kept = Kept::open(plan, folder);
  if (!kept) return tl::make_unexpected(kept.error());
  runtime::Judges judges(lineup, plan.schema);
  if (const Status restored = kept->restore(judges); !restored) return restored;
  out.recovery_s = now() - start;
  out.rows_after = judges.enforced().memory().state.rows;
  return {};
}

Result<Measured> measure(const runtime::Lineup& lineup, const Options& options) {
  Measured out;
  Scratch scratch;
  std::string folder = options.folder;
  if (folder.empty()) {
    scratch = Scratch::folder("state");
    folder = scratch.path;
  }
  std::error_code wrong;
  fs::create_directories(folder, wrong);
  if (wrong || !snapshot_in(folder).empty()) return fail("{}: {}", folder, wrong ? wrong.message() : "holds snapshots already; name an empty folder");
  auto crowd = Crowd::open(options.crowd.spec);
  if (!crowd) return tl::make_unexpected(crowd.error());
  {
    runtime::Judges judges(lineup, lineup.enforced.loaded->plan.schema);
    CrowdRun run(judges.enforced(), **crowd);
    run.run([&] { return static_cast<double>(memory_status("VmRSS")) >= options.gib * kGiB; });
    out.events = run.all().events;
    out.resident_bytes = memory_status("VmRSS");
    if (static_cast<double>(out.resident_bytes) < options.gib * kGiB) say::note(fmt::format("the day is over at {:.2f} GiB; more --accounts make more", static_cast<double>(out.resident_bytes) / kGiB));
    if (const Status taken = take(run, judges, folder, options.busy, out); !taken) return tl::make_unexpected(taken.error());
    if (!options.busy) out.rows = judges.enforced().memory().state.rows;
  }
  crowd->reset();
  ::malloc_trim(0);
  if (const Status gone_on = go_on(lineup, folder, out); !gone_on) return tl::make_unexpected(gone_on.error());
  return out;
}

int run_state(const Options& options) {
  if (const Status good = options.crowd.check(); !good) return say::failed(2, good.error());
  const auto lineup = load_lineup(options.packs);
  if (!lineup) return 2;
  const auto measured = measure(*lineup, options);
  if (!measured) return say::failed(3, measured.error());
  const Measured& m = *measured;
  const double gib = static_cast<double>(m.resident_bytes) / kGiB;
  if (options.json) {
    return say::result(nlohmann::ordered_json{{"events", m.events}, {"resident_bytes", m.resident_bytes}, {"rows", m.rows}, {"stall_ms", m.stall_ms},
                                              {"stall_limit_ms", options.stall_ms}, {"write_s", m.write_s}, {"disk_bytes", m.disk_bytes},
                                              {"events_per_s", m.rate}, {"events_per_s_while_written", m.rate_while_written}, {"recovery_s", m.recovery_s},
                                              {"recovery_limit_s", options.recovery_s}, {"rows_after", m.rows_after}}.dump() + "\n");
  }
  std::string out = fmt::format("state                    {:.2f} GiB resident after {} events, {} rows\n"
                                "stall for the snapshot   {:.2f} ms; limit {:.2f}: {:.3f} of it\n"
                                "written in               {:.1f} s, {:.2f} GiB on disk\n",
                                gib, m.events, m.rows, m.stall_ms, options.stall_ms, m.stall_ms / options.stall_ms, m.write_s, static_cast<double>(m.disk_bytes) / kGiB);
  if (options.busy) out += fmt::format("the stream meanwhile     {:.0f} events/s; {:.0f} before: {:.3f}\n", m.rate_while_written, m.rate, m.rate_while_written / m.rate);
  return say::result(out + fmt::format("recovery                 {:.1f} s, {} rows; limit {:.0f} s: {:.3f} of it\n", m.recovery_s, m.rows_after, options.recovery_s,
                                       m.recovery_s / options.recovery_s));
}

}  // namespace

CLI::App* add_bench_state(CLI::App& bench, int& exit_code) {
  CLI::App* verb = bench.add_subcommand("state", "a snapshot of much state, and going on from it");
  auto options = std::make_shared<Options>();
  verb->add_option("--gib", options->gib, "GiB of state, as the process holds them")->capture_default_str()->check(CLI::PositiveNumber);
  options->crowd.add_to(*verb);
  verb->add_option("--folder", options->folder, "where the state is kept; it stays (default: among the temporary files, and gone at the end)")->type_name("DIR");
  verb->add_flag("--busy", options->busy, "the stream goes on while the snapshot is written; that takes memory, up to as much again");
  verb->add_flag("--json", options->json, "JSON instead of text");
  options->packs.add_to(*verb);
  verb->footer("The snapshot is taken as run --state takes it; the stall is all that the stream waits for. Recovery begins with nothing in\n"
               "memory, the snapshot's pages neither.\n\n"
               "  livewarden bench state                             # 10 GiB: 15 minutes\n"
               "  livewarden bench state --gib 2 --busy");
  verb->callback([options, &exit_code] { exit_code = run_state(*options); });
  return verb;
}

}  // namespace lw::cli
