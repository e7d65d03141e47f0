// A case as it lies in the store, how it is opened, and what each act in it leaves behind. cases.h is what people may do with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "desk/act.h"
#include "desk/fields.h"

namespace lw::desk {

struct CaseFile {
  std::uint64_t id = 0, version = 0;
  std::string platform;
  Named liable;
  std::string violation, session, room, state, severity, lead;
  std::vector<std::string> assist;
  std::string owner;                       // who holds it: "person/li"; "" nobody
  std::int64_t opened = 0, changed = 0, due = 0;
  std::string due_what;                    // the deadline's id
  std::int64_t escalated = 0;              // of this deadline: 1 reminded of on its last day, 2 passed and told of
  std::int64_t decisions = 0, reports = 0, inspections = 0;
  std::string outcome, decided_by, reason; // outcome: "", confirmed, rejected, overturned
  std::int64_t joint = 0;                  // the case that leads those handled together; 0: none
  std::int64_t published = 0;
  std::string published_text;

  bool undecided() const { return state == "open" || state == "claimed"; }
  std::string name() const { return "case/" + std::to_string(id); }
};

// "host", "operator", …: who may be a party to a case at all, and is not among the policy's never accused.
bool may_be_accused(const pack::DeskPolicy& policy, std::string_view kind);
// The graver of two severities of the contract.
const std::string& graver(const std::string& a, const std::string& b);
// The mildest severity that opens a case: of those that a person opens without naming one.
std::string mildest(const pack::DeskPolicy& policy);

// What a case rests on.
struct Ground {
  std::string kind, ref;    // "decision", "report", "inspection", and its name among its kind
  std::string text;
  std::string platform;
  Named liable;
  std::string violation, session, room, severity, lead;
  std::vector<std::string> assist;
  std::string reporter;     // of a report: the same person's second report corroborates nothing
  std::int64_t at = 0;
  std::string finder{};     // the department whose officer found it: it helps in the case that this opens, and in no other
};
// Joins the undecided case of that party, violation and session (without a session, any that is undecided), or else opens one if
// `opens`. Gives its number, 0 if there is none. A case that somebody holds gets a new version by what joins it: so nobody
// decides about what he did not see. A department that leads by the ground alone becomes a helper. What joins leaves an act
// ("joinItem") where it changes more than a count, where somebody holds the case, and where a person found it.
std::uint64_t add_to_case(const Act& act, const Ground& ground, bool opens);
// Takes back out what was found to be nothing: it corroborates no more. Whoever counted as its reporter is not among the case's now.
void leave_case(const Act& act, const Ground& ground, std::uint64_t case_id);

std::optional<CaseFile> find_case(store::Session& session, std::uint64_t id);
// If the actor's body may see it.
Answer<CaseFile> case_for(const Act& act, std::uint64_t id);
// For an act upon it by a person of the lead department, whose request names the version that it knows.
Answer<CaseFile> case_to_change(const Act& act, std::uint64_t id, const Json& body);
// Refuses a request that names another version of the case than there is; one that names none only if it is `needed`.
Answer<void> same_version(const CaseFile& file, const Json& body, bool needed);
// Acts that a platform or party is shown: not who holds it, not what staff say among themselves.
bool shown_outside(std::string_view verb);
// The last of these. Outside, its number and time stand for the case's own: else whoever is accused would see a report join.
struct LastShown {
  std::uint64_t version = 0;
  std::int64_t at = 0;
};
LastShown last_shown(store::Session& session, std::uint64_t case_id);
// Whom platforms and parties are told that it was: "department/samr" for its officers.
std::string told_outside(const CaseFile& file, const std::string& who, const std::string& body);

// Sets the deadline that runs from `from`, or none if the policy has none of that id; "" none.
void set_due(const Act& act, CaseFile& file, std::string_view id, Time from);

// The end of the policy's deadline of that id which began then; 0 if it has none.
std::int64_t due_after(const Act& act, std::string_view id, Time from);

// Stores the case with a new version, and what is left behind: a line of its history, of the audit log, a leaf. `text` may hold
// what people wrote; it stays out of the audit log.
void keep(const Act& act, CaseFile& file, std::string_view verb, std::string_view text, Json data = Json::object());
// Tells the engine: opened, claimed, decided, appealed, transferred, closed. The rules of a pack know these words.
void tell_state(const Act& act, const CaseFile& file, std::string_view state);

}  // namespace lw::desk
