// Who may call what, and what they get to see: every operation of the API's document, in every role of every kind of body, of those whom
// it concerns and of others, through the real gate and the real handlers. Everything is asked of a case that samr leads, on alpha,
// against m1; beside it stands another, of mct, on beta, against m2.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include "desk/case_test.h"
#include "desk/evidence.h"
#include "desk/login.h"
#include "desk/reports.h"
#include "desk/scratch_people.h"
#include "desk/secrets.h"
#include "desk/tokens.h"
#include "pack/load.h"
#include "server/gate.h"
#include "server/reply.h"
#include "server/routes.h"

namespace lw::server {
namespace {

using desk::Actor;
using desk::Answer;
using desk::Role;
using desk::Why;

constexpr Time kNow = desk::kMorning;
const std::string kSomebody = "p_abcdefghijklmnopqrstuvwxyz";

using Bodies = std::set<std::string>;
const Bodies kDepartments{"department/samr", "department/mct", "department/cac"};
const Bodies kConcerned{"department/samr", "platform/alpha", "merchant/alpha/m1"};
const Bodies kLead{"department/samr"};
const Bodies kRegistry{"department/samr", "department/mct", "department/cac", "platform/alpha", "merchant/alpha/m1"};
const Bodies kPlatform{"department/samr", "department/mct", "department/cac", "platform/alpha"};
const Bodies kAll{"department/samr", "department/mct", "department/cac", "platform/alpha", "platform/beta", "merchant/alpha/m1", "merchant/beta/m2", "livewarden"};

// What stands in the texts of the first case, and who may read it.
const std::map<std::string, Bodies> kMarks{{"MARK-CASE", kConcerned},
                                           {"MARK-STAFF", kLead},
                                           {"MARK-REPORT", kLead},
                                           {"MARK-CONTACT", kLead},
                                           {"MARK-HOOK", {"platform/alpha"}},
                                           {"MARK-PARTY", kRegistry},
                                           {"department.samr.", kDepartments},  // credit tells departments who decided
                                           {"platform.alpha.", kPlatform},
                                           {"merchant.alpha.m1.", kConcerned}};

struct Ask {
  std::string target;           // of the operation, at the first case's objects
  Json body;                    // null: none
  Bodies seen_by = kAll;        // others are told that there is no such thing
  std::set<std::string> but{};  // "body role" or "body": refused by the desk though the document lets them in
};

// The state of things that everything is asked of.
class World : public desk::ScratchPeople {
 public:
  World() {
    run([this](store::Session& session) { admit_all(session); });
    tell_story();
    open_office();
  }

  const std::vector<Actor>& actors() const { return actors_; }
  const Document& document() const { return *document_; }
  bool has_handler(const std::string& id) const { return handlers_.contains(id); }
  std::string intervention, receipt;
  std::int64_t leaves = 0;  // of the tree

  Credentials credentials(const Actor& actor, const Operation& operation) const {
    Credentials out{.use = operation.writes() ? desk::Use::kWrite : desk::Use::kRead, .now = kNow};
    if (actor.person == 0) out.token = "lw_" + actor.body;
    else out.session = "cookie of " + actor.name, out.csrf = "csrf";
    return out;
  }
  Answer<Actor> identify(const Credentials& given) {
    return given.session.empty() ? desk::authenticate_token(db(), given.token, given.now) : desk::authenticate_session(db(), given.session, given.csrf, given.use, given.now);
  }
  // As the server does it, from the request line on.
  Answer<Reply> ask(const Credentials& credentials, const Operation& operation, const Ask& asked) {
    const auto target = document_->route(operation.method, asked.target);
    if (!target) return desk::refuse(Why::kFailed, "{} {}: {}", operation.method, asked.target, target.error().message);
    EXPECT_EQ(target->operation->id, operation.id) << asked.target;
    auto actor = admit(operation, credentials, [this](const Credentials& given) { return identify(given); }, false);
    if (!actor) return tl::make_unexpected(actor.error());
    if (!asked.body.is_null()) {
      if (const auto good = document_->check(operation, "application/json", asked.body); !good) return tl::make_unexpected(good.error());
    }
    Call call{*actor, target->path, target->query, asked.body, {}, {}, credentials.session, "198.51.100.1", {}, kNow};
    auto reply = handlers_.at(operation.id)(call);
    if (operation.id == "exportBundle") {
      EXPECT_TRUE(evidence_->pump());  // that it was exported is a leaf of the next one
    }
    return reply;
  }
  // Whatever an act leaves behind counts something.
  std::int64_t left_behind() { return number("SELECT SUM(value) FROM counter"); }

