#include "cel/checker.h"

#include <algorithm>

#include "cel/names.h"
#include "cel/parser.h"
#include "cel/suggest.h"
#include "cel/unify.h"

namespace lw::cel {
namespace {

constexpr std::size_t kMostIssues = 20;
constexpr std::uint32_t kDeepestType = 100;

class Checker {
 public:
  Checker(const Env& env, const Ast& ast, std::string_view source, const CompileOptions& options)
      : env_(env.impl()), ast_(ast), source_(source), options_(options) {
    checked_.notes.resize(ast.nodes.size());
  }

  tl::expected<Checked, Issues> run() {
    const Type* type = check(ast_.root);
    if (options_.expected && issues_.list.empty() && !unifier_.assignable(options_.expected, type))
      report(ast_.root, fmt::format("the expression is of type {}; it should be {}", text(type),
                                    options_.expected->to_text()));
    if (!issues_.list.empty()) {
      std::stable_sort(issues_.list.begin(), issues_.list.end(),
                       [](const Issue& a, const Issue& b) { return a.offset < b.offset; });
      return tl::make_unexpected(std::move(issues_));
    }
    for (Note& note : checked_.notes)
      if (note.type) note.type = unifier_.resolve(note.type, true);
    checked_.type = checked_.notes[ast_.root].type;
    return std::move(checked_);
  }

 private:
  struct Local {
    std::string_view name;
    const Type* type;
    std::uint32_t index;
  };

  Note& note(NodeId id) { return checked_.notes[id]; }
  std::string text(const Type* type) const { return unifier_.resolve(type, true)->to_text(); }

  const Type* report(NodeId id, std::string message) {
    if (issues_.list.size() < kMostIssues)
      issues_.list.push_back(make_issue(source_, ast_.at(id).offset, std::move(message)));
    return Type::dyn();
  }
  // A name that means nothing: an issue, or, unchecked, an error when it is evaluated.
  const Type* unknown(NodeId id, std::string message) {
    note(id).reference = Note::kUnknown;
    return options_.check ? report(id, std::move(message)) : Type::dyn();
  }

  const Type* check(NodeId id) {
    const Type* type = check_kind(id);
    if (!options_.check) type = Type::dyn();
    if (unifier_.resolve(type)->depth() > kDeepestType)
      type = report(id, fmt::format("the type is nested more than {} deep", kDeepestType));
    note(id).type = type;
    return type;
  }
  const Type* check_kind(NodeId id) {
    const Node& node = ast_.at(id);
    switch (node.kind) {
      case NodeKind::kConstant: return Type::of(node.constant);
      case NodeKind::kIdent: return check_ident(id, node);
      case NodeKind::kSelect: return check_select(id, node);
      case NodeKind::kCall: return check_call(id, node);
      case NodeKind::kList: return check_list(node);
      case NodeKind::kMap: return check_map(node);
      case NodeKind::kFold: return check_fold(id, node);
      case NodeKind::kLet: return check_let(id, node);
    }
    return Type::dyn();
  }

  const Local* find_local(std::string_view name) const {
    const auto found = std::find_if(scope_.rbegin(), scope_.rend(), [&](const Local& l) { return l.name == name; });
    return found == scope_.rend() ? nullptr : &*found;
  }
  const Type* push_local(std::string_view name, const Type* type) {
    scope_.push_back({name, type, checked_.locals++});
    return type;
  }

  // If the name is a variable, a constant or a type, notes it and returns its type; else null.
  const Type* resolve(NodeId id, const QualifiedName& name) {
    Note& n = note(id);
    if (const Declaration* found = find_declaration(env_, name.text, name.absolute)) {
      if (found->what == Declaration::kObject) return nullptr;
      n.reference = found->what == Declaration::kVariable ? Note::kSlot : Note::kConstant;
      n.index = found->slot;
      n.constant = found->value;
      return found->type;
    }
    const Type* named = find_type(env_, name.text, name.absolute);
    if (!named) return nullptr;
    n.reference = Note::kConstant;
    n.constant.kind = Kind::kType;
    n.constant.type = named;
    return Type::type(named);
  }

  const Type* check_ident(NodeId id, const Node& node) {
    if (const Local* local = node.absolute ? nullptr : find_local(node.name)) {
      note(id).reference = Note::kLocal;
      note(id).index = local->index;
      return local->type;
    }
    const QualifiedName name = qualified_name(ast_, id);
    if (const Type* type = resolve(id, name)) return type;
    const Declaration* object = find_declaration(env_, name.text, name.absolute);
    if (object) return unknown(id, fmt::format("'{}' is an object, not a value; read one of its fields", node.name));
    std::vector<std::string_view> names = declared_names(env_);
    for (const Local& local : scope_) names.push_back(local.name);
    return unknown(id, fmt::format("'{}' is not declared{}", node.name, suggestion(node.name, names)));
  }

  void skip(NodeId id) {
    note(id).reference = Note::kSkipped;
    if (ast_.at(id).kind == NodeKind::kSelect) skip(ast_.at(id).args[0]);
  }

