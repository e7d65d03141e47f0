#include "cel/functions.h"

#include <algorithm>

namespace lw::cel {

Value Context::exhausted() {
  static const Error kSteps{Error::kLimit, 0, "the evaluation takes too many steps"};
  static const Error kMemory{Error::kLimit, 0, "the evaluation takes too much memory"};
  over = true;
  Value value;
  value.kind = Kind::kError;
  value.error = steps < 0 ? &kSteps : &kMemory;
  return value;
}

Value Context::string(std::string_view text) {
  return room(text.size()) ? Value::of_string(arena.copy(text)) : exhausted();
}
Value Context::bytes(std::string_view text) {
  return room(text.size()) ? Value::of_bytes(arena.copy(text)) : exhausted();
}

bool Overload::accepts(const Value* args) const {
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (kinds[i] != Kind::kAbsent && kinds[i] != args[i].kind) return false;
    if (kinds[i] == Kind::kOpaque && args[i].opaque->type->name() != parameters[i]->name()) return false;
  }
  return true;
}

void FunctionTable::add(Style style, std::string_view signature, Cost cost, Function call, std::vector<Kind> kinds) {
  Overload overload;
  overload.kinds = std::move(kinds);
  const std::size_t open = signature.find('('), colon = signature.rfind("): ");
  overload.name = std::string(signature.substr(0, open));
  overload.style = style;
  overload.cost = cost;
  overload.call = call;
  overload.result = *Type::parse(signature.substr(colon + 3));
  std::string_view rest = signature.substr(open + 1, colon - open - 1);
  int depth = 0;
  std::size_t from = 0;
  for (std::size_t i = 0; i <= rest.size() && !rest.empty(); ++i) {
    if (i < rest.size()) depth += rest[i] == '(' ? 1 : rest[i] == ')' ? -1 : 0;
    if (i < rest.size() && (rest[i] != ',' || depth > 0)) continue;
    overload.parameters.push_back(*Type::parse(rest.substr(from, i - from)));
    from = i + 1;
  }
  add(std::move(overload));
}

void FunctionTable::add(Overload overload) {
  if (overload.kinds.empty())
    for (const Type* parameter : overload.parameters) overload.kinds.push_back(parameter->value_kind());
  std::string text;
  for (std::size_t i = 0; i < overload.parameters.size(); ++i) {
    const bool target = i == 0 && overload.style == Style::kMember;
    const bool first = i == (overload.style == Style::kMember ? 1u : 0u);
    text += (first || target ? "" : ", ") + overload.parameters[i]->to_text();
    if (target) text += "." + overload.name + "(";
  }
  if (overload.style == Style::kFunction) text = overload.name + "(" + text;
  overload.signature = text + "): " + overload.result->to_text();
  overloads_[overload.name].push_back(std::move(overload));
}

std::span<const Overload> FunctionTable::find(std::string_view name) const {
  const auto found = overloads_.find(name);
  return found == overloads_.end() ? std::span<const Overload>() : found->second;
}

std::vector<std::string_view> FunctionTable::names() const {
  std::vector<std::string_view> names;
  for (const auto& [name, overloads] : overloads_) names.push_back(name);
  return names;
}

const FunctionTable& functions() {
  static const FunctionTable* const table = [] {
    auto* made = new FunctionTable;
    add_operators(*made);
    add_conversions(*made);
    add_string_functions(*made);
    add_format_function(*made);
    add_time_functions(*made);
    add_math_functions(*made);
    add_network_functions(*made);
    add_optional_functions(*made);
    return made;
  }();
  return *table;
}

}  // namespace lw::cel
