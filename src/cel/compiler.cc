#include <re2/re2.h>

#include <algorithm>

#include "cel/checker.h"
#include "cel/parser.h"
#include "cel/program.h"

namespace lw::cel {
namespace {

// Compiling a pattern may take tens of milliseconds and up to this much memory.
constexpr std::size_t kMostPatterns = 50;
constexpr std::int64_t kPatternMemory = 1 << 20;

constexpr std::int64_t kFoldSteps = 100'000;  // for all constants of one expression

struct TypedOp {
  std::string_view name;
  TypeKind type;
  Op op;
};
constexpr TypedOp kTypedOps[] = {
    {"_+_", TypeKind::kInt, Op::kAddInt},          {"_-_", TypeKind::kInt, Op::kSubInt},
    {"_*_", TypeKind::kInt, Op::kMulInt},          {"_<_", TypeKind::kInt, Op::kLessInt},
    {"_<=_", TypeKind::kInt, Op::kLessEqualInt},   {"_>_", TypeKind::kInt, Op::kGreaterInt},
    {"_>=_", TypeKind::kInt, Op::kGreaterEqualInt}, {"_+_", TypeKind::kDouble, Op::kAddDouble},
    {"_-_", TypeKind::kDouble, Op::kSubDouble},    {"_*_", TypeKind::kDouble, Op::kMulDouble},
    {"_/_", TypeKind::kDouble, Op::kDivDouble},    {"_<_", TypeKind::kDouble, Op::kLessDouble},
    {"_<=_", TypeKind::kDouble, Op::kLessEqualDouble}, {"_>_", TypeKind::kDouble, Op::kGreaterDouble},
    {"_>=_", TypeKind::kDouble, Op::kGreaterEqualDouble}, {"double", TypeKind::kInt, Op::kDoubleOfInt},
    {"size", TypeKind::kList, Op::kSizeOfList},    {"_/_", TypeKind::kInt, Op::kDivInt},
    {"_<_", TypeKind::kDuration, Op::kLessDuration}, {"_<=_", TypeKind::kDuration, Op::kLessEqualDuration},
    {"_>_", TypeKind::kDuration, Op::kGreaterDuration}, {"_>=_", TypeKind::kDuration, Op::kGreaterEqualDuration},
    {"_<_", TypeKind::kTimestamp, Op::kLessTime},  {"_<=_", TypeKind::kTimestamp, Op::kLessEqualTime},
    {"_>_", TypeKind::kTimestamp, Op::kGreaterTime}, {"_>=_", TypeKind::kTimestamp, Op::kGreaterEqualTime},
    {"_-_", TypeKind::kTimestamp, Op::kSubTime},
};

// Functions whose constant text is looked at when the expression is compiled: a mistake there is always one.
constexpr std::string_view kCheckedTexts[] = {"timestamp", "duration", "ip", "cidr"};

class Compiler {
 public:
  Compiler(Ast ast, const Checked& checked, std::string_view source, const CompileOptions& options, const Limits& limits,
           std::uint64_t cost)
      : ast_(std::move(ast)), checked_(checked), source_(source), options_(options),
        program_(std::make_unique<Program::Impl>()), locals_(checked.locals) {
    program_->run_steps = limits.run_steps;
    program_->type = checked.type;
    program_->cost = cost;
    program_->arena = std::move(ast_.arena);  // the constants' texts
  }

  tl::expected<Program, Issues> run() {
    const Operand result = compile(ast_.root);
    emit({Op::kReturn, 0, 0, result, 0, 0});
    if (!issues_.list.empty()) return tl::make_unexpected(std::move(issues_));
    finish_slots();
    fold_whole();
    shorten();
    program_->pack(code_, constants_);
    return Program(std::move(program_));
  }

 private:
  static constexpr std::uint32_t kAny = kNoRegister;

