#include "engine/visitor.h"

#include <algorithm>

namespace lw::engine {

Stop::Stop(const pack::Plan& plan, const pack::Visit& visit) : key(visit.key), table(visit.table) {
  const auto program = [](const pack::Optional& expression) { return expression ? &expression->program : nullptr; };
  for (const pack::Visit::Step& step : visit.steps) {
    const pack::Feature& feature = plan.features[step.feature];
    const cel::Program* value = program(feature.value);
    const auto slot = value ? value->only_slot() : std::nullopt;
    steps.push_back({&feature, program(feature.where), slot ? nullptr : value, slot ? static_cast<pack::Slot>(*slot) : pack::kNoSlot, step.slot});
  }
}

Visitor::Visitor(const pack::Plan& plan, State& state, Entities& entities)
    : plan_(plan), state_(state), entities_(entities) {}

bool Visitor::update(const Stop::Step& step, Entities::Found& found, Scene& scene) {
  if (step.where && !step.where->run(scene.slots, scene.arena).is_true()) return false;
  cel::Value computed;
  const cel::Value* value = &computed;
  if (step.value) computed = step.value->run(scene.slots, scene.arena);
  if (step.value_slot != pack::kNoSlot) value = &scene.slots[step.value_slot];
  if ((step.value || value != &computed) && (value->is(cel::Kind::kAbsent) || value->is(cel::Kind::kError))) return false;
  const pack::Feature& feature = *step.feature;
  feature::Origin origin;
  if (feature.spec.members) {
    origin.event_name = scene.event_name();
    const cel::Value room = scene.event->get(event::field::kRoom);
    if (room.is(cel::Kind::kString)) origin.room = room.text();
  }
  std::byte* row = entities_.row_for_update(found, scene.watermark);
  feature::add(feature.spec, row + feature.offset, scene.event->time, scene.watermark, *value, origin);
  return true;
}

cel::Value Visitor::read(const pack::Feature& feature, const Entities::Found& found, Scene& scene) {
  if (feature.spec.op == feature::Op::kGet) return run(*feature.value, scene);
  std::byte* state = (found.row ? found.row : state_.blank(feature.table)) + feature.offset;
  if (feature.spec.op == feature::Op::kSeen) {
    const cel::Value value = run(*feature.probe, scene);
    if (value.is(cel::Kind::kAbsent) || value.is(cel::Kind::kError)) return value;
    return feature::probe(feature.spec, state, scene.watermark, value);
  }
  return feature::read(feature.spec, state, scene.watermark, scene.arena);
}

void Visitor::visit(const Stop& stop, Scene& scene) {
  Entities::Found& found = entities_.find(stop.key, stop.table, scene);
  if (!found.rows) return;  // what it would read is absent, as before
  for (const Stop::Step& step : stop.steps) {
    if (step.slot == pack::kNoSlot) {
      update(step, found, scene);
    } else {
      scene.slots[step.slot] = read(*step.feature, found, scene);
    }
  }
}

void Visitor::visit(const Stop& stop, Scene& scene, Profile& profile) {
  std::uint64_t at = Profile::ticks();
  Entities::Found& found = entities_.find(stop.key, stop.table, scene);
  at = Profile::lap(at, profile.finding);
  if (!found.rows) return;
  for (const Stop::Step& step : stop.steps) {
    Profile::Feature& feature = profile.features[static_cast<std::size_t>(step.feature - plan_.features.data())];
    if (step.slot == pack::kNoSlot) {
      ++feature.asked;
      feature.updates += update(step, found, scene) ? 1 : 0;
    } else {
      ++feature.reads;
      scene.slots[step.slot] = read(*step.feature, found, scene);
    }
    at = Profile::lap(at, feature.ticks);
  }
}

void Visitor::link(const pack::Visit& visit, Scene& scene) {
  if (std::ranges::all_of(visit.wanted, [&](event::FieldId field) { return scene.event->has(field); })) return;
  Entities::Found& found = entities_.find(visit.key, visit.table, scene);
  if (!found.row) return;
  for (const pack::Visit::Step& step : visit.steps) {
    const pack::Feature& feature = plan_.features[step.feature];
    if (feature.fills == event::kFieldLimit || scene.event->has(feature.fills)) continue;
    fill(feature, read(feature, found, scene), scene);
  }
}

cel::Value Visitor::ask(const pack::Feature& feature, Scene& scene) {
  Entities::Found found;
  if (!entities_.hash(feature.key, scene, found.key)) return {};
  found.row = state_.rows(feature.table).find(found.key);
  return found.row ? read(feature, found, scene) : cel::Value{};
}

void Visitor::fill(const pack::Feature& feature, cel::Value value, Scene& scene) {
  if (value.is(cel::Kind::kAbsent) || value.is(cel::Kind::kError)) return;
  if (value.is(cel::Kind::kString) && value.text().empty()) return;
  scene.event->set(feature.fills, value);
  if (const pack::Slot slot = plan_.field_slots[feature.fills]; slot != pack::kNoSlot) scene.slots[slot] = value;
}

}  // namespace lw::engine
