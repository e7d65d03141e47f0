#include "pack/assemble.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "pack/order.h"

namespace lw::pack {
namespace {

using cel::Type;
using feature::Op;
using feature::ValueKind;
using Types = std::vector<const Type*>;

ValueKind value_kind(const Type* type) {
  if (type == Type::integer()) return ValueKind::kInt;
  if (type == Type::real()) return ValueKind::kDouble;
  if (type == Type::boolean()) return ValueKind::kBool;
  if (type == Type::string()) return ValueKind::kString;
  if (type == Type::timestamp()) return ValueKind::kTimestamp;
  if (type == Type::duration()) return ValueKind::kDuration;
  return ValueKind::kNone;
}

// What an aggregate may take.
Types taken_by(Op op) {
  switch (op) {
    case Op::kSum:
    case Op::kAvg:
    case Op::kQuantile: return {Type::integer(), Type::real()};
    case Op::kMin:
    case Op::kMax: return {Type::integer(), Type::real(), Type::timestamp()};
    case Op::kFirst:
    case Op::kLast: return {Type::integer(), Type::real(), Type::string(), Type::boolean(), Type::timestamp()};
    case Op::kDistinct:
    case Op::kShare:
    case Op::kSeen: return {Type::string(), Type::integer(), Type::boolean()};
    default: return {};
  }
}

class Assembler {
 public:
  Assembler(Drafts& drafts, Names& names, Plan& plan, Findings& findings)
      : drafts_(drafts), names_(names), plan_(plan), findings_(findings) {}

  void params() {
    for (ParamDraft& draft : drafts_.params) plan_.params.push_back({draft.name.text, draft.value, draft.type, draft.doc});
  }

  void definitions() {
    for (Index i = 0; i < plan_.features.size(); ++i) {  // what is known without looking at the value
      const Op op = plan_.features[i].spec.op;
      if (op == Op::kSeen || op == Op::kSince) set_type(i, feature::result_type(plan_.features[i].spec));
    }
    for (const Definition& definition : definition_order(drafts_, plan_, names_, findings_)) {
      definition.role == Named::Role::kDerived ? derived(definition.index) : value(definition.index);
    }
    for (Index i = 0; i < plan_.features.size(); ++i) finish(i);
  }

  void keys() {
    const std::size_t entities = words(Vocabulary::kEntity).size();
    for (std::size_t i = 0; i < entities; ++i) plan_.keys[i].parts.push_back(names_.find("event", plan_.keys[i].name)->slot);
    for (std::size_t i = 0; i < drafts_.keys.size(); ++i) {
      for (const Written& field : drafts_.keys[i].fields) {
        const Named* part = names_.value(field);
        if (!part) continue;
        const Types allowed{Type::string(), Type::integer(), Type::boolean(), Type::dyn()};
        if (part->type && std::find(allowed.begin(), allowed.end(), part->type) == allowed.end()) {
          field.refuse(findings_, fmt::format("a key is made of strings, ints and bools: {} is {}", field.text, part->type->to_text()));
        }
        plan_.keys[entities + i].parts.push_back(part->slot);
      }
    }
  }

  std::vector<feature::TermList> lists() {
    std::vector<std::string_view> known;
    for (const ListDraft& draft : drafts_.lists) known.push_back(draft.id.text);
    std::vector<feature::TermList> out;
    for (ListDraft& draft : drafts_.lists) {
      for (const Written& field : draft.fields) list_field(draft, field);
      for (auto& [other, near] : {std::tie(draft.near, draft.list.near), std::tie(draft.unless_near, draft.list.unless_near)}) {
        if (!other || std::find(known.begin(), known.end(), other.text) != known.end()) continue;
        other.refuse(findings_, fmt::format("unknown term list {}{}", other.text, suggestion(other.text, known)));
        near.reset();
      }
      draft.list.on = draft.on;
      out.push_back(draft.list);
    }
    return out;
  }

  void rules(const std::vector<std::string>& enable, bool enable_all) {
    std::map<std::string_view, const RuleDraft*> by_id;
    for (const std::string& id : enable) {
      if (std::none_of(drafts_.rules.begin(), drafts_.rules.end(), [&](const RuleDraft& rule) { return rule.rule.id == id; })) {
        std::vector<std::string_view> ids;
        for (const RuleDraft& rule : drafts_.rules) ids.push_back(rule.rule.id);
        findings_.add(Error{fmt::format("no rule {} to enable{}", id, suggestion(id, ids)), {}, {}});
      }
    }
    for (RuleDraft& draft : drafts_.rules) {
      if (const auto [other, fresh] = by_id.emplace(draft.id.text, &draft); !fresh) {
        draft.id.refuse(findings_, fmt::format("duplicate rule {}: also in {}:{}", draft.id.text, other->second->rule.file, other->second->rule.line));
        continue;
      }
      rule(draft);
      draft.enabled = draft.enabled || enable_all || std::find(enable.begin(), enable.end(), draft.id.text) != enable.end();
    }
    for (RuleDraft& draft : drafts_.rules) {
      if (draft.enabled && by_id[draft.id.text] == &draft) plan_.rules.push_back(std::move(draft.rule));
    }
    std::sort(plan_.rules.begin(), plan_.rules.end(), [](const Rule& a, const Rule& b) { return a.id < b.id; });
  }

