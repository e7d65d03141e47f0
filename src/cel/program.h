// The compiled form: flat code over registers. An operand is a constant, a slot of the caller or a register; errors are
// ordinary values in all three.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cel/arena.h"
#include "cel/ast.h"
#include "cel/cel.h"
#include "cel/functions.h"

namespace re2 {
class RE2;
}

namespace lw::cel {

using Operand = std::uint32_t;
enum class Bank : std::uint32_t { kConstant, kSlot, kRegister };
// The bank in the lowest bits; above them the index as an offset in bytes, for the evaluator adds it to where the bank begins.
constexpr std::uint32_t kBankMask = sizeof(Value) - 1;
static_assert(sizeof(Value) == 16);
constexpr Operand operand(Bank bank, std::uint32_t index) { return index * (kBankMask + 1) | static_cast<std::uint32_t>(bank); }
constexpr Bank bank_of(Operand o) { return static_cast<Bank>(o & kBankMask); }
constexpr std::uint32_t index_of(Operand o) { return o / (kBankMask + 1); }

enum class Op : std::uint16_t {
  kReturn,  // a
  kMove,    // dst ← a
  kJump,    // to c
  // Boolean control. `decided` jumps test the left operand only; kAnd and kOr join both, errors and all.
  kAndJump,  // if a is false: dst ← false, to c
  kOrJump,
  kAnd,     // dst ← a && b; n: Follow::kReturn, if that is what comes next
  kOr,
  kBranch,  // a true: go on; false: to c; else dst ← the error, to b
  kNot,     // dst ← !a
  kPresentJump,  // if a is an optional with a value: dst ← a, or with n its value, to c
  // dst ← a op b where both are of the static type; anything else goes to the call site c. Of those that give a bool, n: the
  // Follow, what the next instruction is if it asks for that bool.
  kAddInt, kSubInt, kMulInt, kDivInt,
  kLessInt, kLessEqualInt, kGreaterInt, kGreaterEqualInt,
  kAddDouble, kSubDouble, kMulDouble, kDivDouble,
  kLessDouble, kLessEqualDouble, kGreaterDouble, kGreaterEqualDouble,
  kLessDuration, kLessEqualDuration, kGreaterDuration, kGreaterEqualDuration,
  kLessTime, kLessEqualTime, kGreaterTime, kGreaterEqualTime,
  kSubTime,
  kDoubleOfInt, kSizeOfList,  // dst ← of a, if it is of that type; anything else goes to the call site c
  kEqual, kNotEqual,  // any types, scalars at once; n: the Follow
  kCall1,    // dst ← site c (a)
  kCall2,    // dst ← site c (a, b)
  kCallN,    // dst ← site c (n registers from a)
  kMatches,  // dst ← a matches pattern b; site c says where
  kSelect,   // dst ← a.field b; n: optional; source place c
  kHas,      // dst ← has(a.field b); source place c
  kHasSlot,       // dst ← slot a is present; n: the Follow
  kSlotJump,      // if slot a is present: dst ← a, to c
  kOptionalSlot,  // dst ← optional of slot a
  kMakeList,      // dst ← list of b registers from a; literal c
  kMakeMap,       // dst ← map of b pairs of registers from a; literal c
  // Folds: registers dst (range), dst + 1 (position), dst + 2 (result). n: the Fold.
  kFoldBegin,  // range a; c: where to go when done; source place b
  kFoldNext,   // a, b: registers of the variables (b may be kNoRegister); c: when done; n: the Fold
  kFoldKeep,   // a: the filter's value; c: the next element, b: when done
  kFoldPut,    // a: the body's value; b: the key's; c: when done; n: the Fold
};
inline constexpr std::uint32_t kNoRegister = ~0u;

// A jump right behind the test that it asks for is taken with the test, without being looked up as an instruction; where it
// would lead to returning what was tested, that is returned.
enum class Follow : std::uint16_t { kNothing, kAndJump, kOrJump, kBranch, kReturn, kAndReturn, kOrReturn, kJoin };
// kJoin: kAnd or kOr with the tested bool on its right. Its left, if it is a bool, does not decide: it was jumped on.

struct Instruction {
  Op op;
  std::uint16_t n = 0;
  std::uint32_t dst = 0;
  std::uint32_t a = 0, b = 0, c = 0;
};

struct CallSite {
  std::vector<const Overload*> overloads;
  std::uint32_t offset = 0;
  std::string name;  // for the message when none applies
  // Of a site with one overload of one or two arguments: it, to be called at once if the arguments are of these kinds
  // (kAbsent: any but absent and errors). Null: `overloads` have to be asked.
  Function only = nullptr;
  Kind kinds[2] = {};

  void prepare();  // fills the two
  static bool takes(Kind kind, const Value& value) { return kind == Kind::kAbsent ? value.kind > Kind::kError : kind == value.kind; }
};

struct Literal {
  std::uint32_t offset = 0;
  std::vector<bool> optional;  // empty: none is
};

struct Program::Impl {
  Impl();
  ~Impl();
  // Code and constants lie together: most programs are run from two or three cache lines.
  void pack(std::span<const Instruction> instructions, std::span<const Value> values);

  const Instruction* code = nullptr;
  const Value* constants = nullptr;
  std::uint32_t registers = 0;
  std::uint32_t slots_end = 0;               // above every slot that it reads
  std::uint32_t only_slot = kNoRegister;     // of a program that is a slot, no more
  std::uint64_t run_steps = 0;
  std::unique_ptr<std::byte[]> memory;       // of code and constants

  std::vector<CallSite> sites;
  std::vector<Literal> literals;
  std::vector<std::unique_ptr<re2::RE2>> patterns;
  std::vector<std::uint32_t> slots;  // ascending
  std::vector<Value> absent;         // the error for each of `slots`
  std::uint64_t cost = 0;
  const Type* type = nullptr;
  Arena arena;  // constants
};

Value execute(const Program::Impl& program, std::span<const Value> slots, Arena& arena, std::uint64_t steps);

// The overload that takes these arguments (none an error), called; an error value if there is none.
Value call(Context& context, const CallSite& site, const Value* args, std::size_t count);

// The list or map that a literal makes of its parts (for a map: key, value, …), or the first error among them.
Value make_list_literal(Context& context, const Literal& literal, const Value* items, std::size_t count);
Value make_map_literal(Context& context, const Literal& literal, const Value* parts, std::size_t count);

}  // namespace lw::cel
