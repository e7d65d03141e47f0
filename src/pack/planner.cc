#include "pack/planner.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <tuple>

#include "cel/collection.h"
#include "pack/links.h"
#include "pack/schedule.h"

namespace lw::pack {
namespace {

using Role = Named::Role;

bool has_type(const std::vector<event::Type>& types, event::Type type) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

class Planner {
 public:
  Planner(const Names& names, Plan& plan, std::vector<feature::TermList>& lists) : names_(names), plan_(plan), lists_(lists) {
    for (const std::string_view field : words(Vocabulary::kRecordField)) record_.insert(*plan.schema.find(field));
    for (Index i = 0; i < plan.features.size(); ++i) {
      if (plan.features[i].fills != event::kFieldLimit) fillers_[plan.features[i].fills].push_back(i);
    }
    needed_.features.assign(plan.features.size(), false);
    needed_.derived.assign(plan.derived.size(), false);
    needed_.lists.assign(lists.size(), false);
    wanted_types_.resize(lists.size());
  }

  Needed run() {
    find_needed();
    split_wide_rows();
    lay_out();
    for (Rule& rule : plan_.rules) rule.words = words_of(rule.when);
    for (std::size_t type = 0; type < event::kTypeCount; ++type) {
      plan_.journeys[type] = journey(static_cast<event::Type>(type), false);
      if (plan_.journeys[type].text_fields.empty() || links_text(plan_.journeys[type])) continue;
      plan_.quiet[type] = journey(static_cast<event::Type>(type), true);
    }
    give_lists_their_types();
    return std::move(needed_);
  }

 private:
  // --- What is needed at all -------------------------------------------------------------------------------------------

  void find_needed() {
    for (const Rule& rule : plan_.rules) {
      for_each_program(rule, [&](const cel::Program& program) { need(program); });
      need_target(rule);
      for (const auto& [kind, slot] : rule.liable) need(slot);
      if (rule.deadline) need_deadline(*rule.deadline);
      for (const event::FieldId field : record_) need_field(field);
    }
    for (std::size_t i = 0; i < lists_.size(); ++i) need_near(i);
  }
  void need_target(const Rule& rule) {
    if (rule.target.slot != kNoSlot) need(rule.target.slot);
    if (rule.target.members != kNone) need(slot_of(rule.target.members, rule.target.members_key));
  }
  void need_deadline(const Deadline& deadline) {
    if (deadline.key != kNone) need_key(deadline.key);
    if (deadline.unless) need(deadline.unless->when);
  }
  void need(const cel::Program& program) {
    for (const std::uint32_t slot : program.slots()) need(static_cast<Slot>(slot));
  }
  void need(const Optional& expression) {
    if (expression) need(expression->program);
  }
  void need_key(Index key) {
    for (const Slot part : plan_.keys[key].parts) need(part);
  }
  void need(Slot slot) {
    if (!seen_.insert(slot).second) return;
    const Named& named = names_.at(slot);
    switch (named.role) {
      case Role::kAttribute: return;
      case Role::kField: return need_field(static_cast<event::FieldId>(named.index));
      case Role::kText: needed_.lists[named.index] = true; return;
      case Role::kDerived:
        needed_.derived[named.index] = true;
        if (plan_.derived[named.index].builtin == Builtin::kNetwork) need_field(event::field::kIp);
        return need(plan_.derived[named.index].value);
      case Role::kFeature: {
        const Feature& feature = plan_.features[named.index];
        needed_.features[named.index] = true;
        for (const Optional* expression : {&feature.value, &feature.where, &feature.probe}) need(*expression);
        need_key(feature.key);
        need_key(named.key);
      }
    }
  }
  void need_field(event::FieldId field) {
    const auto found = fillers_.find(field);
    if (found == fillers_.end() || !filled_.insert(field).second) return;
    for (const Index feature : found->second) need(slot_of(feature, plan_.features[feature].key));
  }
  void need_near(std::size_t list) {
    if (!needed_.lists[list]) return;
    for (const auto& near : {lists_[list].near, lists_[list].unless_near}) {
      if (near) needed_.lists[list_index(near->list)] = true;
    }
  }
  std::size_t list_index(const std::string& name) const {
    const auto found = std::find_if(lists_.begin(), lists_.end(), [&](const feature::TermList& list) { return list.name == name; });
    return static_cast<std::size_t>(found - lists_.begin());
  }
  Slot slot_of(Index feature, Index key) const {
    const std::string& id = plan_.features[feature].id;
    return names_.find(plan_.keys[key].name, id.substr(id.find('.') + 1))->slot;
  }

  bool stored(Index feature) const { return needed_.features[feature] && plan_.features[feature].spec.op != feature::Op::kGet; }

