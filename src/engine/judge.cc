#include "engine/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/bytes.h"
#include "engine/stored_plan.h"
#include "engine/values.h"

namespace lw::engine {
namespace {

// The time of one rule, from here to the end of the scope.
template <bool kProfiled>
struct Lap {
  Lap(Profile*, pack::Index) {}
};
template <>
struct Lap<true> {
  Lap(Profile* profile, pack::Index rule) : profile_(profile), rule_(rule) {}
  ~Lap() { Profile::lap(start_, profile_->rules[rule_]); }
  Profile* profile_;
  pack::Index rule_;
  std::uint64_t start_ = Profile::ticks();
};

constexpr Time kNever{std::numeric_limits<std::int64_t>::max()};

Time later(Time from, std::optional<Duration> by) {
  std::int64_t sum = 0;
  if (!by || __builtin_add_overflow(from.ns, by->ns, &sum)) return kNever;
  return {sum};
}

Time time_of(const cel::Value& value) {
  std::int64_t ns = 0;
  if (__builtin_mul_overflow(value.integer, kSecond, &ns) || __builtin_add_overflow(ns, std::int64_t{value.size}, &ns)) return kNever;
  return {ns};
}

}  // namespace

Judge::Judge(const pack::Plan& plan, State& state, Entities& entities, Visitor& visitor, const Texts& texts)
    : plan_(plan),
      state_(state),
      entities_(entities),
      visitor_(visitor),
      author_(plan, entities, texts),
      in_force_(plan),
      calendar_(plan.days_off, plan.days_worked, plan.zone_minutes),
      prepared_(plan.rules.size()),
      guards_(plan.rules.size()),
      counts_(plan.rules.size()) {
  const std::vector<std::string> names = slot_names(plan);
  for (pack::Index rule = 0; rule < plan.rules.size(); ++rule) {
    if (plan.rules[rule].when && plan.rules[rule].words.empty()) guards_[rule] = cel::guard_of(plan.rules[rule].when->program);
    rule_names_.push_back(plan.rules[rule].deadline ? hash64(plan.rules[rule].id) : 0);
    if (!plan.rules[rule].deadline) continue;
    for (const pack::Slot slot : author_.slots_of(rule)) prepared_[rule].saved.push_back({slot, hash64(names[slot])});
  }
  for (pack::Index table = 0; table < plan.tables.size(); ++table) {
    for (const auto& [rule, offset] : state.layout(table).named) prepared_[rule].named_at = offset;
    for (const pack::Index index : plan.tables[table].features) {
      const pack::Feature& feature = plan.features[index];
      if (feature.fills == event::kFieldLimit) continue;
      const auto& record = author_.record_slots();
      const bool of_record = std::ranges::count(record, plan.field_slots[feature.fills]) > 0;
      const bool of_room = plan.keys[feature.key].parts == std::vector<pack::Slot>{record[0]};
      if (of_record && of_room) room_links_.push_back(index);
    }
  }
}

Result<std::size_t> Judge::take_over(Judge& old) {
  std::size_t left_out = 0;
  for (std::uint32_t group = 0; group < kKeyGroups; ++group) {
    std::string bytes;
    old.timers_.save(group, old.rule_names_, bytes);
    old.timers_.clear(group);
    std::string_view in = bytes;
    const auto loaded = timers_.load(group, rule_names_, in);
    if (!loaded) return loaded;
    left_out += *loaded;
  }
  // Both lists are sorted by id.
  for (pack::Index now = 0, before = 0; now < plan_.rules.size(); ++now) {
    while (before < old.plan_.rules.size() && old.plan_.rules[before].id < plan_.rules[now].id) ++before;
    if (before < old.plan_.rules.size() && old.plan_.rules[before].id == plan_.rules[now].id) counts_[now] = old.counts_[before];
  }
  return left_out;
}

bool Judge::holds(const pack::Expression& expression, RuleCount& count, Scene& scene) {
  const cel::Value value = expression.program.run(scene.slots, scene.arena);
  if (value.is_true()) return true;
  if (value.is(cel::Kind::kError)) ++(value.error->code == cel::Error::kAbsent ? count.unknown : count.errors);
  return false;
}

bool Judge::signals(const pack::Rule& rule, RuleCount& count, Scene& scene) {
  std::uint32_t held = 0;
  for (const pack::Rule::Signal& signal : rule.signals) {
    if (held >= rule.needs) break;
    held += holds(signal.expression, count, scene) ? 1 : 0;
  }
  return held >= rule.needs;
}

bool Judge::says_one_of(const std::vector<pack::Slot>& lists, const Scene& scene) {
  return std::ranges::any_of(lists, [&](pack::Slot list) { return scene.slot(list).list->size > 0; });
}

void Judge::judge(const pack::Journey& journey, Scene& scene, DecisionSink& sink) {
  for (const pack::Index rule : journey.disarms) disarm(rule, scene);
  record_links_ = &journey.record_links;
  if (profile_) judge_rules<true>(journey, scene, sink);
  else judge_rules<false>(journey, scene, sink);
}

template <bool kProfiled>
void Judge::judge_rules(const pack::Journey& journey, Scene& scene, DecisionSink& sink) {
  for (const pack::Index index : in_force_.rules(journey, scene.event->type, scene.event->time)) {
    [[maybe_unused]] const Lap<kProfiled> lap(profile_, index);
    RuleCount& count = counts_[index];
    if (guards_[index].refuses(scene.slots)) {
      ++count.evaluated;
      continue;
    }
    const pack::Rule& rule = plan_.rules[index];
    if (!rule.words.empty() && !says_one_of(rule.words, scene)) continue;
    ++count.evaluated;
    if (rule.when && !holds(*rule.when, count, scene)) continue;
    if (rule.needs > 0 && !signals(rule, count, scene)) continue;
    ++count.fired;
    if (rule.deadline) {
      link_record(scene);
      arm(index, scene);
    } else if (rule.target.members != pack::kNone) {
      decide_members(index, scene, sink);
    } else {
      Decision decision;
      decision.rule = &rule;
      decision.platform = scene.event->platform;
      decide_target(index, scene, decision, sink);
    }
  }
}

// Once for each event, and only if something is decided: most of what fires is in its cool-down.
void Judge::link_record(Scene& scene) {
  if (!record_links_) return;
  for (const pack::Visit& visit : *record_links_) visitor_.link(visit, scene);
  record_links_ = nullptr;
}

std::string_view Judge::target_id(const pack::Rule& rule, Scene& scene) {
  const cel::Value& value = scene.slot(rule.target.slot);
  if (value.is(cel::Kind::kString)) return value.text();
  if (value.is(cel::Kind::kInt)) return scene.arena.copy(fmt::format_int(value.integer).str());
  return {};
}

bool Judge::cooled_down(const Decision& decision, Time watermark, Time& end) {
  bytes_.clear();
  put_text(bytes_, decision.platform);
  put_text(bytes_, decision.target.kind);
  put_text(bytes_, decision.target.id);
  const Key128 target = hash128(bytes_);
  put_text(bytes_, decision.rule->id);
  put_text(bytes_, decision.room);
  const Key128 key = hash128(bytes_);
  Cooldowns& cooldowns = state_.cooldowns(target);
  const bool started = cooldowns.start(key, watermark, later(watermark, decision.rule->cooldown));
  end = cooldowns.end(key);
  return started;
}

void Judge::deliver(pack::Index rule, const Decision& decision, DecisionSink& sink) {
  ++counts_[rule].decisions;
  sink.decide(decision);
}

std::string_view Judge::room_of(Scene& scene) {
  const pack::Slot slot = author_.record_slots()[0];
  if (slot == pack::kNoSlot) return {};
  if (scene.slot(slot).is(cel::Kind::kAbsent)) link_record(scene);
  return scene.slot(slot).is(cel::Kind::kString) ? scene.slot(slot).text() : std::string_view{};
}

void Judge::decide_target(pack::Index index, Scene& scene, Decision& decision, DecisionSink& sink) {
  const pack::Rule& rule = plan_.rules[index];
  decision.target = {rule.target.kind, target_id(rule, scene)};
  if (decision.target.id.empty()) {
    ++counts_[index].unknown;
    return;
  }
  decision.room = room_of(scene);
  Time end;
  if (!cooled_down(decision, scene.watermark, end)) return;
  link_record(scene);
  author_.explain(index, scene, decision);
  author_.write(index, scene, decision);
  deliver(index, decision, sink);
}

void Judge::decide_members(pack::Index index, Scene& scene, DecisionSink& sink) {
  const pack::Rule& rule = plan_.rules[index];
  const pack::Feature& feature = plan_.features[rule.target.members];
  const Entities::Found& found = entities_.find(rule.target.members_key, feature.table, scene);
  if (!found.row) return;
  auto& named = *reinterpret_cast<Layout::Named*>(found.row + prepared_[index].named_at);
  std::uint64_t since = named.since;
  if (scene.watermark >= named.until) {
    since = 0;
    named.until = kNever;
  }
  Decision decision;
  decision.rule = &rule;
  decision.platform = scene.event->platform;
  feature::for_each_member(feature.spec, found.row + feature.offset, scene.watermark, since,
                           [&](const feature::Member& member) {
                             named.until = std::min(named.until, decide_member(index, member, scene, decision, sink));
                           });
  named.since = feature::next_ordinal(feature.spec, found.row + feature.offset);
}

// Returns the end of the member's cool-down.
Time Judge::decide_member(pack::Index index, const feature::Member& member, Scene& scene, Decision& decision,
                          DecisionSink& sink) {
  const pack::Rule& rule = plan_.rules[index];
  decision.target = {rule.target.kind, member.value};
  decision.room = member.room;
  Time end;
  if (!cooled_down(decision, scene.watermark, end)) return end;
  link_record(scene);
  const auto& record = author_.record_slots();
  std::array<cel::Value, 6> own;
  std::ranges::transform(record, own.begin(), [&](pack::Slot slot) { return slot == pack::kNoSlot ? cel::Value{} : scene.slot(slot); });
  const bool elsewhere = !(own[0].is(cel::Kind::kString) && own[0].text() == member.room);
  if (elsewhere) move_record(rule, member.room, scene);
  if (decision.trigger.empty()) author_.explain(index, scene, decision);  // once for all members
  author_.clear_evidence(decision);
  author_.add_evidence(decision.trigger, decision);
  author_.add_evidence(member.event_name, decision);
  author_.write(index, scene, decision);
  deliver(index, decision, sink);
  for (std::size_t i = 0; elsewhere && i < record.size(); ++i) {
    if (record[i] != pack::kNoSlot) scene.slots[record[i]] = own[i];
  }
  return end;
}

// The record tells of the member's own room, not of the event's. What the set's key names (a merchant's reviewers) holds
// for all members.
void Judge::move_record(const pack::Rule& rule, std::string_view room, Scene& scene) {
  const auto& record = author_.record_slots();
  const auto& shared = plan_.keys[rule.target.members_key].parts;
  for (const pack::Slot slot : record) {
    if (slot != pack::kNoSlot && std::ranges::find(shared, slot) == shared.end()) scene.slots[slot] = {};
  }
  if (room.empty() || record[0] == pack::kNoSlot) return;
  scene.slots[record[0]] = cel::Value::of_string(room);
  for (const pack::Index index : room_links_) {
    const pack::Feature& feature = plan_.features[index];
    const cel::Value value = visitor_.ask(feature, scene);
    if (!value.is(cel::Kind::kString) || value.text().empty()) continue;
    scene.slots[plan_.field_slots[feature.fills]] = value;
  }
}

// The rule and the entity that it waits for.
Key128 Judge::timer_key(pack::Index rule, const Key128& key) const {
  std::uint64_t parts[3] = {rule_names_[rule], key.low, key.high};
  return hash128({reinterpret_cast<const char*>(parts), sizeof(parts)});
}

void Judge::disarm(pack::Index index, Scene& scene) {
  if (timers_.size() == 0) return;
  const pack::Deadline& deadline = *plan_.rules[index].deadline;
  Key128 key;
  if (!entities_.hash(deadline.key, scene, key)) return;
  key = timer_key(index, key);
  if (!timers_.armed(key)) return;
  if (!deadline.unless->when || holds(*deadline.unless->when, counts_[index], scene)) timers_.disarm(key);
}

void Judge::arm(pack::Index index, Scene& scene) {
  const pack::Rule& rule = plan_.rules[index];
  Key128 key;
  Time from = scene.event->time;
  if (rule.deadline->from) {
    const cel::Value value = rule.deadline->from->program.run(scene.slots, scene.arena);
    if (!value.is(cel::Kind::kTimestamp)) {
      ++counts_[index].unknown;
      return;
    }
    from = time_of(value);
  }
  if (!entities_.hash(rule.deadline->key, scene, key)) {
    ++counts_[index].unknown;
    return;
  }
  const Key128 name = timer_key(index, key);
  if (timers_.armed(name) && !rule.deadline->rearm) return;
  Timer timer;
  timer.deadline = rule.deadline->after ? later(from, rule.deadline->after)
                                        : calendar_.deadline(from, rule.deadline->working_days);
  timer.armed = {scene.number, index};
  timer.group = group_of(key);
  Decision decision;
  decision.rule = &rule;
  author_.explain(index, scene, decision);
  put(timer.saved, scene.event->time.ns);
  for (const std::string_view text : {decision.platform, decision.trigger, decision.approximate, decision.hits}) {
    put_text(timer.saved, text);
  }
  put(timer.saved, static_cast<std::uint32_t>(decision.evidence.size()));
  for (const std::string_view name_of : decision.evidence) put_text(timer.saved, name_of);
  for (const auto& [slot, slot_name] : prepared_[index].saved) {
    if (scene.slot(slot).is(cel::Kind::kAbsent)) continue;
    put(timer.saved, slot_name);
    put_value(timer.saved, scene.slot(slot));
  }
  timers_.arm(name, std::move(timer), rule.deadline->rearm);
}

void Judge::fire_due(Time now, Scene& scene, DecisionSink& sink) {
  Timer timer;
  while (timers_.pop_due(now, timer)) {
    scene.watermark = std::max(scene.watermark, timer.deadline);
    scene.arena.reset();
    const std::uint64_t start = profile_ ? Profile::ticks() : 0;
    fire(timer.armed.rule, timer, scene, sink);
    if (profile_) Profile::lap(start, profile_->rules[timer.armed.rule]);
    for (const auto& [slot, name] : prepared_[timer.armed.rule].saved) scene.slots[slot] = {};
  }
}

// What a timer kept, into the slots of those names that this plan has.
bool Judge::take_saved(pack::Index rule, std::string_view in, Scene& scene) const {
  while (!in.empty()) {
    std::uint64_t name = 0;
    cel::Value value;
    if (!take(in, name) || !take_value(in, scene.arena, value)) return false;
    for (const auto& saved : prepared_[rule].saved) {
      if (saved.name == name) scene.slots[saved.slot] = value;
    }
  }
  return true;
}

void Judge::fire(pack::Index index, const Timer& timer, Scene& scene, DecisionSink& sink) {
  const pack::Rule& rule = plan_.rules[index];
  Decision decision;
  decision.rule = &rule;
  decision.time = timer.deadline;
  std::string_view in = timer.saved;
  std::uint32_t names = 0;
  bool good = take(in, decision.judged.ns) && take_text(in, decision.platform) && take_text(in, decision.trigger) &&
              take_text(in, decision.approximate) && take_text(in, decision.hits) && take(in, names);
  std::string_view approximate = decision.approximate, hits = decision.hits;
  author_.clear_evidence(decision);
  for (std::uint32_t i = 0; good && i < names; ++i) {
    std::string_view name;
    good = take_text(in, name);
    author_.add_evidence(name, decision);
  }
  if (!good || !take_saved(index, in, scene)) {
    ++counts_[index].errors;  // damaged in storage: what cannot be told is not decided
    return;
  }
  author_.write_record(index, scene, decision);
  decision.target = {rule.target.kind, target_id(rule, scene)};
  Time end;
  if (decision.target.id.empty()) {
    ++counts_[index].unknown;
    return;
  }
  if (!cooled_down(decision, scene.watermark, end)) return;
  author_.write(index, scene, decision);
  decision.approximate = approximate;
  decision.hits = hits;
  deliver(index, decision, sink);
}

}  // namespace lw::engine
