// Credit: what entries come to, against a slow twin that walks through every day; what acts leave behind; who sees what.
#include "desk/credit.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "desk/records.h"
#include "pack/load.h"
#include "store/scratch_database.h"

namespace lw::desk {
namespace {

constexpr std::int64_t kHalfLifeDays = 5;
constexpr const char* kPack = R"(
pack: {id: test, version: 1.0.0, timezone: "+08:00"}
desk:
  points: 100
  ceiling: 120
  kinds: [host, merchant]
  grades:
    - {id: A, name: {zh: 甲, en: a}, from: 110, keep: 100, entitlements: {categories: ["*"]}}
    - {id: B, name: {zh: 乙, en: b}, from: 80, keep: 65, entitlements: {tip_once: 500, categories: [food]}}
    - {id: C, name: {zh: 丙, en: c}, from: 40, keep: 30, entitlements: {tip_once: 100, exposure: 50}}
    - {id: D, name: {zh: 丁, en: d}, from: 0, entitlements: {tip_once: 0, audience: 10, exposure: 0}}
  classes:
    - {id: minor, name: {zh: 轻, en: minor}, half_life: 5d}
    - {id: grave, name: {zh: 重, en: grave}}
    - {id: conduct, name: {zh: 良, en: conduct}, most: 12, within: 30d}
  deductions:
    - {severity: high, class: grave, points: 30, repeat_percent: 150, repeat_within: 20d}
    - {severity: medium, class: minor, points: 21}
  conduct:
    - {id: clean-broadcasts, name: {zh: 无违规, en: clean}, class: conduct, points: 5, count: 3, within: 10d}
  repairs:
    - {id: training, name: {zh: 培训, en: training}, classes: [minor, grave], points: 12, due: 30d}
)";

Time day(std::int64_t days, std::int64_t hours = 10) { return *parse_rfc3339("2026-06-01T00:00:00+08:00") + Duration{days * kDay + hours * kHour}; }

class Credit : public testing::Test {
 protected:
  void SetUp() override {
    auto loaded = pack::load({pack::Source{"pack", {{"pack.yaml", kPack}}}}, {});
    ASSERT_TRUE(loaded) << loaded.error().front().to_string();
    policy = loaded->plan.desk;
    db = scratch.open();
    ASSERT_TRUE(db);
  }
  void TearDown() override { db.reset(); }

  template <class Body>
  auto write(const Body& body) {
    using Out = std::invoke_result_t<Body, store::Session&>;
    std::optional<Out> out;
    const Status done = db->write([&](store::Session& session) -> Status {
      out = body(session);
      return session.status();
    });
    EXPECT_TRUE(done) << done.error().message;
    return *out;
  }
  std::uint64_t add_case(std::string_view violation, std::string_view severity, std::string_view kind = "host", std::string_view id = "h1") {
    return write([&](store::Session& session) {
      const std::uint64_t number = session.next("case");
      session.run("INSERT INTO case_file (id, version, platform, liable_kind, liable_id, violation, session, room, state, severity, lead, assist, owner, opened, changed, due, "
                  "due_what, escalated, decisions, reports, inspections, outcome, decided_by, reason, joint, published) VALUES (:id, 1, 'alpha', :kind, :party, :violation, '', '', "
                  "'confirmed', :severity, 'samr', '[]', '', 0, 0, 0, '', 0, 0, 0, 0, 'confirmed', '', '', 0, 0)",
                  number, kind, id, violation, severity);
      return number;
    });
  }
  std::uint64_t charge(std::uint64_t case_id, Time now) {
    return write([&](store::Session& session) { return charge_case(session, *policy, case_id, "person/li", now); });
  }
  std::size_t reverse(std::uint64_t case_id, Time now) {
    return write([&](store::Session& session) { return reverse_case(session, *policy, case_id, wang, "overturned", now); });
  }
  bool good(std::string_view cause, Time now) {
    return write([&](store::Session& session) { return count_good(session, *policy, host, "clean-broadcasts", cause, now); });
  }
  std::size_t refresh(Time now) {
    return write([&](store::Session& session) { return refresh_credit(session, *policy, now); });
  }
  Json shown(Time now, const Actor& who) {
    return write([&](store::Session& session) { return get_credit(session, *policy, host, {}, who, now).value_or(Json()); });
  }
  std::string standing(Time now) {  // "79 B"
    const Json credit = shown(now, officer)["credit"];
    return fmt::format("{} {}", credit.value("score", -1), credit.value("grade", ""));
  }
  std::vector<Json> told() {
    return write([&](store::Session& session) {
      std::vector<Json> out;
      for (const store::Row& row : session.rows("SELECT line FROM outbox ORDER BY n")) out.push_back(Json::parse(row.text(0)));
      return out;
    });
  }
  std::int64_t count(std::string_view sql) {
    return write([&](store::Session& session) { return session.rows(sql)[0].number(0); });
  }
  Json check() {
    return write([&](store::Session& session) { return check_credit(session, *policy); });
  }

