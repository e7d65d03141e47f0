// What is held of a person: who may ask for it, what they are told, and that what is deleted or over is gone, while proofs stay.
#include "desk/personal.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "desk/edge_names.h"
#include "desk/retention.h"
#include "desk/scratch_people.h"
#include "pack/load.h"

namespace lw::desk {
namespace {

constexpr const char* kPack = R"(
pack: {id: test, version: 1.0.0, timezone: "+08:00"}
records:
  - {id: rest, keep: 60d, basis: [{instrument: A law, known: S, from: 2016-12-01}]}
  - {id: correction, on: [live.case.*, live.report.*], keep: 3y, basis: [{instrument: B law, known: S, from: 2016-12-01}]}
)";

constexpr Duration kDays{kDay};
Time after(std::int64_t days) { return kMorning + Duration{days * kDay}; }

struct Desk : ScratchPeople {
  Actor li = add("li", "department/samr", Role::kOfficer);
  Actor sun = add("sun", "department/samr", Role::kAdministrator);
  std::unique_ptr<EdgeNames> names = EdgeNames::open(folder() + "/keys", db(), kMorning).value();
  std::string key = folder() + "/keys/unsealing.json";
  std::string u1 = name("u1"), u2 = name("u2"), reporter = name("r1", "reporter");
  pack::Loaded loaded = pack::load({pack::Source{"pack", {{"pack.yaml", kPack}}}}, {}).value();
  std::uint64_t decisions = 0;