 private:
  static std::string named(const std::string& body, Role role) {
    std::string out = body + ".";
    std::ranges::replace(out, '/', '.');
    return out + std::string(desk::name_of(role));
  }
  void admit_all(store::Session& session) {
    for (const std::string& body : kAll) {
      for (const Role role : {Role::kViewer, Role::kOfficer, Role::kApprover, Role::kAdministrator, Role::kAuditor}) {
        if (desk::check_role(body, role)) admit_person(session, add(session, named(body, role), body, role));
      }
      const std::uint64_t number = session.next("token");
      Actor token{"token/" + std::to_string(number), body, Role::kNone, {}, 0};
      std::string scopes;
      for (const std::string_view scope : desk::scopes_for(body)) {
        token.scopes.emplace_back(scope);
        scopes += (scopes.empty() ? "" : " ") + std::string(scope);
      }
      session.run("INSERT INTO token (id, hash, name, body, scopes, made_by, made, until, revoked, used) VALUES (:id, :hash, :name, :body, :scopes, 'person/x', :made, :until, 0, :used)",
                  number, desk::digest_of("lw_" + body), named(body, Role::kNone) + "token", body, scopes, desk::millis(kNow), desk::millis(kNow) + 1, desk::millis(kNow));
      actors_.push_back(token);
    }
    Actor fresh = add(session, "fresh", "department/samr", Role::kOfficer);
    session.run("UPDATE person SET state = 'fresh' WHERE name = 'fresh'");
    fresh.role = Role::kNone;
    admit_person(session, fresh);
  }
  void admit_person(store::Session& session, const Actor& actor) {
    session.run("INSERT INTO login (hash, person, csrf, made, seen, until) VALUES (:hash, :person, 'csrf', :made, :seen, :until)", desk::digest_of("cookie of " + actor.name), actor.person,
        desk::millis(kNow), desk::millis(kNow), desk::millis(kNow) + 3'600'000);
    actors_.push_back(actor);
  }
  const Actor& actor(const std::string& body, Role role) const {
    return *std::ranges::find_if(actors_, [&](const Actor& one) { return one.name == "person/" + named(body, role); });
  }
  template <class F>
  auto as(const Actor& who, const F& body) {
    auto out = desk::in_write(db(), [&](store::Session& session) { return body(desk::Act{session, policy_, who, kNow}); });
    EXPECT_TRUE(out) << out.error().message;
    return out;
  }
  Json version(int id) { return number("SELECT version FROM case_file WHERE id = :id", id); }

