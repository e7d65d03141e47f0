// Cases, from what they rest on to closure: one undecided case for each liable party, violation and session (docs/service.md).
//
//   open ─ claim ─► claimed ─ confirm ─► confirmed ─ appeal ─► appealed ─► upheld | overturned ─ close ─► closed
//                     └────── reject ──► rejected ─────────────────────────────────────────────── close ─► closed
//
// Release leads back to open, transfer to open under another lead. What was decided and has lain still for the term of an appeal
// ("appeal-filed") is closed by the clock, unless a measure waits.
//
// Every act names the `version` of the case that it was decided on, and is refused (409) if the case is another by now; it gives the
// case back as get_case shows it. Acts are a person's: an officer's of the lead department, unless it says otherwise. What each
// leaves behind: a new version, a line of the history, of the audit log, a leaf. Requests and answers: src/server/openapi.yaml.
//
// Decided for the public: a published case tells violation, kind of party, top categories of goods, measures, department, and a text that
// was written for it, which is refused where it holds an id, a name or a product's title that the case knows. It names nobody, enterprises neither: the
// registry does not know for certain which merchant is a person, and a name with a day finds the host beside it.
#pragma once

#include <cstdint>
#include <string>

#include "desk/act.h"
#include "desk/fields.h"

namespace lw::desk {

// Filters: state, lead, owner ("person/li"; "none": nobody's), violation, severity (at least), platform, liable_kind, liable_id, session, escalated ("true",
// "false"). What is due first comes first; what waits for nobody of the department, last.
Answer<Json> list_cases(const Act& act, const Query& query);
// With its ground, history, measures, appeals, interventions, and what the policy proposes. Platforms and parties see no comments,
// no names of officers, no helpers, no reports; its version and time are those of the last act that they see.
Answer<Json> get_case(const Act& act, std::uint64_t id);
// By hand, on what an officer found: {"platform", "liable" (or a "target" that somebody answers for), "violation", "text", "method"?, "session"?, "room"?,
// "severity"?}. method: undercover, sampling-test, spot-check. It joins the undecided case if there is one. The department that is
// competent leads; the officer's own helps in a case that this opens. Where it joins one that the officer's department does not see,
// the answer is {"ref": "inspection/7"} and no more.
Answer<Json> open_case(const Act& act, const Json& body);

Answer<Json> claim_case(const Act& act, std::uint64_t id, const Json& body);       // {"version"}
Answer<Json> release_case(const Act& act, std::uint64_t id, const Json& body);     // {"version"}: by its owner or an approver
Answer<Json> assign_case(const Act& act, std::uint64_t id, const Json& body);      // {"version", "owner": "li"}: approver, administrator
Answer<Json> comment_case(const Act& act, std::uint64_t id, const Json& body);     // {"text"}: helpers too; no version
Answer<Json> confirm_case(const Act& act, std::uint64_t id, const Json& body);     // {"version", "text"}: by its owner, with the reason
Answer<Json> reject_case(const Act& act, std::uint64_t id, const Json& body);      // the same
Answer<Json> transfer_case(const Act& act, std::uint64_t id, const Json& body);    // {"version", "lead": "mct", "text"}: with the reason
Answer<Json> join_case(const Act& act, std::uint64_t id, const Json& body);        // {"version", "assist": [helpers]?, "joint": case of the same lead to handle it with?, "text"?}
Answer<Json> publish_case(const Act& act, std::uint64_t id, const Json& body);     // {"version", "text": for the public}: approver
Answer<Json> close_case(const Act& act, std::uint64_t id, const Json& body);       // {"version"}: not while it may still be appealed

// {"version", "kind", "text", "amount"?, "until"?: in the future, "interventions"?: [actions], "target"?: of the interventions, else the party}. `kind`
// is a measure of the policy, for a case that was confirmed: a grave one waits for an approver, who is another person. Or it is an action
// that a platform can be asked for, which need not wait until then: whoever holds the case asks for it, while the broadcast goes on.
// One person alone asks for what decisions of the case named; any action goes with a grave measure. The target is the party, the case's
// room or session, or what a decision of it is about.
Answer<Json> impose_measure(const Act& act, std::uint64_t id, const Json& body);
Answer<Json> approve_measure(const Act& act, std::uint64_t measure, const Json& body);  // {"version"?}
Answer<Json> refuse_measure(const Act& act, std::uint64_t measure, const Json& body);   // {"version"?, "text"}: an approver, or whoever imposed it
Answer<Json> lift_measure(const Act& act, std::uint64_t measure, const Json& body);     // {"version"?, "text"}: of a grave one, an approver

// {"version"?, "text"}: by the liable party, or by an officer of the lead for it, while the deadline "appeal-filed" runs.
Answer<Json> file_appeal(const Act& act, std::uint64_t id, const Json& body);
// {"version"?, "outcome": "upheld" | "overturned", "text"}: an approver of the lead who did not decide the case. What is overturned is undone
// everywhere: credit, measures, interventions, publication, the rules' outcomes; and the engine is told.
Answer<Json> decide_appeal(const Act& act, std::uint64_t appeal, const Json& body);

// For the public, the newest first. Filter: violation.
Answer<Json> list_published(const Act& act, const Query& query);

// What the clock does, as often as one likes: each deadline of a case or report is told of once on its last day, and once when it
// has passed; then the policy's department for it becomes a helper of the case, or sees the report, if it names one. "case-decided" runs
// from the opening, for a case that nobody claims too. Measures end with their term, cases that lie are closed.
void watch_deadlines(store::Session& session, const pack::DeskPolicy& policy, Time now);

}  // namespace lw::desk