  const CreditAccount host{"alpha", "host", "h1"};
  const Actor officer{"person/li", "department/samr", Role::kOfficer, {}, 1}, wang{"person/wang", "department/samr", Role::kOfficer, {}, 2};
  store::ScratchDatabase scratch;
  std::shared_ptr<const pack::DeskPolicy> policy;
  std::unique_ptr<store::Database> db;
};

TEST_F(Credit, a_confirmed_case_takes_points_once_and_gives_them_back_without_a_trace) {
  const std::uint64_t first = add_case("spam", "high");
  EXPECT_GT(charge(first, day(0)), 0u);
  EXPECT_EQ(charge(first, day(0)), 0u);  // again
  EXPECT_EQ(standing(day(0)), "70 B");   // kept above 65
  const std::uint64_t second = add_case("spam", "critical");
  charge(second, day(1));                // a repeat: 45
  EXPECT_EQ(standing(day(1)), "25 D");
  EXPECT_EQ(reverse(first, day(2)), 1u);
  EXPECT_EQ(reverse(first, day(2)), 0u);
  EXPECT_EQ(standing(day(2)), "70 B");   // as if the first had never been: the second is no repeat
  EXPECT_EQ(reverse(second, day(3)), 1u);
  EXPECT_EQ(standing(day(3)), "100 B");
  EXPECT_EQ(count("SELECT COUNT(*) FROM leaf WHERE kind = 'credit'"), 6);  // three entries, each made and reversed
  EXPECT_EQ(shown(day(3), officer)["history"].size(), 1u);  // as it is
  charge(add_case("spam", "high"), day(4));  // what was reversed is no history
  EXPECT_EQ(standing(day(4)), "70 B");
  charge(add_case("spam", "high"), day(30));  // nor what is too long ago
  EXPECT_EQ(standing(day(30)), "40 C");
  std::vector<std::int64_t> scores;
  const Json ledger = shown(day(30), officer);
  for (const Json& point : ledger["history"]) scores.push_back(point["score"]);
  EXPECT_EQ(scores, (std::vector<std::int64_t>{70, 40, 40}));
}

TEST_F(Credit, a_repeat_loses_its_surcharge_with_the_last_that_it_repeated) {
  const auto points = [&](std::uint64_t number) { return count("SELECT points FROM credit_entry WHERE reversed = 0 AND repairs = 0 AND case_id = " + std::to_string(number)); };
  const std::uint64_t first = add_case("spam", "high"), second = add_case("spam", "high"), third = add_case("spam", "high"), other = add_case("counterfeit", "high");
  for (const std::uint64_t number : {first, second, third, other}) charge(number, day(0));  // at the same moment
  EXPECT_EQ(points(second), -45);
  EXPECT_EQ(points(third), -45);
  const auto set = write([&](store::Session& session) { return set_repair(session, *policy, host, "training", 2, "", officer, day(1)); });
  ASSERT_TRUE(set);
  ASSERT_TRUE(write([&](store::Session& session) { return verify_repair(session, *policy, 1, "done", "", wang, day(1)); }));
  ASSERT_TRUE(write([&](store::Session& session) { return set_repair(session, *policy, host, "training", 3, "", officer, day(1)); }));
  reverse(second, day(2));
  EXPECT_EQ(points(third), -45) << "it repeats the first still";
  reverse(first, day(3));
  EXPECT_EQ(points(third), -30);
  EXPECT_EQ(points(other), -30);
  EXPECT_EQ(standing(day(3)), "40 C");
  const auto anew = count("SELECT n FROM credit_entry WHERE reversed = 0 AND case_id = 3");
  EXPECT_EQ(count("SELECT entry FROM repair WHERE state = 'set'"), anew) << "the task is for what took its place";
  ASSERT_TRUE(write([&](store::Session& session) { return verify_repair(session, *policy, 2, "done", "", wang, day(4)); }));
  EXPECT_EQ(standing(day(4)), "52 C");
  EXPECT_EQ(check()["wrong"], Json::array());
}

// The same cases, once with the first overturned at the end, once without it from the beginning.
TEST_F(Credit, a_reversed_entry_leaves_no_trace_in_what_faded_was_repaired_or_earned_since) {
  const auto story = [&](const char* id, bool with_the_first) {
    const CreditAccount of{"alpha", "host", id};
    const std::uint64_t first = with_the_first ? add_case("spam", "high", "host", id) : 0;
    if (first) charge(first, day(0));
    charge(add_case("spam", "high", "host", id), day(1));
    charge(add_case("spam", "medium", "host", id), day(2));
    const auto set = write([&](store::Session& session) { return set_repair(session, *policy, of, "training", 0, "", officer, day(3)); });
    EXPECT_TRUE(set && write([&](store::Session& session) { return verify_repair(session, *policy, (*set)["id"], "done", "", wang, day(4)); }));
    for (const char* cause : {"a", "b", "c"}) write([&](store::Session& session) { return count_good(session, *policy, of, "clean-broadcasts", cause, day(5)); });
    if (first) reverse(first, day(9));
    refresh(day(9));
    return write([&](store::Session& session) {
      Json credit = get_credit(session, *policy, of, {}, officer, day(9)).value_or(Json())["credit"];
      credit.erase("id");
      credit.erase("as_of");
      return credit.dump();
    });
  };
  EXPECT_EQ(story("h8", true), story("h9", false));
}

TEST_F(Credit, a_changed_policy_reaches_every_account_page_by_page) {
  for (const char* id : {"h1", "h2", "h3"}) charge(add_case("spam", "high", "host", id), day(0));  // 70 B
  const auto apply = [&](const pack::DeskPolicy& by) {
    std::size_t all = 0;
    while (const std::size_t looked = write([&](store::Session& session) { return apply_policy(session, by, day(1), 2); })) all += looked;
    return all;
  };
  EXPECT_EQ(apply(*policy), 3u) << "nothing is known of how they stood before";
  EXPECT_EQ(apply(*policy), 0u);
  const std::size_t before = told().size();
  pack::DeskPolicy caps = *policy;
  caps.grades[1].entitlements.tip_once = 400;
  EXPECT_EQ(apply(caps), 3u);
  EXPECT_EQ(apply(caps), 0u);
  const auto lines = told();
  ASSERT_EQ(lines.size(), before + 3) << "each is told, though no grade is another";
  for (std::size_t i = before; i < lines.size(); ++i) EXPECT_EQ(lines[i]["data"]["tip_once"], 400);
  pack::DeskPolicy stricter = caps;
  stricter.grades[1].keep = 75;
  write([&](store::Session& session) { return apply_policy(session, stricter, day(1), 1); });
  EXPECT_EQ(apply(caps), 3u) << "another policy begins anew";
  EXPECT_EQ(apply(stricter), 3u);
  EXPECT_EQ(standing(day(1)), "70 C");
  EXPECT_EQ(write([&](store::Session& session) { return check_credit(session, stricter); })["wrong"], Json::array());
}

TEST_F(Credit, the_engine_is_told_of_each_change_with_what_the_grade_entitles_to) {
  charge(add_case("spam", "high"), day(0));
  charge(add_case("vulgar-content", "high"), day(1));
  const auto lines = told();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[1]["type"], "live.credit.changed");
  EXPECT_EQ(lines[1]["source"], "/livewarden");
  EXPECT_NE(lines[0]["id"], lines[1]["id"]);
  const Json& data = lines[1]["data"];
  EXPECT_EQ(data["platform"], "alpha");
  EXPECT_EQ(data["account"], "h1");
  EXPECT_EQ(data["kind"], "host");
  EXPECT_EQ(data["from"], 70);
  EXPECT_EQ(data["to"], 40);
  EXPECT_EQ(data["tier"], "C");
  EXPECT_EQ(data["reasons"], Json::array({"vulgar-content", "case/2"}));
  EXPECT_EQ(data["tip_once"], 100);
  EXPECT_EQ(data["exposure"], 50);
  EXPECT_FALSE(data.contains("tip_day"));
  write([&](store::Session& session) {
    open_credit(session, *policy, host, day(2));                     // there already
    open_credit(session, *policy, {"alpha", "host", "h2"}, day(2));
    open_credit(session, *policy, {"alpha", "operator", "o1"}, day(2));  // has none
    return 0;
  });
  ASSERT_EQ(told().size(), 3u);
  EXPECT_EQ(told()[2]["data"]["tier"], "B");
}

