#include "desk/login.h"

#include <algorithm>

#include "desk/passwords.h"
#include "desk/people.h"
#include "desk/person_row.h"
#include "desk/records.h"
#include "desk/secrets.h"
#include "desk/totp.h"

namespace lw::desk {
namespace {

constexpr std::int64_t kSecondMs = 1000, kMinuteMs = 60 * kSecondMs, kHourMs = 60 * kMinuteMs;
constexpr std::int64_t kLifetime = 12 * kHourMs;  // of a session: a working day, whatever is done in it
constexpr std::int64_t kIdle = kHourMs;
constexpr std::int64_t kSeenEvery = kMinuteMs;
constexpr std::int64_t kSessions = 10;            // of one person; the oldest goes
constexpr std::int64_t kFreeFailures = 4;
constexpr std::int64_t kFirstLock = 30 * kSecondMs, kLongestLock = 15 * kMinuteMs;

tl::unexpected<Refusal> unknown() {
  return refuse(Why::kUnknown, "name, password or code is wrong, or the account is locked for some minutes after several failures");
}

// Another failure: who tries to guess gets slower and slower, and is seen in the audit log.
void note_failure(store::Session& session, const PersonRow& person, Time now) {
  const std::int64_t failures = person.failures + 1;
  std::int64_t locked_until = 0;
  if (failures > kFreeFailures) locked_until = millis(now) + std::min(kLongestLock, kFirstLock << std::min<std::int64_t>(failures - kFreeFailures - 1, 10));
  session.run("UPDATE person SET failures = :failures, locked_until = :until WHERE id = :id", failures, locked_until, person.id);
  const Actor nobody{"public", person.body, Role::kNone, {}, 0};
  note_act(session, nobody, "login", person.subject(), locked_until == 0 ? "refused" : fmt::format("refused, locked until {}", shown_time(locked_until)), now);
}

OpenedSession open_session(store::Session& session, const PersonRow& person, Time now) {
  const std::int64_t at = millis(now);
  OpenedSession out{make_secret(), make_secret(), at + kLifetime};
  session.run("DELETE FROM login WHERE until <= :now OR seen <= :idle", at, at - kIdle);
  session.run("DELETE FROM login WHERE person = :person AND hash NOT IN (SELECT hash FROM login WHERE person = :same ORDER BY made DESC, hash LIMIT :most)", person.id, person.id,
              kSessions - 1);
  session.run("INSERT INTO login (hash, person, csrf, made, seen, until) VALUES (:hash, :person, :csrf, :made, :seen, :until)", digest_of(out.cookie), person.id, out.csrf, at, at,
              out.until);
  return out;
}

Actor actor_of(const PersonRow& person) {
  return {person.subject(), person.body, person.state == "fresh" ? Role::kNone : role_of(person.role).value_or(Role::kNone), {}, person.id};
}

// Oneself, shown by the password: the person, or a refusal once the failure is noted.
Answer<PersonRow> confirm_self(store::Database& db, const Actor& actor, std::string_view password, Time now) {
  const auto person = in_read(db, [&](store::Session& session) -> Answer<PersonRow> {
    auto found = find_person(session, actor.person);
    if (!found) return refuse(Why::kForbidden, "this is for people who logged in");
    if (found->locked_until > millis(now)) return refuse(Why::kTooMany, "too many failures; wait until {}", shown_time(found->locked_until));
    return std::move(*found);
  });
  if (!person || verify_password(person->password, password)) return person;
  const auto noted = in_write(db, [&](store::Session& session) -> Answer<bool> {
    if (const auto again = find_person(session, actor.person)) note_failure(session, *again, now);
    return true;
  });
  if (!noted) return tl::make_unexpected(noted.error());
  return refuse_field("password", "the password is wrong");
}

}  // namespace

Answer<OpenedSession> log_in(store::Database& db, std::string_view name, std::string_view password, std::string_view code, Time now) {
  const std::int64_t at = millis(now);
  const auto before = in_read(db, [&](store::Session& session) -> Answer<PersonRow> { return find_person(session, name).value_or(PersonRow()); });
  if (!before) return tl::make_unexpected(before.error());
  const bool right = verify_password(before->password, password);
  std::string hash = before->password;
  if (right && is_outdated(hash)) hash = hash_password(password).value_or(hash);

  enum class Outcome { kRefused, kCodeMissing, kOpened };
  OpenedSession opened;
  const auto outcome = in_write(db, [&](store::Session& session) -> Answer<Outcome> {
    // What happened meanwhile counts: another failure, another password, a person who was locked out.
    const auto person = find_person(session, before->id);
    if (!person || person->locked_until > at || !person->may_log_in(at)) {
      session.next("login.refused");  // a write as where somebody is there: else the time it takes would tell
      return Outcome::kRefused;
    }
    std::optional<std::int64_t> step;
    if (right && person->has_totp()) {
      if (code.empty()) return Outcome::kCodeMissing;
      step = match_totp(person->totp, code, now, person->totp_used);
    }
    if (!right || person->password != before->password || (person->has_totp() && !step)) {
      note_failure(session, *person, now);
      return Outcome::kRefused;
    }
    session.run("UPDATE person SET failures = 0, locked_until = 0, totp_used = :used, password = :password WHERE id = :id", step.value_or(person->totp_used), hash, person->id);
    opened = open_session(session, *person, now);
    note_act(session, actor_of(*person), "login", person->subject(), step ? "with a second factor" : "by password alone", now);
    return Outcome::kOpened;
  });
  if (!outcome) return tl::make_unexpected(outcome.error());
  if (*outcome == Outcome::kRefused) return unknown();
  if (*outcome == Outcome::kCodeMissing) return tl::make_unexpected(Refusal{Why::kUnknown, "a code of the authenticator is needed too", "code"});
  return opened;
}

Answer<void> log_out(store::Database& db, std::string_view cookie, Time now) {
  return in_write(db, [&](store::Session& session) -> Answer<void> {
    const std::string hash = digest_of(cookie);
    const auto rows = session.rows("SELECT person FROM login WHERE hash = :hash", hash);
    const auto person = rows.empty() ? std::nullopt : find_person(session, static_cast<std::uint64_t>(rows.front().number(0)));
    if (!person) return {};
    session.run("DELETE FROM login WHERE hash = :hash", hash);
    note_act(session, actor_of(*person), "logout", person->subject(), "", now);
    return {};
  });
}

Answer<Actor> authenticate_session(store::Database& db, std::string_view cookie, std::string_view csrf, Use use, Time now) {
  const std::int64_t at = millis(now);
  const std::string hash = digest_of(cookie);
  bool touch = false;
  auto actor = in_read(db, [&](store::Session& session) -> Answer<Actor> {
    const auto rows = session.rows("SELECT person, csrf, seen, until FROM login WHERE hash = :hash", hash);
    if (rows.empty() || rows.front().number(3) <= at || rows.front().number(2) + kIdle <= at) return refuse(Why::kUnknown, "the session is over; log in again");
    const auto person = find_person(session, static_cast<std::uint64_t>(rows.front().number(0)));
    if (!person || !person->may_log_in(at)) return refuse(Why::kUnknown, "the session is over; log in again");
    if (use == Use::kWrite && !same_secret(csrf, rows.front().text(1))) return refuse(Why::kForbidden, "the header X-CSRF is missing or is not this session's");
    touch = use != Use::kWatch && rows.front().number(2) + kSeenEvery <= at;
    return actor_of(*person);
  });
  // Whether this lasts is no matter: the session would end somewhat earlier.
  if (actor && touch) {
    static_cast<void>(db.write([&](store::Session& session) -> Status {
      session.run("UPDATE login SET seen = :seen WHERE hash = :hash", at, hash);
      return {};
    }));
  }
  return actor;
}

Answer<Json> get_me(store::Database& db, const Actor& actor, std::string_view cookie) {
  return in_read(db, [&](store::Session& session) -> Answer<Json> {
    const auto person = find_person(session, actor.person);
    const auto rows = session.rows("SELECT csrf, until FROM login WHERE hash = :hash AND person = :person", digest_of(cookie), actor.person);
    if (!person || rows.empty()) return refuse(Why::kForbidden, "this is for people who logged in");
    return Json{{"name", person->name}, {"shown", person->shown}, {"body", person->body}, {"role", person->role}, {"fresh", person->state == "fresh"},
                {"totp", person->has_totp()}, {"csrf", rows.front().text(0)}, {"until", shown_time(rows.front().number(1))}};
  });
}

Answer<OpenedSession> change_password(store::Database& db, const Actor& actor, std::string_view old, std::string_view next, Time now) {
  const auto self = confirm_self(db, actor, old, now);
  if (!self) return tl::make_unexpected(self.error());
  if (const Status good = check_password(next, self->name); !good) return refuse_field("new", good.error().message);
  if (old == next) return refuse_field("new", "the new password is the old one");
  const auto hash = hash_password(next);
  if (!hash) return refuse(Why::kAway, "{}", hash.error().message);
  return in_write(db, [&](store::Session& session) -> Answer<OpenedSession> {
    if (session.run("UPDATE person SET password = :password, state = 'active', failures = 0, locked_until = 0 WHERE id = :id AND password = :old AND state <> 'disabled'", *hash, self->id,
                    self->password) == 0) {
      return refuse(Why::kConflict, "the password was changed meanwhile");
    }
    end_sessions(session, self->id);
    note_act(session, actor, "changePassword", self->subject(), "", now);
    return open_session(session, *self, now);
  });
}

Answer<Json> set_totp(store::Database& db, const Actor& actor, std::string_view cookie, std::string_view password, std::string_view code, bool off, Time now) {
  const auto self = confirm_self(db, actor, password, now);
  if (!self) return tl::make_unexpected(self.error());
  bool wrong = false;
  auto set = in_write(db, [&](store::Session& session) -> Answer<Json> {
    const auto person = find_person(session, self->id);
    if (!person || person->password != self->password) return refuse(Why::kConflict, "the password was changed meanwhile");
    const bool on = person->has_totp();
    if (off && !on) return refuse(Why::kConflict, "the second factor is off already");
    if (!off && on) return refuse(Why::kConflict, "the second factor is on; turn it off first, with a code of it");
    if (code.empty()) {
      if (off) return refuse_field("code", "a code of the authenticator is needed to turn it off");
      const std::string secret = make_totp_secret();
      session.run("UPDATE person SET totp = :totp WHERE id = :id", "?" + secret, person->id);
      return Json{{"totp", false}, {"secret", secret}, {"uri", totp_uri(secret, person->name)}};
    }
    if (person->totp.empty()) return refuse(Why::kConflict, "no secret was offered yet: ask without a code first");
    const std::string secret = on ? person->totp : person->totp.substr(1);
    const auto step = match_totp(secret, code, now, on ? person->totp_used : 0);
    if (!step) {
      note_failure(session, *person, now);
      wrong = true;
      return Json();
    }
    session.run("UPDATE person SET totp = :totp, totp_used = :used WHERE id = :id", off ? "" : secret, *step, person->id);
    session.run("DELETE FROM login WHERE person = :person AND hash <> :this", person->id, digest_of(cookie));
    note_act(session, actor, "setTotp", person->subject(), off ? "off" : "on", now);
    return Json{{"totp", !off}};
  });
  if (set && wrong) return refuse_field("code", "the code is wrong, or was used already; the next one comes within half a minute");
  return set;
}

}  // namespace lw::desk
