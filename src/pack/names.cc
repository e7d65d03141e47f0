#include "pack/names.h"

#include <algorithm>

#include "pack/scan.h"

namespace lw::pack {
namespace {

constexpr std::string_view kAttributes[] = {"id", "source", "type", "time", "platform"};
constexpr BuiltinName kBuiltins[] = {{"text_key", Builtin::kTextKey},
                                     {"text_size", Builtin::kTextSize},
                                     {"local_hour", Builtin::kLocalHour},
                                     {"local_day", Builtin::kLocalDay},
                                     {"weekday", Builtin::kWeekday},
                                     {"network", Builtin::kNetwork}};
constexpr std::size_t kMaxNames = kNoSlot;
constexpr std::uint32_t kAssumedSize = 100;  // of an event's texts and lists, where an expression's cost is estimated

// A platform's own field this near to one of the vocabulary is a slip of the pen unless it is declared.
std::string_view misspelt(std::string_view name, const event::Schema& schema) {
  if (name.size() < 4) return {};
  const std::size_t limit = name.size() >= 9 ? 2 : 1;
  for (event::FieldId id = 0; id < event::field::kVocabularySize; ++id) {
    if (edit_distance(name, schema.name(id), limit) <= limit) return schema.name(id);
  }
  return {};
}

std::string type_list(std::span<const cel::Type* const> types) {
  std::string out;
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (types[i]->is(cel::TypeKind::kDyn)) continue;
    if (!out.empty()) out += i + 1 == types.size() ? " or " : ", ";
    out += types[i]->to_text();
  }
  return out;
}

}  // namespace

std::span<const BuiltinName> builtins() { return kBuiltins; }

void for_each_expression(const Drafts& drafts, const std::function<void(const Written&)>& visit) {
  const auto each = [&](const Written& written) {
    if (written) visit(written);
  };
  for (const DerivedDraft& derived : drafts.derived) each(derived.value);
  for (const FeatureDraft& feature : drafts.features) {
    each(feature.value);
    each(feature.probe);
    each(feature.where);
  }
  for (const RuleDraft& rule : drafts.rules) {
    each(rule.when);
    each(rule.score);
    for (const auto& signal : rule.signals) each(signal.expression);
    for (const auto* text : {&rule.zh, &rule.en}) {
      for (const auto& piece : text->pieces) each(piece.expression);
    }
    each(rule.from);
    each(rule.unless_when);
  }
}

Names::Names(const Drafts& drafts, Plan& plan, Findings& findings) : drafts_(drafts), plan_(plan), findings_(findings) {
  for (const std::string& name : drafts.fields) {
    if (!plan.schema.add_extension(name)) {
      findings.add(Error{fmt::format("more than {} fields of events", event::kFieldLimit), {}, {}});
    }
  }
  for_each_expression(drafts, [&](const Written& written) { add_extensions(written); });
  register_fields();
  register_keys();
  register_features();
  register_values();
  mention_all();
  assign_slots();
  declare();
}

void Names::add_extensions(const Written& written) {
  for (const Mention& mention : scan_mentions(written.text)) {
    const std::string_view name = mention.field;
    if (mention.object != "event" || plan_.schema.find(name)) continue;
    if (std::find(std::begin(kAttributes), std::end(kAttributes), name) != std::end(kAttributes)) continue;
    const Error at = written.node->error_at(written.offset + mention.offset, {});
    const auto refuse = [&](std::string message) { findings_.add(Error{std::move(message), at.place, at.excerpt}); };
    if (const auto right = misspelt(name, plan_.schema); !right.empty()) {
      refuse(fmt::format("unknown field {} (did you mean {}?); a platform's own field of so similar a name is declared under `fields`",
                         name, right));
    }
    if (!plan_.schema.add_extension(name)) refuse(fmt::format("more than {} fields of events", event::kFieldLimit));
  }
}

void Names::add(Named named) {
  auto name = std::pair(named.object, named.field);
  if (!by_name_.emplace(std::move(name), all_.size()).second) return;
  first_.emplace(std::pair(named.role, named.index), all_.size());
  all_.push_back(std::move(named));
}

