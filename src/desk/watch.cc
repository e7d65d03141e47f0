// What the clock does to cases, measures and reports.
#include <algorithm>

#include "desk/case_file.h"
#include "desk/cases.h"
#include "desk/fields.h"
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

void tell(const Act& act, CaseFile& file, std::string_view what, std::int64_t due, Told told) {
  const pack::DeskDeadline* deadline = act.policy.deadline(what, act.now);
  const std::string to = told == kEscalated && deadline ? deadline->escalate : std::string();
  if (!to.empty() && to != file.lead && std::ranges::count(file.assist, to) == 0) file.assist.push_back(to);
  keep(act, file, told == kEscalated ? "escalateCase" : "remindCase", what, {{"due", shown_time(due)}, {"to", to}});
}

// What was told of that deadline, by the history.
Told told_of(const Act& act, const CaseFile& file, std::string_view what, std::int64_t due) {
  Told out = kNothing;
  for (const store::Row& row : act.session.rows("SELECT act, data FROM case_act WHERE case_id = :case AND act IN ('remindCase', 'escalateCase') AND text = :what", file.id, what)) {
    if (text_of(parsed(row.text(1)), "due") == shown_time(due)) out = std::max(out, row.text(0) == "escalateCase" ? kEscalated : kReminded);
  }
  return out;
}

void watch_cases(const Act& act) {
  const store::Rows rows = act.session.rows("SELECT id FROM case_file WHERE state IN ('open', 'claimed', 'appealed') AND due <> 0 AND due <= :soon AND escalated < 2 ORDER BY due, id",
                                            millis(act.now) + kLastDay);
  for (const store::Row& row : rows) {
    auto file = find_case(act.session, static_cast<std::uint64_t>(row.number(0)));
    const Told told = file ? due_now(file->due, file->escalated, millis(act.now)) : kNothing;
    if (told == kNothing) continue;
    file->escalated = told;
    if (told_of(act, *file, file->due_what, file->due) >= told) {  // while nobody had claimed it
      act.session.run("UPDATE case_file SET escalated = :told WHERE id = :id", static_cast<std::int64_t>(told), file->id);
    } else {
      tell(act, *file, file->due_what, file->due, told);
    }
  }
}

// A case that nobody claims has to be decided in time as well; `due` is that of its claim.
void watch_unclaimed(const Act& act) {
  constexpr std::string_view kDecided = "case-decided";
  const pack::DeskDeadline* term = act.policy.deadline(kDecided, act.now);
  if (!term) return;
  const Time since = act.policy.before(act.now + Duration{kDay}, term->within);
  for (const store::Row& row : act.session.rows("SELECT id FROM case_file WHERE state = 'open' AND opened < :since ORDER BY opened, id", millis(since))) {
    auto file = find_case(act.session, static_cast<std::uint64_t>(row.number(0)));
    if (!file) continue;
    const std::int64_t due = due_after(act, kDecided, time_of(file->opened));
    const Told told = due_now(due, told_of(act, *file, kDecided, due), millis(act.now));
    if (told != kNothing) tell(act, *file, kDecided, due, told);
  }
}

// What was decided and lay still for as long as an appeal may be filed is closed: else it would hold what it rests on for ever.
void close_cases(const Act& act) {
  const pack::DeskDeadline* term = act.policy.deadline("appeal-filed", act.now);
  if (!term) return;
  for (const store::Row& row : act.session.rows("SELECT id FROM case_file WHERE state IN ('confirmed', 'rejected', 'upheld', 'overturned') AND changed < :since"
                                                " AND NOT EXISTS (SELECT 1 FROM measure WHERE measure.case_id = case_file.id AND measure.state = 'waits') ORDER BY changed, id",
                                                millis(act.policy.before(act.now, term->within)))) {
    auto file = find_case(act.session, static_cast<std::uint64_t>(row.number(0)));
    if (!file || file->due >= millis(act.now)) continue;
    file->state = "closed";
    set_due(act, *file, "", act.now);
    keep(act, *file, "closeCase", "");
    tell_state(act, *file, "closed");
  }
}

void watch_measures(const Act& act) {
  for (const store::Row& row : act.session.rows("SELECT DISTINCT case_id FROM measure WHERE state = 'in-force' AND until <> 0 AND until < :now ORDER BY case_id", millis(act.now))) {
    if (auto file = find_case(act.session, static_cast<std::uint64_t>(row.number(0)))) end_overdue_measures(act, *file);
  }
}

void watch_reports(const Act& act) {
  const store::Rows rows = act.session.rows("SELECT id, state, due, escalated, department FROM report WHERE state IN ('received', 'accepted') AND due <> 0 AND due <= :soon AND escalated < 2 ORDER BY due, id",
                                            millis(act.now) + kLastDay);
  for (const store::Row& row : rows) {
    const Told told = due_now(row.number(2), row.number(3), millis(act.now));
    if (told == kNothing) continue;
    act.session.run("UPDATE report SET escalated = :told WHERE id = :id", static_cast<std::int64_t>(told), row.number(0));
    const pack::DeskDeadline* deadline = act.policy.deadline(row.text(1) == "received" ? "report-acknowledged" : "report-decided", act.now);
    const std::string verb = told == kEscalated ? "escalateReport" : "remindReport", name = fmt::format("report/{}", row.number(0)), to = told == kEscalated && deadline ? deadline->escalate : std::string();
    note_act_for(act.session, act.who, row.text(4), verb, name, row.text(1), act.now);
    if (!to.empty() && to != row.text(4)) note_act_for(act.session, act.who, to, verb, name, row.text(1), act.now);
  }
}

}  // namespace

void watch_deadlines(store::Session& session, const pack::DeskPolicy& policy, Time now) {
  const Act act{session, policy, machine(), now};
  watch_cases(act);
  watch_unclaimed(act);
  close_cases(act);
  watch_measures(act);
  watch_reports(act);
}

}  // namespace lw::desk
