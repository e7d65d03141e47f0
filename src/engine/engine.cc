#include "engine/engine.h"

#include <algorithm>

#include "base/bytes.h"
#include "engine/stored_plan.h"

namespace lw::engine {
namespace {

constexpr std::uint32_t kStateVersion = 1;

}  // namespace

Engine::Engine(const pack::Plan& plan, Options options)
    : plan_(plan),
      options_(options),
      state_(plan),
      scene_(plan),
      entities_(plan, state_),
      texts_(plan),
      visitor_(plan, state_, entities_),
      judge_(plan, state_, entities_, visitor_, texts_) {
  for (std::size_t type = 0; type < event::kTypeCount; ++type) {
    Routes& routes = routes_.emplace_back(Routes{Route(plan, plan.journeys[type]), {}});
    if (plan.quiet[type]) routes.quiet.emplace(plan, *plan.quiet[type]);
  }
}

Engine::Route::Route(const pack::Plan& plan, const pack::Journey& made) : journey(&made) {
  for (const pack::Index list : made.lists) written.push_back(plan.text_slots[list]);
  for (const pack::Index derived : made.derived) written.push_back(plan.derived[derived].slot);
  for (const pack::Visit& visit : made.visits) {
    stops.emplace_back(plan, visit);
    const auto same = [&](const Entities::Wanted& one) { return one.key == visit.key && one.table == visit.table; };
    auto one = std::ranges::find_if(wanted, same);
    if (one == wanted.end()) one = wanted.insert(one, {visit.key, visit.table, ~0u, 0});
    for (const pack::Visit::Step& step : visit.steps) {
      if (!step.update()) written.push_back(step.slot);
      const pack::Feature& feature = plan.features[step.feature];
      if (feature.spec.op == feature::Op::kGet) continue;
      one->from = std::min(one->from, feature.offset);
      one->to = std::max(one->to, feature.offset + static_cast<std::uint32_t>(feature::state_bytes(feature.spec)));
    }
  }
}

void Engine::fill_slots(const event::Event& event) {
  const auto fields = event.fields();
  const auto values = event.values();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (const pack::Slot slot = plan_.field_slots[fields[i]]; slot != pack::kNoSlot) scene_.slots[slot] = values[i];
  }
  const auto put_attribute = [&](pack::Slot slot, cel::Value value) {
    if (slot != pack::kNoSlot) scene_.slots[slot] = value;
  };
  put_attribute(plan_.id_slot, cel::Value::of_string(event.id));
  put_attribute(plan_.source_slot, cel::Value::of_string(event.source));
  put_attribute(plan_.type_slot, cel::Value::of_string(event.type_name));
  put_attribute(plan_.time_slot, cel::Value::of_time(event.time));
  put_attribute(plan_.platform_slot, event.platform.empty() ? cel::Value{} : cel::Value::of_string(event.platform));
}

void Engine::clear_slots(const event::Event& event, const Route& route) {
  for (const event::FieldId field : event.fields()) {
    if (const pack::Slot slot = plan_.field_slots[field]; slot != pack::kNoSlot) scene_.slots[slot] = {};
  }
  for (const pack::Slot slot : route.written) scene_.slots[slot] = {};
  for (const pack::Slot slot : {plan_.id_slot, plan_.source_slot, plan_.type_slot, plan_.time_slot, plan_.platform_slot}) {
    if (slot != pack::kNoSlot) scene_.slots[slot] = {};
  }
}

void Engine::derive(const pack::Journey& journey) {
  for (const pack::Index index : journey.derived) {
    const pack::Derived& derived = plan_.derived[index];
    cel::Value& value = scene_.slots[derived.slot];
    if (derived.value) {
      value = Visitor::run(*derived.value, scene_);
    } else if (derived.builtin == pack::Builtin::kNetwork) {
      const std::string_view network = entities_.network(*scene_.event);
      value = network.empty() ? cel::Value{} : cel::Value::of_string(network);
    } else {
      value = texts_.builtin(derived.builtin, scene_);
    }
  }
}

// Texts first, where they are the event's own: what they hold decides what has to be known at all.
const Engine::Route& Engine::choose_route(event::Type type) {
  const Routes& routes = routes_[static_cast<std::size_t>(type)];
  const bool quiet = routes.quiet && !texts_.seek(*routes.all.journey, scene_);
  const Route& route = quiet ? *routes.quiet : routes.all;
  for (const pack::Visit& visit : route.journey->links) visitor_.link(visit, scene_);
  if (!routes.quiet && !route.journey->lists.empty()) texts_.seek(*route.journey, scene_);
  return route;
}

