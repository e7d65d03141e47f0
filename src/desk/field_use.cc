#include "desk/field_use.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace lw::desk {
namespace {

using pack::Index;
using pack::Slot;

// What a slot holds, and what that was made of.
class Origins {
 public:
  explicit Origins(const pack::Plan& plan) : plan_(plan) {
    for (event::FieldId field = 0; field < plan.schema.size(); ++field) {
      if (plan.field_slots[field] != pack::kNoSlot) fields_[plan.field_slots[field]] = field;
    }
    for (Index i = 0; i < plan.derived.size(); ++i) derived_[plan.derived[i].slot] = i;
    for (const Slot slot : plan.text_slots) lists_.insert(slot);
    for (const pack::Journey& journey : plan.journeys) add(journey);
    for (const auto& journey : plan.quiet) {
      if (journey) add(*journey);
    }
  }

  // The fields that a rule reads.
  std::set<event::FieldId> of(const pack::Rule& rule) {
    found_.clear();
    slots_.clear();
    read(rule.when);
    read(rule.score);
    for (const pack::Rule::Signal& signal : rule.signals) read(signal.expression);
    for (const Slot slot : rule.words) read(slot);
    if (rule.target.slot != pack::kNoSlot) read(rule.target.slot);
    if (rule.target.members != pack::kNone) read(rule.target.members, rule.target.members_key);
    for (const auto& [kind, slot] : rule.liable) read(slot);
    for (const pack::Template* message : {&rule.zh, &rule.en}) {
      for (const pack::Template::Piece& piece : message->pieces) read(piece.expression);
    }
    if (rule.deadline) {
      read(rule.deadline->from);
      if (rule.deadline->key != pack::kNone) read_key(rule.deadline->key);
      if (rule.deadline->unless) read(rule.deadline->unless->when);
    }
    return found_;
  }

 private:
  void add(const pack::Journey& journey) {
    texts_.insert(journey.text_fields.begin(), journey.text_fields.end());
    for (const auto* visits : {&journey.links, &journey.record_links, &journey.visits}) {
      for (const pack::Visit& visit : *visits) {
        for (const pack::Visit::Step& step : visit.steps) {
          if (!step.update()) features_[step.slot] = {step.feature, visit.key};
          const event::FieldId fills = plan_.features[step.feature].fills;
          if (!step.update() && fills != event::kFieldLimit) links_.insert({fills, {step.feature, visit.key}});
        }
      }
    }
  }

  void read(const pack::Optional& expression) {
    if (expression) read(*expression);
  }
  void read(const pack::Expression& expression) {
    for (const std::uint32_t slot : expression.program.slots()) read(static_cast<Slot>(slot));
  }
  void read(Slot slot) {
    if (!slots_.insert(slot).second) return;
    if (const auto field = fields_.find(slot); field != fields_.end()) read_field(field->second);
    if (const auto derived = derived_.find(slot); derived != derived_.end()) read_derived(plan_.derived[derived->second]);
    if (const auto feature = features_.find(slot); feature != features_.end()) read(feature->second.first, feature->second.second);
    if (lists_.contains(slot)) {
      for (const event::FieldId field : texts_) read_field(field);
    }
  }
  // A field that an event leaves out may come from what is known of another: then that one is read too.
  void read_field(event::FieldId field) {
    if (!found_.insert(field).second) return;
    const auto [begin, end] = links_.equal_range(field);
    for (auto link = begin; link != end; ++link) read(link->second.first, link->second.second);
  }
  void read_derived(const pack::Derived& derived) {
    read(derived.value);
    if (derived.builtin == pack::Builtin::kTextKey || derived.builtin == pack::Builtin::kTextSize) read_field(event::field::kText);
    if (derived.builtin == pack::Builtin::kNetwork) read_field(event::field::kIp);
  }
  void read(Index feature_index, Index key) {
    const pack::Feature& feature = plan_.features[feature_index];
    read_key(key);
    read_key(feature.key);
    read(feature.where);
    read(feature.value);
    read(feature.probe);
  }
  void read_key(Index key) {
    for (const Slot slot : plan_.keys[key].parts) read(slot);
  }

  const pack::Plan& plan_;
  std::map<Slot, event::FieldId> fields_;
  std::map<Slot, Index> derived_;
  std::map<Slot, std::pair<Index, Index>> features_;  // feature, the key that it is read through
  std::set<Slot> lists_;
  std::set<event::FieldId> texts_;
  std::multimap<event::FieldId, std::pair<Index, Index>> links_;
  std::set<event::FieldId> found_;
  std::set<Slot> slots_;
};

}  // namespace

std::vector<FieldUse> field_uses(const pack::Plan& plan) {
  std::vector<FieldUse> out(plan.schema.size());
  for (event::FieldId field = 0; field < plan.schema.size(); ++field) {
    out[field].field = plan.schema.name(field);
    for (const event::Personal& personal : event::personal_fields()) {
      if (personal.field == out[field].field) out[field].personal = &personal;
    }
  }
  for (const event::FieldId field : {event::field::kPlatform, event::field::kRoom, event::field::kSession, event::field::kHost, event::field::kOperator, event::field::kMcn,
                                     event::field::kMerchant}) {
    out[field].in_record = true;
  }
  Origins origins(plan);
  for (const pack::Rule& rule : plan.rules) {
    for (const event::FieldId field : origins.of(rule)) out[field].rules.push_back(&rule);
  }
  return out;
}

std::vector<std::string> fields_without_use(const pack::Plan& plan) {
  std::vector<std::string> out;
  for (const FieldUse& use : field_uses(plan)) {
    if (use.rules.empty() && !use.in_record) out.push_back(use.field);
  }
  return out;
}

}  // namespace lw::desk