TEST_F(Credit, minor_entries_fade_by_halves_at_midnight_and_no_others) {
  charge(add_case("spam", "medium"), day(0));           // 21
  charge(add_case("counterfeit", "high"), day(0, 11));  // 30
  EXPECT_EQ(standing(day(0)), "49 C");
  EXPECT_EQ(refresh(day(0, 12)), 0u);  // looked at today
  EXPECT_EQ(refresh(day(5, 23)), 1u);
  EXPECT_EQ(standing(day(5)), "49 C");
  EXPECT_EQ(told().size(), 2u);        // nothing to tell
  EXPECT_EQ(refresh(day(6, 0)), 1u);   // the fifth day has ended
  EXPECT_EQ(standing(day(6)), "60 C"); // 10 left
  EXPECT_EQ(told().back()["data"]["reasons"], Json::array({"faded"}));
  EXPECT_EQ(refresh(day(60)), 1u);
  EXPECT_EQ(standing(day(60)), "70 C");
  EXPECT_EQ(shown(day(60), officer)["credit"]["counters"], (Json{{"minor", 0}, {"grave", -30}}));
}

TEST_F(Credit, good_conduct_counts_in_a_row_once_for_each_cause_and_up_to_a_limit) {
  EXPECT_FALSE(good("s1", day(0)));
  EXPECT_FALSE(good("s1", day(1)));
  EXPECT_FALSE(good("s2", day(1)));
  EXPECT_TRUE(good("s3", day(2)));
  EXPECT_EQ(standing(day(2)), "105 B");
  EXPECT_EQ(shown(day(2), officer)["items"][0]["evidence"], "s1 s2 s3");
  EXPECT_FALSE(good("s4", day(3)));
  EXPECT_FALSE(good("s5", day(3)));
  const std::uint64_t number = add_case("spam", "high");
  charge(number, day(4));
  EXPECT_FALSE(good("s6", day(5)));       // the row was broken
  EXPECT_EQ(standing(day(5)), "75 B");
  reverse(number, day(5));                // and is whole again
  EXPECT_TRUE(good("s7", day(6)));
  EXPECT_EQ(standing(day(6)), "110 A");
  for (const char* cause : {"s8", "s9"}) EXPECT_FALSE(good(cause, day(7)));
  EXPECT_TRUE(good("s10", day(7)));
  EXPECT_EQ(standing(day(7)), "112 A");   // twelve within thirty days
  for (const char* cause : {"s11", "s12", "s13"}) EXPECT_FALSE(good(cause, day(8)));
  EXPECT_FALSE(good("t1", day(40)));      // those before are too long ago
}