void Names::register_fields() {
  for (Index i = 0; i < std::size(kAttributes); ++i) {
    const auto* type = kAttributes[i] == "time" ? cel::Type::timestamp() : cel::Type::string();
    add({Named::Role::kAttribute, i, kNone, "event", std::string(kAttributes[i]), type});
  }
  for (std::size_t i = 0; i < plan_.schema.size(); ++i) {
    const auto id = static_cast<event::FieldId>(i);
    add({Named::Role::kField, id, kNone, "event", std::string(plan_.schema.name(id)), plan_.schema.type(id)});
  }
}

void Names::register_keys() {
  const auto add_key = [&](const std::string& name, const std::string& of) {
    auto [table, fresh] = tables_.emplace(of, static_cast<Index>(plan_.tables.size()));
    if (fresh) plan_.tables.push_back({of, table->second, {}, 0});
    keys_.emplace(name, static_cast<Index>(plan_.keys.size()));
    plan_.keys.push_back({name, table->second, {}});
  };
  for (const std::string_view entity : words(Vocabulary::kEntity)) add_key(std::string(entity), std::string(entity));
  for (const KeyDraft& draft : drafts_.keys) {
    const std::string& of = draft.of ? draft.of.text : draft.name.text;
    add_key(draft.name.text, of);
  }
  for (const KeyDraft& draft : drafts_.keys) {
    const Index of = draft.of ? key(draft.of) : kNone;
    if (of == kNone || plan_.tables[plan_.keys[of].table].name == draft.of.text) continue;
    draft.of.refuse(findings_, fmt::format("{} is itself `of` another key: name {}", draft.of.text, plan_.tables[plan_.keys[of].table].name));
  }
}

void Names::register_features() {
  std::map<std::pair<Index, std::string>, const FeatureDraft*> seen;
  for (const FeatureDraft& draft : drafts_.features) {
    Written written = draft.id;
    written.text = draft.key;
    Feature feature;
    feature.id = draft.id.text;
    feature.spec = draft.spec;
    feature.doc = draft.doc;
    feature.key = key(written);
    feature.type = cel::Type::dyn();
    feature.table = feature.key == kNone ? kNone : plan_.keys[feature.key].table;
    plan_.features.push_back(std::move(feature));
    const Feature& made = plan_.features.back();
    const auto index = static_cast<Index>(plan_.features.size() - 1);
    if (made.key == kNone) continue;
    if (const auto [other, fresh] = seen.emplace(std::pair(made.table, draft.name), &draft); !fresh) {
      draft.id.refuse(findings_, fmt::format("duplicate feature {}: {} is in {}:{}", draft.id.text, other->second->id.text,
                                             other->second->id.node->file->name(), other->second->id.node->line()));
      continue;
    }
    for (Index k = 0; k < plan_.keys.size() && all_.size() < kMaxNames; ++k) {
      // A `get` is made of other features read by its own key: another key has no such value.
      if (plan_.keys[k].table != made.table || (draft.spec.op == feature::Op::kGet && k != made.key)) continue;
      add({Named::Role::kFeature, index, k, plan_.keys[k].name, draft.name, nullptr});
    }
  }
}

void Names::register_values() {
  for (const BuiltinName& builtin : kBuiltins) {
    const auto* type = builtin.builtin == Builtin::kTextKey || builtin.builtin == Builtin::kNetwork ? cel::Type::string() : cel::Type::integer();
    add({Named::Role::kDerived, static_cast<Index>(plan_.derived.size()), kNone, "derived", std::string(builtin.name), type});
    plan_.derived.push_back({std::string(builtin.name), kNoSlot, builtin.builtin, nullptr});
  }
  for (const DerivedDraft& draft : drafts_.derived) {
    if (by_name_.contains(std::pair(std::string("derived"), draft.name.text))) {
      draft.name.refuse(findings_, fmt::format("duplicate derived value {}", draft.name.text));
    }
    add({Named::Role::kDerived, static_cast<Index>(plan_.derived.size()), kNone, "derived", draft.name.text, nullptr});
    plan_.derived.push_back({draft.name.text, kNoSlot, Builtin::kCel, nullptr});
  }
  for (Index i = 0; i < drafts_.lists.size(); ++i) {
    add({Named::Role::kText, i, kNone, "text", drafts_.lists[i].id.text, cel::Type::list(cel::Type::string())});
  }
  if (all_.size() >= kMaxNames) {
    findings_.add(Error{fmt::format("more than {} names: features times the keys that read them", kMaxNames), {}, {}});
  }
}

