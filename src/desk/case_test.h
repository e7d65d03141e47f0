// For tests of cases: a desk on a database of its own, a policy, people of several bodies, decisions as the engine writes them.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "desk/act.h"
#include "desk/cases.h"
#include "desk/records.h"
#include "desk/sight.h"
#include "desk/take_in.h"
#include "store/scratch_database.h"

namespace lw::desk {

inline Time at(std::string_view text) { return parse_rfc3339(text).value(); }

inline Actor person(std::string name, std::string body, Role role, std::uint64_t number) { return {"person/" + name, std::move(body), role, {}, number}; }
inline const Actor kLi = person("li", "department/samr", Role::kOfficer, 1);
inline const Actor kWang = person("wang", "department/samr", Role::kOfficer, 2);
inline const Actor kZhao = person("zhao", "department/samr", Role::kApprover, 3);
inline const Actor kQian = person("qian", "department/samr", Role::kApprover, 4);
inline const Actor kSun = person("sun", "department/samr", Role::kAdministrator, 5);
inline const Actor kViewer = person("viewer", "department/samr", Role::kViewer, 6);
inline const Actor kAuditor = person("auditor", "department/samr", Role::kAuditor, 7);
inline const Actor kCac = person("zhou", "department/cac", Role::kOfficer, 8);    // helps
inline const Actor kMct = person("wu", "department/mct", Role::kOfficer, 9);      // has nothing to do with it
inline const Actor kAlpha = person("alpha", "platform/alpha", Role::kOfficer, 10);
inline const Actor kBeta = person("beta", "platform/beta", Role::kOfficer, 11);
inline const Actor kMerchant = person("m1", "merchant/alpha/m1", Role::kOfficer, 12);
inline const Actor kOther = person("m2", "merchant/alpha/m2", Role::kOfficer, 13);
inline const Actor kKeeper = person("root", "livewarden", Role::kAdministrator, 14);
inline const Actor kPublic{"public", "", Role::kNone, {}, 0};

inline pack::DeskPolicy test_policy() {
  pack::DeskPolicy policy;
  policy.kinds = {"host", "operator", "merchant", "mcn"};
  policy.opens = {"medium", "high", "critical"};
  policy.by_machine = {"warn", "limit-traffic"};
  policy.never_accused = {"account", "device", "ip", "order", "review", "product", "room", "session", "department"};
  const auto grade = [&](const char* id, std::int64_t from) {
    pack::Grade made;
    made.id = id;
    made.from = made.keep = from;
    policy.grades.push_back(made);
  };
  grade("A", 900), grade("B", 600), grade("E", 0);
  pack::CreditClass serious;
  serious.id = "serious";
  policy.classes.push_back(serious);
  pack::Deduction deduction;
  deduction.credit_class = "serious";
  deduction.points = 100;
  policy.deductions.push_back(deduction);
  const auto measure = [&](const char* id, bool grave, std::vector<std::string> departments) {
    pack::Measure made;
    made.id = id;
    made.step = static_cast<std::uint32_t>(policy.measures.size());
    made.grave = grave;
    made.departments = std::move(departments);
    policy.measures.push_back(made);
  };
  measure("warning", false, {}), measure("fine", false, {"samr"}), measure("interview", false, {"mct"}), measure("suspension", true, {});
  const auto proposal = [&](pack::Severity severity, std::uint32_t confirmed, std::vector<std::string> measures) {
    pack::Proposal made;
    made.severity = severity;
    made.confirmed = confirmed;
    made.within.months = 12;
    made.measures = std::move(measures);
    policy.proposals.push_back(made);
  };
  proposal(pack::Severity::kCritical, 0, {"suspension"}), proposal(pack::Severity::kMedium, 1, {"fine"}), proposal(pack::Severity::kMedium, 0, {"warning"});
  const auto deadline = [&](const char* id, std::uint32_t days, std::uint32_t working_days, const char* escalate) {
    pack::DeskDeadline made;
    made.id = id;
    made.within.days = days;
    made.within.working_days = working_days;
    made.escalate = escalate;
    policy.deadlines.push_back(made);
  };
  deadline("case-claimed", 0, 3, "nrta"), deadline("case-decided", 90, 0, ""), deadline("appeal-filed", 15, 0, ""), deadline("appeal-decided", 60, 0, "");
  deadline("report-acknowledged", 0, 7, ""), deadline("report-decided", 0, 15, "");
  pack::Competence minors, rest;
  minors.violations = {"minor-protection"};
  minors.lead = "cac";
  rest.lead = "samr";
  rest.assist = {"cac"};
  policy.competence = {minors, rest};
  policy.spot_checks.a_day = 10;
  policy.precision.floor = 0.5;
  policy.precision.least = 2;
  return policy;
}

// As docs/events.md has it; `more` replaces members of its data.
inline Json decision(std::string id, const Json& more = Json::object()) {
  Json data{{"rule", "false-claim/cure"}, {"obligation", "false-claim"}, {"violation", "false-claim"}, {"platform", "alpha"}, {"target", {{"kind", "product"}, {"id", "p1"}}},
            {"liable", {{"kind", "merchant"}, {"id", "m1"}}}, {"room", "r1"}, {"session", "s1"}, {"host", "h1"}, {"operator", "op1"}, {"mcn", nullptr}, {"merchant", "m1"},
            {"severity", "high"}, {"score", 1.0}, {"basis", {{{"instrument", "广告法"}, {"article", "28"}, {"known", "S"}}}}, {"trigger", "/platforms/alpha#" + id},
            {"evidence", Json::array()}, {"actions", {"warn", "cut-stream", "delist"}}, {"lead", "samr"}, {"assist", {"cac"}}, {"message", {{"zh", "虚假宣传"}, {"en", "a false claim"}}},
            {"mode", "enforce"}};
  data.update(more);
  return {{"specversion", "1.0"}, {"id", id}, {"source", "/livewarden"}, {"type", "live.decision.made"}, {"subject", "room/r1"}, {"time", "2026-11-26T10:00:00+08:00"},
          {"data", std::move(data)}};
}

class DeskScene {
  store::ScratchDatabase scratch_;

