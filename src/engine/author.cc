#include "engine/author.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "base/hash.h"
#include "cel/cel.h"
#include "cel/collection.h"
#include "engine/json.h"
#include "engine/visitor.h"

namespace lw::engine {
namespace {

std::string_view text_of(const cel::Value& value) {
  return value.is(cel::Kind::kString) ? value.text() : std::string_view{};
}

bool known(const cel::Value& value) { return !value.is(cel::Kind::kAbsent) && !value.is(cel::Kind::kError); }

bool may_estimate(feature::Op op) {
  return op == feature::Op::kDistinct || op == feature::Op::kShare || op == feature::Op::kSeen;
}

void add_slots(const pack::Optional& expression, std::vector<pack::Slot>& out) {
  if (!expression) return;
  for (const std::uint32_t slot : expression->program.slots()) out.push_back(static_cast<pack::Slot>(slot));
}

// Every (slot, feature and key that it is read by) of the plan.
std::map<pack::Slot, std::pair<pack::Index, pack::Index>> feature_slots(const pack::Plan& plan) {
  std::map<pack::Slot, std::pair<pack::Index, pack::Index>> found;
  for (const pack::Journey& journey : plan.journeys) {
    for (const pack::Visit& visit : journey.visits) {
      for (const pack::Visit::Step& step : visit.steps) {
        if (!step.update()) found.try_emplace(step.slot, step.feature, visit.key);
      }
    }
  }
  return found;
}

}  // namespace

Author::Author(const pack::Plan& plan, Entities& entities, const Texts& texts)
    : plan_(plan), entities_(entities), texts_(texts) {
  namespace field = event::field;
  constexpr std::array kRecord = {field::kRoom, field::kSession, field::kHost, field::kOperator, field::kMcn, field::kMerchant};
  std::ranges::transform(kRecord, record_.begin(), [&](event::FieldId id) { return plan.field_slots[id]; });
  const auto features = feature_slots(plan);
  for (const pack::Rule& rule : plan.rules) {
    Shown& shown = shown_.emplace_back();
    for (const auto& [name, slot] : rule.shown) {
      const auto list = std::ranges::find(plan.text_slots, slot);
      if (list != plan.text_slots.end()) shown.lists.push_back(static_cast<std::uint32_t>(list - plan.text_slots.begin()));
      const auto found = features.find(slot);
      if (found != features.end() && may_estimate(plan.features[found->second.first].spec.op)) {
        shown.features.emplace_back(name, found->second);
      }
    }
  }
}

void Author::clear_evidence(Decision& decision) {
  evidence_.clear();
  evidence_hashes_.clear();
  decision.evidence = {};
}

void Author::add_evidence(std::string_view name, Decision& decision) {
  if (evidence_.size() == kMaxEvidence) return;
  const std::uint64_t hash = hash64(name);
  if (std::ranges::count(evidence_hashes_, hash) > 0 && std::ranges::count(evidence_, name) > 0) return;
  evidence_.push_back(name);
  evidence_hashes_.push_back(hash);
  decision.evidence = evidence_;
}

void Author::explain(pack::Index rule, Scene& scene, Decision& decision) {
  approximate_.clear();
  hits_.clear();
  clear_evidence(decision);
  decision.judged = decision.time = scene.event->time;
  decision.platform = scene.event->platform;
  decision.trigger = scene.event_name();
  add_evidence(decision.trigger, decision);
  const bool each = plan_.rules[rule].target.members != pack::kNone;  // each member's decision has its own event
  for (const auto& [name, where] : shown_[rule].features) {
    const pack::Feature& feature = plan_.features[where.first];
    const Entities::Found& found = entities_.find(where.second, feature.table, scene);
    if (!found.row) continue;
    std::byte* state = found.row + feature.offset;
    if (feature::approximate(feature.spec, state)) {
      approximate_ += approximate_.empty() ? '[' : ',';
      json::append_string(approximate_, name);
    }
    if (!feature.spec.members || evidence_.size() == kMaxEvidence || each) continue;
    feature::for_each_member(feature.spec, state, scene.watermark, 0,
                             [&](const feature::Member& member) { add_evidence(member.event_name, decision); });
  }
  if (!approximate_.empty()) approximate_ += ']';
  texts_.append_hits(scene, shown_[rule].lists, hits_);
  decision.approximate = approximate_;
  decision.hits = hits_;
}

void Author::write_record(pack::Index index, const Scene& scene, Decision& decision) const {
  std::array<std::string_view*, 6> texts = {&decision.room, &decision.session, &decision.host, &decision.operator_,
                                            &decision.mcn, &decision.merchant};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    *texts[i] = record_[i] == pack::kNoSlot ? std::string_view{} : text_of(scene.slot(record_[i]));
  }
  decision.liable = {};
  for (const auto& [kind, slot] : plan_.rules[index].liable) {
    const std::string_view id = text_of(scene.slot(slot));
    if (id.empty()) continue;
    decision.liable = {kind, id};
    break;
  }
}

