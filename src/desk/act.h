// An act at the desk: who does it, when, under which policy, in which transaction.
#pragma once

#include "desk/actor.h"
#include "desk/answer.h"
#include "pack/desk.h"

namespace lw::desk {

struct Act {
  store::Session& session;
  const pack::DeskPolicy& policy;
  const Actor& who;
  Time now;
};

// An approver may do what an officer may. Administrators manage people and assign cases, auditors read: neither does an officer's acts.
inline bool is_officer(const Actor& actor) { return actor.role == Role::kOfficer || actor.role == Role::kApprover; }
inline bool is_approver(const Actor& actor) { return actor.role == Role::kApprover; }

}  // namespace lw::desk