 private:
  void set_type(Index feature, const Type* type) {
    plan_.features[feature].type = type;
    names_.set_type(Named::Role::kFeature, feature, type);
  }

  void derived(Index index) {
    if (index < builtins().size()) return;
    const Written& written = drafts_.derived[index - builtins().size()].value;
    Derived& made = plan_.derived[index];
    if (written) made.value = names_.compile(written, "a derived value", {});
    if (made.value) {
      for (const std::uint32_t slot : made.value->program.slots()) {
        if (names_.at(slot).role != Named::Role::kFeature) continue;
        written.refuse(findings_, fmt::format("a derived value is computed before any entity is visited: it cannot read {}", names_.at(slot).text()));
      }
    }
    names_.set_type(Named::Role::kDerived, index, made.value ? made.value->program.type() : Type::dyn());
  }

  // The expression that gives a feature its type.
  void value(Index index) {
    const FeatureDraft& draft = drafts_.features[index];
    Feature& made = plan_.features[index];
    const Op op = draft.spec.op;
    if (draft.value) {
      made.value = names_.compile(draft.value, fmt::format("what a `{}` takes", op_name(draft)), taken_by(op));
      if (made.value && op != Op::kGet) made.spec.value = value_kind(made.value->program.type());
      if (made.value && op == Op::kQuantile) made.spec.value = ValueKind::kDouble;  // an int is taken as one
    }
    const bool broken = draft.value && !made.value;
    if (!broken && op != Op::kGet) {
      made.spec.window.zone_minutes = plan_.zone_minutes;
      if (const auto good = feature::check(made.spec); !good) draft.id.refuse(findings_, good.error().message);
    }
    if (op == Op::kSeen || op == Op::kSince) return;
    set_type(index, broken ? Type::dyn() : op == Op::kGet ? made.value ? made.value->program.type() : Type::dyn() : feature::result_type(made.spec));
  }

  static std::string_view op_name(const FeatureDraft& draft) {
    const Node* node = draft.value.node;
    std::string_view name = "feature";
    static constexpr std::string_view kOps[] = {"count", "sum", "avg", "min", "max", "first", "last", "distinct", "rate", "quantile", "share", "seen", "since", "get"};
    if (node) name = kOps[static_cast<std::size_t>(draft.spec.op)];
    return name;
  }

  void finish(Index index) {
    const FeatureDraft& draft = drafts_.features[index];
    Feature& made = plan_.features[index];
    made.on = draft.on;
    const Types boolean{Type::boolean()};
    if (draft.where) made.where = names_.compile(draft.where, "`where`", boolean);
    if (draft.probe) {
      const Types same = made.value ? Types{made.value->program.type()} : Types{};
      made.probe = names_.compile(draft.probe, "the `value` of a `seen`", same);
    }
    if (draft.fills) fills(draft, made);
  }

  void fills(const FeatureDraft& draft, Feature& made) {
    const Named* field = names_.field(draft.fills);
    if (!field) return;
    if (field->role != Named::Role::kField) return draft.fills.refuse(findings_, "the platform cannot be filled");
    const auto* type = plan_.schema.type(static_cast<event::FieldId>(field->index));
    if (made.type != type) {
      draft.fills.refuse(findings_, fmt::format("{} is {}; this feature is {}", draft.fills.text, type->to_text(), made.type->to_text()));
    }
    const std::size_t entities = words(Vocabulary::kEntity).size();
    if (made.key != kNone && made.key >= entities) {
      for (const Written& part : drafts_.keys[made.key - entities].fields) {
        if (part.text.find('.') != std::string::npos) draft.fills.refuse(findings_, "`fills` needs a key made of fields of the event alone");
      }
    }
    made.fills = static_cast<event::FieldId>(field->index);
  }

  void list_field(ListDraft& draft, const Written& written) {
    const Named* field = names_.field(written);
    if (!field) return;
    const Types allowed{Type::string(), Type::list(Type::string()), Type::list(Type::dyn())};
    if (field->role != Named::Role::kField || std::find(allowed.begin(), allowed.end(), field->type) == allowed.end()) {
      return written.refuse(findings_, fmt::format("{} is {}, not a text", written.text, field->type->to_text()));
    }
    draft.list.fields.push_back(static_cast<event::FieldId>(field->index));
  }