  const Type* check_select(NodeId id, const Node& node) {
    const NodeId operand = node.args[0];
    const QualifiedName of_operand = qualified_name(ast_, operand);
    if (!of_operand.text.empty() && (of_operand.absolute || !find_local(of_operand.root))) {
      if (!node.test_only && !node.optional)
        if (const Type* type = resolve(id, qualified_name(ast_, id))) {
          skip(operand);
          return type;
        }
      const Declaration* object = find_declaration(env_, of_operand.text, of_operand.absolute);
      if (object && object->what == Declaration::kObject) return check_field(id, node, of_operand, *object);
    }
    return field_type(id, node, check(operand));
  }

  const Type* check_field(NodeId id, const Node& node, const QualifiedName& object_name, const Declaration& object) {
    skip(node.args[0]);
    const auto found = object.fields.find(node.name);
    if (found == object.fields.end()) {
      std::vector<std::string_view> names;
      for (const auto& [name, field] : object.fields) names.push_back(name);
      return unknown(id, fmt::format("'{}' has no field '{}'{}", object_name.text, node.name,
                                     suggestion(node.name, names)));
    }
    note(id).reference = Note::kSlot;
    note(id).index = found->second.slot;
    if (node.test_only) return Type::boolean();
    return node.optional ? Type::optional(found->second.type) : found->second.type;
  }

  const Type* field_type(NodeId id, const Node& node, const Type* operand) {
    operand = unifier_.resolve(operand);
    const bool is_optional = operand->is(TypeKind::kOptional);
    if (is_optional) operand = unifier_.resolve(operand->element());
    const Type* type = Type::dyn();
    if (operand->is(TypeKind::kMap)) {
      if (!unifier_.assignable(operand->key(), Type::string()))
        return report(id, fmt::format("the keys of a {} are no field names; use [ ]", text(operand)));
      type = operand->value();
    } else if (operand->is(TypeKind::kParameter)) {
      unifier_.assignable(Type::dyn(), operand);
    } else if (!operand->is(TypeKind::kDyn)) {
      return report(id, fmt::format("a value of type {} has no fields; '{}' is none", text(operand), node.name));
    }
    if (node.test_only) return Type::boolean();
    return is_optional || node.optional ? Type::optional(type) : type;
  }

  const Type* check_call(NodeId id, const Node& node) {
    Note& n = note(id);
    std::string name = node.name;
    Style style = node.member ? Style::kMember : Style::kFunction;
    if (node.member) {
      QualifiedName target = qualified_name(ast_, node.args[0]);
      if (!target.text.empty() && (target.absolute || !find_local(target.root))) {
        const std::string spaced = find_function(env_, target.text + "." + node.name, target.absolute);
        if (!spaced.empty()) {
          name = spaced;
          style = Style::kFunction;
          n.without_target = true;
          skip(node.args[0]);
        }
      }
    } else if (const std::string spaced = find_function(env_, name, node.absolute); !spaced.empty()) {
      name = spaced;
    }
    std::vector<const Type*> args;
    for (std::size_t i = n.without_target ? 1 : 0; i < node.args.size(); ++i) args.push_back(check(node.args[i]));
    const std::vector<const Overload*> overloads = find_overloads(env_, name, style);
    if (overloads.empty()) {
      const Style other = style == Style::kMember ? Style::kFunction : Style::kMember;
      if (!find_overloads(env_, name, other).empty())
        return unknown(id, other == Style::kMember ? fmt::format("'{0}' is called on a value: x.{0}(…)", name)
                                                   : fmt::format("'{0}' is not called on a value: {0}(x, …)", name));
      return unknown(id, fmt::format("there is no function '{}'{}", name, suggestion(name, functions().names())));
    }
    return options_.check ? choose(id, name, overloads, args) : keep_by_count(n, overloads, args.size());
  }

  static const Type* keep_by_count(Note& n, const std::vector<const Overload*>& overloads, std::size_t count) {
    for (const Overload* overload : overloads)
      if (overload->parameters.size() == count) n.overloads.push_back(overload);
    return Type::dyn();
  }

  const Type* choose(NodeId id, const std::string& name, const std::vector<const Overload*>& overloads,
                     const std::vector<const Type*>& args) {
    const Type* result = nullptr;
    for (const Overload* overload : overloads) {
      if (overload->parameters.size() != args.size()) continue;
      Unifier::Renaming renaming;
      std::vector<const Type*> parameters;
      for (const Type* parameter : overload->parameters) parameters.push_back(unifier_.rename(parameter, renaming));
      if (!unifier_.assignable(parameters, args)) continue;
      note(id).overloads.push_back(overload);
      const Type* type = unifier_.resolve(unifier_.rename(overload->result, renaming));
      if (!result) {
        result = type;
      } else if (result != type) {
        result = Type::dyn();
      }
    }
    return result ? result : report(id, no_overload(name, overloads, args));
  }

