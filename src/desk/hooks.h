// Where platforms want their interventions sent. A platform's administrators add and remove hooks; each hook is sent each intervention
// (server/courier.h). A platform without one fetches them (GET /v1/interventions).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "desk/actor.h"
#include "desk/answer.h"
#include "desk/fields.h"
#include "desk/hook_key.h"
#include "store/database.h"

namespace lw::desk {

// Of the actor's own body, by number: {"items": […], "next": …}.
Answer<Json> list_hooks(store::Session& session, const Actor& who, const Query& query);
// The hook with its `secret`, this once. That the URL can be sent to was asked before (server/post.h).
Answer<Json> add_hook(store::Session& session, const Actor& who, const HookKey& key, const std::string& url, Time now);
Answer<void> remove_hook(store::Session& session, const Actor& who, std::uint64_t id, Time now);

// For the courier.
struct Hook {
  std::uint64_t id = 0;
  std::string platform, url, secret;  // secret: as the store keeps it, see HookKey
  bool failing = false;
};
std::vector<Hook> all_hooks(store::Session& session);  // by number
// It did not take what it was sent. Of several times the first is kept.
void hook_failed(store::Session& session, std::uint64_t id, Time now);
// It took something again: what waits for its platform is due at once.
void hook_recovered(store::Session& session, const Hook& hook, Time now);

}  // namespace lw::desk
