#include "mapping/value_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

namespace lw::mapping {
namespace {

using cel::TypeKind;
using Wanted = event::Form;

bool is_one_of(TypeKind kind, std::initializer_list<TypeKind> kinds) { return std::find(kinds.begin(), kinds.end(), kind) != kinds.end(); }

// As it is, without `as`.
bool fits(TypeKind kind, Wanted form) {
  switch (form) {
    case Wanted::kString: return kind == TypeKind::kString;
    case Wanted::kInteger:
    case Wanted::kMoney: return is_one_of(kind, {TypeKind::kInt, TypeKind::kUint});
    case Wanted::kNumber: return is_one_of(kind, {TypeKind::kInt, TypeKind::kUint, TypeKind::kDouble});
    case Wanted::kBoolean: return kind == TypeKind::kBool;
    case Wanted::kTime:
    case Wanted::kUntil: return is_one_of(kind, {TypeKind::kString, TypeKind::kTimestamp});
    case Wanted::kStrings:
    case Wanted::kLabels: return kind == TypeKind::kList;
    case Wanted::kTarget: return is_one_of(kind, {TypeKind::kString, TypeKind::kMap});
    case Wanted::kAny: return !is_one_of(kind, {TypeKind::kBytes, TypeKind::kDuration, TypeKind::kType, TypeKind::kOpaque});
  }
  return false;
}

std::string hint(TypeKind kind, Wanted form) {
  if (kind != TypeKind::kString) return {};
  if (form == Wanted::kMoney) return "; `as: money` makes minor units of it";
  if (form == Wanted::kInteger) return "; int(…) reads it";
  if (form == Wanted::kNumber) return "; double(…) reads it";
  if (form == Wanted::kBoolean) return "; compare it, as in row.paid == \"是\"";
  return {};
}

}  // namespace

const std::vector<std::string_view>& as_names() {
  static const std::vector<std::string_view> names{"itself", "money", "time", "unix-s", "unix-ms", "hash"};
  return names;
}

As to_as(std::string_view name) {
  const auto& names = as_names();
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? As::kItself : static_cast<As>(found - names.begin());
}

std::string mismatch(const cel::Type& type, As as, event::Form form) {
  const cel::Type& held = type.is(TypeKind::kOptional) ? *type.element() : type;
  const TypeKind kind = held.kind();
  const bool open = is_one_of(kind, {TypeKind::kDyn, TypeKind::kNull, TypeKind::kParameter});
  const auto takes = [&](std::initializer_list<TypeKind> kinds, std::string_view what) {
    return open || is_one_of(kind, kinds) ? std::string() : fmt::format("`as: {}` takes {}, not {}", as_names()[static_cast<std::size_t>(as)], what, held.to_text());
  };
  const auto gives = [&](std::initializer_list<Wanted> forms) {
    const bool right = form == Wanted::kAny || std::find(forms.begin(), forms.end(), form) != forms.end();
    return right ? std::string() : fmt::format("expected {}, which `as: {}` does not give", event::description(form), as_names()[static_cast<std::size_t>(as)]);
  };
  std::string reason;
  switch (as) {
    case As::kItself:
      if (open || fits(kind, form)) return {};
      return fmt::format("expected {}, found {}{}", event::description(form), held.to_text(), hint(kind, form));
    case As::kMoney:
      reason = takes({TypeKind::kString, TypeKind::kInt, TypeKind::kUint, TypeKind::kDouble}, "text or a number");
      return reason.empty() ? gives({Wanted::kMoney, Wanted::kInteger}) : reason;
    case As::kTime:
      reason = takes({TypeKind::kString}, "text");
      return reason.empty() ? gives({Wanted::kTime, Wanted::kUntil}) : reason;
    case As::kUnixS:
    case As::kUnixMs:
      reason = takes({TypeKind::kString, TypeKind::kInt, TypeKind::kUint, TypeKind::kDouble}, "text or a number");
      return reason.empty() ? gives({Wanted::kTime, Wanted::kUntil}) : reason;
    case As::kHash:
      reason = takes({TypeKind::kString, TypeKind::kInt, TypeKind::kUint}, "text or an integer");
      return reason.empty() ? gives({Wanted::kString}) : reason;
  }
  return {};
}

}  // namespace lw::mapping
