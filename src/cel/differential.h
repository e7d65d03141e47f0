// For tests and fuzzers: expressions made from a string of choices, an environment for them, and the comparison of the
// compiled program with the reference.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cel/cel.h"
#include "cel/parser.h"
#include "cel/reference_eval.h"

namespace lw::cel {

// Turns bytes into an expression: each decision takes a byte; once they are used up, the simplest way is taken.
class ExpressionMaker {
 public:
  explicit ExpressionMaker(std::span<const std::uint8_t> choices) : choices_(choices) {}
  std::string make() { return any(5); }

 private:
  unsigned pick(unsigned count) {
    if (next_ >= choices_.size()) return 0;
    return choices_[next_++] % count;
  }
  template <std::size_t kCount>
  std::string one_of(const char* const (&list)[kCount]) { return list[pick(kCount)]; }

  std::string any(int depth) {
    switch (pick(10)) {
      case 0: return boolean(depth);
      case 1: return integer(depth);
      case 2: return real(depth);
      case 3: return text(depth);
      case 4: return list(depth);
      case 5: return map(depth);
      case 6: return optional(depth);
      case 7: return time(depth);
      case 8: return natural(depth);
      default: return boolean(depth);
    }
  }
  // Mostly of the type that is asked for; now and then not, so that errors are met.
  std::string dyn(int depth) { return "dyn(" + any(depth) + ")"; }

  std::string boolean(int depth) {
    static constexpr const char* kLeaves[] = {"true", "false", "b", "has(e.n)", "has(e.s)", "has(m.a)", "dyn(1)", "v"};
    static constexpr const char* kRelations[] = {" == ", " != ", " < ", " <= ", " > ", " >= "};
    if (depth <= 0) return one_of(kLeaves);
    const int d = depth - 1;
    switch (pick(18)) {
      case 0: return one_of(kLeaves);
      case 1: return "(" + boolean(d) + " && " + boolean(d) + ")";
      case 2: return "(" + boolean(d) + " || " + boolean(d) + ")";
      case 3: return "!" + boolean(d);
      case 4: return "(" + integer(d) + one_of(kRelations) + integer(d) + ")";
      case 5: return "(" + real(d) + one_of(kRelations) + integer(d) + ")";
      case 6: return "(" + text(d) + one_of(kRelations) + text(d) + ")";
      case 7: return "(" + dyn(d) + one_of(kRelations) + dyn(d) + ")";
      case 8: return "(" + integer(d) + " in " + list(d) + ")";
      case 9: return "(" + text(d) + " in " + map(d) + ")";
      case 10: return list(d) + ".all(v, " + boolean(d) + ")";
      case 11: return list(d) + ".exists(v, w, " + boolean(d) + ")";
      case 12: return list(d) + ".exists_one(v, " + boolean(d) + ")";
      case 13: return "(" + boolean(d) + " ? " + boolean(d) + " : " + boolean(d) + ")";
      case 14: return text(d) + ".startsWith(" + text(d) + ")";
      case 15: return text(d) + ".matches(" + text(d) + ")";
      case 16: return optional(d) + ".hasValue()";
      default: return "(" + list(d) + " == " + list(d) + ")";
    }
  }

  std::string integer(int depth) {
    static constexpr const char* kLeaves[] = {"0", "1", "-1", "2", "9223372036854775807", "-9223372036854775808",
                                              "i", "e.n", "v", "w", "m.a", "l[0]", "dyn(2u)", "7"};
    static constexpr const char* kOps[] = {" + ", " - ", " * ", " / ", " % "};
    if (depth <= 0) return one_of(kLeaves);
    const int d = depth - 1;
    switch (pick(12)) {
      case 0: return one_of(kLeaves);
      case 1:
      case 2: return "(" + integer(d) + one_of(kOps) + integer(d) + ")";
      case 3: return "size(" + list(d) + ")";
      case 4: return text(d) + ".size()";
      case 5: return "(" + boolean(d) + " ? " + integer(d) + " : " + integer(d) + ")";
      case 6: return list(d) + "[" + integer(d) + "]";
      case 7: return map(d) + "[" + text(d) + "]";
      case 8: return "int(" + any(d) + ")";
      case 9: return "cel.bind(v, " + any(d) + ", " + integer(d) + ")";
      case 10: return optional(d) + ".orValue(" + integer(d) + ")";
      default: return "math.greatest(" + integer(d) + ", " + natural(d) + ")";
    }
  }

