// Leads the event in hand through the stops of its journey: rows are fed, what is known goes into slots.
#pragma once

#include <cstdint>
#include <vector>

#include "cel/collection.h"
#include "engine/entities.h"
#include "engine/profile.h"
#include "engine/scene.h"
#include "engine/state.h"
#include "pack/plan.h"

namespace lw::engine {

// A visit, prepared: what its steps need at hand.
struct Stop {
  struct Step {
    const pack::Feature* feature;
    const cel::Program* where;        // null: no condition
    const cel::Program* value;        // of an update: null if it takes none, or if it is a slot
    pack::Slot value_slot;            // kNoSlot: see `value`
    pack::Slot slot;                  // as in pack::Visit::Step
  };
  Stop(const pack::Plan& plan, const pack::Visit& visit);
  pack::Index key, table;
  std::vector<Step> steps;
};

class Visitor {
 public:
  Visitor(const pack::Plan& plan, State& state, Entities& entities);

  void visit(const Stop& stop, Scene& scene);
  void visit(const Stop& stop, Scene& scene, Profile& profile);  // the same, and what it took

  // A visit whose features fill the event's fields; skipped if the event has them all.
  void link(const pack::Visit& visit, Scene& scene);

  // The value of a link's feature for an entity that is not the event's own; absent if nothing is known.
  cel::Value ask(const pack::Feature& feature, Scene& scene);

  // An expression that has no value because something is absent gives an absent value; other errors stay.
  static cel::Value run(const pack::Expression& expression, Scene& scene) {
    const cel::Value value = expression.program.run(scene.slots, scene.arena);
    return value.is(cel::Kind::kError) && value.error->code == cel::Error::kAbsent ? cel::Value{} : value;
  }

 private:
  bool update(const Stop::Step& step, Entities::Found& found, Scene& scene);  // whether it took effect
  cel::Value read(const pack::Feature& feature, const Entities::Found& found, Scene& scene);
  void fill(const pack::Feature& feature, cel::Value value, Scene& scene);

  const pack::Plan& plan_;
  State& state_;
  Entities& entities_;
};

}  // namespace lw::engine
