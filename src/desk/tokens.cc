#include "desk/tokens.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "desk/people.h"
#include "desk/person_row.h"
#include "desk/records.h"
#include "desk/secrets.h"
#include "desk/sight.h"

namespace lw::desk {
namespace {

constexpr std::int64_t kLongest = 366LL * 86'400'000;
constexpr std::int64_t kUsedEvery = 60'000;
constexpr std::size_t kMostName = 100;
constexpr std::string_view kPrefix = "lw_";
constexpr std::string_view kColumns = "id, name, body, scopes, made_by, made, until, revoked, used";

// What a body may let a program do. Whoever runs the service sees no cases; a platform alone is asked to intervene.
struct Scope {
  std::string_view name;
  bool department, platform, party, livewarden;
};
constexpr Scope kScopes[] = {{"events:write", true, true, true, true},         {"decide", true, true, true, true},
                             {"rooms:read", true, true, true, false},          {"decisions:read", true, true, true, false},
                             {"parties:read", true, true, true, false},        {"credit:read", true, true, true, false},
                             {"cases:read", true, true, true, false},          {"interventions:read", true, true, true, false},
                             {"interventions:write", false, true, false, false}, {"rules:read", true, true, true, true},
                             {"metrics", true, true, true, true}};

std::vector<std::string> split(const std::string& scopes) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < scopes.size();) {
    const std::size_t end = std::min(scopes.find(' ', at), scopes.size());
    out.push_back(scopes.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

Json shown_token(const store::Row& row) {
  Json out{{"id", row.number(0)}, {"name", row.text(1)}, {"body", row.text(2)}, {"scopes", split(row.text(3))}, {"made_by", row.text(4)}, {"made", shown_time(row.number(5))},
           {"until", shown_time(row.number(6))}};
  if (row.number(7) != 0) out["revoked"] = shown_time(row.number(7));
  if (row.number(8) != 0) out["used"] = shown_time(row.number(8));
  return out;
}

Answer<void> administers(store::Session& session, const Actor& actor) {
  const auto self = find_person(session, actor.person);
  if (self && self->state == "active" && self->role == "administrator") return {};
  return refuse(Why::kForbidden, "only an administrator manages tokens");
}

}  // namespace

std::vector<std::string_view> scopes_for(std::string_view body) {
  const Actor of{{}, std::string(body), Role::kNone, {}, 0};
  std::vector<std::string_view> out;
  for (const Scope& scope : kScopes) {
    if (of.is_department() ? scope.department : of.is_platform() ? scope.platform : of.is_party() ? scope.party : scope.livewarden) out.push_back(scope.name);
  }
  return out;
}

Answer<Json> list_tokens(store::Database& db, const Actor& actor, const Query& query) {
  if (actor.role != Role::kAdministrator) return refuse(Why::kForbidden, "only an administrator sees tokens");
  const Page page = page_of(query);
  return in_read(db, [&](store::Session& session) -> Answer<Json> {
    const auto rows = session.rows(fmt::format("SELECT {} FROM token WHERE body = :body AND id > :after ORDER BY id{}", kColumns, limit_of(page)), actor.body,
                                   asked_number(query, "after", 0));
    return listed(page, rows, shown_token, [](const store::Row& row) { return std::to_string(row.number(0)); });
  });
}

Answer<Json> add_token(store::Database& db, const Actor& actor, const NewToken& token, Time now) {
  if (actor.role != Role::kAdministrator) return refuse(Why::kForbidden, "only an administrator makes tokens");
  const std::string body = token.body.empty() ? actor.body : token.body;
  if (const auto good = check_body(body); !good) return tl::make_unexpected(good.error());
  if (body != actor.body) return refuse(Why::kForbidden, "an administrator makes tokens of its own body: {}", actor.body);
  if (token.name.empty() || token.name.size() > kMostName) return refuse_field("name", fmt::format("a token's name says what it is for, in 1 to {} bytes", kMostName));
  const auto allowed = scopes_for(body);
  if (token.scopes.empty()) return refuse_field("scopes", fmt::format("a token without scopes may nothing; of {} it may have {}", body, fmt::join(allowed, ", ")));
  for (const std::string& scope : token.scopes) {
    if (std::ranges::find(allowed, scope) == allowed.end()) return refuse_field("scopes", fmt::format("a token of {} may not have {}; it may have {}", body, scope, fmt::join(allowed, ", ")));
  }
  const std::int64_t at = millis(now), until = token.until == 0 ? at + kLongest : token.until;
  if (until <= at || until > at + kLongest) return refuse_field("until", "a token ends in the future, a year from now at the latest");
  const std::string text = std::string(kPrefix) + make_secret(), scopes = fmt::format("{}", fmt::join(token.scopes, " "));
  return in_write(db, [&](store::Session& session) -> Answer<Json> {
    if (const auto may = administers(session, actor); !may) return tl::make_unexpected(may.error());
    const std::uint64_t id = session.next("token");
    session.run("INSERT INTO token (id, hash, name, body, scopes, made_by, made, until, revoked, used) VALUES (:id, :hash, :name, :body, :scopes, :by, :made, :until, 0, 0)", id,
                digest_of(text), token.name, body, scopes, actor.name, at, until);
    note_act(session, actor, "addToken", fmt::format("token/{}", id), fmt::format("{}, until {}", scopes, shown_time(until)), now);
    return Json{{"id", id}, {"name", token.name}, {"body", body}, {"scopes", token.scopes}, {"made_by", actor.name}, {"made", shown_time(at)}, {"until", shown_time(until)}, {"token", text}};
  });
}

Answer<void> revoke_token(store::Database& db, const Actor& actor, std::uint64_t id, Time now) {
  if (actor.role != Role::kAdministrator) return refuse(Why::kForbidden, "only an administrator revokes tokens");
  return in_write(db, [&](store::Session& session) -> Answer<void> {
    if (const auto may = administers(session, actor); !may) return tl::make_unexpected(may.error());
    const auto rows = session.rows("SELECT revoked FROM token WHERE id = :id AND body = :body", id, actor.body);
    if (rows.empty()) return refuse(Why::kNotFound, "there is no token {}", id);
    if (rows.front().number(0) != 0) return {};
    session.run("UPDATE token SET revoked = :now WHERE id = :id", millis(now), id);
    note_act(session, actor, "revokeToken", fmt::format("token/{}", id), "", now);
    return {};
  });
}

Answer<Actor> authenticate_token(store::Database& db, std::string_view bearer, Time now) {
  const std::int64_t at = millis(now);
  std::uint64_t id = 0;
  bool touch = false;
  auto actor = in_read(db, [&](store::Session& session) -> Answer<Actor> {
    const auto rows = bearer.starts_with(kPrefix) ? session.rows("SELECT id, body, scopes, until, revoked, used FROM token WHERE hash = :hash", digest_of(bearer)) : store::Rows();
    if (rows.empty()) return refuse(Why::kUnknown, "this token is not known");
    const store::Row& row = rows.front();
    if (row.number(4) != 0 || row.number(3) <= at) return refuse(Why::kUnknown, "this token is {}; an administrator makes a new one", row.number(4) != 0 ? "revoked" : "over");
    id = static_cast<std::uint64_t>(row.number(0));
    touch = row.number(5) + kUsedEvery <= at;
    return Actor{fmt::format("token/{}", id), row.text(1), Role::kNone, split(row.text(2)), 0};
  });
  if (actor && touch) {
    static_cast<void>(db.write([&](store::Session& session) -> Status {
      session.run("UPDATE token SET used = :used WHERE id = :id", at, id);
      return {};
    }));
  }
  return actor;
}

}  // namespace lw::desk