void Author::write(pack::Index index, Scene& scene, Decision& decision) {
  const pack::Rule& rule = plan_.rules[index];
  decision.rule = &rule;
  write_record(index, scene, decision);
  features_ = "{";
  for (const auto& [name, slot] : rule.shown) {
    if (!known(scene.slot(slot))) continue;
    json::append_key(features_, name);
    json::append_value(features_, scene.slot(slot), plan_.zone_minutes);
  }
  features_ += '}';
  zh_.clear(), en_.clear();
  append_message(rule.zh, true, scene, zh_);
  append_message(rule.en, false, scene, en_);
  decision.features = features_;
  decision.zh = zh_;
  decision.en = en_;
  decision.score = 1;
  if (rule.score) {
    const cel::Value score = rule.score->program.run(scene.slots, scene.arena);
    if (score.is(cel::Kind::kDouble) && score.real >= 0) decision.score = std::min(score.real, 1.0);
  }
}

void Author::append_money(std::string& out, std::int64_t minor) {
  const std::uint64_t all = minor < 0 ? 0 - static_cast<std::uint64_t>(minor) : static_cast<std::uint64_t>(minor);
  fmt::format_to(std::back_inserter(out), "{}{}.{:02}", minor < 0 ? "-" : "", all / 100, all % 100);
}

void Author::append_message(const pack::Template& message, bool chinese, Scene& scene, std::string& out) const {
  for (const pack::Template::Piece& piece : message.pieces) {
    out += piece.literal;
    if (!piece.expression) continue;
    const cel::Value value = Visitor::run(*piece.expression, scene);
    if (piece.money && value.is(cel::Kind::kInt)) append_money(out, value.integer);
    else append_text(out, value, chinese);
  }
}

void Author::append_text(std::string& out, const cel::Value& value, bool chinese) const {
  using cel::Kind;
  switch (value.kind) {
    case Kind::kString: out += value.text(); break;
    case Kind::kInt: json::append_int(out, value.integer); break;
    case Kind::kDouble: fmt::format_to(std::back_inserter(out), "{}", value.real); break;
    case Kind::kDuration: out += format_duration({value.integer}); break;
    case Kind::kTimestamp: {
      std::string quoted;
      json::append_value(quoted, value, plan_.zone_minutes);
      out.append(quoted, 1, quoted.size() - 2);
      break;
    }
    case Kind::kList:
      for (const cel::Value& item : value.list->span()) {
        if (&item != value.list->items) out += chinese ? "、" : ", ";
        append_text(out, item, chinese);
      }
      break;
    case Kind::kOptional: append_text(out, value.pointer ? *value.pointer : cel::Value{}, chinese); break;
    case Kind::kAbsent:
    case Kind::kError:
    case Kind::kNull: out += '?'; break;
    default: out += cel::to_text(value);
  }
}

std::vector<pack::Slot> Author::slots_of(pack::Index index) const {
  const pack::Rule& rule = plan_.rules[index];
  std::vector<pack::Slot> slots(record_.begin(), record_.end());
  for (const auto& [kind, slot] : rule.liable) slots.push_back(slot);
  for (const auto& [name, slot] : rule.shown) slots.push_back(slot);
  slots.push_back(rule.target.slot);
  add_slots(rule.score, slots);
  for (const pack::Template* message : {&rule.zh, &rule.en}) {
    for (const pack::Template::Piece& piece : message->pieces) add_slots(piece.expression, slots);
  }
  std::ranges::sort(slots);
  slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
  std::erase(slots, pack::kNoSlot);
  return slots;
}

}  // namespace lw::engine