void Engine::announce(std::span<event::Event* const> events) {
  entities_.announce(
      events,
      [](const void* self, event::Type type) -> const std::vector<Entities::Wanted>& {
        static const std::vector<Entities::Wanted> kNone;
        return type == event::Type::kUnknown ? kNone : static_cast<const Engine*>(self)->routes_[static_cast<std::size_t>(type)].usual().wanted;
      },
      this);
}

void Engine::process(event::Event& event, DecisionSink& sink, const Heard* heard) {
  if (!profile_) return judge_here(event, sink, heard);
  const std::uint64_t start = Profile::ticks();
  judge_here(event, sink, heard);
  Profile::lap(start, profile_->judging);
}

void Engine::judge_here(event::Event& event, DecisionSink& sink, const Heard* heard) {
  advance(event.time, sink);
  ++scene_.number;
  entities_.begin(event);
  if (event.type == event::Type::kUnknown) return;
  if (plan_.journeys[static_cast<std::size_t>(event.type)].empty()) return;
  scene_.event = &event;
  scene_.arena.reset();
  scene_.forget_name();
  scene_.heard = heard ? heard : &scene_.own;
  fill_slots(event);
  const Route& route = choose_route(event.type);
  const pack::Journey& journey = *route.journey;
  texts_.fill_slots(journey, scene_);
  derive(journey);
  if (profile_) for (const Stop& stop : route.stops) visitor_.visit(stop, scene_, *profile_);
  else for (const Stop& stop : route.stops) visitor_.visit(stop, scene_);
  judge_.judge(journey, scene_, sink);
  clear_slots(event, route);
  if (options_.sweep) entities_.sweep(scene_.watermark);
  scene_.event = nullptr;
}

void Engine::advance(Time time, DecisionSink& sink) {
  if (time <= scene_.watermark && judge_.next_deadline() > scene_.watermark) return;
  const Time now = std::max(time, scene_.watermark);
  if (judge_.next_deadline() <= now) judge_.fire_due(now, scene_, sink);
  scene_.watermark = now;
}

void Engine::finish(DecisionSink& sink) { judge_.fire_due(scene_.watermark, scene_, sink); }

Engine::Memory Engine::memory() const {
  return {state_.size(), judge_.timers().size(), judge_.timers().heap_bytes()};
}

void Engine::Snapshot::head(std::string& out) const {
  put(out, kStateVersion);
  put(out, engine_.scene_.watermark.ns);
  put(out, engine_.scene_.number);
  StoredPlan(engine_.plan_).save(out);
}

void Engine::Snapshot::group(std::uint32_t group, std::string& out) const {
  put(out, kStateVersion);
  engine_.state_.save(group, order_, engine_.watermark(), out);
  engine_.judge_.timers().save(group, engine_.judge_.rule_names(), out);
}

Status Engine::restore_head(std::string_view in) {
  std::uint32_t version = 0;
  if (!take(in, version) || version != kStateVersion) return fail("the snapshot is not of version {}", kStateVersion);
  if (!take(in, scene_.watermark.ns) || !take(in, scene_.number)) return fail("the snapshot's clock is damaged");
  const auto stored = StoredPlan::load(in);
  if (!stored) return tl::make_unexpected(stored.error());
  if (!in.empty()) return fail("the snapshot's head is longer than it should be");
  StoredPlan::Reading reading = stored->read_by(plan_);
  stored_ = std::move(reading.tables);
  restored_ = {stored->name(), std::move(reading.afresh), std::move(reading.gone), 0};
  return {};
}

Status Engine::restore(std::uint32_t group, std::string_view in, bool changed) {
  std::uint32_t version = 0;
  if (group >= kKeyGroups) return fail("there is no key group {}", group);
  if (!take(in, version) || version != kStateVersion) return fail("the snapshot is not of version {}", kStateVersion);
  if (Status loaded = state_.load(group, stored_, changed, in); !loaded) return loaded;
  judge_.timers().clear(group);
  const auto left_out = judge_.timers().load(group, judge_.rule_names(), in);
  if (!left_out) return tl::make_unexpected(left_out.error());
  restored_.timers_left_out += *left_out;
  if (!in.empty()) return fail("the snapshot of key group {} is longer than it should be", group);
  return {};
}

Status Engine::take_over(Engine& old) {
  scene_.watermark = old.scene_.watermark;
  scene_.number = old.scene_.number;
  StoredPlan::Reading reading = StoredPlan(old.plan_).read_by(plan_);
  restored_ = {old.plan_.name, std::move(reading.afresh), std::move(reading.gone), 0};
  if (Status taken = state_.take_over(old.state_, reading.tables, scene_.watermark); !taken) return taken;
  const auto left_out = judge_.take_over(old.judge_);
  if (!left_out) return tl::make_unexpected(left_out.error());
  restored_.timers_left_out = *left_out;
  return {};
}

}  // namespace lw::engine
