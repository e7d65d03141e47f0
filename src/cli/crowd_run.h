// A crowd's events judged by an engine, as measurements of its state need it.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "cli/crowd.h"
#include "engine/engine.h"
#include "runtime/repeats.h"
#include "runtime/source.h"

namespace lw::cli {

struct CrowdOptions {  // --accounts, --rooms, --largest, --seed
  CrowdSpec spec;
  void add_to(CLI::App& verb);
  Status check() const;
};

// Judges what a crowd makes. Only the engine's time is counted, as its thread had it of a processor: the events are made
// between.
class CrowdRun {
 public:
  CrowdRun(engine::Engine& engine, Crowd& crowd) : crowd_(crowd), engine_(engine) {}  // both outlive it

  struct Rate {
    std::uint64_t events = 0;
    double seconds = 0;
    double per_second() const { return seconds > 0 ? static_cast<double>(events) / seconds : 0; }
  };
  // Until the crowd's day is over, or `enough`, asked every million events.
  void run(const std::function<bool()>& enough = [] { return false; });

  std::uint64_t decisions() const { return sink_.decisions; }
  const Rate& all() const { return all_; }
  const Rate& last_hour() const { return last_hour_; }

 private:
  struct Sink final : engine::DecisionSink {
    std::uint64_t decisions = 0;
    void decide(const engine::Decision&) override { ++decisions; }
  };
  Crowd& crowd_;
  engine::Engine& engine_;
  runtime::Repeats repeats_{runtime::SourceOptions{}.repeat_horizon};  // a run has them too
  Sink sink_;
  Rate all_, last_hour_;
};

// Of this process: a line of /proc/self/status such as VmRSS or VmHWM, in bytes; 0 if there is none.
std::uint64_t memory_status(std::string_view name);

inline constexpr double kGiB = 1024.0 * 1024.0 * 1024.0;

}  // namespace lw::cli