  // Into one table for each first type of event that feeds something, and another for what it feeds on a condition only:
  // there is no set of young accounts where nobody is young.
  void split_wide_rows() {
    std::vector<std::size_t> bytes(plan_.tables.size());
    for (Index i = 0; i < plan_.features.size(); ++i) {
      if (stored(i)) bytes[plan_.features[i].table] += feature::state_bytes(plan_.features[i].spec);
    }
    std::map<std::tuple<Index, event::Type, bool>, Index> parts;
    for (Index i = 0; i < plan_.features.size(); ++i) {
      Feature& feature = plan_.features[i];
      if (!stored(i) || bytes[feature.table] <= kWideRow) continue;
      const event::Type first = *std::min_element(feature.on.begin(), feature.on.end());
      const auto [part, fresh] = parts.try_emplace({feature.table, first, feature.where != nullptr}, static_cast<Index>(plan_.tables.size()));
      if (fresh) plan_.tables.push_back({plan_.tables[feature.table].name, feature.table, {}, 0});
      feature.table = part->second;
    }
  }

  void lay_out() {
    for (Index i = 0; i < plan_.features.size(); ++i) {
      Feature& feature = plan_.features[i];
      if (!stored(i)) continue;
      Table& table = plan_.tables[feature.table];
      const auto align = static_cast<std::uint32_t>(feature::state_align(feature.spec));
      feature.offset = (table.row_bytes + align - 1) / align * align;
      table.row_bytes = feature.offset + static_cast<std::uint32_t>(feature::state_bytes(feature.spec));
      table.features.push_back(i);
    }
    constexpr std::uint32_t kRowAlign = 8;
    for (Table& table : plan_.tables) table.row_bytes = (table.row_bytes + kRowAlign - 1) / kRowAlign * kRowAlign;
  }

  // --- One event type --------------------------------------------------------------------------------------------------

  // What its journey reads and updates.
  struct Stops {
    std::set<Slot> reads;         // of features
    std::set<Index> updates, derived, lists;
    std::set<event::FieldId> fields, late_fields;
  };

  // Text lists without which the expression is false: one that it needs in any case, else all of them together, if it
  // needs one of them.
  std::vector<Slot> words_of(const Optional& expression) const {
    if (!expression) return {};
    std::vector<Slot> lists;
    for (const std::uint32_t slot : expression->program.slots()) {
      if (names_.at(slot).role == Role::kText) lists.push_back(static_cast<Slot>(slot));
    }
    for (const Slot list : lists) {
      if (false_without(expression->program, {&list, 1})) return {list};
    }
    return false_without(expression->program, lists) ? lists : std::vector<Slot>{};
  }
  bool false_without(const cel::Program& program, std::span<const Slot> lists) const {
    static const cel::List kEmpty{};
    std::vector<cel::Value> known(plan_.slot_count);
    for (const Slot list : lists) {
      known[list].kind = cel::Kind::kList;
      known[list].list = &kEmpty;
    }
    return !lists.empty() && program.is_false_given(known);
  }
  // A visit to features of several tables becomes one for each run of steps in one.
  std::vector<Visit> by_table(std::vector<Visit> visits) const {
    std::vector<Visit> out;
    for (const Visit& visit : visits) {
      Visit* part = nullptr;
      for (const Visit::Step& step : visit.steps) {
        const Feature& feature = plan_.features[step.feature];
        const bool anywhere = feature.spec.op == feature::Op::kGet;
        if (!part || (!anywhere && feature.table != part->table)) {
          part = &out.emplace_back(Visit{visit.key, anywhere ? plan_.keys[visit.key].table : feature.table, {}, {}});
        }
        part->steps.push_back(step);
        if (std::find(visit.wanted.begin(), visit.wanted.end(), feature.fills) != visit.wanted.end()) part->wanted.push_back(feature.fills);
      }
    }
    return out;
  }
  bool links_text(const Journey& journey) const {
    const auto linked = linked_fields(plan_, journey.links);
    return std::any_of(journey.text_fields.begin(), journey.text_fields.end(), [&](event::FieldId field) { return linked.contains(field); });
  }

  Journey journey(event::Type type, bool quiet) {
    Journey journey;
    Stops stops;
    for (Index i = 0; i < plan_.features.size(); ++i) {
      if (!needed_.features[i] || !has_type(plan_.features[i].on, type)) continue;
      if (!quiet || words_of(plan_.features[i].where).empty()) update(i, stops);
    }
    for (Index i = 0; i < plan_.rules.size(); ++i) {
      const Rule& rule = plan_.rules[i];
      if (has_type(rule.on, type) && (!quiet || rule.words.empty())) {
        journey.rules.push_back(i);
        judge(rule, stops);
      }
      if (rule.deadline && rule.deadline->unless && has_type(rule.deadline->unless->on, type)) {
        journey.disarms.push_back(i);
        read_key(rule.deadline->key, stops);
        read(rule.deadline->unless->when, stops);
      }
    }
    if (!journey.rules.empty()) stops.late_fields.insert(record_.begin(), record_.end());
    texts(type, stops, journey);
    derived(stops, journey);
    journey.visits = by_table(schedule(names_, plan_, {stops.reads.begin(), stops.reads.end()}, {stops.updates.begin(), stops.updates.end()}));
    journey.links = by_table(plan_links(names_, plan_, stops.fields));
    for (const event::FieldId field : linked_fields(plan_, journey.links)) stops.late_fields.erase(field);
    journey.record_links = by_table(plan_links(names_, plan_, stops.late_fields));
    return journey;
  }