std::vector<const Named*> Names::mentions(const Written& written) const {
  std::vector<const Named*> out;
  for (const Mention& mention : scan_mentions(written.text)) {
    if (const Named* named = find(mention.object, mention.field)) out.push_back(named);
  }
  return out;
}

void Names::mention(const Written& written) {
  for (const Mention& mention : scan_mentions(written.text)) {
    const auto found = by_name_.find(std::pair(std::string(mention.object), std::string(mention.field)));
    if (found != by_name_.end()) all_[found->second].mentioned = true;
  }
}

void Names::mention_field(std::string_view name) {
  const auto found = by_name_.find(std::pair(std::string("event"), std::string(name)));
  if (found != by_name_.end()) all_[found->second].mentioned = true;
}

// Expressions, and the places that name a value without one.
void Names::mention_all() {
  for_each_expression(drafts_, [&](const Written& written) { mention(written); });
  for (const std::string_view field : words(Vocabulary::kRecordField)) mention_field(field);
  for (const std::string_view entity : words(Vocabulary::kEntity)) mention_field(entity);
  for (const KeyDraft& draft : drafts_.keys) {
    for (const Written& field : draft.fields) {
      mention(field);
      mention_field(field.text);
    }
  }
  for (const FeatureDraft& draft : drafts_.features) {
    if (!draft.fills) continue;
    mention(draft.id);
    mention_field(draft.fills.text);
  }
  for (const RuleDraft& draft : drafts_.rules) {
    mention_field(draft.target.text);
    mention(draft.each);
    for (const Written& field : draft.liable) mention_field(field.text);
  }
}

void Names::assign_slots() {
  by_slot_.reserve(all_.size());
  for (const bool mentioned : {true, false}) {
    for (std::size_t i = 0; i < all_.size(); ++i) {
      if (all_[i].mentioned != mentioned) continue;
      all_[i].slot = static_cast<Slot>(by_slot_.size());
      by_slot_.push_back(i);
    }
    if (mentioned) plan_.slot_count = by_slot_.size();
  }
  plan_.field_slots.fill(kNoSlot);
  plan_.text_slots.assign(drafts_.lists.size(), kNoSlot);
  Slot* const attributes[] = {&plan_.id_slot, &plan_.source_slot, &plan_.type_slot, &plan_.time_slot, &plan_.platform_slot};
  for (const Named& named : all_) {
    if (named.role == Named::Role::kDerived) plan_.derived[named.index].slot = named.slot;
    if (!named.mentioned) continue;
    if (named.role == Named::Role::kField) plan_.field_slots[named.index] = named.slot;
    if (named.role == Named::Role::kText) plan_.text_slots[named.index] = named.slot;
    if (named.role == Named::Role::kAttribute) *attributes[named.index] = named.slot;
  }
}

void Names::declare() {
  std::map<std::string, std::vector<cel::Field>> objects;
  for (const Named& named : all_) {
    auto& fields = objects[named.object];
    if (named.type) fields.push_back({named.field, named.type, named.slot});
  }
  for (const std::string_view object : {"event", "text", "derived"}) objects[std::string(object)];
  const auto keep = [&](const Status& status) {
    if (!status) findings_.add(status.error());
  };
  cel::Limits limits;
  limits.assumed_size = kAssumedSize;
  env_.set_limits(limits);
  for (auto& [object, fields] : objects) keep(env_.add_object(object, std::move(fields)));
  for (const ParamDraft& param : drafts_.params) {
    params_.insert(param.name.text);
    keep(env_.add_constant("params." + param.name.text, param.type, param.value));
  }
}

