// People: who there is, how they log in, and who may change what of whom. An administrator manages the people of its own body; an
// administrator of `livewarden` also makes the first administrator of another one. Nobody changes their own role or state, so that
// nobody raises themselves and a body always keeps an administrator.
//
// Passwords are hashed and verified outside of transactions, for it is slow (passwords.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "desk/actor.h"
#include "desk/answer.h"
#include "desk/fields.h"
#include "store/database.h"

namespace lw::desk {

std::string_view name_of(Role role);                 // "officer"; "" for none
std::optional<Role> role_of(std::string_view name);  // empty: there is no such role

// Whether there can be such a body ("department/samr", "platform/alpha", "merchant/alpha/m1", "livewarden"), and such a role in it.
// Approvers are of departments; whoever runs the service has no officers, for it sees no cases.
Answer<void> check_body(std::string_view body);
Answer<void> check_role(std::string_view body, Role role);

// For administrators, of their own body: {"items": […], "next": …}, by number.
Answer<Json> list_people(store::Database& db, const Actor& actor, const Query& query);

struct NewPerson {
  std::string name;      // 2 to 64 of a-z 0-9 . - _, unique in the service
  std::string shown;     // as people write it
  std::string body;      // "": the actor's own
  Role role = Role::kViewer;
  std::string password;  // "": one is made
};
// The person, with `password` where it was made. Whoever gave it, it is good for a week, and for setting an own one alone.
Answer<Json> add_person(store::Database& db, const Actor& actor, const NewPerson& person, Time now);

// What is given changes. Role, state, password and the second factor end all sessions of the person; a password unlocks. Whoever is
// let in again gets a new one; `password` in the answer is one that was made.
struct PersonChange {
  std::optional<std::string> shown = {}, password = {};
  std::optional<Role> role = {};
  std::optional<bool> disabled = {};
  bool drop_totp = false;
};
Answer<Json> change_person(store::Database& db, const Actor& actor, std::uint64_t id, const PersonChange& change, Time now);

// At start: where nobody administers the service yet, "admin" of `livewarden` is made, or gets a new one-time password as long as
// nobody took the last one up. Empty: there is an administrator. The caller prints it, once.
struct FirstAdministrator {
  std::string name, password;
};
Answer<std::optional<FirstAdministrator>> make_first_administrator(store::Database& db, Time now);

}  // namespace lw::desk