 public:
  DeskScene() {
    db = scratch_.open();
    const Status people = db->write([](store::Session& session) -> Status {
      for (const Actor* actor : {&kLi, &kWang, &kZhao, &kQian, &kSun, &kViewer, &kCac}) {
        static const std::map<Role, std::string> kRoles = {{Role::kOfficer, "officer"}, {Role::kApprover, "approver"}, {Role::kAdministrator, "administrator"}, {Role::kViewer, "viewer"}};
        session.run("INSERT INTO person (id, name, shown, body, role, password, totp, totp_used, state, failures, locked_until, made)"
                    " VALUES (:id, :name, '', :body, :role, '', '', 0, 'active', 0, 0, 0)", actor->person, actor->name.substr(7), actor->body, kRoles.at(actor->role));
      }
      return session.status();
    });
    EXPECT_TRUE(people) << people.error().message;
  }

  // In a transaction of its own: F(const Act&) -> Answer<T>.
  template <class F>
  auto as(const Actor& who, const F& body) {
    return in_write(*db, [&](store::Session& session) { return body(Act{session, policy, who, now}); });
  }
  void decide(const Json& record) {
    const Status done = db->write([&](store::Session& session) -> Status {
      take_in(session, policy, ++decided, record, now);
      return session.status();
    });
    ASSERT_TRUE(done) << done.error().message;
  }
  void watch() {
    const Status done = db->write([&](store::Session& session) -> Status {
      watch_deadlines(session, policy, now);
      return session.status();
    });
    ASSERT_TRUE(done) << done.error().message;
  }
  store::Rows rows(std::string_view sql) {
    store::Rows out;
    const Status done = db->read([&](store::Session& session) -> Status {
      out = session.rows(sql);
      return session.status();
    });
    EXPECT_TRUE(done) << done.error().message;
    return out;
  }
  std::int64_t number(std::string_view sql) {
    const store::Rows found = rows(sql);
    return found.empty() ? 0 : found[0].number(0);
  }
  // What the engine was told: "type state-or-measure" of each event, in order.
  std::vector<std::string> told() {
    std::vector<std::string> out;
    for (const store::Row& row : rows("SELECT line FROM outbox ORDER BY n")) {
      const Json event = Json::parse(row.text(0));
      std::string line = event["type"];
      for (const char* field : {"state", "measure", "finding"}) {
        if (event["data"].contains(field)) line += " " + event["data"][field].get<std::string>();
      }
      out.push_back(std::move(line));
    }
    return out;
  }

  // Shorthands: the case as that actor sees it, and acts with its newest version.
  Json seen(const Actor& who, std::uint64_t id) {
    const auto got = as(who, [&](const Act& act) { return get_case(act, id); });
    return got ? *got : Json();
  }
  template <class F>
  Answer<Json> act(const Actor& who, const F& verb, std::uint64_t id, Json body = Json::object()) {
    const Json known = outside(who) ? seen(who, id) : Json();  // it knows the version that it is shown
    if (!body.contains("version")) body["version"] = known.is_object() ? known["version"].get<std::int64_t>() : number("SELECT version FROM case_file WHERE id = " + std::to_string(id));
    return as(who, [&](const Act& act) { return verb(act, id, body); });
  }
  Answer<Json> on(const Actor& who, Answer<Json> (*verb)(const Act&, std::uint64_t, const Json&), std::uint64_t id, const Json& body) {
    return as(who, [&](const Act& act) { return verb(act, id, body); });
  }

  std::unique_ptr<store::Database> db;  // declared behind scratch_, closed before it
  pack::DeskPolicy policy = test_policy();
  Time now = at("2026-11-26T10:00:00+08:00");
  std::uint64_t decided = 0;
};

template <class T>
::testing::AssertionResult done(const Answer<T>& answer) {
  if (answer) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << answer.error().message;
}
template <class T>
std::string why(const Answer<T>& answer) {
  if (answer) return "done";
  static constexpr const char* kNames[] = {"invalid", "unknown", "forbidden", "not found", "conflict", "too many", "failed", "away"};
  return kNames[static_cast<std::size_t>(answer.error().why)];
}

}  // namespace lw::desk
