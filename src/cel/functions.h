// The table of functions and operators: the checker takes signatures from it, the cost estimate takes costs, the
// compiler takes what to call. One row for each overload.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cel/arena.h"
#include "cel/collection.h"
#include "cel/type.h"
#include "cel/value.h"

namespace lw::cel {

// What a function may use while it runs.
struct Context {
  Arena& arena;
  std::int64_t steps;        // left to this run
  std::uint32_t offset = 0;  // the call's place in the source
  bool over = false;         // a limit was met: the run ends in that error, whatever absorbs it on the way

  // Counts work that grows with the arguments: `work` in units of about a nanosecond. False: the run is over its limit.
  bool charge(std::size_t work) {
    steps -= static_cast<std::int64_t>(work);
    return steps >= 0;
  }
  Value error(Error::Code code, std::string_view message) { return make_error(arena, code, message, offset); }
  // The error for a charge that was refused, or for memory; sets `over`.
  Value exhausted();
  // Counts a text of this size and says whether there is room for it.
  bool room(std::size_t bytes) { return charge(bytes / 16) && arena.fits(bytes); }
  // Copies into the arena; an error if there is no room.
  Value string(std::string_view text);
  Value bytes(std::string_view text);
};

enum class Style : std::uint8_t { kFunction, kMember };
enum class Cost : std::uint8_t {
  kOne,      // does not depend on sizes
  kLinear,   // grows with the sum of the arguments' sizes, as may the result
  kProduct,  // the result may grow with the product
};

struct Overload {
  std::string name;       // "size", "_+_", "math.abs"
  std::string signature;  // "size(string): int"; a member's first parameter is its target
  Style style = Style::kFunction;
  Cost cost = Cost::kOne;
  std::vector<const Type*> parameters;
  const Type* result = nullptr;
  std::vector<Kind> kinds;  // of the parameters; kAbsent takes any
  // The arguments are no errors and of those kinds. Null: the compiler knows this operator itself, or the function is
  // declared for the checker only.
  Value (*call)(Context&, const Value*) = nullptr;

  bool accepts(const Value* args) const;
};

using Function = Value (*)(Context&, const Value*);

class FunctionTable {
 public:
  // The signature is this program's own, and right. Types within are as in Type::parse. `kinds`: what it
  // takes when it runs, if that is more than the types say.
  void add(Style style, std::string_view signature, Cost cost, Function call, std::vector<Kind> kinds = {});
  void add(Overload overload);
  // All overloads of a name, in the order of the table; empty if there are none.
  std::span<const Overload> find(std::string_view name) const;
  std::vector<std::string_view> names() const;

 private:
  std::map<std::string, std::vector<Overload>, std::less<>> overloads_;
};

const FunctionTable& functions();

// Fillers of the table, a file each.
void add_operators(FunctionTable& table);
void add_conversions(FunctionTable& table);
void add_string_functions(FunctionTable& table);
void add_format_function(FunctionTable& table);
void add_time_functions(FunctionTable& table);
void add_math_functions(FunctionTable& table);
void add_network_functions(FunctionTable& table);
void add_optional_functions(FunctionTable& table);

// Used by the evaluator for values of unknown type; errors as CEL has them. The operand is no error.
Value select(Context& context, const Value& operand, const Value& field, bool optional);
Value has(Context& context, const Value& operand, const Value& field);
bool is_zero(const Value& value);                // as optional.ofNonZeroValue: empty, 0, false, null, none
Value match_pattern(Context& context, std::string_view text, const void* re2);  // a compiled RE2

}  // namespace lw::cel