  std::uint32_t emit(Instruction instruction) {
    code_.push_back(instruction);
    return here() - 1;
  }
  std::uint32_t here() const { return static_cast<std::uint32_t>(code_.size()); }
  std::uint32_t allocate(std::uint32_t count = 1) {
    const std::uint32_t first = next_register_;
    next_register_ += count;
    program_->registers = std::max(program_->registers, next_register_);
    return first;
  }
  static Operand reg(std::uint32_t index) { return operand(Bank::kRegister, index); }
  Operand constant(const Value& value) {
    constants_.push_back(value);
    return operand(Bank::kConstant, static_cast<std::uint32_t>(constants_.size() - 1));
  }
  const Value* constant_of(Operand o) const {
    return bank_of(o) == Bank::kConstant ? &constants_[index_of(o)] : nullptr;
  }
  Operand slot(std::uint32_t index, const Node& node) {
    used_slots_.emplace_back(index, node.offset, name_of(node));
    return operand(Bank::kSlot, index);
  }
  std::string name_of(const Node& node) const {
    if (node.kind != NodeKind::kSelect) return node.name;
    return name_of(ast_.at(node.args[0])) + "." + node.name;
  }
  std::uint32_t site(std::string name, std::vector<const Overload*> overloads, std::uint32_t offset) {
    std::erase_if(overloads, [](const Overload* overload) { return overload->call == nullptr; });
    program_->sites.push_back({std::move(overloads), offset, std::move(name)});
    program_->sites.back().prepare();
    return static_cast<std::uint32_t>(program_->sites.size() - 1);
  }

  // Where the node's value will be: a constant, a slot or a register; with `wanted`, that register.
  Operand compile(NodeId id, std::uint32_t wanted = kAny) {
    const std::uint32_t dst = wanted == kAny ? allocate() : wanted;
    const std::uint32_t mark = next_register_;
    const Operand at = compile_node(id, dst);
    next_register_ = mark;
    if (at == reg(dst)) return at;
    if (wanted != kAny) {
      emit({Op::kMove, 0, dst, at, 0, 0});
      return reg(dst);
    }
    next_register_ = dst;
    return at;
  }

  Operand compile_node(NodeId id, std::uint32_t dst) {
    const Node& node = ast_.at(id);
    const Note& note = checked_.notes[id];
    switch (note.reference) {
      case Note::kLocal: return locals_[note.index];
      case Note::kConstant: return constant(note.constant);
      case Note::kUnknown:
        return constant(make_error(program_->arena, Error::kUnknown, "'" + node.name + "' is not declared", node.offset));
      case Note::kSlot: return compile_slot(node, note, dst);
      default: break;
    }
    switch (node.kind) {
      case NodeKind::kConstant: return constant(node.constant);
      case NodeKind::kSelect: return compile_select(node, dst);
      case NodeKind::kCall: return compile_call(node, note, dst);
      case NodeKind::kList: return compile_literal(node, Op::kMakeList, 1, dst);
      case NodeKind::kMap: return compile_literal(node, Op::kMakeMap, 2, dst);
      case NodeKind::kFold: return compile_fold(node, note, dst);
      case NodeKind::kLet: return compile_let(node, note, dst);
      case NodeKind::kIdent: break;
    }
    return constant(make_error(program_->arena, Error::kUnknown, "'" + node.name + "' is not declared", node.offset));
  }

  Operand compile_slot(const Node& node, const Note& note, std::uint32_t dst) {
    const Operand at = slot(note.index, node);
    if (node.test_only) return emit({Op::kHasSlot, 0, dst, at, 0, 0}), reg(dst);
    if (node.optional) return emit({Op::kOptionalSlot, 0, dst, at, 0, 0}), reg(dst);
    return at;
  }

  Operand compile_select(const Node& node, std::uint32_t dst) {
    const Operand from = compile(node.args[0]);
    const Value field = Value::of_string(program_->arena.copy(node.name));
    if (const Value* value = constant_of(from)) {
      if (value->is(Kind::kError)) return from;
      Context context{program_->arena, kFoldSteps, node.offset};
      return constant(node.test_only ? has(context, *value, field) : select(context, *value, field, node.optional));
    }
    emit({node.test_only ? Op::kHas : Op::kSelect, node.optional, dst, from, constant(field), node.offset});
    return reg(dst);
  }

