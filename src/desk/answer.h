// The outcome of what somebody asked of the desk: an answer, or a refusal that says why, in words for whoever asked.
#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>

#include "base/result.h"
#include "store/database.h"

namespace lw::desk {

using Json = nlohmann::json;

enum class Why : std::uint8_t {
  kInvalid,    // what was sent is wrong: 400
  kUnknown,    // nobody is known by these credentials: 401
  kForbidden,  // the role is too low: 403
  kNotFound,   // not there, or not for this body: 404
  kConflict,   // somebody was quicker, or the state does not allow it: 409
  kTooMany,    // 429
  kFailed,     // ours: 500, with nothing of its reason shown
  kAway,       // a store or a peer is away for the moment: 503
};

struct Refusal {
  Why why = Why::kFailed;
  std::string message;  // what was wrong and what would be right
  std::string field;    // of the request, where one is to blame
};

template <class T>
using Answer = tl::expected<T, Refusal>;

template <class... Args>
tl::unexpected<Refusal> refuse(Why why, fmt::format_string<Args...> format, Args&&... args) {
  return tl::make_unexpected(Refusal{why, fmt::format(format, std::forward<Args>(args)...), {}});
}
inline tl::unexpected<Refusal> refuse_field(std::string field, std::string message) {
  return tl::make_unexpected(Refusal{Why::kInvalid, std::move(message), std::move(field)});
}

// A transaction of the store around `body(session) -> Answer<T>`, undone where it refuses. `body` may run more than once.
template <class Body>
auto in_write(store::Database& db, const Body& body) {
  std::invoke_result_t<Body, store::Session&> out = refuse(Why::kAway, "not run");
  const Status done = db.write([&](store::Session& session) -> Status {
    out = body(session);
    if (!session.status()) out = refuse(Why::kFailed, "{}", session.status().error().message);
    return out ? Status{} : fail("{}", out.error().message);
  });
  if (!done && (out || store::is_away(done.error()))) out = refuse(Why::kAway, "{}", done.error().message);
  return out;
}
template <class Body>
auto in_read(store::Database& db, const Body& body) {
  std::invoke_result_t<Body, store::Session&> out = refuse(Why::kAway, "not run");
  const Status done = db.read([&](store::Session& session) -> Status {
    out = body(session);
    if (!session.status()) out = refuse(Why::kFailed, "{}", session.status().error().message);
    return {};
  });
  if (!done && (out || store::is_away(done.error()))) out = refuse(Why::kAway, "{}", done.error().message);
  return out;
}

}  // namespace lw::desk