  std::string name(const std::string& id, const char* field = "account") {
    std::string to;
    const Json event{{"specversion", "1.0"}, {"id", "e"}, {"source", "/platforms/alpha"}, {"type", "live.chat.posted"}, {"time", "2026-03-01T09:00:00+08:00"}, {"data", {{field, id}}}};
    const auto hidden = names->hide(event.dump(), to, kMorning);
    EXPECT_TRUE(names->settle(kMorning));
    return parsed(std::string(*hidden))["data"][field];
  }
  void open_case(int id, const std::string& lead, const std::string& state = "open", std::int64_t changed = millis(kMorning)) {
    sql("INSERT INTO case_file (id, version, platform, liable_kind, liable_id, violation, session, room, state, severity, lead, assist, owner, opened, changed, due, due_what, escalated,"
        " decisions, reports, inspections, outcome, decided_by, reason, joint, published)"
        " VALUES (:id, 1, 'alpha', 'operator', 'op', 'spam', '', '', :state, 'high', :lead, '[]', '', :opened, :changed, 0, '', 0, 1, 0, 0, '', '', '', 0, 0)",
        id, state, lead, millis(kMorning), changed);
  }
  void decide(int case_id, const std::string& lead, const std::string& target, const std::string& mention = "", Time at = kMorning) {
    const std::string id = fmt::format("d{}", ++decisions);
    const Json record{{"id", id}, {"data", {{"target", {{"kind", "account"}, {"id", target}}}, {"host", mention}}}};
    run([&](store::Session& session) {
      session.run("INSERT INTO decision (n, id, rule, obligation, violation, severity, mode, platform, target_kind, target_id, liable_kind, liable_id, room, session, lead, trigger_event, at,"
                  " taken_in, case_id, outcome, record, assist) VALUES (:n, :id, 'r', 'o', 'spam', 'high', 'enforce', 'alpha', 'account', :target, '', '', '8', '', :lead, 't', :at, :taken, :case,"
                  " '', :record, '[]')",
                  decisions, id, target, lead, millis(at), millis(at), case_id, record.dump());
      add_leaf(session, "decision", id, record, at);
    });
  }
  void report(int id, const std::string& target, const std::string& by, const std::string& state) {
    sql("INSERT INTO report (id, receipt, platform, target_kind, target_id, room, violation, text, contact, reporter, channel, filed, state, department, due, case_id, answer, escalated, session)"
        " VALUES (:id, :receipt, 'alpha', 'account', :target, '', 'spam', 'what I saw', 'call me', :by, 'web', :filed, :state, 'samr', 0, 0, '', 0, '')",
        id, fmt::format("R{}", id), target, by, millis(kMorning), state);
  }
  void ask(const std::string& id, const std::string& target, const std::string& mention = "", int case_id = 0) {
    sql("INSERT INTO intervention (id, n, decision, case_id, platform, action, target_kind, target_id, room, session, asked_by, at, state, attempts, next_at, acknowledged, effect, record)"
        " VALUES (:id, :n, 'd', :case, 'alpha', 'mute', 'account', :target, '', '', 'livewarden', :at, 'asked', 0, 0, 0, '', :record)",
        id, number("SELECT COUNT(*) FROM intervention") + 1, case_id, target, millis(kMorning), Json{{"data", {{"target", target}, {"message", mention}}}}.dump());
  }
  Answer<Json> unseal_it(const Actor& actor, const std::string& whom, std::uint64_t case_id, std::string_view reason = "to summon them") {
    return unseal_personal(db(), actor, whom, case_id, reason, key, kMorning);
  }
  Answer<Json> delete_it(const Actor& actor, const std::string& whom, Time now = kMorning) { return delete_personal(db(), actor, whom, "they asked", loaded.plan, now); }
  static Status no_events(std::string_view, const std::function<void(std::string_view)>&) { return {}; }
};

TEST(Personal, OnlyAnOfficerWithAnOpenCaseThatNamesThemLearnsWhoSomebodyIs) {
  Desk desk;
  const Actor zhao = desk.add("zhao", "department/samr", Role::kApprover), viewer = desk.add("viewer", "department/samr", Role::kViewer), cac = desk.add("cac", "department/cac", Role::kOfficer),
              alpha = desk.add("alpha", "platform/alpha", Role::kOfficer), root = desk.add("root", "livewarden", Role::kAdministrator);
  desk.open_case(1, "samr"), desk.open_case(2, "samr", "closed"), desk.open_case(3, "cac"), desk.open_case(4, "samr");
  for (const int id : {1, 2, 3}) desk.decide(id, id == 3 ? "cac" : "samr", desk.u1);
  const struct {
    const Actor& actor;
    std::string whom;
    std::uint64_t case_id;
    const char* reason;
    const char* outcome;
  } kCases[] = {{desk.li, desk.u1, 1, "to summon them", ""},
                {zhao, desk.u1, 1, "to summon them", ""},
                {cac, desk.u1, 3, "to summon them", ""},
                {viewer, desk.u1, 1, "to summon them", "forbidden"},
                {desk.sun, desk.u1, 1, "to summon them", "forbidden"},
                {alpha, desk.u1, 1, "to summon them", "forbidden"},
                {root, desk.u1, 1, "to summon them", "forbidden"},
                {machine(), desk.u1, 1, "to summon them", "forbidden"},
                {cac, desk.u1, 1, "to summon them", "not found"},           // another department's
                {desk.li, desk.u1, 3, "to summon them", "not found"},
                {desk.li, desk.u1, 4, "to summon them", "not found"},       // does not name them
                {desk.li, desk.u2, 1, "to summon them", "not found"},
                {desk.li, desk.u1, 99, "to summon them", "not found"},
                {desk.li, desk.u1, 0, "to summon them", "invalid"},
                {desk.li, desk.u1, 1, " ", "invalid"},
                {desk.li, "u1", 1, "to summon them", "invalid"},
                {desk.li, "%", 1, "to summon them", "invalid"},
                {desk.li, desk.u1, 2, "to summon them", "conflict"}};       // closed
  for (const auto& [actor, whom, case_id, reason, outcome] : kCases) EXPECT_EQ(refused(desk.unseal_it(actor, whom, case_id, reason)), outcome) << actor.name << " " << whom << " " << case_id;
  const auto told = desk.unseal_it(desk.li, desk.u1, 1);
  ASSERT_TRUE(told);
  EXPECT_EQ(*told, (Json{{"pseudonym", desk.u1}, {"kind", "account"}, {"original", "u1"}}));
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM act WHERE act = 'unsealPersonal'"), 4) << "each that was told, and no other";
  EXPECT_EQ(desk.rows("SELECT text FROM act WHERE act = 'unsealPersonal' AND who = 'person/cac'").front().text(0), "case 3: to summon them");
}

TEST(Personal, NothingIsToldWithoutTheKeyNorOfReporters) {
  Desk desk;
  desk.open_case(1, "samr");
  desk.decide(1, "samr", desk.u1, desk.reporter);
  EXPECT_EQ(refused(desk.unseal_it(desk.li, desk.reporter, 1)), "not found") << "a reporter's name leads back for nobody";
  std::filesystem::rename(desk.key, desk.key + ".away");
  EXPECT_EQ(refused(desk.unseal_it(desk.li, desk.u1, 1)), "conflict");
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM act WHERE act = 'unsealPersonal'"), 0);
}

TEST(Personal, ExportTellsWhatIsHeldAndNothingOfOthers) {
  Desk desk;
  const Actor cac = desk.add("cac", "department/cac", Role::kAdministrator), root = desk.add("root", "livewarden", Role::kAdministrator), viewer = desk.add("viewer", "department/samr", Role::kViewer),
              alpha = desk.add("alpha", "platform/alpha", Role::kAdministrator);
  desk.open_case(1, "samr");
  desk.decide(1, "samr", desk.u1), desk.decide(0, "samr", desk.u1), desk.decide(0, "cac", desk.u1), desk.decide(0, "samr", desk.u2);
  desk.report(1, desk.u1, desk.reporter, "received");
  desk.report(2, desk.u2, desk.u1, "received");
  ASSERT_TRUE(desk.unseal_it(desk.li, desk.u1, 1, "a reason of samr's"));
  const auto events = [&](std::string_view text, const std::function<void(std::string_view)>& visit) -> Status {
    EXPECT_EQ(text, desk.u1);
    visit(Json{{"id", "e1"}, {"source", "/platforms/alpha"}, {"time", "2026-03-01T08:00:00+08:00"}, {"data", {{"account", desk.u1}, {"reporter", desk.reporter}}}}.dump());
    return {};
  };
  const auto kinds = [&](const Actor& actor, std::uint64_t case_id) {
    const auto told = export_personal(desk.db(), actor, desk.u1, case_id, events, kMorning);
    if (!told) return refused(told);
    EXPECT_EQ(told->dump().find(desk.reporter), std::string::npos) << "who reported";
    EXPECT_EQ(told->dump().find("call me"), std::string::npos);
    if (actor.body != "department/samr") {
      EXPECT_EQ(told->dump().find("a reason of samr's"), std::string::npos);
    }
    std::string out;
    for (const Json& item : (*told)["items"]) {
      if (item["kind"] != "act") out += item["kind"].get<std::string>() + ":" + item["ref"].get<std::string>() + " ";
    }
    return out;
  };
  EXPECT_EQ(kinds(desk.sun, 0), "name:" + desk.u1 + " decision:d1 decision:d2 case:1 report:1 report:2 event:/platforms/alpha#e1 ");
  EXPECT_EQ(kinds(desk.li, 1), kinds(desk.sun, 0));
  EXPECT_EQ(kinds(cac, 0), "name:" + desk.u1 + " decision:d3 event:/platforms/alpha#e1 ");
  EXPECT_EQ(kinds(root, 0), "name:" + desk.u1 + " event:/platforms/alpha#e1 ") << "whoever runs the service sees no cases";
  EXPECT_EQ(kinds(desk.li, 0), "invalid");
  EXPECT_EQ(kinds(desk.li, 7), "not found");
  EXPECT_EQ(kinds(viewer, 1), "forbidden");
  EXPECT_EQ(kinds(alpha, 0), "forbidden");
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM act WHERE act = 'exportPersonal'"), 5) << "each that was given out";
}

TEST(Personal, DeletionWaitsForCasesReportsAndTheLaw) {
  Desk desk;
  const Actor root = desk.add("root", "livewarden", Role::kAdministrator);
  EXPECT_EQ(refused(desk.delete_it(desk.li, desk.u1)), "forbidden");
  desk.open_case(1, "cac");
  desk.decide(1, "cac", "somebody", desk.u1);
  const auto held = desk.delete_it(desk.sun, desk.u1);
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().message, "an open case holds " + desk.u1) << "whose it is, is not told";
  desk.sql("UPDATE case_file SET state = 'closed'");
  const auto kept = desk.delete_it(desk.sun, desk.u1, after(100));
  ASSERT_FALSE(kept);
  EXPECT_NE(kept.error().message.find("until 2029-03-02T00:00:00+08:00"), std::string::npos) << kept.error().message;
  EXPECT_EQ(refused(desk.delete_it(desk.sun, desk.u1, *parse_rfc3339("2029-03-01T23:59:59+08:00"))), "conflict");
  EXPECT_EQ(refused(desk.delete_it(desk.sun, desk.u1, *parse_rfc3339("2029-03-02T00:00:00+08:00"))), "");

