// The macros: calls that the parser rewrites, since their arguments are not values but code.
#include <string>

#include "cel/parse_state.h"

namespace lw::cel {
namespace {

struct Expansion {
  ParseState& state;
  const Node& call;
  std::uint32_t offset() const { return call.offset; }
  NodeId arg(std::size_t i) const { return call.args[i]; }  // for members 0 is the target
  std::size_t count() const { return call.args.size(); }

  // The variable that an argument names, or empty after fail().
  std::string variable(std::size_t i) const {
    const Node& node = state.ast.at(arg(i));
    if (node.kind == NodeKind::kIdent && !node.absolute) return node.name;
    state.fail(node.offset, "a macro's variable must be a simple name");
    return {};
  }
};

NodeId fold(const Expansion& e, Fold kind, std::size_t variables, NodeId filter, NodeId body, NodeId key = kNoNode) {
  Node node;
  node.kind = NodeKind::kFold;
  node.fold = kind;
  node.offset = e.offset();
  node.name = e.variable(1);
  if (variables == 2) {
    node.name2 = e.variable(2);
    if (node.name == node.name2 && !node.name.empty())
      return e.state.fail(e.state.ast.at(e.arg(2)).offset, "the two variables of a macro must differ");
  }
  node.args = {e.arg(0), filter, body, key};
  return e.state.failed() ? kNoNode : e.state.add(std::move(node));
}

NodeId has(const Expansion& e) {
  Node& node = e.state.ast.nodes[e.arg(0)];
  if (node.kind != NodeKind::kSelect || node.test_only)
    return e.state.fail(node.offset, "has() takes the selection of a field, such as has(e.f)");
  node.test_only = true;
  return e.arg(0);
}

template <Fold kFold>
NodeId predicate(const Expansion& e) {
  return fold(e, kFold, e.count() - 2, kNoNode, e.arg(e.count() - 1));
}

NodeId map(const Expansion& e) {
  return fold(e, Fold::kList, 1, e.count() == 4 ? e.arg(2) : kNoNode, e.arg(e.count() - 1));
}

NodeId filter(const Expansion& e) {
  return fold(e, Fold::kList, 1, e.arg(2), e.state.ident(e.offset(), e.variable(1)));
}

template <Fold kFold>
NodeId transform(const Expansion& e) {
  const NodeId keep = e.count() == 5 ? e.arg(3) : kNoNode;
  const NodeId key = kFold == Fold::kMap ? e.state.ident(e.offset(), e.variable(1)) : kNoNode;
  return fold(e, kFold, 2, keep, e.arg(e.count() - 1), key);
}

// target.optMap(x, body): the target is evaluated once, under a name that no source can spell.
NodeId opt_map(const Expansion& e, bool flat) {
  static constexpr const char* kTarget = "@target";
  const std::uint32_t at = e.offset();
  ParseState& s = e.state;
  const std::string variable = e.variable(1);
  const NodeId value = s.call(at, "value", {s.ident(at, kTarget)}, true);
  NodeId present = s.let(at, variable, value, e.arg(2));
  if (!flat) present = s.call(at, "optional.of", {present});
  const NodeId condition = s.call(at, "hasValue", {s.ident(at, kTarget)}, true);
  const NodeId chosen = s.call(at, "_?_:_", {condition, present, s.call(at, "optional.none", {})});
  return s.let(at, kTarget, e.arg(0), chosen);
}
NodeId opt_map(const Expansion& e) { return opt_map(e, false); }
NodeId opt_flat_map(const Expansion& e) { return opt_map(e, true); }

NodeId bind(const Expansion& e) {
  const std::string name = e.variable(1);
  return e.state.failed() ? kNoNode : e.state.let(e.offset(), name, e.arg(2), e.arg(3));
}

// The non-negative whole number that an argument is, or -1 after fail().
std::int64_t number(const Expansion& e, std::size_t i) {
  const Node& node = e.state.ast.at(e.arg(i));
  if (node.kind == NodeKind::kConstant && node.constant.is(Kind::kInt) && node.constant.integer >= 0)
    return node.constant.integer;
  e.state.fail(node.offset, "this argument must be a whole number, not negative");
  return -1;
}

NodeId index(const Expansion& e) {
  const std::int64_t i = number(e, 1);
  return e.state.failed() ? kNoNode : e.state.ident(e.offset(), fmt::format("@index{}", i));
}

NodeId block_variable(const Expansion& e, const char* prefix) {
  const std::int64_t depth = number(e, 1), unique = number(e, 2);
  return e.state.failed() ? kNoNode : e.state.ident(e.offset(), fmt::format("{}:{}:{}", prefix, depth, unique));
}
NodeId iteration_variable(const Expansion& e) { return block_variable(e, "@it"); }
NodeId accumulator(const Expansion& e) { return block_variable(e, "@ac"); }

NodeId block(const Expansion& e) {
  const Node list = e.state.ast.at(e.arg(1));
  if (list.kind != NodeKind::kList || !list.optional_entries.empty())
    return e.state.fail(list.offset, "cel.block() takes a list of expressions first");
  NodeId result = e.arg(2);
  for (std::size_t i = list.args.size(); i-- > 0;)
    result = e.state.let(e.state.failed() ? 0 : list.offset, fmt::format("@index{}", i), list.args[i], result);
  return result;
}

// math.greatest and math.least over three or more: over a list.
NodeId extreme(const Expansion& e) {
  Node list;
  list.kind = NodeKind::kList;
  list.offset = e.offset();
  list.args.assign(e.call.args.begin() + 1, e.call.args.end());
  return e.state.call(e.offset(), "math." + e.call.name, {e.state.add(std::move(list))});
}

struct Macro {
  const char* name;
  const char* space;  // the target's name for macros such as cel.bind; "" for a function; nullptr for any target
  std::size_t least;  // arguments, without the target
  std::size_t most;
  NodeId (*expand)(const Expansion&);
};

constexpr Macro kMacros[] = {
    {"has", "", 1, 1, has},
    {"all", nullptr, 2, 3, predicate<Fold::kAll>},
    {"exists", nullptr, 2, 3, predicate<Fold::kExists>},
    {"exists_one", nullptr, 2, 3, predicate<Fold::kExistsOne>},
    {"existsOne", nullptr, 2, 3, predicate<Fold::kExistsOne>},
    {"map", nullptr, 2, 3, map},
    {"filter", nullptr, 2, 2, filter},
    {"transformList", nullptr, 3, 4, transform<Fold::kList>},
    {"transformMap", nullptr, 3, 4, transform<Fold::kMap>},
    {"transformMapEntry", nullptr, 3, 4, transform<Fold::kEntries>},
    {"optMap", nullptr, 2, 2, opt_map},
    {"optFlatMap", nullptr, 2, 2, opt_flat_map},
    {"bind", "cel", 3, 3, bind},
    {"block", "cel", 2, 2, block},
    {"index", "cel", 1, 1, index},
    {"iterVar", "cel", 2, 2, iteration_variable},
    {"accuVar", "cel", 2, 2, accumulator},
    {"greatest", "math", 3, 1'000'000, extreme},
    {"least", "math", 3, 1'000'000, extreme},
};

bool fits(const Macro& macro, const ParseState& state, const Node& call) {
  const std::size_t count = call.args.size() - call.member;
  if (call.name != macro.name || count < macro.least || count > macro.most) return false;
  if (macro.space && macro.space[0] == '\0') return !call.member;
  if (!call.member || !macro.space) return call.member;
  const Node& target = state.ast.at(call.args[0]);
  return target.kind == NodeKind::kIdent && target.name == macro.space;
}

}  // namespace

bool expand_macro(ParseState& state, const Node& call, NodeId& result) {
  for (const Macro& macro : kMacros) {
    if (!fits(macro, state, call)) continue;
    result = macro.expand({state, call});
    return true;
  }
  return false;
}

}  // namespace lw::cel
