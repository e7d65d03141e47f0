#include "cel/guard.h"

#include "cel/program.h"

namespace lw::cel {
namespace {

Guard::Test test_of(Op op) {
  switch (op) {
    case Op::kLessInt: return Guard::Test::kLess;
    case Op::kLessEqualInt: return Guard::Test::kLessEqual;
    case Op::kGreaterInt: return Guard::Test::kGreater;
    case Op::kGreaterEqualInt: return Guard::Test::kGreaterEqual;
    default: return Guard::Test::kNone;
  }
}

// Whether a jump that is taken because its operand is false ends, jump by jump, in the program's result.
bool ends_in_false(const Instruction* code, const Instruction* jump) {
  while (jump->op == Op::kAndJump) {
    const Operand result = operand(Bank::kRegister, jump->dst);
    const Instruction* next = code + jump->c;
    if (next->a != result) return false;
    if (next->op == Op::kReturn) return true;
    jump = next;
  }
  return false;
}

}  // namespace

Guard guard_of(const Program& program) {
  const Instruction* code = program.impl().code;
  const Instruction &first = code[0];
  if (bank_of(first.a) != Bank::kSlot) return {};
  if (first.op == Op::kAndJump && ends_in_false(code, &first)) return {Guard::Test::kTrue, index_of(first.a), 0};
  const Guard::Test test = test_of(first.op);
  if (test == Guard::Test::kNone || bank_of(first.b) != Bank::kConstant) return {};
  const Value& limit = program.impl().constants[index_of(first.b)];
  if (!limit.is(Kind::kInt)) return {};
  const Instruction& second = code[1];  // the last instruction is a kReturn: there is one
  if (second.a != operand(Bank::kRegister, first.dst)) return {};
  if (second.op != Op::kReturn && !ends_in_false(code, &second)) return {};
  return {test, index_of(first.a), limit.integer};
}

}  // namespace lw::cel