TEST_F(Credit, a_repair_gives_back_what_is_left_of_its_entry_and_goes_with_it) {
  const auto set = [&](const Actor& who, std::string_view task = "training") {
    return write([&](store::Session& session) { return set_repair(session, *policy, host, task, 0, "course 7", who, day(1)); });
  };
  const auto verify = [&](std::uint64_t id, std::string_view outcome, Time now) {
    return write([&](store::Session& session) { return verify_repair(session, *policy, id, outcome, "", wang, now); });
  };
  EXPECT_EQ(set(officer).error().why, Why::kConflict);  // nothing to repair
  charge(add_case("spam", "medium"), day(0));           // 21
  const std::uint64_t grave = add_case("counterfeit", "high");
  charge(grave, day(0));                                // 30
  EXPECT_EQ(set(officer, "trainin").error().field, "task");
  EXPECT_EQ(set({"person/x", "department/samr", Role::kViewer, {}, 1}).error().why, Why::kForbidden);
  EXPECT_EQ(set({"person/x", "platform/alpha", Role::kOfficer, {}, 1}).error().why, Why::kForbidden);
  EXPECT_EQ(set({"person/x", "platform/beta", Role::kOfficer, {}, 1}).error().why, Why::kNotFound);
  const Actor mct{"person/m", "department/mct", Role::kOfficer, {}, 3};
  EXPECT_EQ(set(mct).error().message, "host/alpha/h1 has no entry that training would repair, that has not had it yet, and whose case mct leads");
  const auto first = set(officer), second = set(officer);
  ASSERT_TRUE(first && second);
  EXPECT_EQ((*first)["entry"], 2);       // the one with most left
  EXPECT_EQ((*second)["entry"], 1);
  EXPECT_EQ((*first)["due"], "2026-07-03T00:00:00+08:00");
  EXPECT_EQ(set(officer).error().why, Why::kConflict);  // each has it
  EXPECT_EQ(write([&](store::Session& session) { return verify_repair(session, *policy, 1, "done", "", mct, day(2)); }).error().why, Why::kForbidden);
  EXPECT_EQ(write([&](store::Session& session) { return verify_repair(session, *policy, 1, "done", "", officer, day(2)); }).error().why, Why::kForbidden) << "by whom it was set";
  EXPECT_EQ(verify(1, "done", day(2)).value()["state"], "done");
  EXPECT_EQ(verify(1, "done", day(2)).error().why, Why::kConflict);
  EXPECT_EQ(verify(9, "done", day(2)).error().why, Why::kNotFound);
  EXPECT_EQ(standing(day(2)), "61 C");
  EXPECT_TRUE(verify(2, "done", day(8)));  // 10 were left of the 21
  EXPECT_EQ(standing(day(8)), "82 B");
  EXPECT_EQ(shown(day(8), officer)["items"][0]["points"], 10);
  EXPECT_EQ(shown(day(8), officer)["repairs"].size(), 2u);
  reverse(grave, day(9));
  EXPECT_EQ(standing(day(9)), "100 B");
  EXPECT_EQ(count("SELECT COUNT(*) FROM credit_entry WHERE reversed > 0"), 2);
  EXPECT_EQ(count("SELECT COUNT(*) FROM act"), 4);
}

