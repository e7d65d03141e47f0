// What packs say of the desk: credit and tiers, measures, deadlines, competence, admission, interventions, spot checks. All of
// it is law or policy, so all of it is data: section `desk` of a pack (docs/packs.md). Dated items hold in [from, to).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "pack/plan.h"

namespace lw::pack {

// A term in calendar days, months, years or working days; one of them. All 0: none was given.
struct Term {
  std::uint32_t days = 0, months = 0, working_days = 0;  // "15d", "3y", "7wd"
  explicit operator bool() const { return days || months || working_days; }
  friend bool operator==(const Term&, const Term&) = default;
};

// "60d", "6mo", "3y" or "7wd": above 0, a hundred years at most. Empty if it is none.
std::optional<Term> parse_term(std::string_view text);
std::string to_text(const Term& term);  // "36mo" for three years; "" for none

struct Dated {
  std::vector<Basis> basis;
  std::optional<Time> from, to;
  bool holds(Time at) const { return (!from || *from <= at) && (!to || at < *to); }
};

// What a grade entitles to. Money in fen; 0: none of it; absent: no cap.
struct Entitlements {
  std::optional<std::int64_t> tip_once, tip_session, tip_day, tip_month;  // caps of what a host of this grade may be tipped
  std::optional<std::int64_t> audience;                                   // viewers at once
  std::vector<std::string> categories;  // of goods that may be sold, by prefix ("food" for "food.fresh"); "*" all
  std::uint32_t exposure = 100;         // weight in recommendation, percent
  bool may_sell(std::string_view category) const;
};

// Whether a prefix of categories holds one: "food" and "food.fresh" hold "food.fresh", "*" all.
bool holds_category(std::string_view prefix, std::string_view category);

struct Grade {
  std::string id;             // "A" … "E"
  Localised name;
  std::int64_t from = 0;      // risen into at this score
  std::int64_t keep = 0;      // and kept down to this one: hysteresis. keep <= from
  Entitlements entitlements;
};

// A counter of credit of its own: "minor", "serious", "grave", "conduct".
struct CreditClass {
  std::string id;
  Localised name;
  bool decays = false;        // only such entries do: half of what is left each `half_life`, in whole points, towards 0
  Term half_life;
  std::int64_t most = 0;      // points given within `within` (none: ever) at most; 0: no limit
  Term within;
};

// Points that a confirmed case takes, the first that fits.
struct Deduction : Dated {
  std::vector<std::string> violations;  // empty: all
  Severity severity = Severity::kInfo;  // at least
  std::string credit_class;
  std::int64_t points = 0;              // taken, above 0
  std::uint32_t repeat_percent = 100;   // of the same violation confirmed within `repeat_within` before: so much of the points
  Term repeat_within;
};

// Points given for verified good conduct.
struct Conduct : Dated {
  std::string id;                       // "clean-broadcasts", "prompt-refunds", "honest-disclosure"
  Localised name;
  std::string credit_class;
  std::int64_t points = 0;              // given, above 0
  std::uint32_t count = 1;              // so many in a row
  Term within;
  Term prompt;                          // of a refund: from the day on which it was asked for
};

struct RepairTask : Dated {
  std::string id;                       // "training", "correction-notice", "refund-all"
  Localised name;
  std::vector<std::string> classes;     // of entries that it repairs
  std::int64_t points = 0;              // given back once a person verified it
  Term due;
};

// A measure that a person may impose: from interview to licence revocation.
struct Measure : Dated {
  std::string id;                       // as live.enforcement.applied names it
  Localised name;
  std::uint32_t step = 0;               // on the ladder, from 0
  bool grave = false;                   // a second person has to approve
  std::vector<std::string> departments; // that may impose it; empty: all
};

// Which steps of the ladder are proposed, the first that fits.
struct Proposal {
  Severity severity = Severity::kInfo;  // at least
  std::uint32_t confirmed = 0;          // confirmed cases of the party within `within` at least
  Term within;
  std::vector<std::string> grades;      // the party's; empty: any
  std::vector<std::string> measures;
};

// Told of on their last day and when they pass: "report-acknowledged", "report-decided", "case-claimed", "case-decided" (which runs for a
// case that nobody claims too), "appeal-decided". Shown where they run: "measure-approved", "appeal-filed", "spot-check-recorded".
struct DeskDeadline : Dated {
  std::string id;
  Term within;
  std::string escalate;                 // department told when it passes; empty: the lead's administrators alone
};

// Who leads where no rule says so: reports and inspections. The first that fits.
struct Competence : Dated {
  std::vector<std::string> violations;  // empty: all
  std::string lead;
  std::vector<std::string> assist;
};

// What must be there before a product or a broadcast goes on air. Missing or expired items are named with `cure`.
struct Requirement : Dated {
  std::string id;                       // "food-licence"
  std::string of;                       // "product" or "session"
  std::vector<std::string> categories;  // of products, by prefix; empty: all
  // Asked only where this field ("brand" of the product or the plan, "host.age_band" of that party) is not empty, and is `is` if
  // that is given. Empty: always.
  std::string where, is;
  // What is looked for: a `paper` of this kind that `holder` (merchant, host, operator, mcn, product) holds, in force, filed `within`
  // that term if one is given, and whose scope, if it names any, holds the value of the field `scope` (by prefix; empty:
  // not asked); or a `field` of the product or the plan that is not empty; or that the `grade` of the holder may sell the category.
  std::string paper, holder, field, scope = "category";
  Term within;
  bool grade = false;
  bool blocks = true;                   // else it is told of and lets pass
  Localised name, cure;
};

struct DeskPolicy {
  std::int64_t points = 1000;                  // at the beginning
  std::int64_t ceiling = 1000;                 // no score is above; at least `points`
  std::vector<std::string> kinds;              // that have credit: host, operator, merchant, mcn
  std::vector<Grade> grades;                   // from the best to the worst; the worst has from = 0
  std::vector<CreditClass> classes;
  std::vector<Deduction> deductions;
  std::vector<Conduct> conduct;
  std::vector<RepairTask> repairs;
  std::vector<Measure> measures;               // by step, each step once
  std::vector<Proposal> proposals;
  std::vector<DeskDeadline> deadlines;
  std::vector<Competence> competence;
  std::vector<Requirement> requirements;
  std::vector<std::string> opens;              // severities of decisions that open a case: "medium", "high", "critical"
  std::vector<std::string> by_machine;         // actions that may be asked of a platform without a person
  std::vector<std::string> refuses, holds;     // actions that make the answer to /v1/decide "refuse", "hold"
  std::vector<std::string> never_accused;      // kinds that are a target and never a party to a case: account, device, …
  struct {
    std::uint32_t a_day = 0, random_percent = 50;  // rooms drawn a day; so many of them by lot alone, the rest by risk
  } spot_checks;
  struct {
    double floor = 0;                          // a rule whose measured precision falls below is proposed for shadow
    std::uint32_t least = 0;                   // outcomes before anything is said
  } precision;
  struct {
    std::array<std::uint32_t, 5> weights = {0, 1, 4, 16, 64};  // what a finding adds to its room's risk, by severity
    std::uint32_t half_life_minutes = 60;
  } risk;
  Term expiry_notice;                          // how long before a paper ends it is told of
  // Counts working days; of the plan's calendar.
  std::vector<std::int32_t> days_off, days_worked;
  int zone_minutes = 480;

  // By their ids; null if there is none.
  const Grade* grade(std::string_view id) const;
  const CreditClass* credit_class(std::string_view id) const;
  const Measure* measure(std::string_view id) const;
  // The first of what holds at that time; null if none does.
  const DeskDeadline* deadline(std::string_view id, Time at) const;
  const Deduction* deduction(std::string_view violation, Severity severity, Time at) const;
  const Conduct* good_conduct(std::string_view id, Time at) const;
  const RepairTask* repair(std::string_view id, Time at) const;
  const Competence* competent(std::string_view violation, Time at) const;
  // The measures proposed for a confirmed violation of that severity, by how many cases of the party were `confirmed` since a time:
  // it is asked for each proposal's own term.
  std::vector<std::string> proposed(Severity severity, std::string_view grade, Time at, const std::function<std::uint32_t(Time since)>& confirmed) const;

  // The end of the last day of the term that begins on the day of `from`, in the pack's zone. A working-day term counts from
  // the next day on.
  Time after(Time from, const Term& term) const;
  // The first instant of the days that reach back so far from the day of `at`: what happened since then happened within the term.
  Time before(Time at, const Term& term) const;
};

}  // namespace lw::pack