  std::string natural(int depth) {
    static constexpr const char* kLeaves[] = {"0u", "1u", "18446744073709551615u", "u", "3u"};
    static constexpr const char* kOps[] = {" + ", " - ", " * ", " / ", " % "};
    if (depth <= 0) return one_of(kLeaves);
    if (pick(2) == 0) return "(" + natural(depth - 1) + one_of(kOps) + natural(depth - 1) + ")";
    return "uint(" + any(depth - 1) + ")";
  }

  std::string real(int depth) {
    static constexpr const char* kLeaves[] = {"0.0", "1.5", "-2.0", "1e300", "d", "e.d", "9007199254740992.0"};
    static constexpr const char* kOps[] = {" + ", " - ", " * ", " / "};
    if (depth <= 0) return one_of(kLeaves);
    if (pick(2) == 0) return "(" + real(depth - 1) + one_of(kOps) + real(depth - 1) + ")";
    return "double(" + any(depth - 1) + ")";
  }

  std::string text(int depth) {
    static constexpr const char* kLeaves[] = {"''", "'a'", "'ab'", "'é\\u4e2d'", "s", "e.s", "'^a.*'", "'b'", "'%s %d'", "v"};
    if (depth <= 0) return one_of(kLeaves);
    const int d = depth - 1;
    switch (pick(9)) {
      case 0: return one_of(kLeaves);
      case 1: return "(" + text(d) + " + " + text(d) + ")";
      case 2: return "string(" + any(d) + ")";
      case 3: return text(d) + ".replace(" + text(d) + ", " + text(d) + ")";
      case 4: return text(d) + ".substring(" + integer(d) + ")";
      case 5: return text(d) + ".split(" + text(d) + ").join(" + text(d) + ")";
      case 6: return text(d) + ".format([" + any(d) + ", " + integer(d) + "])";
      case 7: return text(d) + ".upperAscii()";
      default: return "(" + boolean(d) + " ? " + text(d) + " : " + text(d) + ")";
    }
  }

  std::string list(int depth) {
    static constexpr const char* kLeaves[] = {"[]", "l", "[1, 2, 3]", "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]", "['a', 1, 2.0]", "v"};
    if (depth <= 0) return one_of(kLeaves);
    const int d = depth - 1;
    switch (pick(9)) {
      case 0: return one_of(kLeaves);
      case 1: return "[" + any(d) + ", " + any(d) + "]";
      case 2: return "[?" + optional(d) + ", " + integer(d) + "]";
      case 3: return "(" + list(d) + " + " + list(d) + ")";
      case 4: return list(d) + ".map(v, " + any(d) + ")";
      case 5: return list(d) + ".filter(v, " + boolean(d) + ")";
      case 6: return map(d) + ".map(v, " + boolean(d) + ", " + any(d) + ")";
      case 7: return list(d) + ".transformList(v, w, " + boolean(d) + ", " + any(d) + ")";
      default: return "(" + boolean(d) + " ? " + list(d) + " : " + list(d) + ")";
    }
  }

  std::string map(int depth) {
    static constexpr const char* kLeaves[] = {"{}", "m", "{'a': 1, 'b': 2}", "{1: 'x', true: 2, 3u: null}", "v"};
    if (depth <= 0) return one_of(kLeaves);
    const int d = depth - 1;
    switch (pick(6)) {
      case 0: return one_of(kLeaves);
      case 1: return "{" + text(d) + ": " + any(d) + ", 'b': " + any(d) + "}";
      case 2: return "{?" + text(d) + ": " + optional(d) + "}";
      case 3: return list(d) + ".transformMap(v, w, " + any(d) + ")";
      case 4: return list(d) + ".transformMapEntry(v, w, {" + any(d) + ": " + any(d) + "})";
      default: return map(d) + ".transformMap(v, w, " + boolean(d) + ", " + any(d) + ")";
    }
  }

  std::string optional(int depth) {
    static constexpr const char* kLeaves[] = {"optional.none()", "optional.of(1)", "e.?n", "m.?a", "l[?0]", "e.?s"};
    if (depth <= 0) return one_of(kLeaves);
    const int d = depth - 1;
    switch (pick(7)) {
      case 0: return one_of(kLeaves);
      case 1: return "optional.of(" + any(d) + ")";
      case 2: return "optional.ofNonZeroValue(" + any(d) + ")";
      case 3: return map(d) + ".?b";
      case 4: return list(d) + "[?" + integer(d) + "]";
      case 5: return optional(d) + ".or(" + optional(d) + ")";
      default: return optional(d) + ".optMap(v, " + any(d) + ")";
    }
  }