TEST_F(Credit, a_task_for_what_was_reversed_is_void) {
  const std::uint64_t number = add_case("spam", "high");
  charge(number, day(0));
  ASSERT_TRUE(write([&](store::Session& session) { return set_repair(session, *policy, host, "training", 0, "course 7", officer, day(1)); }));
  reverse(number, day(2));
  const Json repair = shown(day(2), officer)["repairs"][0];
  EXPECT_EQ(repair["state"], "void");
  EXPECT_EQ(repair["verified_by"], "person/wang");
  EXPECT_EQ(count("SELECT COUNT(*) FROM act WHERE act = 'voidRepair' AND subject = 'repair/1' AND who = 'person/wang'"), 1);
  EXPECT_EQ(write([&](store::Session& session) { return verify_repair(session, *policy, 1, "done", "", wang, day(3)); }).error().why, Why::kConflict);
}

TEST_F(Credit, who_sees_what) {
  charge(add_case("spam", "high"), day(0));
  charge(add_case("spam", "high", "merchant", "m1"), day(0));
  charge(add_case("spam", "high", "operator", "o1"), day(0));  // has no credit
  struct Case {
    Actor who;
    bool sees;
    std::size_t lists;
    const char* decided_by;
  };
  const Case cases[] = {
      {officer, true, 2, "person/li"},
      {{"person/p", "platform/alpha", Role::kViewer, {}, 1}, true, 2, "officer"},
      {{"person/p", "platform/beta", Role::kAdministrator, {}, 1}, false, 0, ""},
      {{"person/h", "host/alpha/h1", Role::kViewer, {}, 1}, true, 1, "officer"},
      {{"person/h", "host/beta/h1", Role::kViewer, {}, 1}, false, 0, ""},
      {{"person/h", "merchant/alpha/h1", Role::kViewer, {}, 1}, false, 0, ""},
      {{"person/l", "livewarden", Role::kAdministrator, {}, 1}, false, 0, ""},
      {{"public", "", Role::kNone, {}, 0}, false, 0, ""},
  };
  ASSERT_TRUE(write([&](store::Session& session) { return set_repair(session, *policy, host, "training", 0, "", officer, day(0)); }));
  for (const Case& one : cases) {
    const Json ledger = shown(day(0), one.who);
    EXPECT_EQ(!ledger.is_null(), one.sees) << one.who.body;
    const auto list = write([&](store::Session& session) { return list_credit(session, {}, one.who); });
    ASSERT_TRUE(list);
    EXPECT_EQ((*list)["items"].size(), one.lists) << one.who.body;
    if (!one.sees) continue;
    EXPECT_EQ(ledger["items"][0]["decided_by"], one.decided_by) << one.who.body;
    EXPECT_EQ(ledger["repairs"][0]["set_by"], one.decided_by) << one.who.body;
  }
  const auto unknown = write([&](store::Session& session) { return get_credit(session, *policy, {"alpha", "host", "nobody"}, {}, officer, day(0)); });
  EXPECT_EQ(unknown.error().why, Why::kNotFound);
}

