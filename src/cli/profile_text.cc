#include "cli/profile_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace lw::cli {
namespace {

// The numbers below `count`, those of the greatest value first.
template <class Value>
std::vector<std::size_t> by_most(std::size_t count, Value value) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater{}, value);
  return order;
}

}  // namespace

std::string profile_text(const engine::Engine& engine, double elapsed_s) {
  const engine::Profile& profile = *engine.profile();
  const pack::Plan& plan = engine.plan();
  const auto ms = [&](std::uint64_t ticks) { return profile.seconds(ticks) * 1e3; };
  const auto share = [&](std::uint64_t ticks) { return profile.judging ? 100.0 * static_cast<double>(ticks) / static_cast<double>(profile.judging) : 0.0; };
  const std::uint64_t rules = std::reduce(profile.rules.begin(), profile.rules.end());
  std::uint64_t features = 0;
  for (const engine::Profile::Feature& feature : profile.features) features += feature.ticks;

  std::string out = fmt::format("judging took {:.2f} s of {:.2f}, with the measuring itself: rules {:.1f} %, features {:.1f} %, finding their rows {:.1f} %\n",
                                profile.seconds(profile.judging), elapsed_s, share(rules), share(features), share(profile.finding));
  out += fmt::format("{:<48} {:>12} {:>10} {:>10} {:>8} {:>9} {:>10} {:>7}\n", "rule", "evaluated", "unknown", "fired", "errors", "decisions", "ms", "share");
  for (const std::size_t i : by_most(plan.rules.size(), [&](std::size_t rule) { return profile.rules[rule]; })) {
    const engine::RuleCount& count = engine.rule_counts()[i];
    if (count.evaluated + count.unknown + count.errors + count.decisions == 0) continue;
    out += fmt::format("{:<48} {:>12} {:>10} {:>10} {:>8} {:>9} {:>10.2f} {:>6.2f}%\n", plan.rules[i].id, count.evaluated, count.unknown, count.fired, count.errors,
                       count.decisions, ms(profile.rules[i]), share(profile.rules[i]));
  }
  out += fmt::format("{:<48} {:>12} {:>10} {:>10} {:>29} {:>7}\n", "feature", "tried", "updates", "reads", "ms", "share");
  for (const std::size_t i : by_most(plan.features.size(), [&](std::size_t feature) { return profile.features[feature].ticks; })) {
    const engine::Profile::Feature& feature = profile.features[i];
    if (feature.asked + feature.reads == 0) continue;
    out += fmt::format("{:<48} {:>12} {:>10} {:>10} {:>29.2f} {:>6.2f}%\n", plan.features[i].id, feature.asked, feature.updates, feature.reads, ms(feature.ticks),
                       share(feature.ticks));
  }
  return out;
}

}  // namespace lw::cli
