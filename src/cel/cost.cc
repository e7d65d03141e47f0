// The static cost estimate: a walk over the tree with the size that each value may have.
#include <algorithm>
#include <limits>

#include "cel/checker.h"

namespace lw::cel {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

std::uint64_t add(std::uint64_t a, std::uint64_t b) { return a > kMost - b ? kMost : a + b; }
std::uint64_t multiply(std::uint64_t a, std::uint64_t b) { return a != 0 && b > kMost / a ? kMost : a * b; }

struct Estimate {
  std::uint64_t cost = 0;
  std::uint64_t size = 1;      // of the value: bytes or elements; 1 for scalars
  std::uint64_t elements = 1;  // size of an element, of lists and maps
  std::uint64_t nesting = 0;   // of lists, maps and optionals within each other; those of the caller count as 0
};

class Estimator {
 public:
  Estimator(const Ast& ast, const Checked& checked, const Limits& limits)
      : ast_(ast), checked_(checked), assumed_(limits.assumed_size), locals_(checked.locals) {}

  Estimate walk(NodeId id) {
    const Node& node = ast_.at(id);
    const Note& note = checked_.notes[id];
    if (note.reference == Note::kLocal) return without_cost(locals_[note.index]);
    if (note.reference == Note::kConstant) return of_constant(note.constant);
    if (note.reference == Note::kSlot || note.reference == Note::kUnknown) return of_type(note.type);
    switch (node.kind) {
      case NodeKind::kConstant: return of_constant(node.constant);
      case NodeKind::kIdent: return of_type(note.type);
      case NodeKind::kSelect: return walk_select(node);
      case NodeKind::kCall: return walk_call(node, note);
      case NodeKind::kList:
      case NodeKind::kMap: return walk_literal(node);
      case NodeKind::kFold: return walk_fold(node, note);
      case NodeKind::kLet: return walk_let(node, note);
    }
    return {};
  }

 std::uint64_t deepest() const { return deepest_; }

 private:
  static Estimate without_cost(Estimate estimate) {
    estimate.cost = 0;
    return estimate;
  }
  std::uint64_t nested(std::uint64_t nesting) {
    deepest_ = std::max(deepest_, nesting);
    return nesting;
  }

  // Sizes are not followed further in than the elements.
  static Estimate of_constant(const Value& value) {
    if (value.is(Kind::kString) || value.is(Kind::kBytes)) return {0, std::max(1u, value.size), 1};
    if (value.is(Kind::kList)) {
      std::uint64_t most = 1;
      for (const Value& item : value.list->span()) most = std::max(most, of_constant(item).size);
      return {0, value.list->size, most};
    }
    if (value.is(Kind::kMap)) {
      std::uint64_t most = 1;
      for (const Map::Entry& entry : value.map->span()) most = std::max(most, of_constant(entry.value).size);
      return {0, value.map->size, most};
    }
    return {};
  }
  Estimate of_type(const Type* type) const {
    switch (type->kind()) {
      case TypeKind::kString:
      case TypeKind::kBytes: return {0, assumed_, 1};
      case TypeKind::kList: return {0, assumed_, of_type(type->element()).size};
      case TypeKind::kMap: return {0, assumed_, of_type(type->value()).size};
      case TypeKind::kDyn: return {0, assumed_, assumed_};
      case TypeKind::kOptional: return of_type(type->element());
      default: return {};
    }
  }

  Estimate walk_select(const Node& node) {
    const Estimate operand = walk(node.args[0]);
    return {add(operand.cost, 1), node.test_only ? 1 : operand.elements, operand.elements, nested(operand.nesting + node.optional)};
  }