TEST_F(Credit, lists_go_page_by_page_from_the_lowest_score) {
  for (int i = 0; i < 5; ++i) charge(add_case("spam", i < 2 ? "high" : "medium", "host", "h/" + std::to_string(i)), day(0));
  std::vector<std::string> seen;
  std::map<std::string, std::string> query{{"limit", "2"}, {"kind", "host"}};
  for (;;) {
    const auto page = write([&](store::Session& session) { return list_credit(session, query, officer); });
    ASSERT_TRUE(page);
    for (const Json& one : (*page)["items"]) seen.push_back(one["id"]);
    if (!page->contains("next")) break;
    query["after"] = (*page)["next"];
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"h/0", "h/1", "h/2", "h/3", "h/4"}));
  query = {{"grade", "C"}};
  EXPECT_EQ(write([&](store::Session& session) { return list_credit(session, query, officer); }).value()["items"].size(), 0u);
  query = {{"after", "x/y"}};
  EXPECT_EQ(write([&](store::Session& session) { return list_credit(session, query, officer); }).error().field, "after");
  for (int i = 0; i < 3; ++i) charge(add_case("spam", "medium"), day(0));
  const auto ledger = write([&](store::Session& session) { return get_credit(session, *policy, host, {{"limit", "2"}}, officer, day(0)); });
  ASSERT_TRUE(ledger);
  ASSERT_EQ((*ledger)["items"].size(), 2u);
  query = {{"after", (*ledger)["next"]}};
  EXPECT_EQ(write([&](store::Session& session) { return get_credit(session, *policy, host, query, officer, day(0)); }).value()["items"].size(), 1u);
}

TEST_F(Credit, a_stored_score_that_its_entries_do_not_come_to_is_found) {
  charge(add_case("spam", "high"), day(0));
  charge(add_case("spam", "high", "merchant", "m1"), day(0));
  EXPECT_EQ(check(), (Json{{"checked", 2}, {"wrong", Json::array()}}));
  for (const char* damage : {"UPDATE credit SET score = 71 WHERE kind = 'host'", "UPDATE credit SET grade = 'A' WHERE kind = 'host'",
                             "UPDATE credit SET counters = '{}' WHERE kind = 'host'", "DELETE FROM credit WHERE kind = 'host'",
                             "UPDATE credit_entry SET points = -29 WHERE kind = 'host'"}) {
    const Status undone = db->write([&](store::Session& session) -> Status {
      EXPECT_EQ(session.run(damage), 1u);
      const Json found = check_credit(session, *policy);
      EXPECT_EQ(found["wrong"].size(), 1u) << damage;
      EXPECT_EQ(found["wrong"][0]["id"], "h1");
      return fail("undone");
    });
    EXPECT_FALSE(undone);
  }
}

// The slow twin: walks through every day, and does at midnight what fades and then what was written on that day, in turn.
struct Twin {
  struct Entry {
    std::uint64_t n;
    bool fades;
    std::int64_t points;
    Time at;
    std::uint64_t repairs;
  };
  std::vector<Entry> entries;

