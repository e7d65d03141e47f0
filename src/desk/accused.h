// From what was found to who answers for it: reports and inspections name a target, a case needs a party.
#pragma once

#include <optional>
#include <string>

#include "desk/act.h"
#include "desk/case_file.h"

namespace lw::desk {

// The target itself where it is a party that may be accused; of a room or a session the operator, else the host; of a product its
// merchant. Empty if none is known or none may be accused. `session`: the broadcast that is meant, whoever runs the room now; "": the
// room's last one.
std::optional<Named> answers_for(const Act& act, const std::string& platform, const Named& target, const std::string& session);
// Where the target is, as far as nobody said so: a room is its own, and its session the broadcast that goes on in it.
void find_place(const Act& act, const std::string& platform, const Named& target, std::string& room, std::string& session);

// What an officer found: by a spot check, under cover, by testing samples.
struct Inspection {
  std::string platform;
  Named target;
  std::string room, session, violation, severity;  // room and session "": as find_place() finds them; severity "": the mildest that opens a case
  std::string method, finding;                     // finding: "failed", "passed"
  std::string text;
  std::string ref;                                 // "spot-check/5", "inspection/7"
};
// Tells the engine (live.inspection.recorded) and, where it failed, opens or joins a case, led by the department that the policy names
// for the violation; the officer's own helps in one that this opens. Gives the case's number; 0 if it passed, or nobody is known to answer.
Answer<std::uint64_t> accuse(const Act& act, Inspection found);

}  // namespace lw::desk
