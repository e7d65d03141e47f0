#include "cel/unify.h"

#include <fmt/format.h>

#include <algorithm>

namespace lw::cel {

const Type* Unifier::fresh() { return Type::parameter(fmt::format("_{}", count_++)); }

const Type* Unifier::find(const Type* variable) const {
  const auto found = known_.find(variable);
  return found == known_.end() ? nullptr : found->second;
}

void Unifier::set(const Type* variable, const Type* type) {
  trail_.emplace_back(variable, find(variable));
  known_[variable] = type;
}

bool Unifier::assignable(const Type* to, const Type* from) {
  return assignable(std::vector<const Type*>{to}, std::vector<const Type*>{from});
}

bool Unifier::assignable(const std::vector<const Type*>& to, const std::vector<const Type*>& from) {
  if (to.size() != from.size()) return false;
  trail_.clear();
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (unify(to[i], from[i])) continue;
    for (; !trail_.empty(); trail_.pop_back()) {
      if (trail_.back().second) {
        known_[trail_.back().first] = trail_.back().second;
      } else {
        known_.erase(trail_.back().first);
      }
    }
    return false;
  }
  return true;
}

bool Unifier::unify(const Type* a, const Type* b) {
  const auto takes_null = [](const Type* type) {
    return type->is(TypeKind::kNull) || type->is(TypeKind::kTimestamp) || type->is(TypeKind::kDuration) ||
           type->is(TypeKind::kOpaque) || type->is(TypeKind::kOptional);
  };
  if (b->is(TypeKind::kParameter)) {
    const Valid result = bind(a, b);
    if (result.valid) return true;
    if (result.known) return false;
  }
  if (a->is(TypeKind::kParameter)) return bind(b, a).valid;
  if (a->is(TypeKind::kDyn) || b->is(TypeKind::kDyn)) return true;
  if (a->is(TypeKind::kNull)) return takes_null(b);
  if (b->is(TypeKind::kNull)) return takes_null(a);
  if (a->kind() != b->kind() || a->name() != b->name()) return false;
  if (a->is(TypeKind::kType)) return true;  // types of all types are values of one type
  const auto of_a = a->parameters(), of_b = b->parameters();
  if (of_a.size() != of_b.size()) return false;
  for (std::size_t i = 0; i < of_a.size(); ++i)
    if (!unify(of_a[i], of_b[i])) return false;
  return true;
}

Unifier::Valid Unifier::bind(const Type* type, const Type* variable) {
  if (type == variable) return {true, true};
  if (const Type* known = find(variable)) {
    if (type == known) return {true, true};
    if (!unify(type, known)) return {false, true};
    const Type* more_general = no_less_general(type, known) ? type : known;
    if (more_general != known && !occurs(variable, more_general)) set(variable, more_general);
    return {true, true};
  }
  if (occurs(variable, type)) return {false, false};
  set(variable, type);
  return {true, false};
}

bool Unifier::occurs(const Type* variable, const Type* within) const {
  if (within == variable) return true;
  if (within->is(TypeKind::kParameter)) {
    const Type* known = find(within);
    return known && occurs(variable, known);
  }
  if (!within->has_parameter()) return false;
  return std::any_of(within->parameters().begin(), within->parameters().end(),
                     [&](const Type* parameter) { return occurs(variable, parameter); });
}

bool Unifier::no_less_general(const Type* a, const Type* b) {
  if (a->is(TypeKind::kDyn) || a->is(TypeKind::kParameter)) return true;
  if (b->is(TypeKind::kDyn) || b->is(TypeKind::kParameter)) return false;
  if (b->is(TypeKind::kNull)) return true;  // the two are assignable: a may be null
  if (a->kind() != b->kind() || a->name() != b->name()) return false;
  const auto of_a = a->parameters(), of_b = b->parameters();
  if (of_a.size() != of_b.size()) return false;
  for (std::size_t i = 0; i < of_a.size(); ++i)
    if (!no_less_general(of_a[i], of_b[i])) return false;
  return true;
}

const Type* Unifier::rebuild(const Type* type, const std::vector<const Type*>& parameters) {
  switch (type->kind()) {
    case TypeKind::kList: return Type::list(parameters[0]);
    case TypeKind::kMap: return Type::map(parameters[0], parameters[1]);
    case TypeKind::kType: return Type::type(parameters[0]);
    case TypeKind::kOptional: return Type::optional(parameters[0]);
    case TypeKind::kOpaque: return Type::opaque(type->name(), parameters);
    default: return type;
  }
}

const Type* Unifier::resolve(const Type* type, bool free_to_dyn) const {
  if (type->is(TypeKind::kParameter)) {
    if (const Type* known = find(type)) return resolve(known, free_to_dyn);
    return free_to_dyn ? Type::dyn() : type;
  }
  if (!type->has_parameter()) return type;
  std::vector<const Type*> parameters;
  for (const Type* parameter : type->parameters()) parameters.push_back(resolve(parameter, free_to_dyn));
  return rebuild(type, parameters);
}

const Type* Unifier::rename(const Type* type, Renaming& renaming) {
  if (!type->has_parameter()) return type;
  if (type->is(TypeKind::kParameter)) {
    for (const auto& [letter, variable] : renaming.variables)
      if (letter == type) return variable;
    renaming.variables.emplace_back(type, fresh());
    return renaming.variables.back().second;
  }
  std::vector<const Type*> parameters;
  for (const Type* parameter : type->parameters()) parameters.push_back(rename(parameter, renaming));
  return rebuild(type, parameters);
}

const Type* Unifier::join(const Type* a, const Type* b) {
  if (!assignable(a, b)) return Type::dyn();
  return no_less_general(resolve(a), resolve(b)) ? a : b;
}

}  // namespace lw::cel
