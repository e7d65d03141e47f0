// What platforms are asked to do, and what became of it. An intervention is `asked` until it was handed over, then `sent`, then
// `acknowledged` by the platform with its effect; it may be `withdrawn` at any time, which asks the platform for a "restore" of it.
//
// The machine asks only for what the policy lets a machine ask for (`by_machine`); anything else is asked for by a person, with a
// measure. Ids are a hash of what caused it and the action, so that the same cause never asks twice, and a platform that is sent
// one twice knows it again. Each is a CloudEvent live.intervention.requested (docs/events.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "desk/act.h"
#include "desk/fields.h"

namespace lw::desk {

struct Demand {
  std::string cause;           // a decision's id; "measure/12"; of a restore: the id of what is withdrawn
  std::string decision;        // as the row names it: a decision's id or "measure/12"
  std::string action;
  std::uint64_t case_id = 0;   // 0: none
  std::string platform;
  Named target;
  std::string room, session, department;
  Json why = Json::object();   // further members of the event's data: rule, violation, basis, message, undoes
};

// Its id; asks nothing if the same was asked before, or if there is no platform to ask.
std::string ask_platform(const Act& act, const Demand& demand);

// Withdraws all that was asked for with that case, or, of a cause "measure/12", for that measure alone.
void withdraw_of_case(const Act& act, std::uint64_t case_id, std::string_view why);
void withdraw_of_cause(const Act& act, std::string_view decision, std::string_view why);

// Filters: platform, state, case_id, room. The newest first; or, for polling, those with a number above `since`, in their order.
Answer<Json> list_interventions(const Act& act, const Query& query);
// body: {"outcome": "done" | "partly" | "refused", "effect"?: what came of it}. The same again: the same answer, and nothing happens. Another
// takes the place of the first; the time of the first stays.
Answer<Json> acknowledge_intervention(const Act& act, const std::string& id, const Json& body);

// For whoever sends them.
struct Due {
  std::string id, platform, record;  // record: the body to send
  std::uint64_t attempts = 0;
};
std::vector<Due> due_interventions(store::Session& session, std::string_view platform, Time now, std::size_t limit);  // the longest due first
void intervention_sent(store::Session& session, std::string_view id, Time now);
// To be tried again: after five seconds, then twice as long each time, an hour at most. It is never given up: a platform may
// fetch it by polling, and only an acknowledgement or a withdrawal ends it.
void intervention_failed(store::Session& session, std::string_view id, Time now);

// SET of an UPDATE: of one whose term is over, or whose person is to be forgotten, the numbers stay. Who did not fetch it by then will not.
inline constexpr std::string_view kBlankIntervention = "target_id = '', effect = '', record = '{}', state = (CASE WHEN state = 'asked' THEN 'withdrawn' ELSE state END)";

}  // namespace lw::desk
