#include "desk/people.h"

#include <algorithm>
#include <array>

#include "desk/passwords.h"
#include "desk/person_row.h"
#include "desk/records.h"
#include "desk/sight.h"
#include "pack/contract.h"

namespace lw::desk {
namespace {

constexpr std::array<std::string_view, 6> kRoles{"", "viewer", "officer", "approver", "administrator", "auditor"};
constexpr std::string_view kColumns = "id, name, shown, body, role, password, totp, totp_used, state, failures, locked_until, made";
constexpr std::string_view kPartyKinds[] = {"merchant", "operator", "host", "mcn"};
constexpr std::size_t kMostShown = 100;

PersonRow read_row(const store::Row& row) {
  return {static_cast<std::uint64_t>(row.number(0)), row.text(1), row.text(2), row.text(3), row.text(4), row.text(5), row.text(6), row.number(7), row.text(8),
          row.number(9), row.number(10), row.number(11)};
}

Json shown_person(const PersonRow& person) {
  Json out{{"id", person.id}, {"name", person.name}, {"shown", person.shown}, {"body", person.body}, {"role", person.role},
           {"state", person.state == "disabled" ? "disabled" : "active"}, {"fresh", person.state == "fresh"}, {"totp", person.has_totp()}, {"made", shown_time(person.made)}};
  if (person.locked_until != 0) out["locked_until"] = shown_time(person.locked_until);
  return out;
}

// A name that stands in addresses, logs and the authenticator's picture.
Answer<void> check_name(std::string_view name) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const bool fits = name.size() >= 2 && name.size() <= 64 && good(name.front()) &&
                    std::ranges::all_of(name, [&](char c) { return good(c) || c == '.' || c == '-' || c == '_'; });
  if (!fits) return refuse_field("name", "a name is 2 to 64 of a-z, 0-9, . - and _, a letter or a digit first");
  return {};
}

Answer<void> check_shown(std::string_view shown) {
  if (shown.empty() || shown.size() > kMostShown) return refuse_field("shown", fmt::format("the name as people write it has 1 to {} bytes", kMostShown));
  return {};
}

// The hash of what was given, or of one that is made; the password where it was made.
struct Given {
  std::string hash, made;
};
Answer<Given> give_password(std::string_view password, std::string_view name) {
  Given given;
  if (password.empty()) given.made = make_one_time_password();
  else if (const Status good = check_password(password, name); !good) return refuse_field("password", good.error().message);
  auto hash = hash_password(password.empty() ? given.made : password);
  if (!hash) return refuse(Why::kAway, "{}", hash.error().message);
  given.hash = std::move(*hash);
  return given;
}

// The administrator as it is now: what it may do could have changed since it was asked who it is.
Answer<void> still_administers(store::Session& session, const Actor& actor) {
  const auto self = find_person(session, actor.person);
  if (!self || self->state != "active" || self->role != "administrator") return refuse(Why::kForbidden, "only an administrator manages people");
  return {};
}

// One who can still come in: a password that was given and never taken up makes no administrator for ever.
bool has_administrator(store::Session& session, std::string_view body, Time now) {
  const auto rows = session.rows(fmt::format("SELECT {} FROM person WHERE body = :body AND role = 'administrator'", kColumns), body);
  return std::ranges::any_of(rows, [&](const store::Row& row) { return read_row(row).may_log_in(millis(now)); });
}

void insert_person(store::Session& session, PersonRow& person) {
  person.id = session.next("person");
  session.run("INSERT INTO person (id, name, shown, body, role, password, totp, totp_used, state, failures, locked_until, made)"
              " VALUES (:id, :name, :shown, :body, :role, :password, '', 0, :state, 0, 0, :made)",
              person.id, person.name, person.shown, person.body, person.role, person.password, person.state, person.made);
}

// What changed, for the audit log.
std::string told(const PersonRow& before, const PersonRow& after) {
  std::string out;
  const auto add = [&](std::string_view what, std::string_view from, std::string_view to) {
    if (from != to) out += fmt::format("{}{} {} → {}", out.empty() ? "" : ", ", what, from, to);
  };
  add("role", before.role, after.role);
  add("state", before.state, after.state);
  add("shown", before.shown, after.shown);
  if (before.password != after.password) out += out.empty() ? "new password" : ", new password";
  if (before.totp != after.totp) out += out.empty() ? "second factor off" : ", second factor off";
  return out;
}

}  // namespace

std::string_view name_of(Role role) { return kRoles[static_cast<std::size_t>(role)]; }

