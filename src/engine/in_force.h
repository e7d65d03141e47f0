// Which rules hold at an event's time: from a rule's own dates and those of its bases. Time is cut where any of them
// changes; within a cut the rules of an event type are one list.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "pack/plan.h"

namespace lw::engine {

bool in_force(const pack::Rule& rule, Time at);

class InForce {
 public:
  explicit InForce(const pack::Plan& plan);

  // The rules of the type that hold at the time, in the plan's order.
  std::span<const pack::Index> rules(event::Type type, Time at) {
    if (!(from_ <= at && at < to_)) move_to(at);
    return (*now_)[static_cast<std::size_t>(type)];
  }

 private:
  using Lists = std::array<std::vector<pack::Index>, event::kTypeCount>;
  void move_to(Time at);

  const pack::Plan& plan_;
  std::vector<Time> cuts_;                     // ascending; the first is before all time
  std::vector<std::unique_ptr<Lists>> lists_;  // by cut, made when first needed
  Time from_, to_;                             // of now_; empty at first
  const Lists* now_ = nullptr;
};

}  // namespace lw::engine
