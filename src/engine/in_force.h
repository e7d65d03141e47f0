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

  // The rules of the journey that hold at the time, in the plan's order. The journey must be one of the plan's.
  std::span<const pack::Index> rules(const pack::Journey& journey, event::Type type, Time at) {
    if (!(from_ <= at && at < to_)) move_to(at);
    const auto number = static_cast<std::size_t>(type);
    return (&journey == &plan_.journeys[number] ? now_->all : now_->quiet)[number];
  }

 private:
  struct Lists {  // by type, of its two journeys
    std::array<std::vector<pack::Index>, event::kTypeCount> all, quiet;
  };
  std::vector<pack::Index> of(const pack::Journey& journey, Time at) const;
  void move_to(Time at);

  const pack::Plan& plan_;
  std::vector<Time> cuts_;                     // ascending; the first is before all time
  std::vector<std::unique_ptr<Lists>> lists_;  // by cut, made when first needed
  Time from_, to_;                             // of now_; empty at first
  const Lists* now_ = nullptr;
};

}  // namespace lw::engine
