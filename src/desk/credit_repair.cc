// Repair tasks: set for an entry, verified by a person, and then points of that entry are given back.
#include <algorithm>

#include "desk/act.h"
#include "desk/credit_rows.h"
#include "desk/records.h"

namespace lw::desk {
namespace {

// Of an entry with a case: who leads that. Helpers judge nothing of another's case.
bool leads(store::Session& session, const Actor& who, std::uint64_t case_id) {
  return case_id == 0 || !session.rows("SELECT id FROM case_file WHERE id = :id AND lead = :lead", case_id, who.department()).empty();
}

bool has_task(store::Session& session, std::uint64_t entry, std::string_view task) {
  return !session.rows("SELECT id FROM repair WHERE entry = :entry AND task = :task AND state <> 'failed'", entry, task).empty();
}

// Who set it; empty once the record of that act is over its term.
std::string set_by(store::Session& session, std::uint64_t id) {
  const auto acts = session.rows("SELECT who FROM act WHERE subject = :subject AND act = 'setRepair'", fmt::format("repair/{}", id));
  return acts.empty() ? std::string() : acts[0].text(0);
}

}  // namespace

Json repair_json(store::Session& session, std::uint64_t id) {
  const auto rows = session.rows("SELECT platform, kind, party, task, entry, points, set_at, due, state, text, verified_by, done FROM repair WHERE id = :id", id);
  if (rows.empty()) return {};
  const store::Row& row = rows[0];
  Json out{{"id", id}, {"platform", row.text(0)}, {"kind", row.text(1)}, {"party", row.text(2)}, {"task", row.text(3)}, {"entry", row.number(4)}, {"points", row.number(5)},
           {"set_at", shown_time(row.number(6))}, {"due", shown_time(row.number(7))}, {"state", row.text(8)}, {"text", row.text(9)}};
  if (std::string by = set_by(session, id); !by.empty()) out["set_by"] = std::move(by);
  if (row.number(11)) out.update({{"verified_by", row.text(10)}, {"done", shown_time(row.number(11))}});
  return out;
}

Answer<Json> set_repair(store::Session& session, const pack::DeskPolicy& policy, const CreditAccount& account, std::string_view task, std::uint64_t entry,
                        std::string_view text, const Actor& who, Time now) {
  if (!sees_credit(who, account)) return refuse(Why::kNotFound, "there is no credit of {}", account.text());
  if (!(who.is_department() && is_officer(who))) return refuse(Why::kForbidden, "only an officer of a department sets a repair task");
  const pack::RepairTask* repair = policy.repair(task, now);
  if (!repair) return refuse_field("task", fmt::format("there is no repair task {}", task));
  const auto entries = entries_of(session, account);
  const Standing standing = stand(policy, entries, now);
  const CreditEntry* chosen = nullptr;
  for (const CreditEntry& one : entries) {
    if ((entry && one.n != entry) || one.repairs || std::ranges::find(repair->classes, one.credit_class) == repair->classes.end()) continue;
    if (standing.left.at(one.n) >= 0 || has_task(session, one.n, task) || !leads(session, who, one.case_id)) continue;
    if (!chosen || standing.left.at(one.n) < standing.left.at(chosen->n)) chosen = &one;
  }
  if (!chosen) return refuse(Why::kConflict, "{} has no entry that {} would repair, that has not had it yet, and whose case {} leads", account.text(), task, who.department());
  const std::uint64_t id = session.next("repair");
  session.run("INSERT INTO repair (id, platform, kind, party, task, entry, points, set_at, due, state, text, verified_by, done) "
              "VALUES (:id, :platform, :kind, :party, :task, :entry, :points, :set_at, :due, 'set', :text, '', 0)",
              id, account.platform, account.kind, account.id, task, chosen->n, repair->points, millis(now), millis(policy.after(now, repair->due)), text);
  note_act(session, who, "setRepair", fmt::format("repair/{}", id), fmt::format("{} for entry {} of {}", task, chosen->n, account.text()), now);
  return repair_json(session, id);
}

Answer<Json> verify_repair(store::Session& session, const pack::DeskPolicy& policy, std::uint64_t id, std::string_view outcome, std::string_view text, const Actor& who, Time now) {
  const auto rows = session.rows("SELECT platform, kind, party, task, entry, points, state, text FROM repair WHERE id = :id", id);
  const CreditAccount account = rows.empty() ? CreditAccount{} : CreditAccount{rows[0].text(0), rows[0].text(1), rows[0].text(2)};
  if (rows.empty() || !sees_credit(who, account)) return refuse(Why::kNotFound, "there is no repair {}", id);
  if (!(who.is_department() && is_officer(who))) return refuse(Why::kForbidden, "only an officer of a department verifies a repair task");
  const auto entry_case = session.rows("SELECT case_id FROM credit_entry WHERE n = :n", rows[0].number(4));
  if (!entry_case.empty() && !leads(session, who, static_cast<std::uint64_t>(entry_case[0].number(0)))) {
    return refuse(Why::kForbidden, "repair {} belongs to case {}: the department that leads it verifies it", id, entry_case[0].number(0));
  }
  if (set_by(session, id) == who.name) {
    return refuse(Why::kForbidden, "a repair is verified by another person than who set it");
  }
  if (rows[0].text(6) != "set") return refuse(Why::kConflict, "repair {} is {}", id, rows[0].text(6));
  if (outcome != "done" && outcome != "failed") return refuse_field("outcome", "`outcome` is done or failed");
  session.run("UPDATE repair SET state = :state, text = :text, verified_by = :by, done = :done WHERE id = :id", outcome, text.empty() ? std::string_view(rows[0].text(7)) : text, who.name, millis(now), id);
  note_act(session, who, "verifyRepair", fmt::format("repair/{}", id), outcome, now);
  if (outcome == "done") {
    const auto entries = entries_of(session, account);
    const auto repaired = std::ranges::find(entries, static_cast<std::uint64_t>(rows[0].number(4)), &CreditEntry::n);
    const std::int64_t left = repaired == entries.end() ? 0 : stand(policy, entries, now).left.at(repaired->n);  // gone where it was reversed
    if (left < 0) {
      CreditEntry entry;
      entry.credit_class = repaired->credit_class;
      entry.points = std::min(rows[0].number(5), -left);
      entry.reason = rows[0].text(3);
      entry.repairs = repaired->n;
      entry.evidence = fmt::format("repair/{}", id);
      add_entry(session, policy, account, std::move(entry), who.name, now);
    }
  }
  return repair_json(session, id);
}

}  // namespace lw::desk