  desk.report(1, "somebody", desk.u2, "accepted");
  EXPECT_EQ(refused(desk.delete_it(root, desk.u2)), "conflict");
  desk.sql("UPDATE report SET state = 'decided'");
  EXPECT_EQ(refused(desk.delete_it(root, desk.u2)), "");
  EXPECT_EQ(refused(desk.delete_it(root, desk.u2)), "not found");

  const std::string party = desk.name("m1");
  desk.sql("INSERT INTO party (platform, kind, id, name, since, changed, data) VALUES ('alpha', 'merchant', :id, 'M', 0, 0, '{}')", party);
  EXPECT_EQ(refused(desk.delete_it(root, party)), "conflict") << "a party is supervised";
}

TEST(Personal, WhatIsDeletedIsGoneAndProofsStay) {
  Desk desk;
  desk.decide(0, "samr", desk.u1), desk.decide(0, "samr", "somebody", desk.u1), desk.decide(0, "samr", desk.u2);
  desk.report(1, "somebody", desk.u1, "decided"), desk.report(2, desk.u1, desk.reporter, "refused");
  desk.ask("i1", desk.u1), desk.ask("i2", "somebody", desk.u1), desk.ask("i3", desk.u2);
  desk.sql("INSERT INTO measure (id, case_id, kind, amount, department, text, until, imposed_by, imposed, approved_by, approved, state, lifted, target_kind, target_id) VALUES"
           " (1, 9, 'mute', 0, 'samr', '', 0, '', 0, '', 0, 'lifted', 0, 'account', :target)", desk.u1);
  const auto commitments = [&] {
    std::string out;
    for (const store::Row& row : desk.rows("SELECT commitment FROM leaf WHERE kind = 'decision' ORDER BY n")) out += row.text(0) + "\n";
    return out;
  };
  const std::string before = commitments();
  const auto deleted = desk.delete_it(desk.sun, desk.u1);
  ASSERT_TRUE(deleted) << deleted.error().message;
  EXPECT_EQ((*deleted)["deleted"], (Json{{"originals", 1}, {"decisions", 2}, {"openings", 2}, {"reports", 2}, {"interventions", 2}, {"measures", 1}}));
  EXPECT_EQ(commitments(), before);
  for (const auto& [table, column] : {std::pair{"sealed", "pseudonym"}, {"decision", "record"}, {"decision", "target_id"}, {"report", "reporter"}, {"report", "target_id"},
                                       {"intervention", "target_id"}, {"intervention", "record"}, {"measure", "target_id"}}) {
    EXPECT_EQ(desk.number(fmt::format("SELECT COUNT(*) FROM {} WHERE {} LIKE :name", table, column), "%" + desk.u1 + "%"), 0) << table << "." << column;
  }
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM leaf WHERE opened LIKE :name AND kind <> 'act'", "%" + desk.u1 + "%"), 0);
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM decision"), 3) << "their numbers count";
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM leaf WHERE kind = 'decision' AND opened <> ''"), 1) << "of others nothing went";
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM sealed WHERE pseudonym = :name", desk.u2), 1);
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM intervention WHERE target_id = :name AND record <> '{}' AND state = 'asked'", desk.u2), 1);
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM report WHERE text <> ''"), 0) << "what was said of them, and what they said";
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM report WHERE reporter = :name", desk.reporter), 1);
  EXPECT_EQ(desk.rows("SELECT text FROM act WHERE act = 'deletePersonal'").front().text(0), "they asked");
}