  Operand compile_call(const Node& node, const Note& note, std::uint32_t dst) {
    if (node.name == "_&&_") return compile_logical(node, Op::kAndJump, Op::kAnd, dst);
    if (node.name == "_||_") return compile_logical(node, Op::kOrJump, Op::kOr, dst);
    if (node.name == "_?_:_") return compile_conditional(node, dst);
    if (node.member && node.args.size() == 2 && (node.name == "or" || node.name == "orValue"))
      return compile_alternative(node, note, dst);
    std::vector<NodeId> args(node.args.begin() + note.without_target, node.args.end());
    if (args.size() > 2) return compile_long_call(node, note, args, dst);
    std::vector<Operand> at;
    for (const NodeId arg : args) at.push_back(compile(arg));
    if (const Operand folded = fold_call(node, note, at); folded != kNoRegister) return folded;
    if (args.size() == 2 && node.name == "matches" && constant_of(at[1]) && constant_of(at[1])->is(Kind::kString))
      return compile_matches(node, note, at, dst);
    if (args.size() == 2 && node.name == "@in") index_constant(at[1]);
    at.resize(2);
    emit({op_of(node, args), 0, dst, at[0], at[1], site(node.name, note.overloads, node.offset)});
    return reg(dst);
  }

  Op op_of(const Node& node, const std::vector<NodeId>& args) const {
    if (args.empty()) return Op::kCallN;
    if (node.name == "!_") return Op::kNot;
    if (node.name == "_==_") return Op::kEqual;
    if (node.name == "_!=_") return Op::kNotEqual;
    const Type* type = checked_.notes[args.front()].type;
    if (type == checked_.notes[args.back()].type)
      for (const TypedOp& typed : kTypedOps)
        if (typed.name == node.name && type->is(typed.type)) return typed.op;
    return args.size() == 1 ? Op::kCall1 : Op::kCall2;
  }

  Operand compile_long_call(const Node& node, const Note& note, const std::vector<NodeId>& args, std::uint32_t dst) {
    const std::uint32_t first = allocate(static_cast<std::uint32_t>(args.size()));
    for (std::size_t i = 0; i < args.size(); ++i) compile(args[i], first + static_cast<std::uint32_t>(i));
    if (args.size() > 0xffff) return constant(make_error(program_->arena, Error::kNoOverload, "too many arguments", node.offset));
    emit({Op::kCallN, static_cast<std::uint16_t>(args.size()), dst, first, 0, site(node.name, note.overloads, node.offset)});
    return reg(dst);
  }

  // All arguments constant: the result, as a constant, errors too. kNoRegister: not folded.
  Operand fold_call(const Node& node, const Note& note, const std::vector<Operand>& at) {
    std::vector<Value> args;
    for (const Operand o : at) {
      const Value* value = constant_of(o);
      if (!value) return kNoRegister;
      if (value->is(Kind::kError)) return o;
      args.push_back(*value);
    }
    CallSite folded{note.overloads, node.offset, node.name};
    std::erase_if(folded.overloads, [](const Overload* overload) { return overload->call == nullptr; });
    Context context{program_->arena, fold_steps_, node.offset};
    const Value value = call(context, folded, args.data(), args.size());
    fold_steps_ = std::max<std::int64_t>(0, context.steps);
    if (value.is(Kind::kError) && value.error->code == Error::kLimit) return kNoRegister;
    if (value.is(Kind::kError) && options_.check &&
        std::find(std::begin(kCheckedTexts), std::end(kCheckedTexts), node.name) != std::end(kCheckedTexts))
      issues_.list.push_back(make_issue(source_, node.offset, std::string(value.error->message)));
    return constant(value);
  }

  void index_constant(Operand o) {
    if (!constant_of(o) || !constant_of(o)->is(Kind::kList)) return;
    Value& value = constants_[index_of(o)];
    value.list = index_list(program_->arena, *value.list);
  }

  Operand compile_matches(const Node& node, const Note& note, const std::vector<Operand>& at, std::uint32_t dst) {
    const std::string_view text = constant_of(at[1])->text();
    if (++patterns_ > kMostPatterns) {
      if (patterns_ == kMostPatterns + 1)
        issues_.list.push_back(make_issue(source_, node.offset, fmt::format("the expression has more than {} patterns", kMostPatterns)));
      return at[0];
    }
    auto pattern = compile_pattern(text);
    if (!pattern->ok() && options_.check)
      issues_.list.push_back(make_issue(source_, node.offset, "the pattern is malformed: " + pattern->error()));
    if (!pattern->ok())
      return constant(make_error(program_->arena, Error::kArgument, "the pattern is malformed", node.offset));
    program_->patterns.push_back(std::move(pattern));
    const auto index = static_cast<std::uint32_t>(program_->patterns.size() - 1);
    emit({Op::kMatches, 0, dst, at[0], index, site(node.name, note.overloads, node.offset)});
    return reg(dst);
  }
  static std::unique_ptr<re2::RE2> compile_pattern(std::string_view text) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kPatternMemory);
    return std::make_unique<re2::RE2>(re2::StringPiece(text.data(), text.size()), options);
  }