  std::string no_overload(std::string_view name, const std::vector<const Overload*>& overloads,
                          const std::vector<const Type*>& args) const {
    std::string types;
    for (const Type* arg : args) types += (types.empty() ? "" : ", ") + text(arg);
    std::string known;
    for (std::size_t i = 0; i < overloads.size() && i < 8; ++i) known += (i ? "; " : "") + overloads[i]->signature;
    if (overloads.size() > 8) known += "; …";
    return fmt::format("'{}' does not take ({}); there are: {}", operator_symbol(name), types, known);
  }
  static std::string operator_symbol(std::string_view name) {
    if (name == "@in") return "in";
    std::string symbol(name);
    if (!name.starts_with('_') && !name.ends_with('_')) return symbol;
    std::erase(symbol, '_');
    return symbol;
  }

  // The type of an element or a value that may be marked optional.
  const Type* entry_type(NodeId id, bool optional) {
    const Type* type = unifier_.resolve(check(id));
    if (!optional || type->is(TypeKind::kDyn)) return type;
    if (type->is(TypeKind::kOptional)) return type->element();
    return report(id, fmt::format("after '?' an optional must come, not {}", text(type)));
  }
  const Type* join(const Type* a, const Type* b) { return a ? unifier_.join(a, b) : b; }

  const Type* check_list(const Node& node) {
    const Type* element = nullptr;
    for (std::size_t i = 0; i < node.args.size(); ++i)
      element = join(element, entry_type(node.args[i], !node.optional_entries.empty() && node.optional_entries[i]));
    return Type::list(element ? element : unifier_.fresh());
  }

  const Type* check_map(const Node& node) {
    const Type *key = nullptr, *value = nullptr;
    for (std::size_t i = 0; i < node.args.size(); i += 2) {
      key = join(key, check_key(node.args[i]));
      value = join(value, entry_type(node.args[i + 1], !node.optional_entries.empty() && node.optional_entries[i / 2]));
    }
    return Type::map(key ? key : unifier_.fresh(), value ? value : unifier_.fresh());
  }
  const Type* check_key(NodeId id) {
    const Type* type = unifier_.resolve(check(id));
    switch (type->kind()) {
      case TypeKind::kDyn:
      case TypeKind::kParameter:
      case TypeKind::kBool:
      case TypeKind::kInt:
      case TypeKind::kUint:
      case TypeKind::kString: return type;
      default: return report(id, fmt::format("a map's key is an int, uint, bool or string, not {}", text(type)));
    }
  }

  const Type* check_let(NodeId id, const Node& node) {
    const Type* value = check(node.args[0]);
    note(id).first_local = checked_.locals;
    push_local(node.name, value);
    const Type* type = check(node.args[1]);
    scope_.pop_back();
    return type;
  }

  const Type* check_fold(NodeId id, const Node& node) {
    const Type* range = unifier_.resolve(check(node.args[0]));
    const Type *first = Type::dyn(), *second = Type::dyn();
    if (range->is(TypeKind::kList)) {
      first = node.name2.empty() ? range->element() : Type::integer();
      second = range->element();
    } else if (range->is(TypeKind::kMap)) {
      first = range->key();
      second = range->value();
    } else if (range->is(TypeKind::kParameter)) {
      unifier_.assignable(Type::dyn(), range);
    } else if (!range->is(TypeKind::kDyn)) {
      report(node.args[0], fmt::format("a macro goes over a list or a map, not {}", text(range)));
    }
    const std::size_t outer = scope_.size();
    note(id).first_local = checked_.locals;
    push_local(node.name, first);
    if (!node.name2.empty()) push_local(node.name2, second);
    if (node.args[1] != kNoNode) check_bool(node.args[1]);
    const Type* key = node.args[3] != kNoNode ? check_key(node.args[3]) : nullptr;
    const Type* type = fold_type(node, key);
    scope_.resize(outer);
    return type;
  }

  const Type* fold_type(const Node& node, const Type* key) {
    const NodeId body = node.args[2];
    if (node.fold == Fold::kList) return Type::list(check(body));
    if (node.fold == Fold::kMap) return Type::map(key, check(body));
    if (node.fold == Fold::kEntries) {
      const Type* type = unifier_.resolve(check(body));
      if (type->is(TypeKind::kMap) || type->is(TypeKind::kDyn)) return type;
      return report(body, fmt::format("transformMapEntry() needs a map, not {}", text(type)));
    }
    check_bool(body);
    return Type::boolean();
  }

  void check_bool(NodeId id) {
    const Type* type = check(id);
    if (!unifier_.assignable(Type::boolean(), type)) report(id, fmt::format("a bool should come here, not {}", text(type)));
  }

  const Env::Impl& env_;
  const Ast& ast_;
  std::string_view source_;
  const CompileOptions& options_;
  Checked checked_;
  Issues issues_;
  Unifier unifier_;
  std::vector<Local> scope_;
};

}  // namespace

tl::expected<Checked, Issues> check(const Env& env, const Ast& ast, std::string_view source,
                                    const CompileOptions& options) {
  return Checker(env, ast, source, options).run();
}

}  // namespace lw::cel
