// Reports from the public: received, then accepted or refused, then decided; within the policy's terms ("report-acknowledged",
// "report-decided"). A report joins the undecided case of whoever answers for its target; it opens one when an officer accepts it,
// so that nobody is accused by a form alone.
//
// Whoever reports is safe: platforms and parties see neither the report nor that there was one; the pseudonym, the contact and the
// receipt are in no event, no leaf and no line of the audit log. The contact is given only to the officer who answers.
#pragma once

#include <cstdint>
#include <string>

#include "desk/act.h"
#include "desk/fields.h"

namespace lw::desk {

struct ReportLimits {
  std::uint64_t each = 10;       // by one reporter within 24 hours
  std::uint64_t all = 20'000;    // by everybody: the public cannot fill the store
};

// {"platform", "target": {"kind", "id"}, "violation", "text", "room"?, "session"?, "contact"?, "channel"?: as docs/events.md names it, else "web"}. `reporter` is a
// keyed hash of who reports (of an address, where nobody logs in). Gives {"receipt", "state", "filed", "due", "department"}: the receipt is 16
// letters and digits that cannot be guessed, in groups of four, and all that is needed to ask again.
Answer<Json> file_report(const Act& act, const Json& body, const std::string& reporter, const ReportLimits& limits = {});
// By receipt, however it is written: what became of it, and nothing of what was reported.
Answer<Json> get_report(const Act& act, const std::string& receipt);
// Those of the actor's department, and of others those that were not answered in time, if the policy tells it of them. Filters: state, platform, violation, overdue ("true"). The newest first.
Answer<Json> list_reports(const Act& act, const Query& query);
// {"state": "accepted" | "refused" | "decided", "answer"}: an officer of its department. The answer, which is for the reporter, may be left out
// when it is accepted. Gives the report with its contact; the audit log says who was given it.
Answer<Json> answer_report(const Act& act, const std::string& receipt, const Json& body);

}  // namespace lw::desk