  std::pair<std::int64_t, std::string> at(Time now) const {
    std::vector<std::int64_t> left(entries.size());
    std::string grade = "B";
    const auto score = [&] {
      std::int64_t sum = 100;
      for (const std::int64_t one : left) sum = std::max<std::int64_t>(0, std::min<std::int64_t>(120, sum + one));
      return sum;
    };
    const auto look = [&] {
      const std::int64_t is = score();
      static const std::map<std::string, std::pair<int, int>> bounds{{"A", {110, 100}}, {"B", {80, 65}}, {"C", {40, 30}}, {"D", {0, 0}}};
      while (grade != "D" && is < bounds.at(grade).second) ++grade[0];
      for (char better = 'A'; better < grade[0]; ++better) {
        if (is >= bounds.at(std::string(1, better)).first) grade = std::string(1, better);
      }
    };
    const Time start = day(0, 0);
    for (std::int64_t today = 0; start + Duration{today * kDay} <= now; ++today) {
      for (std::size_t i = 0; i < entries.size(); ++i) {
        const std::int64_t written = (entries[i].at - start).ns / kDay;
        const std::int64_t past = today - written - 1;  // whole days since the day of writing
        if (entries[i].fades && past >= kHalfLifeDays && past % kHalfLifeDays == 0) left[i] /= 2;
      }
      look();
      for (std::size_t i = 0; i < entries.size(); ++i) {
        if ((entries[i].at - start).ns / kDay != today) continue;
        if (!entries[i].repairs) left[i] = entries[i].points;
        for (std::size_t k = 0; k < i; ++k) {
          if (entries[k].n == entries[i].repairs) left[k] = std::min<std::int64_t>(0, left[k] + entries[i].points);
        }
        look();
      }
    }
    return {score(), grade};
  }
};

TEST_F(Credit, agrees_with_a_slow_twin_whatever_happens) {
  int account = 0;
  EXPECT_TRUE(rc::check([&] {
    const CreditAccount of{"alpha", "host", "p" + std::to_string(++account)};
    Twin twin;
    Time now = day(0, 0);
    std::vector<std::uint64_t> live;
    const int steps = *rc::gen::inRange(1, 25);
    for (int i = 0; i < steps; ++i) {
      now = now + Duration{*rc::gen::inRange<std::int64_t>(0, 3) * kDay * *rc::gen::element<std::int64_t>(0, 1, 4) + *rc::gen::inRange<std::int64_t>(0, 8) * kHour};
      CreditEntry entry;
      switch (*rc::gen::inRange(0, 5)) {
        case 0:
        case 1:  // charged
          entry.credit_class = *rc::gen::element<std::string>("minor", "minor", "grave");
          entry.points = -*rc::gen::inRange<std::int64_t>(1, 60);
          break;
        case 2:  // rewarded
          entry.credit_class = "conduct";
          entry.points = *rc::gen::inRange<std::int64_t>(1, 30);
          break;
        case 3:  // repaired
          if (live.empty()) continue;
          entry.repairs = *rc::gen::elementOf(live);
          entry.credit_class = "minor";
          entry.points = *rc::gen::inRange<std::int64_t>(1, 40);
          break;
        default: {  // reversed
          if (live.empty()) {
            write([&](store::Session& session) { return refresh_credit(session, *policy, now); });
            continue;
          }
          const std::uint64_t gone = *rc::gen::elementOf(live);
          write([&](store::Session& session) { return reverse_entry(session, *policy, gone, officer, "wrong", now).has_value(); });
          std::erase_if(twin.entries, [&](const Twin::Entry& one) { return one.n == gone || one.repairs == gone; });
          std::erase(live, gone);
        }
      }
      if (entry.points != 0) {
        const std::uint64_t n = write([&](store::Session& session) { return add_entry(session, *policy, of, entry, "person/li", now); });
        twin.entries.push_back({n, entry.credit_class == "minor" && !entry.repairs, entry.points, now, entry.repairs});
        if (entry.points < 0) live.push_back(n);
      }
      const auto stored = write([&](store::Session& session) { return session.rows("SELECT score, grade FROM credit WHERE id = :id", of.id); });
      if (stored.empty()) continue;
      const auto want = twin.at(now);
      RC_ASSERT(stored[0].number(0) == want.first);
      RC_ASSERT(stored[0].text(1) == want.second);
    }
    now = now + Duration{*rc::gen::inRange<std::int64_t>(1, 30) * kDay};
    while (write([&](store::Session& session) { return refresh_credit(session, *policy, now, 2); }) > 0) {
    }
    const auto stored = write([&](store::Session& session) { return session.rows("SELECT score, grade FROM credit WHERE id = :id", of.id); });
    if (!stored.empty()) {
      const auto want = twin.at(now);
      RC_ASSERT(stored[0].number(0) == want.first);
      RC_ASSERT(stored[0].text(1) == want.second);
    }
  }));
  EXPECT_EQ(check()["wrong"], Json::array());
}

}  // namespace
}  // namespace lw::desk
