#include "engine/in_force.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "engine/decision.h"

namespace lw::engine {

bool in_force(const pack::Rule& rule, Time at) {
  if ((rule.from && at < *rule.from) || (rule.to && *rule.to <= at)) return false;
  return rule.basis.empty() || std::ranges::any_of(rule.basis, [&](const pack::Basis& b) { return in_force(b, at); });
}

InForce::InForce(const pack::Plan& plan) : plan_(plan), cuts_{Time{}} {
  const auto cut = [&](const std::optional<Time>& at) {
    if (at) cuts_.push_back(*at);
  };
  for (const pack::Rule& rule : plan.rules) {
    cut(rule.from), cut(rule.to);
    for (const pack::Basis& basis : rule.basis) cut(basis.from), cut(basis.to);
  }
  std::ranges::sort(cuts_);
  cuts_.erase(std::unique(cuts_.begin(), cuts_.end()), cuts_.end());
  lists_.resize(cuts_.size());
}

std::vector<pack::Index> InForce::of(const pack::Journey& journey, Time at) const {
  std::vector<pack::Index> rules;
  std::ranges::copy_if(journey.rules, std::back_inserter(rules), [&](pack::Index rule) { return in_force(plan_.rules[rule], at); });
  return rules;
}

void InForce::move_to(Time at) {
  const auto next = std::ranges::upper_bound(cuts_, at);
  const auto cut = static_cast<std::size_t>(next - cuts_.begin()) - 1;
  from_ = cuts_[cut];
  to_ = next == cuts_.end() ? Time{std::numeric_limits<std::int64_t>::max()} : *next;
  if (!lists_[cut]) {
    lists_[cut] = std::make_unique<Lists>();
    for (std::size_t type = 0; type < event::kTypeCount; ++type) {
      lists_[cut]->all[type] = of(plan_.journeys[type], from_);
      if (plan_.quiet[type]) lists_[cut]->quiet[type] = of(*plan_.quiet[type], from_);
    }
  }
  now_ = lists_[cut].get();
}

}  // namespace lw::engine
