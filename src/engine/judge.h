// The rules: which fire on the event in hand, whom they name, and what waits for its deadline.
#pragma once

#include <string>
#include <vector>

#include "cel/guard.h"
#include "engine/author.h"
#include "engine/decision.h"
#include "engine/entities.h"
#include "engine/in_force.h"
#include "engine/profile.h"
#include "engine/scene.h"
#include "engine/state.h"
#include "engine/timers.h"
#include "engine/visitor.h"
#include "pack/calendar.h"
#include "pack/plan.h"

namespace lw::engine {

// How a rule fared: `--profile`.
struct RuleCount {
  std::uint64_t evaluated = 0;  // its `when` was asked: not where no word is there without which it is false
  std::uint64_t fired = 0;      // `when` and `needs` held: decisions are fewer by what was in its cool-down
  std::uint64_t unknown = 0;    // something it reads was absent
  std::uint64_t errors = 0;     // overflow, division by zero, …
  std::uint64_t decisions = 0;
};

class Judge {
 public:
  Judge(const pack::Plan& plan, State& state, Entities& entities, Visitor& visitor, const Texts& texts);

  // After the event's visits.
  void judge(const pack::Journey& journey, Scene& scene, DecisionSink& sink);

  // Fires the timers due at `now`, earliest first; each moves the watermark to its deadline.
  void fire_due(Time now, Scene& scene, DecisionSink& sink);
  Time next_deadline() const { return timers_.next_bound(); }

  void profile_into(Profile* profile) { profile_ = profile; }  // the time that each rule takes; null: into none

  Timers& timers() { return timers_; }
  const std::vector<std::uint64_t>& rule_names() const { return rule_names_; }  // hashes of ids; 0 of rules without a deadline
  const Timers& timers() const { return timers_; }
  const std::vector<RuleCount>& counts() const { return counts_; }

  // The timers and counts of the rules that both know, by their ids; how many timers were left out.
  Result<std::size_t> take_over(Judge& old);

 private:
  struct Prepared {
    std::uint32_t named_at = 0;     // of a rule that names members: where the row keeps its Layout::Named
    struct Saved {
      pack::Slot slot;
      std::uint64_t name;  // hash of the slot's name: a timer may be read under another plan
    };
    std::vector<Saved> saved;  // of a rule with a deadline: what a timer keeps
  };
  template <bool kProfiled>
  void judge_rules(const pack::Journey& journey, Scene& scene, DecisionSink& sink);
  bool holds(const pack::Expression& expression, RuleCount& count, Scene& scene);
  bool signals(const pack::Rule& rule, RuleCount& count, Scene& scene);
  static bool says_one_of(const std::vector<pack::Slot>& lists, const Scene& scene);
  void disarm(pack::Index rule, Scene& scene);
  void arm(pack::Index rule, Scene& scene);
  Key128 timer_key(pack::Index rule, const Key128& key) const;
  bool take_saved(pack::Index rule, std::string_view in, Scene& scene) const;
  void link_record(Scene& scene);
  std::string_view room_of(Scene& scene);  // empty if not known
  void decide_target(pack::Index rule, Scene& scene, Decision& decision, DecisionSink& sink);
  void fire(pack::Index rule, const Timer& timer, Scene& scene, DecisionSink& sink);
  void decide_members(pack::Index rule, Scene& scene, DecisionSink& sink);
  Time decide_member(pack::Index rule, const feature::Member& member, Scene& scene, Decision& decision, DecisionSink& sink);
  void move_record(const pack::Rule& rule, std::string_view room, Scene& scene);
  bool cooled_down(const Decision& decision, Time watermark, Time& end);
  void deliver(pack::Index rule, const Decision& decision, DecisionSink& sink);
  std::string_view target_id(const pack::Rule& rule, Scene& scene);

  const pack::Plan& plan_;
  State& state_;
  Entities& entities_;
  Visitor& visitor_;
  Author author_;
  InForce in_force_;
  pack::Calendar calendar_;
  Timers timers_;
  std::vector<Prepared> prepared_;
  std::vector<std::uint64_t> rule_names_;
  std::vector<cel::Guard> guards_;  // of each rule's `when`; none where words are asked first
  std::vector<RuleCount> counts_;
  Profile* profile_ = nullptr;
  std::vector<pack::Index> room_links_;  // features that tell a room's session, host, operator, agency
  std::string bytes_;                    // what is hashed
  const std::vector<pack::Visit>* record_links_ = nullptr;  // of the event in hand, until they were followed
};

}  // namespace lw::engine
