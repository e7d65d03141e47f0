// The oracle of tests and fuzzers, never part of the program: walks the parsed tree and looks every name up when it meets
// it. Slow and plain; shares with the real evaluator the parser, the values and the functions, but neither checker nor
// compiler nor flat code.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cel/ast.h"
#include "cel/collection.h"
#include "cel/env.h"
#include "cel/functions.h"
#include "cel/names.h"

namespace lw::cel {

class Reference {
 public:
  Reference(const Env& env, const Ast& ast, std::span<const Value> slots, Arena& arena, std::int64_t steps = 300'000)
      : env_(env.impl()), ast_(ast), slots_(slots), context_{arena, steps, 0} {}

  Value run() { return eval(ast_.root); }
  bool over_limits() const { return context_.steps < 0 || context_.over || over_; }

 private:
  Value error(Error::Code code) { return context_.error(code, "reference"); }

  Value eval(NodeId id) {
    over_ = over_ || !context_.arena.fits(0);
    if (!context_.charge(1) || over_) return error(Error::kLimit);
    const Node& node = ast_.at(id);
    switch (node.kind) {
      case NodeKind::kConstant: return node.constant;
      case NodeKind::kIdent: return ident(id, node);
      case NodeKind::kSelect: return selection(id, node);
      case NodeKind::kCall: return call(node);
      case NodeKind::kList: return list(node);
      case NodeKind::kMap: return map(node);
      case NodeKind::kFold: return fold(node);
      case NodeKind::kLet: {
        scope_.emplace_back(node.name, eval(node.args[0]));
        const Value result = eval(node.args[1]);
        scope_.pop_back();
        return result;
      }
    }
    return {};
  }

  const Value* local(std::string_view name) const {
    for (std::size_t i = scope_.size(); i-- > 0;)
      if (scope_[i].first == name) return &scope_[i].second;
    return nullptr;
  }
  Value slot(std::uint32_t index) {
    if (index >= slots_.size() || slots_[index].is(Kind::kAbsent)) return error(Error::kAbsent);
    return slots_[index];
  }

  // A variable, constant or type of that name.
  bool global(const QualifiedName& name, Value& value) {
    if (const Declaration* found = find_declaration(env_, name.text, name.absolute)) {
      if (found->what == Declaration::kObject) return false;
      value = found->what == Declaration::kConstant ? found->value : slot(found->slot);
      return true;
    }
    const Type* type = find_type(env_, name.text, name.absolute);
    if (!type) return false;
    value.kind = Kind::kType;
    value.type = type;
    return true;
  }

  Value ident(NodeId id, const Node& node) {
    if (const Value* found = node.absolute ? nullptr : local(node.name)) return *found;
    Value value;
    return global(qualified_name(ast_, id), value) ? value : error(Error::kUnknown);
  }

  Value selection(NodeId id, const Node& node) {
    const QualifiedName of = qualified_name(ast_, node.args[0]);
    if (!of.text.empty() && (of.absolute || !local(of.root))) {
      Value value;
      if (!node.test_only && !node.optional && global(qualified_name(ast_, id), value)) return value;
      const Declaration* object = find_declaration(env_, of.text, of.absolute);
      if (object && object->what == Declaration::kObject) return field(node, *object);
    }
    const Value operand = eval(node.args[0]);
    if (operand.is(Kind::kError)) return operand;
    const Value name = Value::of_string(context_.arena.copy(node.name));
    return node.test_only ? has(context_, operand, name) : select(context_, operand, name, node.optional);
  }
  Value field(const Node& node, const Declaration& object) {
    const auto found = object.fields.find(node.name);
    if (found == object.fields.end()) return error(Error::kUnknown);
    const std::uint32_t index = found->second.slot;
    const bool present = index < slots_.size() && !slots_[index].is(Kind::kAbsent);
    if (present && slots_[index].is(Kind::kError)) return slots_[index];
    if (node.test_only) return Value::of(present);
    if (!node.optional) return slot(index);
    return present ? make_optional(context_.arena, slots_[index]) : no_optional();
  }

  Value logical(const Node& node, bool decider) {
    const auto decides = [&](const Value& value) { return value.is(Kind::kBool) && value.boolean == decider; };
    const auto as_bool = [&](const Value& value) {
      return value.is(Kind::kBool) || value.is(Kind::kError) ? value : error(Error::kNoOverload);
    };
    const Value left = eval(node.args[0]);
    if (decides(left)) return left;
    const Value right = eval(node.args[1]);
    if (decides(right)) return right;
    return left.is(Kind::kBool) ? as_bool(right) : as_bool(left);
  }

  Value call(const Node& node) {
    if (node.name == "_&&_") return logical(node, false);
    if (node.name == "_||_") return logical(node, true);
    if (node.name == "_?_:_") {
      const Value condition = eval(node.args[0]);
      if (condition.is(Kind::kError)) return condition;
      if (!condition.is(Kind::kBool)) return error(Error::kNoOverload);
      return eval(node.args[condition.boolean ? 1 : 2]);
    }
    std::string name = node.name;
    Style style = node.member ? Style::kMember : Style::kFunction;
    std::size_t first = 0;
    if (node.member) {
      const QualifiedName target = qualified_name(ast_, node.args[0]);
      if (!target.text.empty() && (target.absolute || !local(target.root))) {
        const std::string spaced = find_function(env_, target.text + "." + node.name, target.absolute);
        if (!spaced.empty()) {
          name = spaced;
          style = Style::kFunction;
          first = 1;
        }
      }
    } else if (const std::string spaced = find_function(env_, name, node.absolute); !spaced.empty()) {
      name = spaced;
    }
    return apply(node, name, style, first);
  }

  Value apply(const Node& node, const std::string& name, Style style, std::size_t first) {
    const auto overloads = find_overloads(env_, name, style);
    if (overloads.empty()) return error(Error::kUnknown);
    std::vector<Value> args;
    for (std::size_t i = first; i < node.args.size(); ++i) {
      args.push_back(eval(node.args[i]));
      const bool present = i == 0 && args[0].is(Kind::kOptional) && args[0].pointer;
      if (style == Style::kMember && present && node.args.size() == 2) {
        if (name == "or") return args[0];
        if (name == "orValue") return *args[0].pointer;
      }
    }
    for (const Value& arg : args)
      if (arg.is(Kind::kError)) return arg;
    for (const Overload* overload : overloads)
      if (overload->call && overload->parameters.size() == args.size() && overload->accepts(args.data()))
        return overload->call(context_, args.data());
    return error(Error::kNoOverload);
  }

  // Adds the entry that an element or a map's value makes; false after setting `failed`.
  bool entry(const Node& node, std::size_t i, Value& value, bool& present, Value& failed) {
    present = true;
    if (node.optional_entries.empty() || !node.optional_entries[i]) return true;
    if (!value.is(Kind::kOptional)) return failed = error(Error::kNoOverload), false;
    present = value.pointer != nullptr;
    if (present) value = Value(*value.pointer);
    return true;
  }

  Value list(const Node& node) {
    std::vector<Value> values, items;
    for (const NodeId arg : node.args) values.push_back(eval(arg));
    Value failed;
    for (std::size_t i = 0; i < values.size(); ++i) {
      bool present = true;
      if (values[i].is(Kind::kError)) return values[i];
      if (!entry(node, i, values[i], present, failed)) return failed;
      if (present) items.push_back(values[i]);
    }
    return make_list(context_.arena, items);
  }

  Value map(const Node& node) {
    std::vector<Value> parts;
    for (const NodeId arg : node.args) parts.push_back(eval(arg));
    for (const Value& part : parts)
      if (part.is(Kind::kError)) return part;
    MapBuilder builder(context_.arena);
    Value failed;
    for (std::size_t i = 0; i < parts.size(); i += 2) {
      bool present = true;
      if (!entry(node, i / 2, parts[i + 1], present, failed)) return failed;
      if (!present) continue;
      const Kind kind = parts[i].kind;
      if (kind != Kind::kBool && kind != Kind::kInt && kind != Kind::kUint && kind != Kind::kString)
        return error(Error::kDuplicate);
      if (!builder.add(parts[i], parts[i + 1])) return error(Error::kDuplicate);
    }
    return builder.finish();
  }

  Value fold(const Node& node) {
    const Value range = eval(node.args[0]);
    if (range.is(Kind::kError)) return range;
    std::vector<std::pair<Value, Value>> pairs;  // the two variables of each round
    if (range.is(Kind::kList)) {
      for (std::uint32_t i = 0; i < range.list->size; ++i) {
        const Value& item = range.list->items[i];
        pairs.emplace_back(node.name2.empty() ? item : Value::of_int(i), item);
      }
    } else if (range.is(Kind::kMap)) {
      for (const Map::Entry& e : range.map->span()) pairs.emplace_back(e.key, e.value);
    } else {
      return error(Error::kNoOverload);
    }
    const std::size_t outer = scope_.size();
    const Value result = rounds(node, pairs);
    scope_.resize(outer);
    return result;
  }

  Value rounds(const Node& node, const std::vector<std::pair<Value, Value>>& pairs) {
    const bool decider = node.fold == Fold::kExists;
    Value first_error;
    std::int64_t count = 0;
    ListBuilder items(context_.arena);
    MapBuilder entries(context_.arena);
    for (const auto& [first, second] : pairs) {
      scope_.emplace_back(node.name, first);
      if (!node.name2.empty()) scope_.emplace_back(node.name2, second);
      if (node.args[1] != kNoNode) {
        const Value keep = eval(node.args[1]);
        if (keep.is(Kind::kError)) return keep;
        if (!keep.is(Kind::kBool)) return error(Error::kNoOverload);
        if (!keep.boolean) continue;
      }
      Value body = eval(node.args[2]);
      const bool wants_bool = node.fold == Fold::kAll || node.fold == Fold::kExists || node.fold == Fold::kExistsOne;
      if (wants_bool && !body.is(Kind::kBool) && !body.is(Kind::kError)) body = error(Error::kNoOverload);
      if (body.is(Kind::kError) && (node.fold == Fold::kAll || node.fold == Fold::kExists)) {
        if (!first_error.is(Kind::kError)) first_error = body;
        continue;
      }
      if (body.is(Kind::kError)) return body;
      switch (node.fold) {
        case Fold::kAll:
        case Fold::kExists:
          if (body.boolean == decider) return body;
          break;
        case Fold::kExistsOne: count += body.boolean; break;
        case Fold::kList: items.add(body); break;
        case Fold::kMap: entries.add(eval(node.args[3]), body); break;
        case Fold::kEntries:
          if (!body.is(Kind::kMap)) return error(Error::kNoOverload);
          for (const Map::Entry& e : body.map->span())
            if (!entries.add(e.key, e.value)) return error(Error::kDuplicate);
          break;
      }
    }
    switch (node.fold) {
      case Fold::kAll:
      case Fold::kExists: return first_error.is(Kind::kError) ? first_error : Value::of(!decider);
      case Fold::kExistsOne: return Value::of(count == 1);
      case Fold::kList: return items.finish();
      default: return entries.finish();
    }
  }

  const Env::Impl& env_;
  const Ast& ast_;
  std::span<const Value> slots_;
  Context context_;
  std::vector<std::pair<std::string, Value>> scope_;
  bool over_ = false;
};

}  // namespace lw::cel
