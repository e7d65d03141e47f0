// Who judges: the packs in force and, if there are any, packs in shadow mode beside them, whose decisions act on nothing. Both may
// change between two events; what the old and the new ones have in common goes on.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "engine/decision.h"
#include "engine/engine.h"
#include "event/decoder.h"
#include "event/event.h"
#include "pack/load.h"
#include "runtime/batch.h"

namespace lw::runtime {

// A plan, and what it was made of.
struct Packs {
  std::shared_ptr<const pack::Loaded> loaded;  // null: none
  std::string text;                            // of its bundle (pack/bundle.h)
  std::string print;                           // of the text

  // All rules in shadow mode: `enforced` is false.
  static Packs of(pack::Loaded loaded, std::string text, bool enforced);
  explicit operator bool() const { return loaded != nullptr; }
};

struct Lineup {
  Packs enforced, shadow;
  bool same(const Lineup& other) const { return enforced.print == other.enforced.print && shadow.print == other.shadow.print; }
};

// Each decision as a line, and the decision itself. Both live for the call only.
class DecisionLines {
 public:
  virtual ~DecisionLines() = default;
  virtual void decide(const engine::Decision& decision, const engine::DecisionWriter& writer) = 0;
};

class Judges {
 public:
  // An engine that stays as it is, and outlives this.
  Judges(engine::Engine& engine, const event::Schema& decoded_by);
  // Events are decoded by `decoded_by`; packs that know other fields decode them again.
  Judges(Lineup lineup, const event::Schema& decoded_by);

  engine::Engine& enforced() { return *enforced_->engine; }
  const engine::Engine& enforced() const { return *enforced_->engine; }
  const engine::Engine* shadow() const { return shadow_ ? shadow_->engine : nullptr; }
  engine::Engine* shadow() { return shadow_ ? shadow_->engine : nullptr; }

  // The plan in force. From any thread.
  std::shared_ptr<const pack::Plan> plan() const;

  // How often packs changed so far.
  std::uint64_t changes() const { return changes_made_; }

  Lineup lineup() const { return {enforced_->packs, shadow_ ? shadow_->packs : Packs{}}; }

  // Behind a snapshot: see Engine::begin_changes().
  void begin_changes() {
    enforced().begin_changes();
    if (shadow()) shadow()->begin_changes();
  }

  // A change that is due once so many events were judged, known beforehand: of a run that goes on. In their order.
  void schedule(std::uint64_t at, Lineup lineup);

  // The next lineup, due from the first event on that was not judged before; replaces one offered and not taken. From any thread.
  void offer(Lineup lineup);
  // Told before an offered lineup judges its first event; so many were judged. A failure ends the run.
  std::function<Status(std::uint64_t at, const Lineup& lineup)> record = [](std::uint64_t, const Lineup&) { return Status{}; };
  // Told after each change.
  std::function<void(std::uint64_t at)> changed = [](std::uint64_t) {};

  // The batch, event by event; `seen` is told of each after it was judged by the packs in force, and may be empty.
  Status judge(const Batch& batch, DecisionLines& out, const std::function<void(const event::Event&)>& seen);
  void finish(DecisionLines& out);

 private:
  // An engine, and what it needs to judge events that were decoded by another schema.
  struct Seat {
    Seat(Packs given, const event::Schema& decoded_by, bool own_events);
    Seat(engine::Engine& borrowed);
    std::span<event::Event* const> events_of(std::span<event::Event* const> given);

    Packs packs;
    std::unique_ptr<engine::Engine> owned;
    engine::Engine* engine;
    engine::DecisionWriter writer;
    bool again = false;  // events are decoded again
    struct Own {
      explicit Own(const event::Schema& schema) : decoder(schema) {}
      event::Decoder decoder;
      event::Event event;
    };
    std::deque<Own> own;
    std::vector<event::Event*> events;
  };
  struct Change {
    std::uint64_t at;
    Lineup lineup;
  };

  Status take_offer();
  Status change(Lineup lineup);
  static Status replace(std::unique_ptr<Seat>& seat, Packs packs, const event::Schema& decoded_by, bool own_events);
  // Those of the batch from `from` up to `to`.
  void judge(const Batch& batch, std::size_t from, std::size_t to, DecisionLines& out, const std::function<void(const event::Event&)>& seen);
  void publish();  // the plan in force

  const event::Schema& decoded_by_;
  std::unique_ptr<Seat> enforced_, shadow_;
  std::deque<Change> changes_;
  std::uint64_t changes_made_ = 0;
  mutable std::mutex mutex_;
  std::optional<Lineup> offered_;
  std::shared_ptr<const pack::Plan> plan_;
};

}  // namespace lw::runtime
