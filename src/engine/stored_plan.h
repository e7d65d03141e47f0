// What a snapshot says of the plan that wrote it, by names, so that another plan finds in it what they have in common. A
// feature goes on if its declaration is the same: aggregate, window, `where`, `value`, `on` and key. Parameters are not
// compared: a changed threshold makes nobody forget. docs/formats/snapshot.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/state.h"
#include "pack/plan.h"

namespace lw::engine {

// A name for each slot that is the same in every plan that has it: "event.amount", "room.joins@room", …
std::vector<std::string> slot_names(const pack::Plan& plan);

class StoredPlan {
 public:
  explicit StoredPlan(const pack::Plan& plan);
  static Result<StoredPlan> load(std::string_view& in);
  void save(std::string& out) const;

  // How `plan` reads what was stored.
  struct Reading {
    std::vector<State::StoredTable> tables;
    std::vector<std::string> afresh;  // ids of features of `plan` that begin anew: not stored, or under another declaration
    std::vector<std::string> gone;    // ids of features stored that `plan` does not have
  };
  Reading read_by(const pack::Plan& plan) const;

  const std::string& name() const { return name_; }  // of its packs

 private:
  struct Feature {
    std::string id;
    std::uint64_t print = 0;  // of its declaration
  };
  StoredPlan() = default;

  std::string name_;
  std::vector<std::vector<Feature>> tables_;  // in the order in which rows keep their states
};

}  // namespace lw::engine
