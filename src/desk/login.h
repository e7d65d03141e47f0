// How people show who they are: a password, a second factor, and the session that they open.
#pragma once

#include <string>
#include <string_view>

#include "base/time.h"
#include "desk/actor.h"
#include "desk/answer.h"
#include "store/database.h"

namespace lw::desk {

// What a login opens: the cookie's value is told here and never again.
struct OpenedSession {
  std::string cookie;      // 256 random bits; the store keeps its hash
  std::string csrf;        // what writes have to show beside it
  std::int64_t until = 0;  // milliseconds; it ends earlier when nothing is asked for an hour
};

// There is one refusal for a wrong name, password or code, for an account that is locked, disabled, or was never taken up, in the
// same time, so that it tells nobody who is there. One tells more: the password is right and a code is missing (field "code").
// From the fifth failure on each locks the account: half a minute, then twice as long each, a quarter of an hour at most.
Answer<OpenedSession> log_in(store::Database& db, std::string_view name, std::string_view password, std::string_view code, Time now);
// An unknown cookie is logged out already.
Answer<void> log_out(store::Database& db, std::string_view cookie, Time now);

// What a session is shown for.
enum class Use {
  kRead,
  kWrite,  // something changes: the request has to carry the session's csrf
  kWatch,  // an open stream asks, not a person: the session's idle time goes on
};
// Who it is. A person whose password is not their own yet has no role, whatever they will have. Notes that the session is used, at most
// once a minute.
Answer<Actor> authenticate_session(store::Database& db, std::string_view cookie, std::string_view csrf, Use use, Time now);

// Oneself as the API shows it, with the session's csrf for a console that was loaded anew; "fresh": the password is to be changed.
Answer<Json> get_me(store::Database& db, const Actor& actor, std::string_view cookie);

// Ends all sessions of the person and opens a new one.
Answer<OpenedSession> change_password(store::Database& db, const Actor& actor, std::string_view old, std::string_view next, Time now);

// Without a code: a secret is offered, and counts once a code of it was shown. With one: it counts from now on; with `off`, no
// more. Gives {"totp": whether it is on}, of an offer with "secret" and "uri". To turn it on or off ends all other sessions.
Answer<Json> set_totp(store::Database& db, const Actor& actor, std::string_view cookie, std::string_view password, std::string_view code, bool off, Time now);

}  // namespace lw::desk
