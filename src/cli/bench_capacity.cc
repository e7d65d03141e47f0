// livewarden bench capacity: how much memory a great day's accounts take, and how fast it is with all of them.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/bench_run.h"
#include "cli/crowd_run.h"
#include "cli/judging.h"
#include "cli/say.h"
#include "cli/verbs.h"

namespace lw::cli {
namespace {

struct Options {
  PackOptions packs;
  CrowdOptions crowd;
  std::uint64_t small = 100'000;
  double limit_gib = 16;
  int rounds = 7;
  bool json = false;
};

struct TableSize {
  std::string name;
  std::uint64_t rows = 0, bytes = 0;
};

struct Measured {
  std::uint64_t accounts = 0, events = 0, decisions = 0, before_bytes = 0, resident_bytes = 0, most_bytes = 0, counted_bytes = 0;
  std::vector<TableSize> tables;  // the largest first
  double rate = 0, small_rate = 0, whole_rate = 0;
  double ratio() const { return rate / small_rate; }
  double bytes_each() const { return static_cast<double>(most_bytes) / static_cast<double>(accounts); }
};

// A table with the first of its features: several may be of one name, split by what feeds them.
std::string name_of(const pack::Plan& plan, const pack::Table& table) {
  if (table.features.empty()) return table.name;
  const std::string& first = plan.features[table.features.front()].id;
  return table.features.size() == 1 ? first : fmt::format("{} and {} more", first, table.features.size() - 1);
}

Result<double> small_rate(const pack::Plan& plan, const Options& options) {
  std::vector<double> rates;
  for (int round = 0; round < options.rounds; ++round) {
    const auto crowd = Crowd::open(options.crowd.spec.scaled_to(options.small));
    if (!crowd) return tl::make_unexpected(crowd.error());
    engine::Engine engine(plan);
    CrowdRun run(engine, **crowd);
    run.run();
    rates.push_back(run.last_hour().per_second());
  }
  return median(rates);
}

Result<Measured> measure(const pack::Plan& plan, const Options& options) {
  Measured out;
  const auto small = small_rate(plan, options);
  if (!small) return tl::make_unexpected(small.error());
  out.small_rate = *small;
  out.before_bytes = memory_status("VmRSS");
  const auto crowd = Crowd::open(options.crowd.spec);
  if (!crowd) return tl::make_unexpected(crowd.error());
  engine::Engine engine(plan);
  CrowdRun run(engine, **crowd);
  run.run([&] {
    if (run.all().events % (10 << 20) < 64) say::note(fmt::format("{} events, {:.2f} GiB", run.all().events, static_cast<double>(memory_status("VmRSS")) / kGiB));
    return false;
  });
  out.accounts = options.crowd.spec.accounts;
  out.events = run.all().events;
  out.decisions = run.decisions();
  out.rate = run.last_hour().per_second();
  out.whole_rate = run.all().per_second();
  out.resident_bytes = memory_status("VmRSS");
  out.most_bytes = memory_status("VmHWM");
  const auto memory = engine.memory();
  out.counted_bytes = memory.bytes();
  for (std::size_t table = 0; table < plan.tables.size(); ++table) {
    if (memory.state.rows_of[table] > 0) out.tables.push_back({name_of(plan, plan.tables[table]), memory.state.rows_of[table], memory.state.bytes_of[table]});
  }
  out.tables.push_back({"cool-downs", memory.state.cooldowns, memory.state.cooldown_bytes});
  out.tables.push_back({"deadlines", memory.timers, memory.timer_bytes});
  std::ranges::stable_sort(out.tables, std::greater{}, &TableSize::bytes);
  return out;
}

std::string to_text(const Measured& measured, const Options& options) {
  const auto gib = [](std::uint64_t bytes) { return static_cast<double>(bytes) / kGiB; };
  const CrowdSpec& spec = options.crowd.spec;
  std::string out = fmt::format("{:>14} {:>16} {:>10}  table\n", "rows", "bytes", "a row");
  for (const TableSize& table : measured.tables) {
    if (table.bytes * 1'000 < measured.counted_bytes) break;
    out += fmt::format("{:>14} {:>16} {:>10.0f}  {}\n", table.rows, table.bytes, static_cast<double>(table.bytes) / static_cast<double>(std::max<std::uint64_t>(table.rows, 1)), table.name);
  }
  return out + fmt::format("crowd                    {} accounts, {} rooms, {} viewers of the largest; {} events, {} decisions\n"
                           "resident                 {:.2f} GiB at most, {:.2f} at the end, {:.2f} before the day; of tables {:.2f}\n"
                           "limit                    {:.2f} GiB: {:.3f} of it\n"
                           "for each account         {:.0f} bytes, all included; limit {:.0f}\n"
                           "last hour, all accounts  {:.0f} events/s (the whole day {:.0f})\n"
                           "last hour, {:<7}       {:.0f} events/s (accounts; median of {})\n"
                           "ratio                    {:.3f}\n",
                           spec.accounts, spec.rooms, spec.largest, measured.events, measured.decisions, gib(measured.most_bytes), gib(measured.resident_bytes),
                           gib(measured.before_bytes), gib(measured.counted_bytes), options.limit_gib, gib(measured.most_bytes) / options.limit_gib, measured.bytes_each(),
                           options.limit_gib * kGiB / static_cast<double>(spec.accounts), measured.rate, measured.whole_rate, options.small, measured.small_rate,
                           options.rounds, measured.ratio());
}

std::string to_json(const Measured& measured, const Options& options) {
  nlohmann::ordered_json tables = nlohmann::ordered_json::array();
  for (const TableSize& table : measured.tables) tables.push_back({{"name", table.name}, {"rows", table.rows}, {"bytes", table.bytes}});
  return nlohmann::ordered_json{{"accounts", measured.accounts}, {"rooms", options.crowd.spec.rooms}, {"largest", options.crowd.spec.largest},
                                {"events", measured.events}, {"decisions", measured.decisions}, {"resident_most_bytes", measured.most_bytes},
                                {"resident_bytes", measured.resident_bytes}, {"table_bytes", measured.counted_bytes}, {"limit_bytes", options.limit_gib * kGiB},
                                {"bytes_per_account", measured.bytes_each()}, {"events_per_s", measured.rate}, {"small_accounts", options.small},
                                {"small_events_per_s", measured.small_rate}, {"ratio", measured.ratio()}, {"tables", tables}}.dump() + "\n";
}

int run_capacity(const Options& options) {
  if (const Status good = options.crowd.check(); !good) return say::failed(2, good.error());
  auto loaded = load_packs(options.packs.load);
  if (!loaded) return 2;
  const auto measured = measure(loaded->plan, options);
  if (!measured) return say::failed(2, measured.error());
  return say::result(options.json ? to_json(*measured, options) : to_text(*measured, options));
}

}  // namespace

CLI::App* add_bench_capacity(CLI::App& bench, int& exit_code) {
  CLI::App* verb = bench.add_subcommand("capacity", "memory for the accounts of a great day, and speed with all of them");
  auto options = std::make_shared<Options>();
  options->crowd.add_to(*verb);
  verb->add_option("--small", options->small, "accounts of the small day that the rate is compared with")->capture_default_str()->check(CLI::Range(1'000, 1'000'000));
  verb->add_option("--limit", options->limit_gib, "GiB that it is to fit into")->capture_default_str()->check(CLI::PositiveNumber);
  verb->add_option("--rounds", options->rounds, "small days; the median is told")->capture_default_str()->check(CLI::Range(1, 1000));
  verb->add_flag("--json", options->json, "JSON instead of text");
  options->packs.add_to(*verb);
  verb->footer("The events are made while they are judged; only the engine's time counts, and of it what it had of a processor. Memory is the whole process at its largest:\n"
               "packs, state, the names of the last events against repeats, what makes the events.\n\n"
               "  livewarden bench capacity                          # 28 million accounts: 15 minutes, up to 16 GiB\n"
               "  livewarden bench capacity --accounts 1000000 --rooms 3000 --largest 700000");
  verb->callback([options, &exit_code] { exit_code = run_capacity(*options); });
  return verb;
}

}  // namespace lw::cli
