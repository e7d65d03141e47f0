// The two forms of a handler: reading, and acting in a transaction.
#pragma once

#include <utility>

#include "desk/act.h"
#include "server/routes.h"

namespace lw::server {

inline Reply reply(Json body, int status = 200) {
  Reply out;
  out.status = status;
  out.body = std::move(body);
  return out;
}

// `body(act, call) -> Answer<Json>`, in a view that cannot be changed.
template <class Body>
Handler reads(const Office& office, Body body) {
  return [office, body](const Call& call) -> desk::Answer<Reply> {
    const auto policy = office.policy();
    auto answer = desk::in_read(*office.db, [&](store::Session& session) -> desk::Answer<Json> { return body(desk::Act{session, *policy, call.actor, call.now}, call); });
    if (!answer) return tl::make_unexpected(std::move(answer.error()));
    return reply(std::move(*answer));
  };
}

// The same in a transaction; what it left in the outbox or to be sent is looked at afterwards.
template <class Body>
Handler acts(const Office& office, Body body, int status = 200) {
  return [office, body, status](const Call& call) -> desk::Answer<Reply> {
    const auto policy = office.policy();
    auto answer = desk::in_write(*office.db, [&](store::Session& session) -> desk::Answer<Json> { return body(desk::Act{session, *policy, call.actor, call.now}, call); });
    if (!answer) return tl::make_unexpected(std::move(answer.error()));
    office.ring();
    return reply(std::move(*answer), status);
  };
}

}  // namespace lw::server
