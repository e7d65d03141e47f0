// The deterministic state machine: events in, decisions out. No clock, no I/O, no threads, no randomness: the same events
// in the same order give the same decisions, straight through or restored from a snapshot at any point.
//
//   Engine engine(plan);
//   engine.process(event, sink);   // for each event, in order
//   engine.finish(sink);           // the end of a finite input
//
// State is split in kKeyGroups key groups (state.h). A snapshot is a head and each group; a new engine with the same plan
// that restores them goes on as the old one would have, one with another plan keeps what both have (stored_plan.h).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/decision.h"
#include "engine/judge.h"
#include "engine/profile.h"
#include "engine/state.h"
#include "engine/texts.h"
#include "engine/visitor.h"
#include "pack/plan.h"

namespace lw::engine {

struct Options {
  bool sweep = true;  // drop rows that nothing is left in; no decision depends on it
};

class Engine {
 public:
  // The plan must outlive the engine.
  explicit Engine(const pack::Plan& plan, Options options = {});
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Events that process() will be given next, in this order. A hint: their entities are brought nearer; nothing else.
  void announce(std::span<event::Event* const> events);

  // Judges one event. What links know of it is filled into its fields. An event behind the watermark is late: it counts
  // in windows that still hold its time and moves no clock. Decisions come in the order of the rules.
  // `heard`: what a Listener with this plan heard in it, if it was asked.
  void process(event::Event& event, DecisionSink& sink, const Heard* heard = nullptr);

  // Moves the watermark to `time` if it is later, firing the timers due on the way.
  void advance(Time time, DecisionSink& sink);

  // The input ends: fires the timers due by the watermark. Those still armed are undecided: what the input does not hold
  // is unknown, not missing.
  void finish(DecisionSink& sink);

  Time watermark() const { return scene_.watermark; }
  std::uint64_t events() const { return scene_.number; }
  std::size_t undecided() const { return judge_.timers().size(); }  // timers armed
  const std::vector<RuleCount>& rule_counts() const { return judge_.counts(); }  // by rule of the plan
  const pack::Plan& plan() const { return plan_; }

  // From now on the time is taken of all that is judged; that slows it down.
  void start_profile() {
    profile_ = std::make_unique<Profile>(plan_);
    judge_.profile_into(profile_.get());
  }
  const Profile* profile() const { return profile_.get(); }  // null: it was not started

  struct Memory {
    State::Size state;
    std::size_t timers = 0, timer_bytes = 0;
    std::size_t bytes() const { return state.bytes + state.cooldown_bytes + timer_bytes; }
  };
  Memory memory() const;

  // What it remembers, to be written group by group. Good until it is given another event.
  class Snapshot {
   public:
    // The clock, and what the plan calls its features: the first to be restored.
    void head(std::string& out) const;
    void group(std::uint32_t group, std::string& out) const;

   private:
    friend class Engine;
    Snapshot(const Engine& engine, bool changed) : engine_(engine), order_(engine.state_.order(engine.watermark(), changed)) {}
    const Engine& engine_;
    State::Order order_;
  };
  // Whole, or with only the rows that changed since begin_changes(): restored after those before it they give the same.
  Snapshot snapshot(bool changed = false) const { return Snapshot(*this, changed); }
  // Behind a snapshot: what changes from now on counts as changed.
  void begin_changes() { state_.next_epoch(); }

  // Restores the head, then groups, of an engine with this plan or another; a group is replaced, or changed.
  Status restore_head(std::string_view in);
  Status restore(std::uint32_t group, std::string_view in, bool changed = false);

  // Goes on where `old` stands, of another plan, which knows nothing afterwards: a change of packs between two events. What
  // the plans do not have in common is told by restored(). This engine must be new.
  Status take_over(Engine& old);

  // What the plan of the snapshot, or of the engine taken over, did not have in common with this one; sorted ids.
  struct Restored {
    std::string plan;                      // the packs that wrote it
    std::vector<std::string> afresh;       // features that begin anew
    std::vector<std::string> gone;         // features that are not there any more
    std::size_t timers_left_out = 0;       // of rules that are not there any more
  };
  const Restored& restored() const { return restored_; }

 private:
  struct Route {  // a journey, prepared
    Route(const pack::Plan& plan, const pack::Journey& journey);
    const pack::Journey* journey;
    std::vector<Stop> stops;
    std::vector<Entities::Wanted> wanted;  // what its stops ask for
    std::vector<pack::Slot> written;       // slots that it writes
  };
  void fill_slots(const event::Event& event);
  const Route& choose_route(event::Type type);
  void judge_here(event::Event& event, DecisionSink& sink, const Heard* heard);
  void derive(const pack::Journey& journey);
  void clear_slots(const event::Event& event, const Route& route);

  const pack::Plan& plan_;
  Options options_;
  State state_;
  Scene scene_;
  Entities entities_;
  Texts texts_;
  Visitor visitor_;
  Judge judge_;
  std::unique_ptr<Profile> profile_;
  struct Routes {
    Route all;
    std::optional<Route> quiet;
    const Route& usual() const { return quiet ? *quiet : all; }
  };
  std::vector<Routes> routes_;  // by event type
  std::vector<State::StoredTable> stored_;  // how the snapshot that is restored is read
  Restored restored_;
};

}  // namespace lw::engine