TEST(Retention, WhatIsOverGoesUnlessAnOpenCaseNeedsIt) {
  Desk desk;
  desk.open_case(1, "samr"), desk.open_case(2, "samr", "closed");
  desk.decide(0, "samr", desk.u1), desk.decide(1, "samr", desk.u2), desk.decide(2, "samr", "u-closed");
  desk.report(1, desk.u1, desk.reporter, "decided");
  desk.ask("i1", desk.u1), desk.ask("i2", desk.u2, "", 1);
  desk.sql("INSERT INTO login (hash, person, csrf, made, seen, until) VALUES ('h', 1, 'c', 0, 0, :until)", millis(after(1)));
  const auto run = [&](Time now) { return run_retention(desk.db(), desk.loaded.plan, now).value(); };
  const Json nothing{{"originals", 0}, {"decisions", 0}, {"interventions", 0}, {"openings", 0}, {"reports", 0}, {"acts", 0}, {"sessions", 0}};
  EXPECT_EQ(run(kMorning), nothing);
  Json expected = nothing;
  expected["sessions"] = 1;
  EXPECT_EQ(run(after(60)), expected) << "the term's last day is a whole one";
  expected = nothing;
  expected["decisions"] = expected["interventions"] = 1;  // of no case; those of cases are kept with them
  expected["openings"] = 2;  // but for that of the decision on which the open case rests
  EXPECT_EQ(run(after(61)), expected);
  EXPECT_EQ(run(after(61)), nothing);
  desk.sql("UPDATE case_file SET state = 'closed', changed = :now WHERE id = 1", millis(after(62)));
  expected = nothing;
  expected["openings"] = 1;
  EXPECT_EQ(run(after(62)), expected);
  const Time late = *parse_rfc3339("2029-03-02T12:00:00+08:00");
  const Json gone = run(late);
  EXPECT_EQ(gone["originals"], 3) << gone;
  EXPECT_EQ(gone["reports"], 1);
  EXPECT_EQ(gone["decisions"], 1) << "of the case that was closed on the first day";
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM decision WHERE record <> '{}'"), 1);
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM report WHERE reporter <> '' OR contact <> '' OR text <> ''"), 0);
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM leaf WHERE commitment = ''"), 0);
  EXPECT_EQ(run(late + Duration{4 * 366 * kDay})["decisions"], 1) << "and of the other, later";
}

