// The Common Expression Language: parse → check → compile → run. This header is all that the rest of the program needs.
//
//   Env env;                                         // what an expression may name
//   env.add_variable("limit", Type::integer(), 0);   // read from slot 0
//   env.add_object("event", fields);                 // event.amount, has(event.amount): a slot each
//   auto program = compile(env, "event.amount > limit");
//   Value value = program->run(slots, arena);        // slots: the caller's array of Values
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cel/arena.h"
#include "cel/type.h"
#include "cel/value.h"

namespace lw::cel {

// What a stranger's expression may cost. A program over a limit is refused when it is compiled, with the figure.
struct Limits {
  std::uint32_t bytes = 100'000;             // length of the source
  std::uint32_t depth = 250;                 // nesting of the parsed tree
  std::uint32_t value_depth = 1'000;         // lists, maps and optionals that it makes, within each other
  std::uint32_t nodes = 50'000;              // size of the parsed tree after macros
  std::uint64_t estimated_cost = 10'000'000; // static bound, lists and strings of unknown size taken at `assumed_size`
  std::uint32_t assumed_size = 1'000;
  std::uint64_t run_steps = 50'000'000;      // instructions in one run; past it the run ends in an error value
};

// A field of an object variable: the slot it is read from. An absent slot (Kind::kAbsent) makes has() false and a plain
// read an error of code Error::kAbsent, which rules take as "unknown".
struct Field {
  std::string name;
  const Type* type;
  std::uint32_t slot;
};

class Env {
 public:
  Env();
  ~Env();
  Env(Env&&) noexcept;
  Env& operator=(Env&&) noexcept;

  Status add_variable(std::string_view name, const Type* type, std::uint32_t slot);
  Status add_constant(std::string_view name, const Type* type, Value value);  // folded; the value must outlive programs
  Status add_object(std::string_view name, std::vector<Field> fields);        // extends the object if it exists
  // Known to the checker only: a program that calls it ends in an error there. A member's first parameter is its target.
  Status add_function(std::string_view name, bool member, std::vector<const Type*> parameters, const Type* result);
  void set_container(std::string_view name);                                  // namespace for resolving names
  void set_limits(const Limits& limits);

  struct Impl;
  Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

struct Issue {
  std::string message;
  std::uint32_t line = 1;    // within the expression, from 1
  std::uint32_t column = 1;  // in code points, from 1
  std::uint32_t offset = 0;  // byte offset in the source
};

// Never empty. to_error() gives the first with line, column, excerpt (the caret is under the column).
struct Issues {
  std::vector<Issue> list;
  lw::Error to_error(std::string_view source) const;
};

// A compiled expression: immutable, shareable between threads.
class Program {
 public:
  Program(Program&&) noexcept;
  Program& operator=(Program&&) noexcept;
  ~Program();

  // Evaluates over `slots`; new strings and lists go into `arena` and live until it is reset. Allocates nothing from the
  // heap for expressions of bools, numbers and string views. Never throws.
  Value run(std::span<const Value> slots, Arena& arena) const;

  // Whether the result is false whatever the slots hold that `known` leaves absent (or has not): && and || absorb what is
  // not known. May say no where it is so.
  bool is_false_given(std::span<const Value> known) const;

  const Type* type() const;                     // the checked result type
  std::span<const std::uint32_t> slots() const; // the slots that it may read, ascending
  std::uint64_t estimated_cost() const;
  bool is_constant() const;
  std::optional<std::uint32_t> only_slot() const;  // of a program that gives a slot's value, no more

  struct Impl;
  explicit Program(std::unique_ptr<Impl> impl);
  const Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

struct CompileOptions {
  bool check = true;                    // false: skip the type checker (everything dyn)
  bool macros = true;
  const Type* expected = nullptr;       // refuse a result type that is not assignable to this
};

tl::expected<Program, Issues> compile(const Env& env, std::string_view source, const CompileOptions& options = {});

// CEL's text of a value for people ("\"a\"", "[1, 2]", "{\"k\": 1u}", "timestamp(\"…\")"), cut with "…" at about a megabyte.
std::string to_text(Value value);

// CEL equality, as == of two dyn values.
bool equal(Value a, Value b);

}  // namespace lw::cel
