// Where the time of judging goes: by rule, by feature, and looking for rows. Measured when it is asked for, in ticks of the
// processor; what is counted is exact, and no decision depends on any of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "pack/plan.h"

#ifdef __x86_64__
#include <x86intrin.h>
#endif

namespace lw::engine {

class Profile {
 public:
  struct Feature {
    std::uint64_t updates = 0;  // that took effect: its `where` held, its value was known
    std::uint64_t asked = 0;    // updates tried
    std::uint64_t reads = 0;
    std::uint64_t ticks = 0;    // of both
  };

  explicit Profile(const pack::Plan& plan) : rules(plan.rules.size()), features(plan.features.size()) {}

  static std::uint64_t ticks() {
#ifdef __x86_64__
    return __rdtsc();
#else
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
  }
  // Adds what passed since `from` to `sum`; gives the ticks at this moment, from which the next is counted.
  static std::uint64_t lap(std::uint64_t from, std::uint64_t& sum) {
    const std::uint64_t to = ticks();
    sum += to - from;
    return to;
  }
  // By the ticks and the time that passed since the profile began.
  double seconds(std::uint64_t of_ticks) const {
    const std::uint64_t passed = ticks() - first_ticks_;
    const std::chrono::duration<double> time = Clock::now() - first_time_;
    return passed ? time.count() * static_cast<double>(of_ticks) / static_cast<double>(passed) : 0;
  }

  std::vector<std::uint64_t> rules;  // ticks, by rule: its tests, and its decisions
  std::vector<Feature> features;     // by feature
  std::uint64_t finding = 0;         // ticks: looking for the rows of the event's entities
  std::uint64_t judging = 0;         // ticks: all of every event

 private:
  using Clock = std::chrono::steady_clock;
  std::uint64_t first_ticks_ = ticks();
  Clock::time_point first_time_ = Clock::now();
};

}  // namespace lw::engine
