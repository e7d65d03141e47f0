// livewarden bench latency: from an event's arrival in a pipe to its decisions written, at half of what the run can bear.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "cli/bench_run.h"
#include "cli/judging.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "runtime/decision_file.h"
#include "runtime/keeper.h"

namespace lw::cli {
namespace {

struct Options {
  PackOptions packs;
  BenchInput input;
  int rounds = 5, threads = 1;
  double load = 0.5, p99_ms = 2, p999_ms = 10;
  std::string snapshot_every = "1s";
  bool json = false;
};

std::int64_t clock_ns() { return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// The lines of the input, and when each is due at a rate: an event that has to wait for room in the pipe has come already.
class Producer {
 public:
  explicit Producer(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    text_.assign(std::istreambuf_iterator<char>(file), {});
    for (std::size_t at = 0; at < text_.size(); at = ends_.back()) ends_.push_back(std::min(text_.find('\n', at), text_.size() - 1) + 1);
    written_ = std::make_unique<std::atomic<std::int64_t>[]>(lines());
  }
  std::size_t lines() const { return ends_.size(); }

  // Writes all lines to `pipe`, so many a second, or as fast as they are taken if `rate` is 0; closes it.
  void write(int pipe, double rate) {
    ::prctl(PR_SET_TIMERSLACK, 1'000);
    rate_ = rate;
    start_.store(clock_ns(), std::memory_order_release);
    std::size_t line = 0, at = 0;
    while (line < lines()) {
      std::size_t due = lines();
      if (rate > 0) due = std::min(due, static_cast<std::size_t>(static_cast<double>(clock_ns() - start_) * 1e-9 * rate) + 1);
      if (due == line) {
        std::this_thread::sleep_for(std::chrono::nanoseconds(due_ns(line) - clock_ns()));
        continue;
      }
      const std::int64_t now = clock_ns();
      for (std::size_t i = line; i < due && rate > 0; ++i) written_[i].store(now, std::memory_order_relaxed);
      while (at < ends_[due - 1]) {
        const ssize_t wrote = ::write(pipe, text_.data() + at, ends_[due - 1] - at);
        if (wrote < 0) due = lines(), at = text_.size();  // the reader gave up: it tells why
        else at += static_cast<std::size_t>(wrote);
      }
      line = due;
    }
    ::close(pipe);
  }
  std::int64_t due_ns(std::size_t line) const {
    return start_.load(std::memory_order_acquire) + static_cast<std::int64_t>(static_cast<double>(line) / rate_ * 1e9);
  }
  std::int64_t written_ns(std::size_t line) const { return written_[line].load(std::memory_order_relaxed); }

 private:
  std::string text_;
  std::unique_ptr<std::atomic<std::int64_t>[]> written_;
  std::vector<std::size_t> ends_;  // of the lines, behind their '\n'
  std::atomic<std::int64_t> start_{0};
  double rate_ = 0;
};

// Milliseconds: since an event was due, and since the write began that brought it.
struct Delays {
  std::vector<float> due, written;
  double longest_stall_ms = 0;  // for a snapshot
};

// Notes when each event was judged and what was decided on it lay in the file.
class Watch final : public runtime::DecisionOutput, public runtime::Observer {
 public:
  Watch(runtime::DecisionFile& file, const Producer* producer, Delays& out) : file_(file), producer_(producer), out_(out) {}

  Status write(std::string_view line) override { return file_.write(line); }
  Status flush() override { return file_.flush(); }
  Status close() override {
    const Status closed = file_.close();
    settle(true);
    return closed;
  }
  Status pause(bool idle) override {
    const Status paused = file_.pause(idle);
    settle(idle);
    return paused;
  }
  void see(const engine::Decision&, std::string_view) override { decided_ = true; }
  void see(const event::Event&) override {
    (decided_ ? waiting_ : judged_).push_back(seen_++);
    decided_ = false;
  }

 private:
  void settle(bool flushed) {
    if (!producer_) return;
    const std::int64_t now = clock_ns();
    for (std::vector<std::size_t>* events : {&judged_, &waiting_}) {
      if (events == &waiting_ && !flushed) return;
      for (const std::size_t event : *events) {
        out_.due.push_back(static_cast<float>(static_cast<double>(now - producer_->due_ns(event)) * 1e-6));
        out_.written.push_back(static_cast<float>(static_cast<double>(now - producer_->written_ns(event)) * 1e-6));
      }
      events->clear();
    }
  }

  runtime::DecisionFile& file_;
  const Producer* producer_;
  Delays& out_;
  std::vector<std::size_t> judged_, waiting_;  // events: the second have decisions that are not in the file yet
  std::size_t seen_ = 0;
  bool decided_ = false;
};

// One run over standard input, as `run --input -` makes it. Events a second; `delays` gets those of a paced run.
Result<double> run_once(const runtime::Lineup& lineup, Producer& producer, double rate, bool kept, const Options& options, Delays& delays) {
  const Scratch folder = Scratch::folder("latency");
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) return fail("no pipe could be made");
  ::dup2(pipe[0], STDIN_FILENO);
  ::close(pipe[0]);
  std::thread writer([&] { producer.write(pipe[1], rate); });
  const pack::Plan& plan = lineup.enforced.loaded->plan;
  const auto run = [&]() -> Result<double> {
    std::unique_ptr<runtime::Keeper> keeper;
    if (kept) {
      runtime::KeeperOptions keeping;
      keeping.folder = folder.path + "/state";
      keeping.plan = &plan;
      keeping.every = *parse_duration(options.snapshot_every);
      keeping.note = [](const std::string& text) { say::note(text); };
      auto opened = runtime::Keeper::open(std::move(keeping));
      if (!opened) return tl::make_unexpected(opened.error());
      keeper = std::move(*opened);
    }
    runtime::SourceOptions sources;
    sources.inputs = {"-"};
    auto source = runtime::Source::open(plan.schema, sources, nullptr);
    if (!source) return tl::make_unexpected(source.error());
    auto file = runtime::DecisionFile::create(folder.path + "/decisions.ndjson");
    if (!file) return tl::make_unexpected(file.error());
    runtime::Judges judges(lineup, source->schema());
    if (keeper) {
      if (const Status restored = keeper->restore(judges, *source, *file); !restored) return tl::make_unexpected(restored.error());
    }
    Watch watch(*file, rate > 0 ? &producer : nullptr, delays);
    const double start = now();
    const auto summary = runtime::drive(*source, judges, {.out = &watch, .observer = &watch, .keeper = keeper.get(), .threads = options.threads});
    if (!summary) return tl::make_unexpected(summary.error());
    if (summary->counts.events != producer.lines()) return fail("{} events of {} lines: give an input without repeats and bad lines", summary->counts.events, producer.lines());
    if (keeper && rate > 0) delays.longest_stall_ms = std::max(delays.longest_stall_ms, keeper->told().longest_stall_ms);
    return static_cast<double>(summary->counts.events) / (now() - start);
  };
  auto measured = run();
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);  // one that stopped early stops its writer
  ::close(nothing);
  writer.join();
  return measured;
}

struct Measured {
  bool kept = false;
  double full_rate = 0;
  Delays delays;  // sorted
};

double at(const std::vector<float>& sorted, double share) {
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

Result<Measured> measure(const runtime::Lineup& lineup, Producer& producer, bool kept, const Options& options) {
  Measured out{kept, 0, {}};
  std::vector<double> rates;
  for (int round = 0; round < options.rounds; ++round) {
    const auto full = run_once(lineup, producer, 0, kept, options, out.delays);
    if (!full) return tl::make_unexpected(full.error());
    rates.push_back(*full);
    const auto paced = run_once(lineup, producer, *full * options.load, kept, options, out.delays);
    if (!paced) return tl::make_unexpected(paced.error());
  }
  out.full_rate = median(rates);
  std::ranges::sort(out.delays.due);
  std::ranges::sort(out.delays.written);
  return out;
}

int run_latency(Options& options) {
  if (const auto every = parse_duration(options.snapshot_every); !every || every->ns < 0) {
    return say::failed(2, Error{fmt::format("--snapshot-every {}: expected a duration such as 1s", options.snapshot_every), {}, {}});
  }
  const auto lineup = load_lineup(options.packs);
  if (!lineup) return 2;
  const auto input = options.input.prepare();
  if (!input) return say::failed(2, input.error());
  ::signal(SIGPIPE, SIG_IGN);
  Producer producer(*input);
  if (producer.lines() == 0) return say::failed(2, Error{*input + ": holds no lines", {}, {}});
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  std::string text = fmt::format("{:<10} {:>14} {:>14} {:>9} {:>9} {:>9} {:>9} {:>20} {:>9}   milliseconds of {} rounds\n", "", "full events/s", "events/s", "p50", "p99",
                                 "p99.9", "most", "of the limits", "stall", options.rounds);
  for (const bool kept : {false, true}) {
    const auto measured = measure(*lineup, producer, kept, options);
    if (!measured) return say::failed(3, measured.error());
    const Delays& delays = measured->delays;
    const double rate = measured->full_rate * options.load;
    nlohmann::ordered_json row{{"kept", kept}, {"full_events_per_s", measured->full_rate}, {"events_per_s", rate}, {"events", delays.due.size()}, {"stall_ms", delays.longest_stall_ms}};
    text += fmt::format("{:<10} {:>14.0f} {:>14.0f}\n", kept ? "--state" : "no state", measured->full_rate, rate);
    for (const std::vector<float>* of : {&delays.written, &delays.due}) {
      const double p50 = at(*of, 0.5), p99 = at(*of, 0.99), p999 = at(*of, 0.999), most = of->back();
      const char* since = of == &delays.written ? "written" : "due";
      row[since] = {{"p50_ms", p50}, {"p99_ms", p99}, {"p999_ms", p999}, {"most_ms", most}};
      text += fmt::format("  since {:<32} {:>9.3f} {:>9.3f} {:>9.3f} {:>9.3f} {:>20} {:>9.2f}\n", since, p50, p99, p999, most,
                          fmt::format("{:.2f}, {:.2f}", p99 / options.p99_ms, p999 / options.p999_ms), delays.longest_stall_ms);
    }
    rows.push_back(std::move(row));
  }
  return say::result(options.json ? rows.dump() + "\n" : text + fmt::format("limits: p99 {} ms, p99.9 {} ms; with --state a snapshot every {}\n", options.p99_ms, options.p999_ms, options.snapshot_every));
}

}  // namespace

CLI::App* add_bench_latency(CLI::App& bench, int& exit_code) {
  CLI::App* verb = bench.add_subcommand("latency", "from an event's arrival to its decisions written, at half load");
  auto options = std::make_shared<Options>();
  options->input.add_to(*verb);
  verb->add_option("--rounds", options->rounds, "rounds; each finds the full load and then holds a part of it, without and with state")->capture_default_str()->check(CLI::Range(1, 1000));
  verb->add_option("--load", options->load, "part of the full load")->capture_default_str()->check(CLI::Range(0.01, 1.0));
  verb->add_option("--threads", options->threads, "as of run")->capture_default_str()->check(CLI::Range(1, 2));
  verb->add_option("--snapshot-every", options->snapshot_every, "with state")->type_name("DUR")->capture_default_str();
  verb->add_flag("--json", options->json, "JSON instead of text");
  options->packs.add_to(*verb);
  verb->footer("A thread writes the input's lines into a pipe at an even pace, and the run reads them as run --input - does. An event's time\n"
               "ends when it was judged and its decisions lie in the file. It begins when its line is written to the pipe, or else when it was due,\n"
               "whether the writer came to it or not: on a machine that others use too the second tells of them.\n\n"
               "  livewarden bench latency --rounds 9");
  verb->callback([options, &exit_code] { exit_code = run_latency(*options); });
  return verb;
}

}  // namespace lw::cli