void Names::set_type(Named::Role role, Index index, const cel::Type* type) {
  const auto first = first_.find(std::pair(role, index));
  if (first == first_.end()) return;
  for (std::size_t i = first->second; i < all_.size() && all_[i].role == role && all_[i].index == index; ++i) {
    Named& named = all_[i];
    named.type = type;
    if (const auto added = env_.add_object(named.object, {{named.field, type, named.slot}}); !added) findings_.add(added.error());
  }
}

const Named* Names::find(std::string_view object, std::string_view field) const {
  const auto found = by_name_.find(std::pair(std::string(object), std::string(field)));
  return found == by_name_.end() ? nullptr : &all_[found->second];
}

const Named* Names::field(const Written& written) {
  if (const Named* found = find("event", written.text)) {
    if (found->role == Named::Role::kField || written.text == "platform") return found;
  }
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < plan_.schema.size(); ++i) names.push_back(plan_.schema.name(static_cast<event::FieldId>(i)));
  written.refuse(findings_, fmt::format("unknown field {}{}", written.text, suggestion(written.text, names)));
  return nullptr;
}

const Named* Names::value(const Written& written) {
  const std::size_t dot = written.text.find('.');
  if (dot == std::string::npos) return field(written);
  if (written.text.starts_with("derived.")) {
    if (const Named* found = find("derived", written.text.substr(dot + 1))) return found;
    written.refuse(findings_, fmt::format("unknown derived value {}", written.text.substr(dot + 1)));
    return nullptr;
  }
  return feature(written);
}

const Named* Names::feature(const Written& written) {
  const std::size_t dot = std::min(written.text.find('.'), written.text.size());
  const std::string object = written.text.substr(0, dot), name = written.text.substr(std::min(dot + 1, written.text.size()));
  const Named* found = find(object, name);
  if (found && found->role == Named::Role::kFeature) return found;
  std::vector<std::string> candidates;
  for (const Named& named : all_) {
    if (named.role == Named::Role::kFeature) candidates.push_back(named.text());
  }
  const std::vector<std::string_view> views(candidates.begin(), candidates.end());
  written.refuse(findings_, fmt::format("unknown feature {}{}", written.text, suggestion(written.text, views)));
  return nullptr;
}

Index Names::key(const Written& written) {
  if (const auto found = keys_.find(written.text); found != keys_.end()) return found->second;
  std::vector<std::string_view> names;
  for (const auto& [name, index] : keys_) names.push_back(name);
  written.refuse(findings_, fmt::format("unknown key {}{}", written.text, suggestion(written.text, names)));
  return kNone;
}

bool Names::knows_params(const Written& written) {
  bool all = true;
  for (const Mention& mention : scan_mentions(written.text)) {
    if (mention.object != "params" || params_.contains(mention.field)) continue;
    const std::vector<std::string_view> names(params_.begin(), params_.end());
    findings_.add(written.node->error_at(written.offset + mention.offset,
                                         fmt::format("unknown parameter {}{}", mention.field, suggestion(mention.field, names))));
    all = false;
  }
  return all;
}

bool Names::reads_untyped(const Written& written) const {
  const auto read = mentions(written);
  return std::any_of(read.begin(), read.end(), [](const Named* named) { return !named->type; });
}

Optional Names::compile(const Written& written, std::string_view what, std::span<const cel::Type* const> allowed) {
  if (!knows_params(written)) return nullptr;
  auto program = cel::compile(env_, written.text);
  if (!program && reads_untyped(written)) return nullptr;  // in a cycle, which was told already
  if (!program) {
    for (const cel::Issue& issue : program.error().list) {
      findings_.add(written.node->error_at(written.offset + issue.offset, issue.message));
    }
    return nullptr;
  }
  const cel::Type* type = program->type();
  if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), type) == allowed.end()) {
    written.refuse(findings_, fmt::format("{} is {}, not {}{}", what, type_list(allowed), type->to_text(),
                                          type->is(cel::TypeKind::kDyn) ? ": convert it, as in int(…) or string(…)" : ""));
    return nullptr;
  }
  return std::make_unique<Expression>(Expression{written.text, std::move(*program)});
}

}  // namespace lw::pack
