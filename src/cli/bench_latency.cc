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

 private:
  std::string text_;
  std::vector<std::size_t> ends_;  // of the lines, behind their '\n'
  std::atomic<std::int64_t> start_{0};
  double rate_ = 0;
};

// Notes when each event was judged and what was decided on it lay in the file.
class Watch final : public runtime::DecisionOutput, public runtime::Observer {
 public:
  Watch(runtime::DecisionFile& file, const Producer* producer, std::vector<float>& out) : file_(file), producer_(producer), out_(out) {}

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
      for (const std::size_t event : *events) out_.push_back(static_cast<float>(static_cast<double>(now - producer_->due_ns(event)) * 1e-6));
      events->clear();
    }
  }

  runtime::DecisionFile& file_;
  const Producer* producer_;
  std::vector<float>& out_;  // milliseconds
  std::vector<std::size_t> judged_, waiting_;  // events: the second have decisions that are not in the file yet
  std::size_t seen_ = 0;
  bool decided_ = false;
};

// One run over standard input, as `run --input -` makes it. Events a second; `delays` gets those of a paced run.
Result<double> run_once(const runtime::Lineup& lineup, Producer& producer, double rate, bool kept, const Options& options, std::vector<float>& delays) {
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
    const auto summary = runtime::drive(*source, judges, &watch, &watch, nullptr, keeper.get(), options.threads);
    if (!summary) return tl::make_unexpected(summary.error());
    if (summary->counts.events != producer.lines()) return fail("{} events of {} lines: give an input without repeats and bad lines", summary->counts.events, producer.lines());
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
  std::vector<float> delays;  // sorted
  double at(double share) const { return delays[std::min(delays.size() - 1, static_cast<std::size_t>(share * static_cast<double>(delays.size())))]; }
};

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
  std::ranges::sort(out.delays);
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
  std::string text = fmt::format("{:<10} {:>14} {:>14} {:>10} {:>10} {:>10} {:>10}   milliseconds of {} rounds\n", "", "full events/s", "events/s", "p50", "p99", "p99.9", "most", options.rounds);
  for (const bool kept : {false, true}) {
    const auto measured = measure(*lineup, producer, kept, options);
    if (!measured) return say::failed(3, measured.error());
    const double rate = measured->full_rate * options.load, p50 = measured->at(0.5), p99 = measured->at(0.99), p999 = measured->at(0.999);
    const double most = measured->delays.back();
    rows.push_back({{"kept", kept}, {"full_events_per_s", measured->full_rate}, {"events_per_s", rate}, {"events", measured->delays.size()}, {"p50_ms", p50},
                    {"p99_ms", p99}, {"p999_ms", p999}, {"most_ms", most}, {"p99_limit_ms", options.p99_ms}, {"p999_limit_ms", options.p999_ms}});
    text += fmt::format("{:<10} {:>14.0f} {:>14.0f} {:>10.3f} {:>10.3f} {:>10.3f} {:>10.3f}   of the limits {:.2f}, {:.2f}\n", kept ? "--state" : "no state", measured->full_rate,
                        rate, p50, p99, p999, most, p99 / options.p99_ms, p999 / options.p999_ms);
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
               "begins when its line is due, whether the pipe has room or not, and ends when it was judged and its decisions lie in the file.\n\n"
               "  livewarden bench latency --rounds 9");
  verb->callback([options, &exit_code] { exit_code = run_latency(*options); });
  return verb;
}

}  // namespace lw::cli