  Operand compile_logical(const Node& node, Op jump, Op join, std::uint32_t dst) {
    const Operand left = compile(node.args[0]);
    const bool decider = jump == Op::kOrJump;
    const Value* known = constant_of(left);
    if (known && known->is(Kind::kBool) && known->boolean == decider) return left;
    const std::uint32_t decided = known ? kNoRegister : emit({jump, 0, dst, left, 0, 0});
    const Operand right = compile(node.args[1]);
    const Value* right_known = constant_of(right);
    if (right_known && right_known->is(Kind::kBool) && right_known->boolean == decider) {
      if (decided != kNoRegister) code_.resize(decided);  // nothing the left side could be matters
      return right;
    }
    emit({join, 0, dst, left, right, site(node.name, {}, node.offset)});
    if (decided != kNoRegister) code_[decided].c = here();
    return reg(dst);
  }

  Operand compile_conditional(const Node& node, std::uint32_t dst) {
    const Operand condition = compile(node.args[0]);
    if (const Value* known = constant_of(condition)) {
      if (known->is(Kind::kBool)) return compile_node(node.args[known->boolean ? 1 : 2], dst);
      if (known->is(Kind::kError)) return condition;
    }
    const std::uint32_t branch = emit({Op::kBranch, 0, dst, condition, 0, 0});
    compile(node.args[1], dst);
    const std::uint32_t over = emit({Op::kJump, 0, 0, 0, 0, 0});
    code_[branch].c = here();
    compile(node.args[2], dst);
    code_[branch].b = code_[over].c = here();
    return reg(dst);
  }

  // The right side of or() and orValue() is evaluated only if the left has no value.
  Operand compile_alternative(const Node& node, const Note& note, std::uint32_t dst) {
    const bool unwrap = node.name == "orValue";
    const Node& optional = ast_.at(node.args[0]);
    const Note& of_optional = checked_.notes[node.args[0]];
    if (unwrap && of_optional.reference == Note::kSlot && optional.optional && !optional.test_only) {
      const std::uint32_t known_slot = emit({Op::kSlotJump, 0, dst, slot(of_optional.index, optional), 0, 0});
      compile(node.args[1], dst);
      code_[known_slot].c = here();
      return reg(dst);
    }
    const Operand left = compile(node.args[0]);
    const Value* known = constant_of(left);
    if (known && known->is(Kind::kOptional) && known->pointer) return unwrap ? constant(*known->pointer) : left;
    const std::uint32_t present = emit({Op::kPresentJump, unwrap, dst, left, 0, 0});
    const Operand right = compile(node.args[1]);
    emit({Op::kCall2, 0, dst, left, right, site(node.name, note.overloads, node.offset)});
    code_[present].c = here();
    return reg(dst);
  }

  Operand compile_literal(const Node& node, Op op, std::uint32_t width, std::uint32_t dst) {
    const auto count = static_cast<std::uint32_t>(node.args.size());
    const std::uint32_t first = allocate(count);
    const std::uint32_t start = here();
    bool all_constant = true;
    std::vector<Value> values;
    for (std::uint32_t i = 0; i < count; ++i) {
      compile(node.args[i], first + i);
      const Instruction& last = code_.back();
      const Value* known = last.op == Op::kMove && last.dst == first + i ? constant_of(last.a) : nullptr;
      all_constant = all_constant && known != nullptr && here() == start + i + 1;
      if (all_constant) values.push_back(*known);
    }
    program_->literals.push_back({node.offset, node.optional_entries});
    const auto literal = static_cast<std::uint32_t>(program_->literals.size() - 1);
    emit({op, 0, dst, first, count / width, literal});
    if (!all_constant) return reg(dst);
    code_.resize(start);
    Context context{program_->arena, kFoldSteps, node.offset};
    const auto make = op == Op::kMakeList ? make_list_literal : make_map_literal;
    return constant(make(context, program_->literals[literal], values.data(), count / width));
  }

