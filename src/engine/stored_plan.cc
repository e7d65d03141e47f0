#include "engine/stored_plan.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/hash.h"

namespace lw::engine {
namespace {

void put_expression(std::string& out, const pack::Optional& expression) {
  put_text(out, expression ? std::string_view(expression->text) : std::string_view());
}

// All that decides what a feature's state holds.
std::uint64_t print_of(const pack::Plan& plan, const pack::Feature& feature, const std::vector<std::string>& names) {
  const feature::Spec& spec = feature.spec;
  std::string bytes;
  put(bytes, spec.op), put(bytes, spec.window.kind), put(bytes, spec.window.width.ns), put(bytes, spec.window.step.ns);
  put(bytes, spec.window.zone_minutes), put(bytes, spec.value), put(bytes, spec.cap), put(bytes, spec.top);
  put(bytes, spec.q), put(bytes, spec.members), put(bytes, spec.since_first);
  put_expression(bytes, feature.where);
  put_expression(bytes, feature.value);
  std::vector<std::string> on;
  for (const event::Type type : feature.on) on.emplace_back(event::name_of(type));
  std::ranges::sort(on);
  for (const std::string& type : on) put_text(bytes, type);
  for (const pack::Slot part : plan.keys[feature.key].parts) put_text(bytes, names[part]);
  return hash64(bytes);
}

}  // namespace

std::vector<std::string> slot_names(const pack::Plan& plan) {
  std::vector<std::string> names(plan.slot_count);
  const auto set = [&](pack::Slot slot, std::string name) {
    if (slot < names.size()) names[slot] = std::move(name);  // a derived value that nobody reads has none
  };
  const auto read = [&](const std::vector<pack::Visit>& visits) {
    for (const pack::Visit& visit : visits) {
      for (const pack::Visit::Step& step : visit.steps) {
        if (!step.update()) set(step.slot, plan.features[step.feature].id + "@" + plan.keys[visit.key].name);
      }
    }
  };
  for (const pack::Journey& journey : plan.journeys) read(journey.links), read(journey.record_links), read(journey.visits);
  for (const pack::Derived& derived : plan.derived) set(derived.slot, derived.name);
  for (std::uint32_t list = 0; list < plan.text_slots.size(); ++list) {
    set(plan.text_slots[list], "text." + std::string(plan.terms->list_name(list)));
  }
  for (event::FieldId field = 0; field < plan.schema.size(); ++field) {
    set(plan.field_slots[field], "event." + std::string(plan.schema.name(field)));  // after the links that fill it
  }
  set(plan.id_slot, "id"), set(plan.source_slot, "source"), set(plan.type_slot, "type"), set(plan.time_slot, "time");
  set(plan.platform_slot, "platform");
  return names;
}

StoredPlan::StoredPlan(const pack::Plan& plan) : name_(plan.name) {
  const std::vector<std::string> names = slot_names(plan);
  for (const pack::Table& table : plan.tables) {
    std::vector<Feature>& features = tables_.emplace_back();
    for (const pack::Index index : table.features) {
      features.push_back({plan.features[index].id, print_of(plan, plan.features[index], names)});
    }
  }
}

void StoredPlan::save(std::string& out) const {
  put_text(out, name_);
  put(out, static_cast<std::uint32_t>(tables_.size()));
  for (const std::vector<Feature>& table : tables_) {
    put(out, static_cast<std::uint32_t>(table.size()));
    for (const Feature& feature : table) put_text(out, feature.id), put(out, feature.print);
  }
}

Result<StoredPlan> StoredPlan::load(std::string_view& in) {
  StoredPlan out;
  std::string_view text;
  std::uint32_t tables = 0, features = 0;
  bool good = take_text(in, text) && take(in, tables);
  out.name_ = text;
  for (std::uint32_t i = 0; good && i < tables; ++i) {
    good = take(in, features);
    std::vector<Feature>& table = out.tables_.emplace_back();
    for (std::uint32_t j = 0; good && j < features; ++j) {
      std::uint64_t print = 0;
      good = take_text(in, text) && take(in, print);
      table.push_back({std::string(text), print});
    }
  }
  if (!good) return fail("the snapshot's list of features is damaged");
  return out;
}

StoredPlan::Reading StoredPlan::read_by(const pack::Plan& plan) const {
  struct Now {
    pack::Index feature;
    std::uint64_t print;
    bool found = false;
  };
  const std::vector<std::string> names = slot_names(plan);
  absl::flat_hash_map<std::string, Now> now;
  for (const pack::Table& table : plan.tables) {
    for (const pack::Index index : table.features) {
      const pack::Feature& feature = plan.features[index];
      now.emplace(feature.id, Now{index, print_of(plan, feature, names)});
    }
  }
  Reading out;
  for (const std::vector<Feature>& table : tables_) {
    State::StoredTable& read = out.tables.emplace_back();
    for (const Feature& feature : table) {
      const auto at = now.find(feature.id);
      if (at == now.end()) out.gone.push_back(feature.id);
      const bool same = at != now.end() && at->second.print == feature.print;
      if (same) at->second.found = true;
      read.push_back(same ? &plan.features[at->second.feature] : nullptr);
    }
  }
  for (const auto& [id, feature] : now) {
    if (!feature.found) out.afresh.push_back(id);
  }
  std::ranges::sort(out.afresh);
  std::ranges::sort(out.gone);
  return out;
}

}  // namespace lw::engine