std::optional<Role> role_of(std::string_view name) {
  const auto found = std::ranges::find(kRoles, name);
  if (name.empty() || found == kRoles.end()) return std::nullopt;
  return static_cast<Role>(found - kRoles.begin());
}

Answer<void> check_body(std::string_view body) {
  const Actor of{{}, std::string(body), Role::kNone, {}, 0};
  const std::size_t slashes = static_cast<std::size_t>(std::ranges::count(body, '/'));
  if (body == "livewarden") return {};
  if (of.is_department()) {
    if (pack::find_word(pack::Vocabulary::kDepartment, of.department())) return {};
    return refuse_field("body", fmt::format("there is no department {}{}", of.department(), pack::suggestion(of.department(), pack::words(pack::Vocabulary::kDepartment))));
  }
  if (of.is_platform() && slashes == 1 && !of.platform().empty()) return {};
  if (slashes >= 2 && std::ranges::find(kPartyKinds, of.party_kind()) != std::end(kPartyKinds) && !of.platform().empty() && !of.party_id().empty()) return {};
  return refuse_field("body", "a body is livewarden, department/ID, platform/ID, or merchant, operator, host or mcn/PLATFORM/ID");
}

Answer<void> check_role(std::string_view body, Role role) {
  if (role == Role::kNone) return refuse_field("role", "a person has a role: viewer, officer, approver, administrator or auditor");
  if (role == Role::kApprover && !body.starts_with("department/")) return refuse_field("role", "approvers are of departments: nobody else decides cases");
  if (role == Role::kOfficer && body == "livewarden") return refuse_field("role", "whoever runs the service sees no cases and has no officers");
  return {};
}

std::optional<PersonRow> find_person(store::Session& session, std::uint64_t id) {
  const auto rows = session.rows(fmt::format("SELECT {} FROM person WHERE id = :id", kColumns), id);
  return rows.empty() ? std::nullopt : std::optional(read_row(rows.front()));
}

std::optional<PersonRow> find_person(store::Session& session, std::string_view name) {
  const auto rows = session.rows(fmt::format("SELECT {} FROM person WHERE name = :name", kColumns), name);
  return rows.empty() ? std::nullopt : std::optional(read_row(rows.front()));
}

void end_sessions(store::Session& session, std::uint64_t person) { session.run("DELETE FROM login WHERE person = :person", person); }

Answer<Json> list_people(store::Database& db, const Actor& actor, const Query& query) {
  if (actor.role != Role::kAdministrator) return refuse(Why::kForbidden, "only an administrator sees who there is");
  const Page page = page_of(query);
  return in_read(db, [&](store::Session& session) -> Answer<Json> {
    const auto rows = session.rows(fmt::format("SELECT {} FROM person WHERE body = :body AND id > :after ORDER BY id{}", kColumns, limit_of(page)), actor.body,
                                   asked_number(query, "after", 0));
    return listed(page, rows, [](const store::Row& row) { return shown_person(read_row(row)); }, [](const store::Row& row) { return std::to_string(row.number(0)); });
  });
}

Answer<Json> add_person(store::Database& db, const Actor& actor, const NewPerson& person, Time now) {
  if (actor.role != Role::kAdministrator) return refuse(Why::kForbidden, "only an administrator adds people");
  const std::string body = person.body.empty() ? actor.body : person.body;
  for (const Answer<void>& good : {check_name(person.name), check_shown(person.shown), check_body(body), check_role(body, person.role)}) {
    if (!good) return tl::make_unexpected(good.error());
  }
  const bool elsewhere = body != actor.body;
  if (elsewhere && actor.body != "livewarden") return refuse(Why::kForbidden, "an administrator adds people of its own body: {}", actor.body);
  if (elsewhere && person.role != Role::kAdministrator) return refuse(Why::kForbidden, "of another body only the first administrator is made here; that one adds the others");
  const auto given = give_password(person.password, person.name);
  if (!given) return tl::make_unexpected(given.error());
  return in_write(db, [&](store::Session& session) -> Answer<Json> {
    if (const auto still = still_administers(session, actor); !still) return tl::make_unexpected(still.error());
    if (elsewhere && has_administrator(session, body, now)) return refuse(Why::kConflict, "{} has an administrator, who adds its people", body);
    if (find_person(session, person.name)) return refuse(Why::kConflict, "there is a person {} already; names are unique in the service", person.name);
    PersonRow row{0, person.name, person.shown, body, std::string(name_of(person.role)), given->hash, {}, 0, "fresh", 0, 0, millis(now)};
    insert_person(session, row);
    note_act(session, actor, "addPerson", row.subject(), fmt::format("{} of {}", row.role, body), now);
    Json out = shown_person(row);
    if (!given->made.empty()) out["password"] = given->made;
    return out;
  });
}

