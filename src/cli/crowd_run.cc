#include "cli/crowd_run.h"

#include <ctime>
#include <fstream>

namespace lw::cli {
namespace {

// Seconds that this thread has had of a processor: on a machine that others use too, the clock on the wall tells of them.
double worked() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace

void CrowdOptions::add_to(CLI::App& verb) {
  verb.add_option("--accounts", spec.accounts, "active accounts")->capture_default_str()->check(CLI::Range(std::uint64_t{1'000}, CrowdSpec::kMostAccounts));
  verb.add_option("--rooms", spec.rooms, "rooms of the day")->capture_default_str()->check(CLI::Range(20, 1'000'000));
  verb.add_option("--largest", spec.largest, "viewers of the largest room")->capture_default_str();
  verb.add_option("--seed", spec.seed, "of the crowd")->capture_default_str();
}

Status CrowdOptions::check() const {
  if (spec.largest < 1 || spec.largest > spec.accounts) return fail("--largest {}: expected 1 to {}, the accounts", spec.largest, spec.accounts);
  return {};
}

void CrowdRun::run(const std::function<bool()>& enough) {
  constexpr std::uint64_t kAskEvery = 1 << 20;
  std::uint64_t ask = all_.events + kAskEvery;
  for (;;) {
    const auto events = crowd_.next();
    if (events.empty()) return;
    for (const event::Event* event : events) repeats_.seen(repeats_.key_of(event->source, event->id));
    const double start = worked();
    engine_.announce(events);
    for (event::Event* event : events) engine_.process(*event, sink_);
    const double took = worked() - start;
    for (Rate* rate : {&all_, crowd_.in_last_hour() ? &last_hour_ : nullptr}) {
      if (rate) rate->events += events.size(), rate->seconds += took;
    }
    if (all_.events < ask) continue;
    ask += kAskEvery;
    if (enough()) return;
  }
}

std::uint64_t memory_status(std::string_view name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == ':') return std::stoull(line.substr(name.size() + 1)) * 1024;
  }
  return 0;
}

}  // namespace lw::cli
