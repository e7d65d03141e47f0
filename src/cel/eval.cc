// The evaluator: one loop over the flat code.
#include <re2/re2.h>

#include <algorithm>

#include "cel/compare.h"
#include "cel/program.h"

namespace lw::cel {
namespace {

constexpr std::size_t kLocalRegisters = 32;

std::string describe_call(std::string_view name, const Value* args, std::size_t count) {
  std::string text(name);
  text += '(';
  for (std::size_t i = 0; i < count; ++i) text += (i ? ", " : "") + std::string(Type::of(args[i])->name());
  return text + ')';
}

Value no_overload(Context& c, std::string_view what) {
  return c.error(Error::kNoOverload, fmt::format("no such overload: {}", what));
}

Value not_bool(Context& c, const Value& value) {
  if (value.is(Kind::kError)) return value;
  return c.error(Error::kNoOverload, fmt::format("a bool is needed, not {}", Type::of(value)->name()));
}

bool earlier(const Value& a, const Value& b) { return a.integer != b.integer ? a.integer < b.integer : a.size < b.size; }

// a - b in nanoseconds; false if they are more.
bool between(const Value& a, const Value& b, std::int64_t& ns) {
  return !__builtin_mul_overflow(a.integer - b.integer, kSecond, &ns) &&
         !__builtin_add_overflow(ns, std::int64_t{a.size} - std::int64_t{b.size}, &ns);
}

bool is_false(const Value& value) { return value.is(Kind::kBool) && !value.boolean; }

// Three-valued logic: the decider wins over an error, an error over the rest.
Value join_logical(Context& c, const Value& left, const Value& right, bool decider) {
  if (left.is(Kind::kBool) && left.boolean == decider) return left;
  if (right.is(Kind::kBool) && right.boolean == decider) return right;
  if (!left.is(Kind::kBool)) return not_bool(c, left);
  return right.is(Kind::kBool) ? right : not_bool(c, right);
}

// One evaluation's state.
class Run {
 public:
  Run(const Program::Impl& program, std::span<const Value> slots, Arena& arena, std::uint64_t steps)
      : program_(program), context_{arena, static_cast<std::int64_t>(steps), 0} {
    bank_[0] = program.constants;
    bank_[1] = slots.data();
    if (program.slots_end > slots.size()) bank_[1] = padded(slots);
    registers_ = program.registers <= kLocalRegisters ? reinterpret_cast<Value*>(local_)
                                                      : arena.array<Value>(program.registers);
    bank_[2] = registers_;
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  Value go();

 private:
  const Value& at(Operand o) const {
    return *reinterpret_cast<const Value*>(reinterpret_cast<const std::byte*>(bank_[o & kBankMask]) + (o & ~kBankMask));
  }
  // As at(), an absent slot being the error that reading it is.
  const Value& read(Operand o) const {
    const Value& value = at(o);
    return value.is(Kind::kAbsent) ? absent(o) : value;
  }
  const Value& absent(Operand o) const {
    static const Error kNothing{Error::kAbsent, 0, "a value is absent"};
    static const Value kError = [] {
      Value value;
      value.kind = Kind::kError;
      value.error = &kNothing;
      return value;
    }();
    if (bank_of(o) != Bank::kSlot) return kError;
    const auto found = std::lower_bound(program_.slots.begin(), program_.slots.end(), index_of(o));
    return program_.absent[static_cast<std::size_t>(found - program_.slots.begin())];
  }
  const Value* padded(std::span<const Value> slots) {
    const std::size_t count = program_.slots_end;
    auto* copy = context_.arena.array<Value>(count);
    std::fill_n(copy, count, Value());
    std::copy(slots.begin(), slots.end(), copy);
    return copy;
  }

  Value call_site(const Instruction& i, const Value* args, std::size_t count);
  [[gnu::noinline]] Value call1(const Instruction& i) {
    const CallSite& site = program_.sites[i.c];
    if (site.only && CallSite::takes(site.kinds[0], at(i.a))) [[likely]] {
      context_.offset = site.offset;
      return site.only(context_, &at(i.a));
    }
    const Value arg = read(i.a);
    return call_site(i, &arg, 1);
  }
  [[gnu::noinline]] Value call2(const Instruction& i) {
    const CallSite& site = program_.sites[i.c];
    if (site.only && CallSite::takes(site.kinds[0], at(i.a)) && CallSite::takes(site.kinds[1], at(i.b))) [[likely]] {
      const Value args[2] = {at(i.a), at(i.b)};
      context_.offset = site.offset;
      return site.only(context_, args);
    }
    const Value args[2] = {read(i.a), read(i.b)};
    return call_site(i, args, 2);
  }
  Value call_many(const Instruction& i);
  [[gnu::noinline]] Value equality(const Instruction& i, bool wanted);
  Value match(const Instruction& i);
  Value field(const Instruction& i);
  Value branch_error(Operand condition) { return not_bool(context_, read(condition)); }
  Value logical(const Instruction& i, bool decider) {
    const Value left = read(i.a), right = read(i.b);
    context_.offset = program_.sites[i.c].offset;
    return join_logical(context_, left, right, decider);
  }

  // Whether returning `truth` is what follows.
  static bool ends(Follow kind, bool truth) {
    return kind == Follow::kReturn || (kind == Follow::kAndReturn && !truth) || (kind == Follow::kOrReturn && truth);
  }
  // As the jump at `jump` would, its operand being `truth`.
  const Instruction* follow(Follow kind, bool truth, const Instruction* jump) {
    if (kind == Follow::kBranch) return truth ? jump + 1 : program_.code + jump->c;
    if (kind == Follow::kJoin) return jump;
    if (kind >= Follow::kReturn || truth != (kind == Follow::kOrJump)) return jump + 1;
    registers_[jump->dst] = Value::of(truth);
    return program_.code + jump->c;
  }

  // Each returns where to go on; `next` is the instruction behind.
  const Instruction* fold_begin(const Instruction& i, const Instruction* next);
  const Instruction* fold_next(const Instruction& i, const Instruction* next);
  const Instruction* fold_keep(const Instruction& i, const Instruction* next);
  const Instruction* fold_put(const Instruction& i, const Instruction* next);
  bool put_entries(const Value& body, MapBuilder& builder, Value& result);
  void finish_fold(Fold fold, Value& result);

  const Program::Impl& program_;
  Context context_;
  const Value* bank_[3];
  Value* registers_;
  alignas(Value) std::byte local_[kLocalRegisters * sizeof(Value)];
};

// Builders live in the arena while a fold runs; its result register points at them.
template <class Builder>
Value hold(Builder* builder) {
  Value value;
  value.chars = reinterpret_cast<const char*>(builder);
  return value;
}
template <class Builder>
Builder& held(const Value& value) {
  return *reinterpret_cast<Builder*>(const_cast<char*>(value.chars));
}

const Instruction* Run::fold_begin(const Instruction& i, const Instruction* next) {
  Value* state = registers_ + i.dst;
  context_.offset = i.b;
  state[0] = read(i.a);
  state[1] = Value::of_int(0);
  if (!state[0].is(Kind::kList) && !state[0].is(Kind::kMap)) {
    state[2] = state[0].is(Kind::kError) ? state[0]
                                         : no_overload(context_, fmt::format("a macro over {}", Type::of(state[0])->name()));
    return program_.code + i.c;
  }
  Arena& arena = context_.arena;
  switch (static_cast<Fold>(i.n)) {
    case Fold::kAll: state[2] = Value::of(true); break;
    case Fold::kExists: state[2] = Value::of(false); break;
    case Fold::kExistsOne: state[2] = Value::of_int(0); break;
    case Fold::kList: state[2] = hold(arena.make(ListBuilder(arena))); break;
    case Fold::kMap:
    case Fold::kEntries: state[2] = hold(arena.make(MapBuilder(arena))); break;
  }
  return next;
}

void Run::finish_fold(Fold fold, Value& result) {
  if (fold == Fold::kExistsOne) result = Value::of(result.integer == 1);
  if (fold == Fold::kList) result = held<ListBuilder>(result).finish();
  if (fold == Fold::kMap || fold == Fold::kEntries) result = held<MapBuilder>(result).finish();
}

const Instruction* Run::fold_next(const Instruction& i, const Instruction* next) {
  Value* state = registers_ + i.dst;
  const auto position = static_cast<std::uint32_t>(state[1].integer);
  const bool over_list = state[0].is(Kind::kList);
  if (position >= (over_list ? state[0].list->size : state[0].map->size)) {
    finish_fold(static_cast<Fold>(i.n), state[2]);
    return program_.code + i.c;
  }
  if (!context_.charge(static_cast<std::uint64_t>(program_.code + i.c - next + 1)) || !context_.arena.fits(0)) {
    state[2] = context_.exhausted();
    return program_.code + i.c;
  }
  ++state[1].integer;
  Value& first = registers_[i.a];
  if (over_list) {
    const Value& item = state[0].list->items[position];
    first = i.b == kNoRegister ? item : Value::of_int(position);
    if (i.b != kNoRegister) registers_[i.b] = item;
  } else {
    const Map::Entry& entry = state[0].map->entries[position];
    first = entry.key;
    if (i.b != kNoRegister) registers_[i.b] = entry.value;
  }
  return next;
}

const Instruction* Run::fold_keep(const Instruction& i, const Instruction* next) {
  const Value& keep = read(i.a);
  if (keep.is(Kind::kBool)) return keep.boolean ? next : program_.code + i.c;
  registers_[i.dst + 2] = not_bool(context_, keep);
  return program_.code + i.b;
}

const Instruction* Run::fold_put(const Instruction& i, const Instruction* next) {
  Value& result = registers_[i.dst + 2];
  const Value& body = read(i.a);
  switch (static_cast<Fold>(i.n)) {
    case Fold::kAll:
    case Fold::kExists: {
      const bool decider = static_cast<Fold>(i.n) == Fold::kExists;
      if (body.is(Kind::kBool) && body.boolean != decider) return next;
      if (!body.is(Kind::kBool)) {
        if (!result.is(Kind::kError)) result = not_bool(context_, body);
        return next;
      }
      result = body;
      return program_.code + i.c;
    }
    case Fold::kExistsOne:
      if (body.is(Kind::kBool)) {
        result.integer += body.boolean;
        return next;
      }
      result = not_bool(context_, body);
      return program_.code + i.c;
    case Fold::kList:
      if (!body.is(Kind::kError)) {
        held<ListBuilder>(result).add(body);
        return next;
      }
      result = body;
      return program_.code + i.c;
    case Fold::kMap: {
      const Value& key = read(i.b);
      if (!body.is(Kind::kError) && !key.is(Kind::kError)) {
        held<MapBuilder>(result).add(key, body);  // keys of the range: unique; positions of a list likewise
        return next;
      }
      result = body.is(Kind::kError) ? body : key;
      return program_.code + i.c;
    }
    case Fold::kEntries: return put_entries(body, held<MapBuilder>(result), result) ? next : program_.code + i.c;
  }
  return next;
}

bool Run::put_entries(const Value& body, MapBuilder& builder, Value& result) {
  if (!body.is(Kind::kMap)) {
    result = body.is(Kind::kError) ? body : no_overload(context_, "transformMapEntry without a map");
    return false;
  }
  for (const Map::Entry& entry : body.map->span()) {
    if (builder.add(entry.key, entry.value)) continue;
    result = context_.error(Error::kDuplicate, "a key comes twice");
    return false;
  }
  if (context_.charge(body.map->size)) return true;
  result = context_.exhausted();
  return false;
}

Value Run::call_site(const Instruction& i, const Value* args, std::size_t count) {
  for (std::size_t k = 0; k < count; ++k)
    if (args[k].is(Kind::kError)) return args[k];
  return call(context_, program_.sites[i.c], args, count);
}

Value Run::call_many(const Instruction& i) {
  for (std::uint32_t k = 0; k < i.n; ++k)
    if (registers_[i.a + k].is(Kind::kAbsent)) registers_[i.a + k] = absent(operand(Bank::kRegister, i.a + k));
  return call_site(i, registers_ + i.a, i.n);
}

Value Run::equality(const Instruction& i, bool wanted) {
  const Value &a = read(i.a), &b = read(i.b);
  if (a.is(Kind::kError)) return a;
  if (b.is(Kind::kError)) return b;
  const bool same = equal(a, b, context_.steps);
  return context_.steps < 0 ? context_.exhausted() : Value::of(same == wanted);
}

Value Run::match(const Instruction& i) {
  const Value& text = read(i.a);
  context_.offset = program_.sites[i.c].offset;
  if (!text.is(Kind::kString)) return text.is(Kind::kError) ? text : no_overload(context_, "matches on no string");
  return match_pattern(context_, text.text(), program_.patterns[i.b].get());
}

Value Run::field(const Instruction& i) {
  const Value& from = read(i.a);
  if (from.is(Kind::kError)) return from;
  context_.offset = i.c;
  return i.op == Op::kHas ? has(context_, from, at(i.b)) : select(context_, from, at(i.b), i.n != 0);
}

// A bool into a register, and the jump behind it, if it asks for that.
#define LW_TRUTH(RESULT)                                              \
  {                                                                   \
    const bool truth = RESULT;                                        \
    const auto kind = static_cast<Follow>(i.n);                       \
    const bool join = kind == Follow::kJoin && at(next->a).is(Kind::kBool); \
    if (join ? next->n != 0 : ends(kind, truth))                      \
      return context_.over ? context_.exhausted() : Value::of(truth); \
    registers_[join ? next->dst : i.dst] = Value::of(truth);          \
    if (i.n) next = join ? next + 1 : follow(kind, truth, next);      \
  }
#define LW_COMPARED(OP, KIND, RESULT)                     \
  case Op::OP: {                                          \
    const Value &a = at(i.a), &b = at(i.b);               \
    if (a.is(Kind::KIND) && b.is(Kind::KIND)) [[likely]] { \
      LW_TRUTH(RESULT)                                    \
    } else {                                              \
      registers_[i.dst] = call2(i);                       \
    }                                                     \
    break;                                                \
  }
#define LW_TYPED(OP, KIND, TEST, RESULT)                        \
  case Op::OP: {                                                \
    const Value &a = at(i.a), &b = at(i.b);                     \
    if (a.is(Kind::KIND) && b.is(Kind::KIND) TEST) [[likely]] { \
      registers_[i.dst] = RESULT;                               \
    } else {                                                    \
      registers_[i.dst] = call2(i);                             \
    }                                                           \
    break;                                                      \
  }
#define LW_INT(OP, RESULT) LW_TYPED(OP, kInt, , RESULT)
#define LW_DOUBLE(OP, RESULT) LW_TYPED(OP, kDouble, , RESULT)

Value Run::go() {
  std::int64_t number = 0;
  const Instruction* const code = program_.code;
  for (const Instruction* next = code;;) {
    const Instruction& i = *next++;
    if (i.op > Op::kFoldPut) __builtin_unreachable();  // the last: no check of what the compiler made
    switch (i.op) {
      case Op::kReturn: return context_.over ? context_.exhausted() : read(i.a);
      case Op::kMove: registers_[i.dst] = read(i.a); break;
      case Op::kJump: next = code + i.c; break;
      case Op::kAndJump:
        if (!is_false(at(i.a))) break;
        registers_[i.dst] = Value::of(false);
        next = code + i.c;
        break;
      case Op::kOrJump:
        if (!at(i.a).is_true()) break;
        registers_[i.dst] = Value::of(true);
        next = code + i.c;
        break;
      case Op::kAnd: {
        const Value &a = at(i.a), &b = at(i.b);
        const Value both = a.is(Kind::kBool) && b.is(Kind::kBool) ? Value::of(a.boolean && b.boolean) : logical(i, false);
        if (i.n && !context_.over) return both;
        registers_[i.dst] = both;
        break;
      }
      case Op::kOr: {
        const Value &a = at(i.a), &b = at(i.b);
        const Value both = a.is(Kind::kBool) && b.is(Kind::kBool) ? Value::of(a.boolean || b.boolean) : logical(i, true);
        if (i.n && !context_.over) return both;
        registers_[i.dst] = both;
        break;
      }
      case Op::kBranch: {
        const Value& condition = at(i.a);
        if (condition.is(Kind::kBool)) {
          if (!condition.boolean) next = code + i.c;
          break;
        }
        registers_[i.dst] = branch_error(i.a);
        next = code + i.b;
        break;
      }
      case Op::kPresentJump:
        if (!at(i.a).is(Kind::kOptional) || !at(i.a).pointer) break;
        registers_[i.dst] = i.n ? *at(i.a).pointer : at(i.a);
        next = code + i.c;
        break;
      case Op::kNot:
        registers_[i.dst] = at(i.a).is(Kind::kBool) ? Value::of(!at(i.a).boolean) : call1(i);
        break;
      LW_TYPED(kAddInt, kInt, && !__builtin_add_overflow(a.integer, b.integer, &number), Value::of_int(number))
      LW_TYPED(kSubInt, kInt, && !__builtin_sub_overflow(a.integer, b.integer, &number), Value::of_int(number))
      LW_TYPED(kMulInt, kInt, && !__builtin_mul_overflow(a.integer, b.integer, &number), Value::of_int(number))
      // By zero and the least by -1 are errors, which the function tells.
      LW_TYPED(kDivInt, kInt, && b.integer != 0 && b.integer != -1, Value::of_int(a.integer / b.integer))
      LW_COMPARED(kLessInt, kInt, a.integer < b.integer)
      LW_COMPARED(kLessEqualInt, kInt, a.integer <= b.integer)
      LW_COMPARED(kGreaterInt, kInt, a.integer > b.integer)
      LW_COMPARED(kGreaterEqualInt, kInt, a.integer >= b.integer)
      LW_DOUBLE(kAddDouble, Value::of_double(a.real + b.real))
      LW_DOUBLE(kSubDouble, Value::of_double(a.real - b.real))
      LW_DOUBLE(kMulDouble, Value::of_double(a.real * b.real))
      LW_DOUBLE(kDivDouble, Value::of_double(a.real / b.real))
      LW_COMPARED(kLessDouble, kDouble, a.real < b.real)
      LW_COMPARED(kLessEqualDouble, kDouble, a.real <= b.real)
      LW_COMPARED(kGreaterDouble, kDouble, a.real > b.real)
      LW_COMPARED(kGreaterEqualDouble, kDouble, a.real >= b.real)
      LW_COMPARED(kLessDuration, kDuration, a.integer < b.integer)
      LW_COMPARED(kLessEqualDuration, kDuration, a.integer <= b.integer)
      LW_COMPARED(kGreaterDuration, kDuration, a.integer > b.integer)
      LW_COMPARED(kGreaterEqualDuration, kDuration, a.integer >= b.integer)
      LW_COMPARED(kLessTime, kTimestamp, earlier(a, b))
      LW_COMPARED(kLessEqualTime, kTimestamp, !earlier(b, a))
      LW_COMPARED(kGreaterTime, kTimestamp, earlier(b, a))
      LW_COMPARED(kGreaterEqualTime, kTimestamp, !earlier(a, b))
      LW_TYPED(kSubTime, kTimestamp, && between(a, b, number), Value::of_duration(Duration{number}))
      case Op::kDoubleOfInt:
        registers_[i.dst] = at(i.a).is(Kind::kInt) ? Value::of_double(static_cast<double>(at(i.a).integer)) : call1(i);
        break;
      case Op::kSizeOfList:
        registers_[i.dst] = at(i.a).is(Kind::kList) ? Value::of_int(at(i.a).list->size) : call1(i);
        break;
      case Op::kEqual:
      case Op::kNotEqual: {
        const Value &a = at(i.a), &b = at(i.b);
        const bool wanted = i.op == Op::kEqual;
        if (a.kind == b.kind && (a.is(Kind::kInt) || a.is(Kind::kUint))) {
          LW_TRUTH((a.natural == b.natural) == wanted)
        } else if (a.kind == b.kind && a.is(Kind::kString)) {
          LW_TRUTH((a.text() == b.text()) == wanted)
        } else {
          registers_[i.dst] = equality(i, wanted);
        }
        break;
      }
      case Op::kCall1: registers_[i.dst] = call1(i); break;
      case Op::kCall2: registers_[i.dst] = call2(i); break;
      case Op::kCallN: registers_[i.dst] = call_many(i); break;
      case Op::kMatches: registers_[i.dst] = match(i); break;
      case Op::kSelect:
      case Op::kHas: registers_[i.dst] = field(i); break;
      case Op::kHasSlot:
        if (at(i.a).is(Kind::kError)) {
          registers_[i.dst] = at(i.a);
        } else {
          LW_TRUTH(!at(i.a).is(Kind::kAbsent))
        }
        break;
      case Op::kSlotJump:
        if (at(i.a).is(Kind::kAbsent)) break;
        registers_[i.dst] = at(i.a);
        next = code + i.c;
        break;
      case Op::kOptionalSlot:
        registers_[i.dst] = at(i.a).is(Kind::kAbsent) ? no_optional()
                            : at(i.a).is(Kind::kError) ? at(i.a) : make_optional(context_.arena, at(i.a));
        break;
      case Op::kMakeList:
        registers_[i.dst] = make_list_literal(context_, program_.literals[i.c], registers_ + i.a, i.b);
        break;
      case Op::kMakeMap:
        registers_[i.dst] = make_map_literal(context_, program_.literals[i.c], registers_ + i.a, i.b);
        break;
      case Op::kFoldBegin: next = fold_begin(i, next); break;
      case Op::kFoldNext: next = fold_next(i, next); break;
      case Op::kFoldKeep: next = fold_keep(i, next); break;
      case Op::kFoldPut: next = fold_put(i, next); break;
    }
  }
}
#undef LW_TRUTH
#undef LW_COMPARED
#undef LW_INT
#undef LW_DOUBLE
#undef LW_TYPED

}  // namespace

Value execute(const Program::Impl& program, std::span<const Value> slots, Arena& arena, std::uint64_t steps) {
  return Run(program, slots, arena, steps).go();
}

// What is not known is an error to the evaluator, has() of it too: no error becomes a value but through && and ||.
bool Program::is_false_given(std::span<const Value> known) const {
  static const Error kUnknown{Error::kAbsent, 0, "a value is not known"};
  std::vector<Value> slots(std::max<std::size_t>(known.size(), impl_->slots.empty() ? 0 : impl_->slots.back() + 1));
  std::ranges::copy(known, slots.begin());
  for (Value& slot : slots) {
    if (!slot.is(Kind::kAbsent)) continue;
    slot.kind = Kind::kError;
    slot.error = &kUnknown;
  }
  Arena arena;
  const Value result = execute(*impl_, slots, arena, impl_->run_steps);
  return result.is(Kind::kBool) && !result.boolean;
}

void CallSite::prepare() {
  only = nullptr;
  if (overloads.size() != 1) return;
  const Overload& overload = *overloads.front();
  if (!overload.call || overload.kinds.empty() || overload.kinds.size() > 2) return;
  // An opaque value's own type would have to be looked at too.
  if (std::ranges::count(overload.kinds, Kind::kOpaque) > 0) return;
  std::ranges::copy(overload.kinds, kinds);
  only = overload.call;
}

Value call(Context& context, const CallSite& site, const Value* args, std::size_t count) {
  context.offset = site.offset;
  for (const Overload* overload : site.overloads)
    if (overload->accepts(args)) return overload->call(context, args);
  return no_overload(context, describe_call(site.name, args, count));
}

Value match_pattern(Context& context, std::string_view text, const void* re2) {
  const auto& pattern = *static_cast<const re2::RE2*>(re2);
  // RE2 falls back from one step a byte to as many as the pattern has parts, if its automaton grows too large.
  if (!context.charge(text.size() * (1 + static_cast<std::size_t>(pattern.ProgramSize()) / 16))) return context.exhausted();
  return Value::of(pattern.Match(re2::StringPiece(text.data(), text.size()), 0, text.size(), re2::RE2::UNANCHORED, nullptr, 0));
}

Value make_list_literal(Context& context, const Literal& literal, const Value* items, std::size_t count) {
  context.offset = literal.offset;
  if (!context.room(count * sizeof(Value))) return context.exhausted();
  Value* kept = context.arena.array<Value>(count);
  std::uint32_t size = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (items[i].is(Kind::kError)) return items[i];
    if (literal.optional.empty() || !literal.optional[i]) {
      kept[size++] = items[i];
    } else if (!items[i].is(Kind::kOptional)) {
      return context.error(Error::kNoOverload, "after '?' an optional must come");
    } else if (items[i].pointer) {
      kept[size++] = *items[i].pointer;
    }
  }
  Value value;
  value.kind = Kind::kList;
  value.list = context.arena.make(List{kept, size, {}});
  return value;
}

Value make_map_literal(Context& context, const Literal& literal, const Value* parts, std::size_t count) {
  context.offset = literal.offset;
  if (!context.room(count * 3 * sizeof(Value))) return context.exhausted();
  MapBuilder builder(context.arena, static_cast<std::uint32_t>(count));
  for (std::size_t i = 0; i < 2 * count; ++i)
    if (parts[i].is(Kind::kError)) return parts[i];
  for (std::size_t i = 0; i < count; ++i) {
    const Value &key = parts[2 * i], *value = &parts[2 * i + 1];
    if (!literal.optional.empty() && literal.optional[i]) {
      if (!value->is(Kind::kOptional)) return context.error(Error::kNoOverload, "after '?' an optional must come");
      value = value->pointer;
      if (!value) continue;
    }
    const Kind kind = key.kind;
    if (kind != Kind::kBool && kind != Kind::kInt && kind != Kind::kUint && kind != Kind::kString)
      return context.error(Error::kDuplicate, fmt::format("a {} cannot be a map's key", Type::of(key)->name()));
    if (!builder.add(key, *value)) return context.error(Error::kDuplicate, "a key comes twice in the map");
  }
  return builder.finish();
}

}  // namespace lw::cel