  Template text(const TemplateDraft& draft) {
    Template out;
    for (const auto& piece : draft.pieces) {
      const Types allowed = piece.money ? Types{Type::integer()} : Types{};
      out.pieces.push_back({piece.literal, piece.expression ? names_.compile(piece.expression, piece.money ? "money" : "a message", allowed) : nullptr, piece.money});
    }
    return out;
  }

  void rule(RuleDraft& draft) {
    Rule& made = draft.rule;
    const Types boolean{Type::boolean()}, real{Type::real()}, time{Type::timestamp()};
    if (draft.when) made.when = names_.compile(draft.when, "`when`", boolean);
    if (draft.score) score(draft);
    for (const auto& signal : draft.signals) {
      auto compiled = names_.compile(signal.expression, "a signal", boolean);
      if (compiled) made.signals.push_back({signal.name, std::move(*compiled)});
    }
    made.zh = text(draft.zh);
    made.en = text(draft.en);
    target(draft);
    for (const Written& field : draft.liable) liable(made, field);
    if (made.deadline) {
      if (draft.from) made.deadline->from = names_.compile(draft.from, "`from`", time);
      if (draft.key) made.deadline->key = names_.key(draft.key);
      if (draft.unless_when && made.deadline->unless) {
        made.deadline->unless->when = names_.compile(draft.unless_when, "`when`", boolean);
      }
    }
    show(made);
  }

  void score(RuleDraft& draft) {
    const Types real{Type::real()};
    draft.rule.score = names_.compile(draft.score, "`score`", real);
    if (!draft.rule.score || !draft.rule.score->program.is_constant()) return;
    cel::Arena arena;
    const cel::Value value = draft.rule.score->program.run({}, arena);
    if (value.is(cel::Kind::kDouble) && value.real >= 0 && value.real <= 1) return;
    draft.score.refuse(findings_, "`score` is from 0.0 to 1.0");
  }

  void target(RuleDraft& draft) {
    Target& made = draft.rule.target;
    if (draft.each) {
      const Named* set = names_.feature(draft.each);
      if (!set) return;
      made.members = set->index;
      made.members_key = set->key;
      if (!plan_.features[set->index].spec.members) {
        draft.each.refuse(findings_, fmt::format("{} keeps no names: it must be a `distinct` with `members: true`", draft.each.text));
      }
    } else if (draft.target) {
      const Named* field = names_.field(draft.target);
      if (!field) return;
      if (field->type != Type::string()) {
        draft.target.refuse(findings_, fmt::format("a target is named by a string: {} is {}", draft.target.text, field->type->to_text()));
      }
      made.slot = field->slot;
    }
  }

  void liable(Rule& rule, const Written& written) {
    if (!find_word(Vocabulary::kTargetKind, written.text)) {
      return written.refuse(findings_, fmt::format("unknown kind {}{}", written.text, suggestion(written.text, words(Vocabulary::kTargetKind))));
    }
    if (const Named* field = names_.field(written)) rule.liable.emplace_back(written.text, field->slot);
  }

  // What the decision shows: the features, lists and derived values that the rule's expressions read.
  void show(Rule& rule) {
    std::map<std::string, Slot> shown;
    for_each_program(rule, [&](const cel::Program& program) {
      for (const std::uint32_t slot : program.slots()) {
        const Named& named = names_.at(slot);
        if (named.role != Named::Role::kField && named.role != Named::Role::kAttribute) shown.emplace(named.text(), named.slot);
      }
    });
    rule.shown.assign(shown.begin(), shown.end());
  }

  Drafts& drafts_;
  Names& names_;
  Plan& plan_;
  Findings& findings_;
};

}  // namespace

void for_each_program(const Rule& rule, const std::function<void(const cel::Program&)>& visit) {
  const auto each = [&](const Optional& expression) {
    if (expression) visit(expression->program);
  };
  each(rule.when);
  for (const Rule::Signal& signal : rule.signals) visit(signal.expression.program);
  each(rule.score);
  if (rule.deadline) each(rule.deadline->from);
  for (const Template* text : {&rule.zh, &rule.en}) {
    for (const auto& piece : text->pieces) each(piece.expression);
  }
}

Assembled assemble(Drafts& drafts, Names& names, Plan& plan, Findings& findings, const std::vector<std::string>& enable, bool enable_all) {
  Assembler assembler(drafts, names, plan, findings);
  assembler.params();
  assembler.definitions();
  assembler.keys();
  Assembled out{assembler.lists()};
  assembler.rules(enable, enable_all);
  return out;
}

}  // namespace lw::pack
