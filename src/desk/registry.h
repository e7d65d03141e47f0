// The registry: who and what there is, the papers that they hold, the broadcasts that are planned. It is learnt from accepted events and
// from nothing else, so that it can be made anew from the event log.
//
// Papers by kind, with what `number` and `scope` hold:
//   "platform", "business"   a platform's or a merchant's licence; its number, a merchant's categories
//   any licence_kind         as filed: "food", "icp", "profession.medical"; its number and scope
//   "qualification"          of a host; –, the qualifications
//   "ad-approval", "brand"   of a product; the approval, – · of a merchant; the brand, the brand
//   "identity"               of an account that is a party; the method, –. One that failed has ended when it did
//   "training", "guardian-consent", "processing-consent"  of an account; the course or kind, the same
//   "endorsement"            of a product; the account, "sampled" if it was
// What an account holds, the party of the same id holds.
#pragma once

#include <string>
#include <string_view>

#include "desk/actor.h"
#include "desk/answer.h"
#include "desk/fields.h"
#include "pack/desk.h"

namespace lw::desk {

// Whether learn() takes anything from events of this type.
bool tells_of_registry(std::string_view type);

// An accepted CloudEvents event, in the engine's order. Once more is as once. Those of /livewarden tell nothing new.
void learn(store::Session& session, const Json& event, Time now);

// Platforms, operators, hosts, agencies and merchants that the actor sees, in the order of (platform, kind, id). Filters: platform, kind,
// search (the beginning of an id or a name).
Answer<Json> list_parties(store::Session& session, const Actor& actor, const Query& query);
// With its papers, its products and, if it has any, its credit.
Answer<Json> get_party(store::Session& session, const Actor& actor, std::string_view platform, std::string_view kind, std::string_view id);
// Papers that end within `days`, or within the policy's notice, and those that have ended and were not replaced, the first to end first.
// Filters: platform, days.
Answer<Json> list_expiries(store::Session& session, const pack::DeskPolicy& policy, const Actor& actor, const Query& query, Time now);

// Whether the actor sees what this party is and holds.
bool sees_party(const Actor& actor, std::string_view platform, std::string_view kind, std::string_view id);

}  // namespace lw::desk