  Operand compile_let(const Node& node, const Note& note, std::uint32_t dst) {
    const Operand value = compile(node.args[0]);
    locals_[note.first_local] = value;
    // The value's register must outlive the body's; compile() has left it allocated.
    return compile(node.args[1], dst);
  }

  Operand compile_fold(const Node& node, const Note& note, std::uint32_t dst) {
    const auto kind = static_cast<std::uint16_t>(node.fold);
    const Operand range = compile(node.args[0]);
    const std::uint32_t state = allocate(3);
    const std::uint32_t first = allocate();
    const std::uint32_t second = node.name2.empty() ? kNoRegister : allocate();
    locals_[note.first_local] = reg(first);
    if (!node.name2.empty()) locals_[note.first_local + 1] = reg(second);
    const std::uint32_t begin = emit({Op::kFoldBegin, kind, state, range, node.offset, 0});
    const std::uint32_t next = emit({Op::kFoldNext, kind, state, first, second, 0});
    std::uint32_t keep = kNoRegister;
    if (node.args[1] != kNoNode) {
      const Operand kept = compile(node.args[1]);
      keep = emit({Op::kFoldKeep, kind, state, kept, 0, next});
    }
    const Operand body = compile(node.args[2]);
    const Operand key = node.args[3] == kNoNode ? body : compile(node.args[3]);
    const std::uint32_t put = emit({Op::kFoldPut, kind, state, body, key, 0});
    emit({Op::kJump, 0, 0, 0, 0, next});
    for (const std::uint32_t exit : {begin, next, put}) code_[exit].c = here();
    if (keep != kNoRegister) code_[keep].b = here();
    emit({Op::kMove, 0, dst, reg(state + 2), 0, 0});
    return reg(dst);
  }

  void finish_slots() {
    std::sort(used_slots_.begin(), used_slots_.end());
    for (const auto& [index, offset, name] : used_slots_) {
      if (!program_->slots.empty() && program_->slots.back() == index) continue;
      program_->slots.push_back(index);
      program_->absent.push_back(make_error(program_->arena, Error::kAbsent, name + " is absent", offset));
    }
  }

  // An expression that reads nothing is evaluated once and for all.
  void fold_whole() {
    if (!program_->slots.empty() || code_.size() == 1) return;
    program_->pack(code_, constants_);
    const Value value = execute(*program_, {}, program_->arena, kFoldSteps);
    if (value.is(Kind::kError) && value.error->code == Error::kLimit) return;
    code_.clear();
    emit({Op::kReturn, 0, 0, constant(value), 0, 0});
  }

  // What ends in returning is returned at once; a test that the next instruction asks for takes that one along.
  void shorten() {
    for (std::size_t at = code_.size(); at-- > 0;) {
      Instruction& i = code_[at];
      if (i.op == Op::kJump && code_[i.c].op == Op::kReturn) i = code_[i.c];
      if (at + 1 == code_.size()) continue;
      const Instruction& next = code_[at + 1];
      if (i.op == Op::kMove && next.op == Op::kReturn && next.a == reg(i.dst)) i = {Op::kReturn, 0, 0, i.a, 0, 0};
      if (gives_bool(i.op) && next.a == reg(i.dst)) i.n = static_cast<std::uint16_t>(follow_of(next));
      if (gives_bool(i.op) && (next.op == Op::kAnd || next.op == Op::kOr) && next.b == reg(i.dst) && next.a != next.b)
        i.n = static_cast<std::uint16_t>(Follow::kJoin);
      if ((i.op == Op::kAnd || i.op == Op::kOr) && returns(next, i.dst)) i.n = static_cast<std::uint16_t>(Follow::kReturn);
    }
  }
  static bool gives_bool(Op op) {
    switch (op) {
      case Op::kLessInt: case Op::kLessEqualInt: case Op::kGreaterInt: case Op::kGreaterEqualInt:
      case Op::kLessDouble: case Op::kLessEqualDouble: case Op::kGreaterDouble: case Op::kGreaterEqualDouble:
      case Op::kLessDuration: case Op::kLessEqualDuration: case Op::kGreaterDuration: case Op::kGreaterEqualDuration:
      case Op::kLessTime: case Op::kLessEqualTime: case Op::kGreaterTime: case Op::kGreaterEqualTime:
      case Op::kEqual: case Op::kNotEqual: case Op::kHasSlot: return true;
      default: return false;
    }
  }
  static bool returns(const Instruction& i, std::uint32_t index) { return i.op == Op::kReturn && i.a == reg(index); }
  Follow follow_of(const Instruction& next) const {
    switch (next.op) {
      case Op::kReturn: return Follow::kReturn;
      case Op::kAndJump: return returns(code_[next.c], next.dst) ? Follow::kAndReturn : Follow::kAndJump;
      case Op::kOrJump: return returns(code_[next.c], next.dst) ? Follow::kOrReturn : Follow::kOrJump;
      case Op::kBranch: return Follow::kBranch;
      default: return Follow::kNothing;
    }
  }

