// The parsed expression: nodes in one vector, named by their index. Macros are expanded while parsing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cel/arena.h"
#include "cel/value.h"

namespace lw::cel {

using NodeId = std::uint32_t;
inline constexpr NodeId kNoNode = ~NodeId{0};

enum class NodeKind : std::uint8_t {
  kConstant,
  kIdent,   // name; `absolute` if written with a leading dot
  kSelect,  // args: operand; name: the field; test_only: has(operand.name); optional: operand.?name
  kCall,    // args: the target first if `member`, then the arguments; name: the function, operators as "_+_"
  kList,    // args: the elements; optional_entries marks [?e]
  kMap,     // args: key, value, key, value, …; optional_entries marks {?k: v}, one for each pair
  kFold,    // a comprehension; args: range, filter or kNoNode, body, key or kNoNode
  kLet,     // args: value, body; name: the variable
};

// What a comprehension makes of its range.
enum class Fold : std::uint8_t {
  kAll,        // body true for all; errors absorbed by a false
  kExists,     // body true for one; errors absorbed by a true
  kExistsOne,  // body true for exactly one; errors are not absorbed
  kList,       // the bodies of those that pass the filter
  kMap,        // key → body of those that pass the filter
  kEntries,    // the bodies, maps themselves, joined
};

struct Node {
  NodeKind kind = NodeKind::kConstant;
  Fold fold = Fold::kAll;
  bool absolute = false;
  bool test_only = false;
  bool optional = false;
  bool member = false;
  std::uint32_t offset = 0;  // byte in the source: where a caret goes
  std::uint32_t depth = 1;
  Value constant;
  std::string name;
  std::string name2;  // of a fold over two variables
  std::vector<NodeId> args;
  std::vector<bool> optional_entries;
};

// Owns the nodes and the texts of their constants.
struct Ast {
  std::vector<Node> nodes;
  NodeId root = kNoNode;
  Arena arena;

  const Node& at(NodeId id) const { return nodes[id]; }
};

}  // namespace lw::cel
