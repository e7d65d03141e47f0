// Gives every node its type and says what its names mean.
#pragma once

#include <cstdint>
#include <vector>

#include "cel/ast.h"
#include "cel/cel.h"
#include "cel/env.h"
#include "cel/functions.h"

namespace lw::cel {

// What the checker found of one node.
struct Note {
  enum Reference : std::uint8_t {
    kNone,
    kLocal,     // index: the number of the macro's variable
    kSlot,      // index: the slot. Of a selection: the field's slot, and the operand is not evaluated
    kConstant,  // constant
    kUnknown,   // unchecked expressions only: evaluates to an error
    kSkipped,   // part of a longer name, or the name space of a function: not evaluated
  };
  Reference reference = kNone;
  bool without_target = false;  // a function called through its name space: args[0] is skipped
  std::uint32_t index = 0;
  std::uint32_t first_local = 0;  // kFold, kLet: the number of its first variable
  const Type* type = nullptr;
  Value constant;
  std::vector<const Overload*> overloads;  // kCall: those that may apply
};

struct Checked {
  std::vector<Note> notes;  // by node
  std::uint32_t locals = 0;
  const Type* type = nullptr;
};

tl::expected<Checked, Issues> check(const Env& env, const Ast& ast, std::string_view source,
                                    const CompileOptions& options);

// Bounds on evaluating: the work, lists and texts of unknown size taken at limits.assumed_size (saturates), and how deep
// values that the expression itself makes lie in each other.
struct Bounds {
  std::uint64_t cost = 0;
  std::uint64_t nesting = 0;
};
Bounds estimate(const Ast& ast, const Checked& checked, const Limits& limits);

}  // namespace lw::cel