Answer<Json> change_person(store::Database& db, const Actor& actor, std::uint64_t id, const PersonChange& change, Time now) {
  if (actor.role != Role::kAdministrator) return refuse(Why::kForbidden, "only an administrator changes people");
  const bool itself = id == actor.person;
  if (itself && (change.role || change.disabled)) return refuse(Why::kForbidden, "nobody changes their own role or state; another administrator can");
  if (itself && (change.password || change.drop_totp)) return refuse(Why::kForbidden, "the own password and second factor are changed under /v1/me");
  const auto of_body = [&](store::Session& session) -> Answer<PersonRow> {
    auto person = find_person(session, id);
    if (!person || person->body != actor.body) return refuse(Why::kNotFound, "there is no person {}", id);
    return std::move(*person);
  };
  const auto before = in_read(db, of_body);
  if (!before) return tl::make_unexpected(before.error());
  if (change.shown) {
    if (const auto good = check_shown(*change.shown); !good) return tl::make_unexpected(good.error());
  }
  if (change.role) {
    if (const auto good = check_role(actor.body, *change.role); !good) return tl::make_unexpected(good.error());
  }
  // Somebody who is let in again shows anew who they are.
  const bool back = change.disabled && !*change.disabled && before->state == "disabled";
  Given given;
  if (change.password || back) {
    auto made = give_password(change.password.value_or(""), before->name);
    if (!made) return tl::make_unexpected(made.error());
    given = std::move(*made);
  }
  return in_write(db, [&](store::Session& session) -> Answer<Json> {
    if (const auto still = still_administers(session, actor); !still) return tl::make_unexpected(still.error());
    const auto found = of_body(session);
    if (!found) return tl::make_unexpected(found.error());
    PersonRow person = *found;
    if (change.shown) person.shown = *change.shown;
    if (change.role) person.role = name_of(*change.role);
    if (change.disabled && *change.disabled) person.state = "disabled";
    if (!given.hash.empty()) {
      person.password = given.hash;
      person.failures = person.locked_until = 0;
      if (person.state != "disabled" || back) person.state = "fresh";
      person.made = millis(now);
    }
    if (change.drop_totp) person.totp.clear();
    session.run("UPDATE person SET shown = :shown, role = :role, password = :password, totp = :totp, state = :state, failures = :failures, locked_until = :locked, made = :made"
                " WHERE id = :id",
                person.shown, person.role, person.password, person.totp, person.state, person.failures, person.locked_until, person.made, id);
    if (person.role != found->role || person.state != found->state || person.password != found->password || person.totp != found->totp) end_sessions(session, id);
    note_act(session, actor, "changePerson", person.subject(), told(*found, person), now);
    Json out = shown_person(person);
    if (!given.made.empty()) out["password"] = given.made;
    return out;
  });
}

Answer<std::optional<FirstAdministrator>> make_first_administrator(store::Database& db, Time now) {
  using Made = std::optional<FirstAdministrator>;
  // An administrator who took the password up, or whom another one made.
  constexpr std::string_view kTaken = "SELECT id FROM person WHERE body = 'livewarden' AND role = 'administrator' AND (state = 'active' OR (state = 'fresh' AND name <> 'admin')) LIMIT 1";
  const auto taken = in_read(db, [&](store::Session& session) -> Answer<bool> { return !session.rows(kTaken).empty(); });
  if (!taken) return tl::make_unexpected(taken.error());
  if (*taken) return Made();
  const auto given = give_password("", "admin");
  if (!given) return tl::make_unexpected(given.error());
  return in_write(db, [&](store::Session& session) -> Answer<Made> {
    const auto before = find_person(session, "admin");
    if (before) {
      session.run("UPDATE person SET password = :password, totp = '', state = 'fresh', failures = 0, locked_until = 0, made = :made WHERE id = :id",
                  given->hash, millis(now), before->id);
      end_sessions(session, before->id);
    } else {
      PersonRow row{0, "admin", "Administrator", "livewarden", "administrator", given->hash, {}, 0, "fresh", 0, 0, millis(now)};
      insert_person(session, row);
    }
    note_act(session, machine(), "addPerson", "person/admin", "the first administrator", now);
    return FirstAdministrator{"admin", given->made};
  });
}

}  // namespace lw::desk
