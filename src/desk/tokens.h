// Tokens of programs: "lw_" and 256 random bits, of which the store keeps the hash alone. A token is of a body and may what its
// scopes say; it has no role, and ends when it is revoked or its time is over.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "desk/actor.h"
#include "desk/answer.h"
#include "desk/fields.h"
#include "store/database.h"

namespace lw::desk {

// The scopes that a token of such a body may have: "events:write", "decide", "cases:read", …
std::vector<std::string_view> scopes_for(std::string_view body);

// For administrators, of their own body: {"items": […], "next": …}, by number.
Answer<Json> list_tokens(store::Database& db, const Actor& actor, const Query& query);

struct NewToken {
  std::string name;                 // what it is for
  std::string body;                 // "": the actor's own, and no other
  std::vector<std::string> scopes;
  std::int64_t until = 0;           // milliseconds; 0: a year from now, which is the longest
};
// The token with its text in "token", this once.
Answer<Json> add_token(store::Database& db, const Actor& actor, const NewToken& token, Time now);
Answer<void> revoke_token(store::Database& db, const Actor& actor, std::uint64_t id, Time now);

// Whose token it is. `bearer`: what stands behind "Bearer ". Notes its use, at most once a minute.
Answer<Actor> authenticate_token(store::Database& db, std::string_view bearer, Time now);

}  // namespace lw::desk
