// One handler for each operation of the API's document: from a call to the desk and back. Nothing is decided here.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "desk/evidence.h"
#include "desk/hook_key.h"
#include "desk/personal.h"
#include "pack/desk.h"
#include "pack/plan.h"
#include "server/call.h"
#include "store/database.h"

namespace lw::server {

// What the handlers work with; all of it outlives them.
struct Office {
  store::Database* db = nullptr;
  std::function<std::shared_ptr<const pack::Plan>()> plan;
  std::function<std::shared_ptr<const pack::DeskPolicy>()> policy;
  std::string evidence;                             // the folder of the tree
  std::function<void()> ring = [] {};               // something lies in the outbox, or is to be sent
  desk::ReadEvents read_events;                     // of the event log, for an export of personal data
  std::string unsealing_key;                        // file that is there while somebody may lead names back
  std::function<std::string(const std::string& remote)> reporter;  // a keyed hash of the address that a report comes from
  std::function<void(const std::string& pseudonym)> forget;  // at the edge too; may be empty
  // "operator/alpha/op1" as the service knows that body, where ids come in under other names.
  std::function<Result<std::string>(std::string_view body)> known_body;
  // The same of whom a request names. `lasts`: it is going to be kept. Empty: ids are as they come.
  std::function<Result<std::string>(std::string_view kind, std::string_view id, bool lasts)> known_id;
  std::function<desk::RuleTexts()> rule_texts;      // of the packs in force
  const desk::HookKey* hook_key = nullptr;
  std::string evidence_key, evidence_origin;        // the key file that checkpoints are signed with
  bool secure = false;                              // cookies are for TLS alone
};

Handlers handlers_of(const Office& office);

// Parts of them, by file.
void add_people_routes(Handlers& handlers, const Office& office);    // login, people, tokens, hooks, audit log, personal data
void add_registry_routes(Handlers& handlers, const Office& office);  // parties, admissions, expiries, credit, policy, rules
void add_case_routes(Handlers& handlers, const Office& office);      // cases, measures, appeals, interventions, reports, spot checks
void add_watch_routes(Handlers& handlers, const Office& office);     // rooms, decisions, evidence

}  // namespace lw::server
