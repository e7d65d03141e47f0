#include "server/gate.h"

#include <algorithm>
#include <array>

namespace lw::server {
namespace {

using desk::Actor;
using desk::Answer;
using desk::Role;
using desk::Why;

std::string_view kind_of(const Actor& actor) {
  if (actor.is_department()) return "department";
  if (actor.is_platform()) return "platform";
  if (actor.is_party()) return "party";
  return actor.body == "livewarden" ? "livewarden" : "public";
}

std::string_view name_of(Role role) {
  constexpr std::array<std::string_view, 6> kNames = {"none", "viewer", "officer", "approver", "administrator", "auditor"};
  return kNames[static_cast<std::size_t>(role)];
}

bool has(const std::vector<std::string>& all, std::string_view one) { return std::find(all.begin(), all.end(), one) != all.end(); }

std::string listed(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

}  // namespace

Answer<void> may_call(const Operation& operation, const Actor& actor) {
  if (operation.open) return {};
  if (!has(operation.kinds, kind_of(actor))) return desk::refuse(Why::kForbidden, "this is not for a {}; it is for: {}", kind_of(actor), listed(operation.kinds));
  // A person has a role, a program has scopes; neither has the other's.
  if (actor.person != 0) {
    if (has(operation.roles, name_of(actor.role))) return {};
    if (operation.roles.empty()) return desk::refuse(Why::kForbidden, "this is for programs: a token with the scope {}", operation.scope);
    return desk::refuse(Why::kForbidden, "the role {} may not do this; it takes: {}", name_of(actor.role), listed(operation.roles));
  }
  if (operation.scope.empty()) return desk::refuse(Why::kForbidden, "this is for people, not for tokens");
  if (!has(actor.scopes, operation.scope)) return desk::refuse(Why::kForbidden, "the token lacks the scope {}", operation.scope);
  return {};
}

bool for_everybody(const Operation& operation, const Credentials& credentials, bool loopback) {
  return operation.open || (operation.loopback && loopback && credentials.token.empty());
}

Answer<Actor> admit(const Operation& operation, const Credentials& credentials, const Identify& identify, bool loopback) {
  if (for_everybody(operation, credentials, loopback)) return Actor{"public", "", Role::kNone, {}, 0};
  if (credentials.session.empty() && credentials.token.empty()) {
    return desk::refuse(Why::kUnknown, "log in, or send a token: Authorization: Bearer");
  }
  auto actor = identify(credentials);
  if (!actor) return actor;
  if (auto may = may_call(operation, *actor); !may) return tl::make_unexpected(may.error());
  return actor;
}

}  // namespace lw::server
