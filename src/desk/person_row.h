// A row of the table `person`, as people.cc and login.cc read it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "desk/actor.h"
#include "desk/answer.h"
#include "store/database.h"

namespace lw::desk {

struct PersonRow {
  std::uint64_t id = 0;
  std::string name, shown, body, role, password;
  std::string totp;             // the secret; with "?" before it: offered, not confirmed yet; empty: none
  std::int64_t totp_used = 0;   // the last step that a code was taken of
  std::string state;            // active, fresh (the password was given by somebody else), disabled
  std::int64_t failures = 0, locked_until = 0;
  std::int64_t made = 0;        // the account; of a fresh one, its password

  bool has_totp() const { return !totp.empty() && totp.front() != '?'; }
  // A password that somebody else gave is good for a week.
  bool may_log_in(std::int64_t now) const { return state == "active" || (state == "fresh" && now < made + 7 * 86'400'000LL); }
  std::string subject() const { return "person/" + name; }
};

std::optional<PersonRow> find_person(store::Session& session, std::uint64_t id);
std::optional<PersonRow> find_person(store::Session& session, std::string_view name);

// In each place where what a person may do is changed.
void end_sessions(store::Session& session, std::uint64_t person);

}  // namespace lw::desk