  void judge(const Rule& rule, Stops& stops) {
    read(rule.when, stops);
    for (const Rule::Signal& signal : rule.signals) read(signal.expression.program, stops);
    read(rule.score, stops);
    if (rule.target.slot != kNoSlot) read(rule.target.slot, stops);
    if (rule.target.members != kNone) read(slot_of(rule.target.members, rule.target.members_key), stops);
    if (rule.deadline) {
      read(rule.deadline->from, stops);
      if (rule.deadline->key != kNone) read_key(rule.deadline->key, stops);
    }
    for (const auto& [kind, slot] : rule.liable) read_late(slot, stops);
    for (const Template* text : {&rule.zh, &rule.en}) {
      for (const auto& piece : text->pieces) {
        if (!piece.expression) continue;
        for (const std::uint32_t slot : piece.expression->program.slots()) read_late(static_cast<Slot>(slot), stops);
      }
    }
  }
  // Fields may wait until the rule fires; what takes a visit, a scan or a computation may not.
  void read_late(Slot slot, Stops& stops) {
    const Named& named = names_.at(slot);
    if (named.role == Role::kField) {
      stops.late_fields.insert(static_cast<event::FieldId>(named.index));
    } else {
      read(slot, stops);
    }
  }
  void read(const cel::Program& program, Stops& stops) {
    for (const std::uint32_t slot : program.slots()) read(static_cast<Slot>(slot), stops);
  }
  void read(const Optional& expression, Stops& stops) {
    if (expression) read(expression->program, stops);
  }
  void read_key(Index key, Stops& stops) {
    for (const Slot part : plan_.keys[key].parts) read(part, stops);
  }
  void read(Slot slot, Stops& stops) {
    const Named& named = names_.at(slot);
    switch (named.role) {
      case Role::kAttribute: return;
      case Role::kField: stops.fields.insert(static_cast<event::FieldId>(named.index)); return;
      case Role::kText: stops.lists.insert(named.index); return;
      case Role::kDerived:
        if (plan_.derived[named.index].builtin == Builtin::kNetwork) stops.fields.insert(event::field::kIp);
        if (stops.derived.insert(named.index).second) read(plan_.derived[named.index].value, stops);
        return;
      case Role::kFeature: {
        if (!stops.reads.insert(slot).second) return;
        const Feature& feature = plan_.features[named.index];
        read_key(named.key, stops);
        if (feature.spec.op == feature::Op::kGet) read(feature.value, stops);
        read(feature.probe, stops);
      }
    }
  }
  void update(Index index, Stops& stops) {
    const Feature& feature = plan_.features[index];
    stops.updates.insert(index);
    if (feature.spec.members) stops.fields.insert(event::field::kRoom);  // a member keeps the room it was seen in
    read_key(feature.key, stops);
    read(feature.where, stops);
    read(feature.value, stops);
  }

  void texts(event::Type type, const Stops& stops, Journey& journey) {
    std::set<event::FieldId> fields;
    for (const Index list : stops.lists) {
      const auto& on = lists_[list].on;
      journey.lists.push_back(list);  // of a type that it is not sought in, it is empty
      if (on.empty() || has_type(on, type)) want(list, type, fields);
    }
    journey.text_fields.assign(fields.begin(), fields.end());
  }
  void want(std::size_t list, event::Type type, std::set<event::FieldId>& fields) {
    wanted_types_[list].insert(type);
    fields.insert(lists_[list].fields.begin(), lists_[list].fields.end());
    for (const auto& near : {lists_[list].near, lists_[list].unless_near}) {
      if (!near) continue;
      const std::size_t other = list_index(near->list);  // looked at before its own conditions: no further
      wanted_types_[other].insert(type);
      fields.insert(lists_[other].fields.begin(), lists_[other].fields.end());
    }
  }
  void give_lists_their_types() {
    for (std::size_t i = 0; i < lists_.size(); ++i) lists_[i].on.assign(wanted_types_[i].begin(), wanted_types_[i].end());
  }

  void derived(const Stops& stops, Journey& journey) {
    std::set<Index> done;
    for (const Index index : stops.derived) compute(index, done, journey);
  }
  // Each after what it reads.
  void compute(Index index, std::set<Index>& done, Journey& journey) {
    if (!done.insert(index).second) return;
    if (const Optional& value = plan_.derived[index].value) {
      for (const std::uint32_t slot : value->program.slots()) {
        if (names_.at(slot).role == Role::kDerived) compute(names_.at(slot).index, done, journey);
      }
    }
    journey.derived.push_back(index);
  }

  static constexpr std::size_t kWideRow = 64;  // bytes
  const Names& names_;
  Plan& plan_;
  std::vector<feature::TermList>& lists_;
  Needed needed_;
  std::set<event::FieldId> record_, filled_;
  std::map<event::FieldId, std::vector<Index>> fillers_;
  std::set<Slot> seen_;
  std::vector<std::set<event::Type>> wanted_types_;
};

}  // namespace

Needed plan_journeys(const Names& names, Plan& plan, std::vector<feature::TermList>& lists) {
  return Planner(names, plan, lists).run();
}

}  // namespace lw::pack
