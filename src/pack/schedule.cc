#include "pack/schedule.h"

#include <algorithm>
#include <map>

namespace lw::pack {
namespace {

struct Step {
  Index key;
  Visit::Step what;
  std::vector<std::size_t> after;  // steps that must be done before
  bool done = false;
};

class Scheduler {
 public:
  Scheduler(const Names& names, const Plan& plan, const std::vector<Slot>& reads, const std::vector<Index>& updates)
      : plan_(plan) {
    for (const Index feature : updates) {
      updates_[feature] = steps_.size();
      steps_.push_back({plan.features[feature].key, {feature, kNoSlot}, {}, false});
    }
    for (const Slot slot : reads) {
      reads_[slot] = steps_.size();
      steps_.push_back({names.at(slot).key, {names.at(slot).index, slot}, {}, false});
    }
    for (std::size_t i = 0; i < steps_.size(); ++i) connect(i);
  }

  std::vector<Visit> run() {
    std::vector<Visit> visits;
    for (std::size_t left = steps_.size(); left > 0;) {
      const Index key = best_key();
      Visit visit;
      visit.key = key;
      for (const std::size_t step : doable(key)) {
        steps_[step].done = true;
        visit.steps.push_back(steps_[step].what);
      }
      if (visit.steps.empty()) break;  // a cycle, which was refused before
      left -= visit.steps.size();
      visits.push_back(std::move(visit));
    }
    return visits;
  }

 private:
  void need(std::size_t step, const Optional& expression) {
    if (!expression) return;
    for (const std::uint32_t slot : expression->program.slots()) need(step, static_cast<Slot>(slot));
  }
  void need(std::size_t step, Slot slot) {
    if (const auto read = reads_.find(slot); read != reads_.end()) steps_[step].after.push_back(read->second);
  }
  void connect(std::size_t step) {
    const Feature& feature = plan_.features[steps_[step].what.feature];
    for (const Slot part : plan_.keys[steps_[step].key].parts) need(step, part);
    const bool looks_before = feature.spec.op == feature::Op::kSeen || feature.spec.op == feature::Op::kSince;
    const auto update = updates_.find(steps_[step].what.feature);
    if (steps_[step].what.update()) {
      need(step, feature.where);
      need(step, feature.value);
      return;
    }
    if (feature.spec.op == feature::Op::kGet) need(step, feature.value);
    need(step, feature.probe);
    if (update == updates_.end()) return;
    if (looks_before) {
      steps_[update->second].after.push_back(step);
    } else {
      steps_[step].after.push_back(update->second);
    }
  }

  // All that a visit of the key could do now, in an order that works.
  std::vector<std::size_t> doable(Index key) const {
    std::vector<std::size_t> out;
    std::vector<bool> done(steps_.size());
    for (std::size_t i = 0; i < steps_.size(); ++i) done[i] = steps_[i].done;
    for (bool more = true; more;) {
      more = false;
      for (std::size_t i = 0; i < steps_.size(); ++i) {
        const Step& step = steps_[i];
        if (done[i] || step.key != key) continue;
        if (!std::all_of(step.after.begin(), step.after.end(), [&](std::size_t before) { return done[before]; })) continue;
        done[i] = more = true;
        out.push_back(i);
      }
    }
    return out;
  }
  // A key that is over and done with in one visit, else the one that gets furthest; the first of equals.
  Index best_key() const {
    std::map<Index, std::size_t> left;
    for (const Step& step : steps_) left[step.key] += !step.done;
    Index best = kNone;
    std::size_t most = 0;
    for (const auto& [key, count] : left) {
      const std::size_t could = count ? doable(key).size() : 0;
      if (could && could == count) return key;
      if (could > most) {
        most = could;
        best = key;
      }
    }
    return best;
  }

  const Plan& plan_;
  std::vector<Step> steps_;
  std::map<Index, std::size_t> updates_;
  std::map<Slot, std::size_t> reads_;
};

}  // namespace

std::vector<Visit> schedule(const Names& names, const Plan& plan, const std::vector<Slot>& reads, const std::vector<Index>& updates) {
  return Scheduler(names, plan, reads, updates).run();
}

}  // namespace lw::pack