  std::string time(int depth) {
    static constexpr const char* kLeaves[] = {"t", "timestamp(0)", "duration('1h')", "duration('-1ns')", "timestamp('9999-12-31T23:59:59Z')"};
    if (depth <= 0) return one_of(kLeaves);
    static constexpr const char* kOps[] = {" + ", " - "};
    if (pick(2) == 0) return "(" + time(depth - 1) + one_of(kOps) + time(depth - 1) + ")";
    return "timestamp(" + integer(depth - 1) + ")";
  }

  std::span<const std::uint8_t> choices_;
  std::size_t next_ = 0;
};

// Names that those expressions use: b i u d s l m t, and an object e whose fields may be absent.
class World {
 public:
  explicit World(unsigned variant) {
    Limits limits;
    limits.run_steps = 2'000'000;
    limits.estimated_cost = ~std::uint64_t{0};  // the runs themselves are stopped
    env.set_limits(limits);
    const std::uint32_t first = 0;
    const std::pair<const char*, const Type*> kVariables[] = {
        {"b", Type::boolean()}, {"i", Type::integer()}, {"u", Type::natural()}, {"d", Type::real()}, {"s", Type::string()},
        {"l", Type::list(Type::integer())}, {"m", Type::map(Type::string(), Type::integer())}, {"t", Type::timestamp()}};
    std::uint32_t slot = first;
    for (const auto& [name, type] : kVariables) declared = env.add_variable(name, type, slot++) && declared;
    declared = env.add_object("e", {{"n", Type::integer(), slot}, {"s", Type::string(), slot + 1}, {"d", Type::real(), slot + 2}}) && declared;
    const Value ints[] = {Value::of_int(3), Value::of_int(-1), Value::of_int(0)};
    const Map::Entry entries[] = {{Value::of_string("a"), Value::of_int(5)}, {Value::of_string("b"), Value::of_int(0)}};
    slots = {Value::of((variant & 1) != 0), Value::of_int(variant % 3 == 0 ? 5 : -7), Value::of_uint(variant % 4), Value::of_double(variant & 2 ? 0.5 : -1e9),
             Value::of_string(variant & 4 ? "abc" : ""), make_list(arena, {ints, variant % 4}), make_map(arena, {entries, variant % 3}),
             Value::of_time({1'700'000'000'000'000'000}), variant & 8 ? Value::of_int(11) : Value(), variant & 16 ? Value::of_string("é") : Value(),
             variant & 32 ? Value::of_double(2.5) : Value()};
  }

  Arena arena;
  Env env;
  bool declared = true;
  std::vector<Value> slots;
};

// As identical(), giving up after so many comparisons: shared parts make small values very large.
inline bool same(const Value& a, const Value& b, std::int64_t& budget) {
  if (--budget < 0) return true;
  if (a.kind != b.kind) return false;
  const auto all = [&](std::size_t count, auto part) {
    for (std::size_t i = 0; i < count; ++i)
      if (!part(i)) return false;
    return true;
  };
  switch (a.kind) {
    case Kind::kError: return a.error->code == b.error->code;
    case Kind::kDouble: return a.real == b.real || (std::isnan(a.real) && std::isnan(b.real));
    case Kind::kList:
      return a.list->size == b.list->size && all(a.list->size, [&](std::size_t i) { return same(a.list->items[i], b.list->items[i], budget); });
    case Kind::kMap:  // in the same order
      return a.map->size == b.map->size && all(a.map->size, [&](std::size_t i) {
               return same(a.map->entries[i].key, b.map->entries[i].key, budget) && same(a.map->entries[i].value, b.map->entries[i].value, budget);
             });
    case Kind::kOptional: return a.pointer && b.pointer ? same(*a.pointer, *b.pointer, budget) : a.pointer == b.pointer;
    default: return equal(a, b);
  }
}

// What differs between the reference and the compiled program, checked and unchecked; empty if nothing does.
inline std::string difference(const World& world, std::string_view source) {
  const auto ast = parse(source, world.env.impl().limits);
  if (!ast) return {};
  // The reference has much less to spend: what it can do, the program must be able to do. Where it cannot, an error of
  // limits may have been absorbed on the way, and there is nothing to compare.
  Arena arena(std::size_t{1} << 20), other(std::size_t{16} << 20);
  Reference reference(world.env, *ast, world.slots, arena);
  const Value wanted = reference.run();
  for (const bool check : {false, true}) {
    CompileOptions options;
    options.check = check;
    const auto program = compile(world.env, source, options);
    if (!program) continue;
    other.reset();
    const Value got = program->run(world.slots, other);
    std::int64_t budget = 100'000;
    if (reference.over_limits() || same(got, wanted, budget)) continue;
    return fmt::format("{}\n  {}: {}\n  reference: {}\n", source, check ? "checked" : "unchecked", to_text(got), to_text(wanted));
  }
  return {};
}

}  // namespace lw::cel
