// Section `desk`: terms by the calendar, the first that fits, later packs over earlier ones, and the policy that is shipped.
#include "pack/desk.h"

#include <gtest/gtest.h>

#include <map>

#include "pack/calendar.h"
#include "pack/contract.h"
#include "pack/load.h"

namespace lw::pack {
namespace {

Time at(const char* text) { return *parse_rfc3339(text); }

constexpr const char* kFirst = R"(
pack: {id: first, version: 1.0.0, timezone: "+08:00"}
calendar: {holidays: [2026-10-01, 2026-10-02, 2026-10-05, 2026-10-06, 2026-10-07], workdays: [2026-09-20, 2026-10-10]}
desk:
  points: 100
  kinds: [host]
  grades:
    - {id: A, name: {zh: 甲, en: good}, from: 90, keep: 80, entitlements: {categories: [food, apparel.shoes]}}
    - {id: B, name: {zh: 乙, en: bad}, from: 0, entitlements: {tip_once: 0, exposure: 10}}
  classes:
    - {id: minor, name: {zh: 轻, en: minor}, half_life: 3mo}
    - {id: grave, name: {zh: 重, en: grave}}
  deductions:
    - {violations: [counterfeit], severity: high, class: grave, points: 50, effective_from: 2026-01-01}
    - {severity: high, class: grave, points: 30}
    - {class: minor, points: 5, repeat_percent: 150, repeat_within: 1y}
  measures:
    - {id: fine, name: {zh: 罚款, en: fine}, step: 2, grave: true, departments: [samr]}
    - {id: warning, name: {zh: 警告, en: warning}, step: 1}
  proposals:
    - {severity: high, confirmed: 2, within: 12mo, measures: [fine]}
    - {severity: high, grades: [B], measures: [warning, fine]}
    - {severity: medium, measures: [warning]}
  deadlines:
    - {id: report-acknowledged, within: 7wd, effective_to: 2026-04-15}
    - {id: report-acknowledged, within: 5wd, effective_from: 2026-04-15}
  competence:
    - {violations: [counterfeit], lead: samr, assist: [cnipa]}
    - {lead: cac}
)";
constexpr const char* kSecond = R"(
pack: {id: second, version: 1.0.0, timezone: "+08:00"}
desk:
  ceiling: 120
  measures:
    - {id: fine, name: {zh: 罚款, en: fine}, step: 3}
    - {id: interview, name: {zh: 约谈, en: interview}, step: 0}
  deadlines:
    - {id: report-acknowledged, within: 1wd}
  competence:
    - {lead: nrta}
)";

std::shared_ptr<const DeskPolicy> policy_of(const std::vector<const char*>& packs) {
  std::vector<Source> sources;
  for (const char* pack : packs) sources.push_back({"pack" + std::to_string(sources.size()), {{"pack.yaml", pack}}});
  auto loaded = load(std::move(sources), {});
  EXPECT_TRUE(loaded) << loaded.error().front().to_string();
  return loaded ? loaded->plan.desk : nullptr;
}

TEST(Desk, TermsAreRead) {
  EXPECT_EQ(parse_term("15d"), (Term{15, 0, 0}));
  EXPECT_EQ(parse_term("6mo"), (Term{0, 6, 0}));
  EXPECT_EQ(parse_term("3y"), (Term{0, 36, 0}));
  EXPECT_EQ(parse_term("7wd"), (Term{0, 0, 7}));
  for (const char* term : {"15d", "6mo", "7wd"}) EXPECT_EQ(to_text(*parse_term(term)), term);
  EXPECT_EQ(to_text(Term{}), "");
  for (const char* bad : {"", "d", "7", "0d", "-1d", "7 d", "7w", "101y", "1.5y", "99999999999d"}) EXPECT_FALSE(parse_term(bad)) << bad;
}