  Estimate walk_call(const Node& node, const Note& note) {
    Estimate result{1, 0, 1};
    std::uint64_t product = 1, sum = 0, largest = 1, least = kMost;
    for (std::size_t i = note.without_target ? 1 : 0; i < node.args.size(); ++i) {
      const Estimate arg = walk(node.args[i]);
      const std::uint64_t bytes = multiply(arg.size, arg.elements);
      result.cost = add(result.cost, arg.cost);
      result.elements = std::max(result.elements, arg.elements);
      largest = std::max(largest, arg.size);
      result.nesting = std::max(result.nesting, arg.nesting);
      sum = add(sum, bytes);
      least = std::min(least, bytes);
      product = multiply(product, bytes);
    }
    Cost cost = Cost::kOne;
    for (const Overload* overload : note.overloads) cost = std::max(cost, overload->cost);
    // Equality ends where the smaller ends; a search compares the one to each of the many.
    const bool compares = node.name == "_==_" || node.name == "_!=_";
    std::uint64_t work = cost == Cost::kProduct ? product : compares ? least : sum;
    if (node.name == "@in") work = multiply(largest, add(16, std::min(least, result.elements)));
    if (cost != Cost::kOne) result.cost = add(result.cost, work / 16);
    result.size = cost == Cost::kProduct ? product : cost == Cost::kLinear ? sum : largest;
    const Kind kind = note.type->value_kind();
    result.nesting = nested(result.nesting + (kind == Kind::kOptional || kind == Kind::kList || kind == Kind::kMap || kind == Kind::kAbsent));
    if (kind == Kind::kBool || kind == Kind::kInt || kind == Kind::kUint || kind == Kind::kDouble) return {result.cost, 1, 1};
    return result;
  }

  Estimate walk_literal(const Node& node) {
    Estimate result{add(1, node.args.size() / 4), std::max<std::uint64_t>(1, node.args.size()), 1};
    for (const NodeId id : node.args) {
      const Estimate entry = walk(id);
      result.cost = add(result.cost, entry.cost);
      result.elements = std::max(result.elements, multiply(entry.size, entry.elements));
      result.nesting = nested(std::max(result.nesting, entry.nesting + 1));
    }
    return result;
  }

  Estimate walk_let(const Node& node, const Note& note) {
    const Estimate value = walk(node.args[0]);
    locals_[note.first_local] = value;
    Estimate body = walk(node.args[1]);
    body.cost = add(body.cost, value.cost);
    return body;
  }

  // An element of a list or map, by what the element is.
  static Estimate part(const Estimate& whole, const Type* type) {
    switch (type->value_kind()) {
      case Kind::kString:
      case Kind::kBytes: return {0, whole.elements, 1, 0};
      case Kind::kAbsent:
      case Kind::kList:
      case Kind::kMap:
      case Kind::kOptional: return {0, whole.elements, whole.elements, whole.nesting};
      default: return {};
    }
  }

  Estimate walk_fold(const Node& node, const Note& note) {
    const Estimate range = walk(node.args[0]);
    const Type* type = checked_.notes[node.args[0]].type;
    const bool map = type->is(TypeKind::kMap), list = type->is(TypeKind::kList), pair = !node.name2.empty();
    const Type* first = map ? type->key() : list && pair ? Type::integer() : list ? type->element() : Type::dyn();
    locals_[note.first_local] = part(range, first);
    if (map && first->is(TypeKind::kString)) locals_[note.first_local].size = std::max(range.elements, assumed_);
    if (pair) locals_[note.first_local + 1] = part(range, map ? type->value() : list ? type->element() : Type::dyn());
    std::uint64_t each = 2;
    if (node.args[1] != kNoNode) each = add(each, walk(node.args[1]).cost);
    const Estimate body = walk(node.args[2]);
    each = add(each, body.cost);
    const std::uint64_t cost = add(range.cost, multiply(range.size, each));
    if (node.fold == Fold::kEntries) return {cost, multiply(range.size, body.size), body.elements, nested(body.nesting)};
    if (node.fold == Fold::kList || node.fold == Fold::kMap)
      return {cost, range.size, multiply(body.size, body.elements), nested(body.nesting + 1)};
    return {cost, 1, 1};
  }

  const Ast& ast_;
  const Checked& checked_;
  std::uint64_t assumed_;
  std::vector<Estimate> locals_;
  std::uint64_t deepest_ = 0;
};

}  // namespace

Bounds estimate(const Ast& ast, const Checked& checked, const Limits& limits) {
  Estimator estimator(ast, checked, limits);
  const std::uint64_t cost = estimator.walk(ast.root).cost;
  return {cost, estimator.deepest()};
}

}  // namespace lw::cel
