// What the clock does to cases, measures and reports.
#include <algorithm>

#include "desk/case_file.h"
#include "desk/cases.h"
#include "desk/measures.h"
#include "desk/records.h"

namespace lw::desk {
namespace {

// The last day of a term: terms end with a day.
constexpr std::int64_t kLastDay = kDay / 1'000'000;
enum Told : std::int64_t { kNothing, kReminded, kEscalated };

// What is to be told of a deadline now, beyond what was.
Told due_now(std::int64_t due, std::int64_t told, std::int64_t now) {
  if (due < now) return told < kEscalated ? kEscalated : kNothing;
  return told < kReminded && due - now <= kLastDay ? kReminded : kNothing;
}

void watch_cases(const Act& act) {
  const store::Rows rows = act.session.rows("SELECT id FROM case_file WHERE state IN ('open', 'claimed', 'appealed') AND due <> 0 AND due <= :soon AND escalated < 2 ORDER BY due, id",
                                            millis(act.now) + kLastDay);
  for (const store::Row& row : rows) {
    auto file = find_case(act.session, static_cast<std::uint64_t>(row.number(0)));
    const Told told = file ? due_now(file->due, file->escalated, millis(act.now)) : kNothing;
    if (told == kNothing) continue;
    file->escalated = told;
    const pack::DeskDeadline* deadline = act.policy.deadline(file->due_what, act.now);
    const std::string to = told == kEscalated && deadline ? deadline->escalate : std::string();
    if (!to.empty() && to != file->lead && std::ranges::count(file->assist, to) == 0) file->assist.push_back(to);
    keep(act, *file, told == kEscalated ? "escalateCase" : "remindCase", file->due_what, {{"due", shown_time(file->due)}, {"to", to}});
  }
}

void watch_measures(const Act& act) {
  for (const store::Row& row : act.session.rows("SELECT DISTINCT case_id FROM measure WHERE state = 'in-force' AND until <> 0 AND until < :now ORDER BY case_id", millis(act.now))) {
    if (auto file = find_case(act.session, static_cast<std::uint64_t>(row.number(0)))) end_overdue_measures(act, *file);
  }
}

void watch_reports(const Act& act) {
  const store::Rows rows = act.session.rows("SELECT id, state, due, escalated FROM report WHERE state IN ('received', 'accepted') AND due <> 0 AND due <= :soon AND escalated < 2 ORDER BY due, id",
                                            millis(act.now) + kLastDay);
  for (const store::Row& row : rows) {
    const Told told = due_now(row.number(2), row.number(3), millis(act.now));
    if (told == kNothing) continue;
    act.session.run("UPDATE report SET escalated = :told WHERE id = :id", static_cast<std::int64_t>(told), row.number(0));
    note_act(act.session, act.who, told == kEscalated ? "escalateReport" : "remindReport", fmt::format("report/{}", row.number(0)), row.text(1), act.now);
  }
}

}  // namespace

void watch_deadlines(store::Session& session, const pack::DeskPolicy& policy, Time now) {
  const Act act{session, policy, machine(), now};
  watch_cases(act);
  watch_measures(act);
  watch_reports(act);
}

}  // namespace lw::desk