  Ast ast_;
  const Checked& checked_;
  std::string_view source_;
  const CompileOptions& options_;
  std::unique_ptr<Program::Impl> program_;
  std::vector<Instruction> code_;
  std::vector<Value> constants_;
  std::vector<Operand> locals_;
  std::vector<std::tuple<std::uint32_t, std::uint32_t, std::string>> used_slots_;
  std::uint32_t next_register_ = 0;
  std::int64_t fold_steps_ = kFoldSteps;
  std::size_t patterns_ = 0;
  Issues issues_;
};

}  // namespace

Program::Impl::Impl() = default;
Program::Impl::~Impl() = default;
void Program::Impl::pack(std::span<const Instruction> instructions, std::span<const Value> values) {
  static_assert(alignof(Value) == 8 && alignof(Instruction) <= 8 && std::is_trivially_copyable_v<Instruction>);
  const std::size_t values_at = (instructions.size_bytes() + 7) & ~std::size_t{7};
  memory = std::make_unique<std::byte[]>(values_at + values.size_bytes());
  code = reinterpret_cast<Instruction*>(memory.get());
  constants = reinterpret_cast<Value*>(memory.get() + values_at);
  std::ranges::copy(instructions, reinterpret_cast<Instruction*>(memory.get()));
  std::ranges::copy(values, reinterpret_cast<Value*>(memory.get() + values_at));
  slots_end = slots.empty() ? 0 : slots.back() + 1;
  if (code[0].op == Op::kReturn && bank_of(code[0].a) == Bank::kSlot) only_slot = index_of(code[0].a);
}
Program::Program(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;
Program::~Program() = default;

const Type* Program::type() const { return impl_->type; }
std::span<const std::uint32_t> Program::slots() const { return impl_->slots; }
std::uint64_t Program::estimated_cost() const { return impl_->cost; }
bool Program::is_constant() const {
  return impl_->code[0].op == Op::kReturn && bank_of(impl_->code[0].a) == Bank::kConstant;
}

std::optional<std::uint32_t> Program::only_slot() const {
  return impl_->only_slot == kNoRegister ? std::nullopt : std::optional(impl_->only_slot);
}

Value Program::run(std::span<const Value> slots, Arena& arena) const {
  const Impl& impl = *impl_;
  if (impl.only_slot < slots.size() && !slots[impl.only_slot].is(Kind::kAbsent)) return slots[impl.only_slot];
  return execute(impl, slots, arena, impl.run_steps);
}

tl::expected<Program, Issues> compile(const Env& env, std::string_view source, const CompileOptions& options) {
  const Limits& limits = env.impl().limits;
  auto ast = parse(source, limits, options.macros);
  if (!ast) return tl::make_unexpected(std::move(ast.error()));
  auto checked = check(env, *ast, source, options);
  if (!checked) return tl::make_unexpected(std::move(checked.error()));
  const auto [cost, nesting] = estimate(*ast, *checked, limits);
  if (nesting > limits.value_depth)
    return tl::make_unexpected(Issues{{make_issue(
        source, ast->at(ast->root).offset,
        fmt::format("the expression nests values up to {} deep; at most {} are allowed", nesting, limits.value_depth))}});
  if (cost > limits.estimated_cost)
    return tl::make_unexpected(Issues{{make_issue(
        source, ast->at(ast->root).offset,
        fmt::format("the expression may cost {} steps; at most {} are allowed (texts and lists of unknown size are "
                    "taken to be {} long)", cost, limits.estimated_cost, limits.assumed_size))}});
  return Compiler(std::move(*ast), *checked, source, options, limits, cost).run();
}

}  // namespace lw::cel