TEST(Desk, TermsEndWithTheirLastDay) {
  const auto policy = policy_of({kFirst});
  ASSERT_TRUE(policy);
  struct Case {
    const char *from, *term, *after, *before;
  };
  const Case cases[] = {
      {"2026-06-01T10:00:00+08:00", "1d", "2026-06-03T00:00:00+08:00", "2026-05-31T00:00:00+08:00"},
      {"2026-05-31T23:59:59+08:00", "1mo", "2026-07-01T00:00:00+08:00", "2026-04-30T00:00:00+08:00"},   // June and April have no 31st
      {"2024-02-29T00:00:00+08:00", "1y", "2025-03-01T00:00:00+08:00", "2023-02-28T00:00:00+08:00"},
      {"2026-05-31T16:30:00Z", "1d", "2026-06-03T00:00:00+08:00", "2026-05-31T00:00:00+08:00"},          // the next day there
      {"2026-06-05T10:00:00+08:00", "1wd", "2026-06-09T00:00:00+08:00", "2026-06-04T00:00:00+08:00"},    // a Friday
      {"2026-06-06T10:00:00+08:00", "1wd", "2026-06-09T00:00:00+08:00", "2026-06-05T00:00:00+08:00"},    // a Saturday
      {"2026-09-30T10:00:00+08:00", "3wd", "2026-10-11T00:00:00+08:00", "2026-09-25T00:00:00+08:00"},    // Oct 8, 9 and the Saturday that is worked
      {"2026-09-21T10:00:00+08:00", "1wd", "2026-09-23T00:00:00+08:00", "2026-09-20T00:00:00+08:00"},    // after a Sunday that was worked
  };
  for (const Case& one : cases) {
    EXPECT_EQ(format_rfc3339(policy->after(at(one.from), *parse_term(one.term))), one.after) << one.from << " " << one.term;
    EXPECT_EQ(format_rfc3339(policy->before(at(one.from), *parse_term(one.term))), one.before) << one.from << " " << one.term;
  }
}

TEST(Desk, TheFirstThatFits) {
  const auto policy = policy_of({kFirst});
  ASSERT_TRUE(policy);
  const Time then = at("2025-06-01T00:00:00+08:00"), now = at("2026-06-01T00:00:00+08:00");
  EXPECT_EQ(policy->deduction("counterfeit", Severity::kHigh, now)->points, 50);
  EXPECT_EQ(policy->deduction("counterfeit", Severity::kCritical, then)->points, 30);  // before it took effect
  EXPECT_EQ(policy->deduction("counterfeit", Severity::kMedium, now)->points, 5);
  EXPECT_EQ(policy->deduction("spam", Severity::kHigh, now)->credit_class, "grave");
  EXPECT_EQ(policy->deadline("report-acknowledged", then)->within.working_days, 7u);
  EXPECT_EQ(policy->deadline("report-acknowledged", now)->within.working_days, 5u);
  EXPECT_EQ(policy->deadline("report-decided", now), nullptr);
  EXPECT_EQ(policy->competent("counterfeit", now)->assist, std::vector<std::string>{"cnipa"});
  EXPECT_EQ(policy->competent("spam", now)->lead, "cac");
  EXPECT_EQ(policy->measures.front().id, "warning");  // by step
  EXPECT_TRUE(policy->measure("fine")->grave);
}

TEST(Desk, ProposalsBySeverityHistoryAndGrade) {
  const auto policy = policy_of({kFirst});
  ASSERT_TRUE(policy);
  const Time now = at("2026-06-01T10:00:00+08:00");
  Time asked;
  const auto history = [&](std::uint32_t cases) {
    return [&asked, cases](Time since) {
      asked = since;
      return cases;
    };
  };
  using List = std::vector<std::string>;
  EXPECT_EQ(policy->proposed(Severity::kCritical, "A", now, history(2)), List{"fine"});
  EXPECT_EQ(format_rfc3339(asked), "2025-06-01T00:00:00+08:00");
  EXPECT_EQ(policy->proposed(Severity::kHigh, "B", now, history(1)), (List{"warning", "fine"}));
  EXPECT_EQ(policy->proposed(Severity::kHigh, "A", now, history(1)), List{"warning"});
  EXPECT_EQ(policy->proposed(Severity::kMedium, "B", now, history(9)), List{"warning"});
  EXPECT_EQ(policy->proposed(Severity::kLow, "B", now, history(9)), List{});
}