TEST(Retention, AnOpenCaseKeepsWhatItRestsOnAndNothingElse) {
  Desk desk;
  desk.open_case(1, "samr");
  desk.decide(1, "samr", desk.u1), desk.decide(0, "samr", desk.u2);
  desk.sql("UPDATE decision SET record = :record WHERE n = 1", Json{{"data", {{"evidence", {"/platforms/alpha#e1"}}}}}.dump());
  desk.run([](store::Session& session) {
    for (const char* event : {"/platforms/alpha#e1", "/platforms/alpha#e2"}) add_leaf(session, "event", event, {{"line", event}}, kMorning);
    note_act(session, machine(), "openCase", "case/1", "open", kMorning);
    note_act(session, machine(), "openCase", "case/2", "open", kMorning);
  });
  desk.report(1, desk.u2, desk.reporter, "decided");
  ASSERT_TRUE(run_retention(desk.db(), desk.loaded.plan, *parse_rfc3339("2029-03-02T12:00:00+08:00")));
  std::string opened;
  for (const store::Row& row : desk.rows("SELECT kind, ref FROM leaf WHERE opened <> '' AND opened NOT LIKE '%retention%' ORDER BY n")) opened += row.text(0) + " " + row.text(1) + "; ";
  EXPECT_EQ(opened, "decision d1; event /platforms/alpha#e1; act 1; ");
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM act WHERE subject = 'case/1'"), 1);
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM act WHERE subject = 'case/2'"), 0);
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM report WHERE text <> ''"), 0) << "of another matter";
}

TEST(Retention, PartiesAndThoseWhoAreStillThereStay) {
  Desk desk;
  const std::string party = desk.name("m1");
  desk.sql("INSERT INTO party (platform, kind, id, name, since, changed, data) VALUES ('alpha', 'merchant', :id, 'M', 0, 0, '{}')", party);
  const Time late = *parse_rfc3339("2029-03-02T12:00:00+08:00");
  desk.sql("UPDATE sealed SET at = :at WHERE pseudonym = :name", millis(late - kDays), desk.u2);
  EXPECT_EQ(run_retention(desk.db(), desk.loaded.plan, late).value()["originals"], 2);
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM sealed WHERE pseudonym IN (:party, :there)", party, desk.u2), 2);
}

// More of them than go at once, in between those that stay.
TEST(Retention, GoesThroughAll) {
  Desk desk;
  desk.sql("DELETE FROM sealed");
  desk.run([&](store::Session& session) {
    for (int i = 0; i < 2500; ++i) {
      session.run("INSERT INTO sealed (pseudonym, key_id, sealed, at) VALUES (:name, 'n1', '', :at)", fmt::format("p_{:026}", i), i % 5 == 0 ? millis(after(2000)) : millis(kMorning));
    }
  });
  EXPECT_EQ(run_retention(desk.db(), desk.loaded.plan, after(2000)).value()["originals"], 2000);
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM sealed"), 500);
}

TEST(Retention, WithoutTermsAllIsKept) {
  Desk desk;
  desk.decide(0, "samr", desk.u1);
  const auto loaded = pack::load({pack::Source{"pack", {{"pack.yaml", "pack: {id: test, version: 1.0.0, timezone: \"+08:00\"}\n"}}}}, {});
  ASSERT_TRUE(loaded) << loaded.error().front().to_string();
  const Json gone = run_retention(desk.db(), loaded->plan, after(30'000)).value();
  for (const auto& [kind, count] : gone.items()) EXPECT_EQ(count, 0) << kind;
}

}  // namespace
}  // namespace lw::desk