  void tell_story() {
    std::uint64_t n = 0;
    const auto decide = [&](Json record) {
      record["time"] = "2026-03-01T08:30:00+08:00";
      run([&](store::Session& session) { desk::take_in(session, policy_, ++n, record, kNow); });
    };
    const Json message{{"zh", "MARK-CASE"}, {"en", "MARK-CASE"}};
    decide(desk::decision("d1", {{"lead", "samr"}, {"assist", Json::array()}, {"message", message}}));
    decide(desk::decision("d2", {{"lead", "samr"}, {"assist", Json::array()}, {"target", {{"kind", "account"}, {"id", kSomebody}}}}));
    decide(desk::decision("d3", {{"lead", "mct"}, {"assist", Json::array()}, {"platform", "beta"}, {"liable", {{"kind", "merchant"}, {"id", "m2"}}}, {"merchant", "m2"}}));
    decide(desk::decision("d4", {{"lead", "samr"}, {"assist", Json::array()}, {"liable", {{"kind", "platform"}, {"id", "alpha"}}}}));
    const Actor &officer = actor("department/samr", Role::kOfficer), &merchant = actor("merchant/alpha/m1", Role::kOfficer);
    as(officer, [&](const desk::Act& act) { return desk::comment_case(act, 1, {{"text", "MARK-STAFF"}}); });
    as(officer, [&](const desk::Act& act) { return desk::claim_case(act, 1, {{"version", version_in(act)}}); });
    as(officer, [&](const desk::Act& act) { return desk::confirm_case(act, 1, {{"version", version_in(act)}, {"text", "MARK-CASE"}}); });
    as(officer, [&](const desk::Act& act) { return desk::impose_measure(act, 1, {{"version", version_in(act)}, {"kind", "suspension"}, {"text", "MARK-CASE"}}); });
    as(officer, [&](const desk::Act& act) { return desk::claim_case(act, 3, {{"version", version_in(act, 3)}}); });
    as(officer, [&](const desk::Act& act) { return desk::confirm_case(act, 3, {{"version", version_in(act, 3)}, {"text", "seen"}}); });
    as(merchant, [&](const desk::Act& act) { return desk::file_appeal(act, 1, {{"version", version_in(act)}, {"text", "MARK-CASE"}}); });
    const auto filed = as(Actor{"public", "", Role::kNone, {}, 0}, [&](const desk::Act& act) {
      return desk::file_report(act, {{"platform", "alpha"}, {"target", {{"kind", "merchant"}, {"id", "m1"}}}, {"violation", "spam"}, {"text", "MARK-REPORT"}, {"contact", "MARK-CONTACT"}}, "r1");
    });
    receipt = (*filed)["receipt"];
    intervention = rows("SELECT id FROM intervention WHERE platform = 'alpha' ORDER BY n LIMIT 1").front().text(0);
    sql("UPDATE room SET operator = 'op1', host = 'h1' WHERE platform = 'alpha'");
    sql("INSERT INTO party (platform, kind, id, name, since, changed, data) VALUES ('alpha', 'merchant', 'm1', 'MARK-PARTY', 1, 1, '{}')");
    sql("INSERT INTO product (platform, id, merchant, title, category, amount, changed, data) VALUES ('alpha', 'p1', 'm1', 'MARK-PARTY', 'food', 1, 1, '{\"merchant\":\"m1\"}')");
    sql("INSERT INTO paper (platform, holder_kind, holder_id, kind, number, scope, valid_until, filed, event) VALUES ('alpha', 'merchant', 'm1', 'business', 'MARK-PARTY', '[]', 2, 1, 'e')");
    sql("INSERT INTO plan (platform, session, room, host, operator, mcn, starts, products, roster, data, reviewer, reviewed, outcome)"
        " VALUES ('alpha', 's9', 'r1', 'h1', 'op1', '', 1, '[]', '[]', '{}', '', 0, '')");
    sql("INSERT INTO repair (id, platform, kind, party, task, points, set_at, due, state, text, verified_by, done, entry)"
        " VALUES (1, 'alpha', 'merchant', 'm1', 'training', 1, 1, 2, 'set', 'MARK-PARTY', '', 0, 1)");
    sql("INSERT INTO spot_check (id, drawn, platform, room, session, cause, weight, pool, department, officer, state, done, finding, text, case_id, draw)"
        " VALUES (1, 1, 'alpha', 'r1', 's1', 'lot', 1, 1, 'samr', '', 'drawn', 0, '', 'MARK-STAFF', 0, '1')");
    sql("INSERT INTO counter (name, value) VALUES ('hook', 1)");
    sql("INSERT INTO hook (id, body, url, secret, state, made, failing_since) VALUES (1, 'platform/alpha', 'https://MARK-HOOK.example', 'x', 'active', 1, 0)");
    sql("INSERT INTO sealed (pseudonym, key_id, sealed, at) VALUES (:name, 'n1', 's1:AAAA', 1)", kSomebody);
  }
  static std::int64_t version_in(const desk::Act& act, int id = 1) { return act.session.rows("SELECT version FROM case_file WHERE id = :id", id).front().number(0); }

