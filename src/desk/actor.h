// Who acts: a person who logged in, a program with a token, or the service itself. What each may see and do is asked here and
// nowhere else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lw::desk {

// Of people. An auditor sees all of its body and the audit log, and changes nothing.
enum class Role : std::uint8_t { kNone, kViewer, kOfficer, kApprover, kAdministrator, kAuditor };

struct Actor {
  std::string name;                 // "person/li", "token/7", "livewarden", "public"
  std::string body;                 // "department/samr", "platform/alpha", "merchant/alpha/m1", "livewarden"; empty: the public
  Role role = Role::kNone;          // of a person
  std::vector<std::string> scopes;  // of a token: "events:write", "decide", "interventions:read", …
  std::uint64_t person = 0;         // its number; 0: none

  bool is_department() const { return body.starts_with("department/"); }
  std::string_view department() const { return is_department() ? std::string_view(body).substr(11) : std::string_view(); }
  bool is_platform() const { return body.starts_with("platform/"); }
  bool is_party() const;                  // a merchant, operator, host or agency
  std::string_view platform() const;      // of a platform or a party; empty for others
  std::string_view party_kind() const;    // of a party: "merchant"
  std::string_view party_id() const;
};

// The service itself: what the clock, the machine's rules and start-up do.
const Actor& machine();

}  // namespace lw::desk
