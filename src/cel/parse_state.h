// What the parser and the macros share: the growing tree and the first thing that was wrong.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cel/ast.h"
#include "cel/cel.h"

namespace lw::cel {

class ParseState {
 public:
  explicit ParseState(const Limits& limits) : limits_(limits) {}

  // All return kNoNode once something failed; a kNoNode among the arguments is passed on.
  NodeId add(Node node);
  NodeId constant(std::uint32_t offset, Value value);
  NodeId ident(std::uint32_t offset, std::string name);
  NodeId call(std::uint32_t offset, std::string name, std::vector<NodeId> args, bool member = false);
  NodeId let(std::uint32_t offset, std::string name, NodeId value, NodeId body);
  NodeId fail(std::uint32_t offset, std::string message);

  bool failed() const { return failed_; }
  std::uint32_t failed_at() const { return failed_at_; }
  const std::string& message() const { return message_; }
  const Limits& limits() const { return limits_; }

  Ast ast;

 private:
  Limits limits_;
  bool failed_ = false;
  std::uint32_t failed_at_ = 0;
  std::string message_;
};

// If the call is a macro (by name, style and number of arguments), sets `result` to its expansion, or to kNoNode after
// fail(), and returns true.
bool expand_macro(ParseState& state, const Node& call, NodeId& result);

}  // namespace lw::cel