TEST(Desk, EntitlementsByPrefixOfTheCategory) {
  const auto policy = policy_of({kFirst});
  ASSERT_TRUE(policy);
  const Entitlements& good = policy->grade("A")->entitlements;
  EXPECT_TRUE(good.may_sell("food"));
  EXPECT_TRUE(good.may_sell("food.fresh"));
  EXPECT_FALSE(good.may_sell("foodstuff"));
  EXPECT_FALSE(good.may_sell("apparel"));
  EXPECT_FALSE(policy->grade("B")->entitlements.may_sell("food"));
  EXPECT_TRUE(holds_category("*", "drug.rx"));
  EXPECT_FALSE(good.tip_once);
  EXPECT_EQ(policy->grade("B")->entitlements.tip_once, 0);
  EXPECT_EQ(policy->grade("B")->entitlements.exposure, 10u);
}

TEST(Desk, ALaterPackSaysOtherwise) {
  const auto policy = policy_of({kFirst, kSecond});
  ASSERT_TRUE(policy);
  const Time then = at("2025-06-01T00:00:00+08:00");
  EXPECT_EQ(policy->points, 100);    // what it does not give stays
  EXPECT_EQ(policy->ceiling, 120);
  ASSERT_EQ(policy->measures.size(), 3u);
  EXPECT_EQ(policy->measures[0].id, "interview");
  EXPECT_EQ(policy->measure("fine")->step, 3u);
  EXPECT_FALSE(policy->measure("fine")->grave);
  EXPECT_EQ(policy->deadline("report-acknowledged", then)->within.working_days, 1u);  // all of that id
  EXPECT_EQ(policy->competent("counterfeit", then)->lead, "nrta");            // a list whose order counts is replaced as a whole
}

TEST(Desk, TellsWhenATermLeavesTheCalendar) {
  const auto loaded = load({Source{"pack", {{"pack.yaml", kFirst}}}}, {});
  ASSERT_TRUE(loaded) << loaded.error().front().to_string();
  EXPECT_EQ(calendar_ends(loaded->plan, at("2026-12-22T23:59:59+08:00")), "");  // the seventh working day is the last of the year
  EXPECT_NE(calendar_ends(loaded->plan, at("2026-12-23T00:00:00+08:00")).find("ends with 2026: a term of 7 working days"), std::string::npos);
  const auto without = load({Source{"pack", {{"pack.yaml", "pack: {id: test, version: 1.0.0}"}}}}, {});
  ASSERT_TRUE(without);
  EXPECT_EQ(calendar_ends(without->plan, at("2030-01-01T00:00:00+08:00")), "");
}

TEST(Desk, WithoutTheSectionThereIsNone) {
  const auto loaded = load({Source{"pack", {{"pack.yaml", "pack: {id: test, version: 1.0.0}"}}}}, {});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->plan.desk, nullptr);
}

// What the service asks the policy for by name is there, and every case gets a proposal that somebody may impose.
TEST(Desk, TheShippedPolicyIsWhole) {
  LoadOptions options;
  options.dirs = {std::string(LW_SOURCE_DIR) + "/packs/cn-live-commerce"};
  const auto loaded = load(options);
  ASSERT_TRUE(loaded) << loaded.error().front().to_string();
  const DeskPolicy& policy = *loaded->plan.desk;
  const Time now = at("2026-11-26T10:00:00+08:00");
  EXPECT_EQ(policy.grades.size(), 5u);
  for (const char* id : {"report-acknowledged", "report-decided", "case-claimed", "case-decided", "measure-approved", "appeal-filed", "appeal-decided", "spot-check-recorded"}) {
    EXPECT_NE(policy.deadline(id, now), nullptr) << id;
  }
  for (const Severity severity : {Severity::kMedium, Severity::kHigh, Severity::kCritical}) {
    for (const std::string_view violation : words(Vocabulary::kViolation)) {
      ASSERT_NE(policy.deduction(violation, severity, now), nullptr) << violation;
      const Competence* leads = policy.competent(violation, now);
      ASSERT_NE(leads, nullptr) << violation;
      for (const Grade& grade : policy.grades) {
        for (const std::uint32_t confirmed : {0u, 1u, 5u}) {
          const auto proposed = policy.proposed(severity, grade.id, now, [&](Time) { return confirmed; });
          ASSERT_FALSE(proposed.empty());
        }
      }
    }
  }
  for (const Grade& grade : policy.grades) {  // a better grade is entitled to no less
    const Entitlements& better = policy.grades.front().entitlements;
    EXPECT_LE(grade.entitlements.tip_once, better.tip_once);
    EXPECT_LE(grade.entitlements.exposure, better.exposure);
  }
}

}  // namespace
}  // namespace lw::pack