  void open_office() {
    auto own = Document::own();
    ASSERT_TRUE(own) << own.error().message;
    document_ = std::move(*own);
    Office office;
    office.db = &db();
    auto loaded = pack::load({pack::Source{"empty", {{"pack.yaml", "pack: {id: empty, version: 1.0.0}\n"}}}}, {});
    ASSERT_TRUE(loaded);
    loaded_ = std::make_shared<const pack::Loaded>(std::move(*loaded));
    office.plan = [this] { return std::shared_ptr<const pack::Plan>(loaded_, &loaded_->plan); };
    office.policy = [this] { return std::shared_ptr<const pack::DeskPolicy>(std::shared_ptr<void>(), &policy_); };
    office.evidence = folder() + "/evidence";
    office.evidence_key = folder() + "/key";
    office.evidence_origin = "test.example";
    office.read_events = [](std::string_view, const std::function<void(std::string_view)>&) { return Status(); };
    office.unsealing_key = folder() + "/none";
    office.known_body = [](std::string_view body) { return Result<std::string>(body); };
    office.reporter = [](const std::string&) { return std::string("r2"); };
    office.rule_texts = [] { return desk::RuleTexts(); };
    hook_key_.emplace(std::move(*desk::HookKey::open(folder() + "/hooks.key")));
    office.hook_key = &*hook_key_;
    const auto key = ledger::SigningKey::read_or_make(office.evidence_key, office.evidence_origin);
    ASSERT_TRUE(key);
    auto evidence = desk::Evidence::open(db(), office.evidence, *key);
    ASSERT_TRUE(evidence) << evidence.error().message;
    ASSERT_TRUE(evidence->pump());
    evidence_.emplace(std::move(*evidence));
    leaves = number("SELECT COUNT(*) FROM leaf");
    handlers_ = handlers_of(office);
  }

