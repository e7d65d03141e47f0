#include "cel/env.h"

#include <algorithm>

namespace lw::cel {
namespace {

// Dotted identifiers.
bool is_name(std::string_view name) {
  bool start = true;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (start ? !letter : !(letter || c == '.' || (c >= '0' && c <= '9'))) return false;
    start = c == '.';
  }
  return !start;
}

Status add_name(Env::Impl& impl, std::string_view name, Declaration declaration) {
  if (!is_name(name)) return fail("'{}' is not a name that an expression could spell", name);
  if (!impl.names.emplace(std::string(name), std::move(declaration)).second)
    return fail("'{}' is declared already", name);
  return {};
}

}  // namespace

Env::Env() : impl_(std::make_unique<Impl>()) {}
Env::~Env() = default;
Env::Env(Env&&) noexcept = default;
Env& Env::operator=(Env&&) noexcept = default;

Status Env::add_variable(std::string_view name, const Type* type, std::uint32_t slot) {
  Declaration declaration;
  declaration.type = type;
  declaration.slot = slot;
  return add_name(*impl_, name, std::move(declaration));
}

Status Env::add_constant(std::string_view name, const Type* type, Value value) {
  Declaration declaration;
  declaration.what = Declaration::kConstant;
  declaration.type = type;
  declaration.value = value;
  return add_name(*impl_, name, std::move(declaration));
}

Status Env::add_object(std::string_view name, std::vector<Field> fields) {
  auto found = impl_->names.find(name);
  if (found == impl_->names.end()) {
    Declaration declaration;
    declaration.what = Declaration::kObject;
    if (const Status added = add_name(*impl_, name, std::move(declaration)); !added) return added;
    found = impl_->names.find(name);
  }
  if (found->second.what != Declaration::kObject) return fail("'{}' is declared already, not as an object", name);
  for (Field& field : fields) {
    const std::string key = field.name;
    if (!found->second.fields.emplace(key, std::move(field)).second) return fail("'{}.{}' is declared already", name, key);
  }
  return {};
}

Status Env::add_function(std::string_view name, bool member, std::vector<const Type*> parameters, const Type* result) {
  if (!is_name(name)) return fail("'{}' is not a name that an expression could spell", name);
  Overload overload;
  overload.name = std::string(name);
  overload.style = member ? Style::kMember : Style::kFunction;
  overload.parameters = std::move(parameters);
  overload.result = result;
  impl_->declared.add(std::move(overload));
  return {};
}

void Env::set_container(std::string_view name) { impl_->container = std::string(name); }
void Env::set_limits(const Limits& limits) { impl_->limits = limits; }

}  // namespace lw::cel