  pack::DeskPolicy policy_ = desk::test_policy();
  std::vector<Actor> actors_;
  std::shared_ptr<const pack::Loaded> loaded_;
  std::optional<desk::HookKey> hook_key_;
  std::optional<desk::Evidence> evidence_;
  std::unique_ptr<Document> document_;
  Handlers handlers_;
};

// A request of each operation. Those that the server itself answers have no handler: of them the gate alone is asked.
std::map<std::string, Ask> asks(World& world) {
  const Json reasoned{{"text", "why"}}, none = Json::object();
  const auto acting = [](Json body) {  // upon a case that changed since: whoever may is let in, and the case stays for the next
    body["version"] = 1'000'000;
    return body;
  };
  const std::string personal = "/v1/personal/" + kSomebody;
  const auto id_of = [&](std::string_view sql) { return std::to_string(world.number(sql)); };
  return {
      {"login", {"/v1/login", {{"name", "nobody"}, {"password", "x"}}}},
      {"logout", {"/v1/logout", {}}},
      {"getMe", {"/v1/me", {}}},
      {"changePassword", {"/v1/me/password", {{"old", desk::kPassword}, {"new", "words of my own"}}}},
      {"setTotp", {"/v1/me/totp", {{"password", desk::kPassword}}}},
      {"listPeople", {"/v1/people", {}}},
      {"addPerson", {"/v1/people", {{"name", "somebody"}, {"shown", "S"}, {"role", "viewer"}}}},
      {"changePerson", {"/v1/people/" + id_of("SELECT id FROM person WHERE name = 'department.samr.viewer'"), {{"shown", "S"}}, kLead}},
      {"listTokens", {"/v1/tokens", {}}},
      {"addToken", {"/v1/tokens", {{"name", "t"}, {"scopes", {"rules:read"}}}}},
      {"revokeToken", {"/v1/tokens/" + id_of("SELECT id FROM token WHERE body = 'department/samr'"), {}, kLead}},
      {"listHooks", {"/v1/hooks", {}, kAll, {"department/samr", "department/mct", "department/cac", "merchant/alpha/m1", "merchant/beta/m2"}}},
      {"addHook", {"/v1/hooks", {{"url", "https://198.51.100.7/in"}}, kAll, {"department/samr", "department/mct", "department/cac", "merchant/alpha/m1", "merchant/beta/m2"}}},
      {"removeHook", {"/v1/hooks/1", {}, {"platform/alpha"}, {"department/samr", "department/mct", "department/cac", "merchant/alpha/m1", "merchant/beta/m2"}}},
      {"listRooms", {"/v1/rooms?on_air=false", {}}},
      {"getRoom", {"/v1/rooms/alpha/r1", {}, kPlatform}},
      {"getTimeline", {"/v1/rooms/alpha/r1/timeline", {}, kPlatform}},
      {"listDecisions", {"/v1/decisions", {}}},
      {"getDecision", {"/v1/decisions/d1", {}, kConcerned}},
      {"proveDecision", {"/v1/decisions/d1/proof", {}, kConcerned}},
      {"listParties", {"/v1/parties", {}}},
      {"getParty", {"/v1/parties/alpha/merchant/m1", {}, kRegistry}},
      {"admitProduct", {"/v1/admissions/alpha/products/p1", {}, kRegistry}},
      {"admitSession", {"/v1/admissions/alpha/sessions/s9", {}, kPlatform}},
      {"signPreflight", {"/v1/admissions/alpha/sessions/s9/preflight", {{"outcome", "passed"}}, kPlatform}},
      {"listExpiries", {"/v1/expiries", {}}},
      {"listCredit", {"/v1/credit", {}}},
      {"checkCredit", {"/v1/credit/check", {}}},
      {"getCredit", {"/v1/credit/alpha/merchant/m1", {}, kRegistry}},
      {"setRepair", {"/v1/credit/alpha/merchant/m1/repairs", {{"task", "training"}}, kRegistry}},
      {"verifyRepair", {"/v1/repairs/1/verify", {{"outcome", "failed"}, {"text", "why"}}, kRegistry, {"department/mct", "department/cac"}}},
      {"listCases", {"/v1/cases", {}}},
      {"openCase", {"/v1/cases", {{"platform", "alpha"}, {"liable", {{"kind", "merchant"}, {"id", "m9"}}}, {"violation", "spam"}, {"severity", "high"}, {"text", "seen"}}}},
      {"getCase", {"/v1/cases/1", {}, kConcerned}},
      {"claimCase", {"/v1/cases/1/claim", acting(none), kLead}},
      {"releaseCase", {"/v1/cases/1/release", acting(none), kLead}},
      {"assignCase", {"/v1/cases/1/assign", acting({{"owner", "department.samr.officer"}}), kLead}},
      {"commentCase", {"/v1/cases/1/comment", reasoned, kLead}},
      {"confirmCase", {"/v1/cases/1/confirm", acting(reasoned), kLead}},
      {"rejectCase", {"/v1/cases/1/reject", acting(reasoned), kLead}},
      {"transferCase", {"/v1/cases/1/transfer", acting({{"lead", "mct"}, {"text", "why"}}), kLead}},
      {"joinCase", {"/v1/cases/1/join", acting({{"assist", {"nrta"}}, {"text", "why"}}), kLead}},
      {"publishCase", {"/v1/cases/1/publish", acting(reasoned), kLead}},
      {"closeCase", {"/v1/cases/1/close", acting(none), kLead}},
      {"imposeMeasure", {"/v1/cases/1/measures", acting({{"kind", "warning"}, {"text", "why"}}), kLead}},
      {"approveMeasure", {"/v1/measures/1/approve", none, kLead}},
      {"refuseMeasure", {"/v1/measures/1/refuse", reasoned, kLead}},
      {"liftMeasure", {"/v1/measures/1/lift", reasoned, kLead}},
      {"fileAppeal", {"/v1/cases/1/appeals", reasoned, kConcerned, {"platform/alpha"}}},
      {"decideAppeal", {"/v1/appeals/1/decide", {{"outcome", "upheld"}, {"text", "why"}}, kLead}},
      {"exportBundle", {"/v1/cases/1/bundle", {}, kLead}},
      {"listInterventions", {"/v1/interventions", {}}},
      {"acknowledgeIntervention", {"/v1/interventions/" + world.intervention + "/acknowledge", {{"outcome", "done"}}, {"platform/alpha"}}},
      {"listReports", {"/v1/reports", {}}},
      {"fileReport", {"/v1/reports", {{"platform", "alpha"}, {"target", {{"kind", "merchant"}, {"id", "m1"}}}, {"violation", "spam"}, {"text", "seen"}}}},
      {"getReport", {"/v1/reports/" + world.receipt, {}}},
      {"answerReport", {"/v1/reports/" + world.receipt + "/answer", {{"state", "accepted"}, {"answer", "thank you"}}, kLead}},
      {"listSpotChecks", {"/v1/spot-checks", {}}},
      {"drawSpotChecks", {"/v1/spot-checks", {{"count", 1}}}},
      {"recordSpotCheck", {"/v1/spot-checks/1/record", {{"finding", "none"}, {"text", "nothing"}}, kLead}},
      {"listPublished", {"/v1/published", {}}},
      {"listRules", {"/v1/rules", {}}},
      {"getPolicy", {"/v1/policy", {}}},
      {"listActs", {"/v1/audit", {}}},
      {"deletePersonal", {personal + "?reason=asked", {}}},
      {"exportPersonal", {personal + "/export?case_id=1", {}, kAll, {}}},
      {"unsealPersonal", {personal + "/unseal", {{"case_id", 1}, {"reason", "to summon"}}, kLead}},
      {"getCheckpoint", {"/evidence/checkpoint", {}}},
      {"getTile", {"/evidence/tile/0/000.p/" + std::to_string(world.leaves), {}}},
  };
}

std::string kind_of(const Actor& actor) {
  if (actor.body == "livewarden") return actor.body;
  const std::string kind = actor.body.substr(0, actor.body.find('/'));
  return kind == "merchant" ? "party" : kind;
}

// By the document alone.
bool let_in(const Operation& operation, const Actor& actor) {
  const auto has = [](const std::vector<std::string>& all, std::string_view one) { return std::ranges::find(all, one) != all.end(); };
  if (!has(operation.kinds, kind_of(actor))) return false;
  if (actor.person == 0) return !operation.scope.empty() && has(actor.scopes, operation.scope);
  return has(operation.roles, actor.role == Role::kNone ? "none" : desk::name_of(actor.role));
}

// An officer exports with a case that names the person, an administrator without: so others' officers find nothing.
std::string expected_of(const Operation& operation, const Ask& ask, const Actor& actor) {
  if (!let_in(operation, actor)) return "forbidden";
  if (ask.but.contains(actor.body) || ask.but.contains(actor.body + " " + std::string(desk::name_of(actor.role)))) return "forbidden";
  const bool officer = actor.role == Role::kOfficer || actor.role == Role::kApprover;
  if (operation.id == "exportPersonal" && officer && actor.body != "department/samr") return "not found";
  return ask.seen_by.contains(actor.body) ? "" : "not found";
}

std::string who(const Actor& actor) { return actor.name + " of " + actor.body; }

TEST(Access, EveryOperationInEveryRoleOfEveryBody) {
  World first;
  int asked = 0;
  for (const Operation& operation : first.document().operations()) {
    SCOPED_TRACE(operation.id);
    const auto known = asks(first);
    const auto found = known.find(operation.id);
    ASSERT_EQ(found != known.end(), first.has_handler(operation.id)) << "each operation that has a handler is asked here";
    if (found == known.end()) {
      for (const Actor& actor : first.actors()) EXPECT_EQ(may_call(operation, actor).has_value(), operation.open || let_in(operation, actor)) << who(actor);
      continue;
    }
    World world;
    const Ask ask = asks(world).at(operation.id);
    if (operation.open) {  // nobody is asked who they are
      const auto reply = world.ask({.now = kNow}, operation, ask);
      EXPECT_TRUE(reply || reply.error().why == Why::kUnknown) << reply.error().message;
      if (reply && reply->raw.empty()) {
        EXPECT_EQ(world.document().check_reply(operation.id, reply->status, reply->body), "");
      }
      continue;
    }
    // First those who may not: they change nothing, so that the others find things as they were.
    for (const bool may : {false, true}) {
      for (const Actor& actor : world.actors()) {
        const std::string expected = expected_of(operation, ask, actor);
        if (expected.empty() != may) continue;
        const std::int64_t before = world.left_behind();
        ++asked;
        const auto reply = world.ask(world.credentials(actor, operation), operation, ask);
        const std::string got = desk::refused(reply);
        if (!may) {
          EXPECT_EQ(got, expected) << who(actor) << (reply ? "" : ": " + reply.error().message);
          EXPECT_EQ(world.left_behind(), before) << who(actor) << " left something behind";
        } else {
          EXPECT_TRUE(got.empty() || got == "conflict" || got == "invalid") << who(actor) << ": " << got << ": " << reply.error().message;
          if (operation.method == "GET") {
            EXPECT_EQ(got, "") << who(actor) << ": " << reply.error().message;
          }
        }
        const Reply answered = reply ? *reply : problem(reply.error());
        const std::string text = body_of(answered);
        for (const auto& [mark, readers] : kMarks) {
          EXPECT_TRUE(readers.contains(actor.body) || text.find(mark) == std::string::npos) << who(actor) << " reads " << mark << ": " << text;
        }
        if (answered.raw.empty()) {
          EXPECT_EQ(world.document().check_reply(operation.id, answered.status, answered.body), "") << who(actor) << ": " << text;
        }
      }
    }
  }
  RecordProperty("asked", asked);
}

TEST(Access, APlatformThatAnswersForItselfAppeals) {
  World world;
  const Operation& operation = *std::ranges::find_if(world.document().operations(), [](const Operation& one) { return one.id == "fileAppeal"; });
  for (const Actor& actor : world.actors()) {
    if (!actor.body.starts_with("platform/")) continue;
    const auto reply = world.ask(world.credentials(actor, operation), operation, {"/v1/cases/3/appeals", {{"text", "why"}}});
    EXPECT_EQ(desk::refused(reply), actor.role != Role::kOfficer ? "forbidden" : actor.body == "platform/alpha" ? "" : "not found") << who(actor);
  }
}

// Half of it may be written yet, and whoever got it would keep it for ever.
TEST(Access, ATileThatNoCheckpointCoversIsNotThere) {
  World world;
  const Operation& tile = *world.document().find("getTile");
  const auto asked = [&](std::int64_t width) {
    const std::string path = "0/000.p/" + std::to_string(width);
    std::ofstream(world.folder() + "/evidence/tile/" + path) << "x";
    return desk::refused(world.ask({.now = kNow}, tile, {"/evidence/tile/" + path, {}}));
  };
  EXPECT_EQ(asked(world.leaves), "");
  EXPECT_EQ(asked(world.leaves + 1), "not found");
}

// Wrong, expired, revoked, of another: nobody is known by them, whatever is asked.
TEST(Access, WithoutGoodCredentialsNothingIsAnswered) {
  World world;
  const Actor& officer = *std::ranges::find_if(world.actors(), [](const Actor& actor) { return actor.role == Role::kOfficer && actor.body == "department/samr"; });
  world.sql("INSERT INTO token (id, hash, name, body, scopes, made_by, made, until, revoked, used) SELECT 50, :hash, name, body, scopes, made_by, made, until, 1, used FROM token WHERE id = 1",
            desk::digest_of("lw_revoked"));
  world.sql("INSERT INTO token (id, hash, name, body, scopes, made_by, made, until, revoked, used) SELECT 51, :hash, name, body, scopes, made_by, made, :until, 0, used FROM token WHERE id = 1",
            desk::digest_of("lw_expired"), desk::millis(kNow));
  world.sql("INSERT INTO login (hash, person, csrf, made, seen, until) SELECT :hash, person, csrf, made, seen, :until FROM login WHERE person = :person", desk::digest_of("expired"),
            desk::millis(kNow), officer.person);
  const struct {
    const char *what, *session, *csrf, *token, *expected;
  } kGiven[] = {{"nothing", "", "", "", "unknown"},          {"a wrong cookie", "cookie", "csrf", "", "unknown"}, {"an expired session", "expired", "csrf", "", "unknown"},
                {"a wrong token", "", "", "lw_x", "unknown"}, {"a revoked token", "", "", "lw_revoked", "unknown"}, {"an expired token", "", "", "lw_expired", "unknown"},
                {"a token as a cookie", "lw_department/samr", "csrf", "", "unknown"}};
  for (const Operation& operation : world.document().operations()) {
    if (operation.open) continue;
    const auto identify = [&](const Credentials& given) { return world.identify(given); };
    for (const auto& [what, session, csrf, token, expected] : kGiven) {
      const Credentials given{.session = session, .csrf = csrf, .use = operation.writes() ? desk::Use::kWrite : desk::Use::kRead, .token = token, .now = kNow};
      EXPECT_EQ(desk::refused(admit(operation, given, identify, false)), expected) << operation.id << " with " << what;
    }
    Credentials forged = world.credentials(officer, operation);
    for (const char* csrf : {"", "CSRF", "csrf2"}) {
      forged.csrf = csrf;
      const auto got = admit(operation, forged, identify, false);
      if (operation.writes()) {
        EXPECT_EQ(desk::refused(got), "forbidden") << operation.id << " from another page";
      }
    }
  }
}

}  // namespace
}  // namespace lw::server
