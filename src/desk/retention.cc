#include "desk/retention.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <vector>

#include "desk/evidence.h"
#include "desk/records.h"
#include "pack/records.h"

namespace lw::desk {
namespace {

using event::Type;

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::size_t kReadAtOnce = 10'000;

// Which events' terms hold for a kind of leaf.
struct LeafKind {
  std::string_view kind;
  Type type;
};
constexpr LeafKind kLeaves[] = {{"decision", Type::kDecisionMade}, {"act", Type::kCaseChanged},          {"case", Type::kCaseChanged},
                                {"credit", Type::kCreditChanged},  {"intervention", Type::kInterventionRequested}, {"report", Type::kReportFiled},
                                {"spot-check", Type::kInspectionRecorded}};

std::vector<Type> all_types() {
  std::vector<Type> out;
  for (std::size_t type = 0; type <= event::kTypeCount; ++type) out.push_back(static_cast<Type>(type));
  return out;
}

class Terms {
 public:
  Terms(const pack::Plan& plan, Time now) : clock_(plan), zone_ms_(std::int64_t{plan.zone_minutes} * 60'000), today_(clock_.day_of(now)) {}

  // Whether what happened on that day may go, of whichever of these types it is.
  bool over(const std::vector<Type>& types, std::uint32_t day) {
    return day < today_ && std::ranges::all_of(types, [&](Type type) {
      const auto kept = clock_.of(type, time_of(start_of(day)));
      return kept.until != pack::RecordClock::kForEver && kept.until <= today_;
    });
  }
  // What happened before this instant may go: the first day, from that of `oldest` on, whose records are still to be kept. Terms change by
  // law, so each day is asked for itself.
  std::int64_t kept_from(const std::vector<Type>& types, std::int64_t oldest) {
    std::uint32_t day = day_of(oldest);
    while (over(types, day)) ++day;
    return start_of(day);
  }
  std::int64_t until(Type type, std::int64_t at) {
    const auto kept = clock_.of(type, time_of(at));
    return kept.until == pack::RecordClock::kForEver ? 0 : start_of(kept.until);
  }
  std::uint32_t day_of(std::int64_t at) const { return clock_.day_of(time_of(at)); }

 private:
  std::int64_t start_of(std::uint32_t day) const { return static_cast<std::int64_t>(day) * kDayMs - zone_ms_; }

  pack::RecordClock clock_;
  std::int64_t zone_ms_;
  std::uint32_t today_;
};

std::int64_t number(store::Session& session, std::string_view sql) {
  const auto rows = session.rows(sql);
  return rows.empty() ? 0 : rows.front().number(0);
}

// Everything from here on may be evidence of a case that is still open: the oldest that one rests on.
std::int64_t needed_from(store::Session& session, std::int64_t now) {
  std::int64_t from = now;
  for (const std::string_view sql : {"SELECT COALESCE(MIN(opened), 0) FROM case_file WHERE state <> 'closed'",
                                     "SELECT COALESCE(MIN(decision.taken_in), 0) FROM decision JOIN case_file ON case_file.id = decision.case_id WHERE case_file.state <> 'closed'",
                                     "SELECT COALESCE(MIN(report.filed), 0) FROM report JOIN case_file ON case_file.id = report.case_id WHERE case_file.state <> 'closed'"}) {
    if (const std::int64_t oldest = number(session, sql); oldest != 0) from = std::min(from, oldest);
  }
  return from;
}

// Names that stay: of parties, whom the registry and the ledger keep, and of whom open cases and reports are about.
absl::flat_hash_set<std::string> needed_names(store::Session& session) {
  absl::flat_hash_set<std::string> out;
  for (const std::string_view sql : {"SELECT id FROM party", "SELECT id FROM credit", "SELECT liable_id FROM case_file WHERE state <> 'closed'",
                                     "SELECT target_id FROM report WHERE state NOT IN ('refused', 'decided')",
                                     "SELECT decision.target_id FROM decision JOIN case_file ON case_file.id = decision.case_id WHERE case_file.state <> 'closed'"}) {
    for (const store::Row& row : session.rows(sql)) out.insert(row.text(0));
  }
  return out;
}

// There may be as many as there were viewers: they are looked through page by page, while others write.
Answer<std::int64_t> remove_originals(store::Database& db, Terms& terms) {
  const std::vector<Type> types = all_types();
  absl::flat_hash_map<std::uint32_t, bool> over;  // by day
  const auto needed = in_read(db, [](store::Session& session) -> Answer<absl::flat_hash_set<std::string>> { return needed_names(session); });
  if (!needed) return tl::make_unexpected(needed.error());
  std::int64_t removed = 0;
  std::string after;
  for (bool more = true; more;) {
    std::vector<std::string> going;
    const auto page = in_read(db, [&](store::Session& session) -> Answer<bool> {
      going.clear();
      const auto rows = session.rows(fmt::format("SELECT pseudonym, at FROM sealed WHERE pseudonym > :after ORDER BY pseudonym LIMIT {}", kReadAtOnce), after);
      for (const store::Row& row : rows) {
        const std::uint32_t day = terms.day_of(row.number(1));
        const auto known = over.find(day);
        const bool goes = known != over.end() ? known->second : (over[day] = terms.over(types, day));
        if (goes && !needed->contains(row.text(0))) going.push_back(row.text(0));
      }
      if (!rows.empty()) after = rows.back().text(0);
      return rows.size() == kReadAtOnce;
    });
    if (!page) return tl::make_unexpected(page.error());
    more = *page;
    if (going.empty()) continue;
    const auto done = in_write(db, [&](store::Session& session) -> Answer<bool> {
      for (const std::string& name : going) session.run("DELETE FROM sealed WHERE pseudonym = :name", name);
      return true;
    });
    if (!done) return tl::make_unexpected(done.error());
    removed += static_cast<std::int64_t>(going.size());
  }
  return removed;
}

}  // namespace

std::int64_t case_kept_until(const pack::Plan& plan, std::int64_t changed) { return Terms(plan, time_of(changed)).until(Type::kCaseChanged, changed); }

// Each kind in a transaction of its own: others want to write too. All times are of this machine's clock, so that what has the smallest
// number is the oldest.
Answer<Json> run_retention(store::Database& db, const pack::Plan& plan, Time now) {
  Terms terms(plan, now);
  const auto originals = remove_originals(db, terms);
  if (!originals) return tl::make_unexpected(originals.error());
  Json out{{"originals", *originals}, {"openings", 0}};
  std::string failed;
  // `remove(session, before) -> count`: of what happened before then and no open case needs.
  const auto sweep = [&](const char* kind, const std::vector<Type>& types, std::string_view oldest, const auto& remove) {
    if (!failed.empty()) return;
    const auto swept = in_write(db, [&](store::Session& session) -> Answer<std::uint64_t> {
      const std::int64_t first = number(session, oldest);
      const std::int64_t before = first == 0 ? 0 : std::min(terms.kept_from(types, first), needed_from(session, millis(now)));
      return before <= first ? 0 : remove(session, before);
    });
    if (swept) out[kind] = out.value(kind, std::uint64_t{0}) + *swept;
    else failed = swept.error().message;
  };
  for (const LeafKind& leaf : kLeaves) {
    sweep("openings", {leaf.type}, "SELECT at FROM leaf ORDER BY n LIMIT 1",
          [&](store::Session& session, std::int64_t before) { return forget_leaves(session, leaf.kind, time_of(before)); });
  }
  // An event's own term is not known here: the longest of all.
  sweep("openings", all_types(), "SELECT at FROM leaf ORDER BY n LIMIT 1",
        [](store::Session& session, std::int64_t before) { return forget_leaves(session, "event", time_of(before)); });
  sweep("acts", {Type::kCaseChanged}, "SELECT at FROM act ORDER BY n LIMIT 1",
        [](store::Session& session, std::int64_t before) { return session.run("DELETE FROM act WHERE at < :before", before); });
  sweep("reports", {Type::kReportFiled}, "SELECT filed FROM report ORDER BY id LIMIT 1", [](store::Session& session, std::int64_t before) {
    return session.run("UPDATE report SET contact = '', reporter = '', text = '' WHERE state IN ('refused', 'decided') AND filed < :before AND (contact <> '' OR reporter <> '' OR text <> '')",
                       before);
  });
  const auto rest = in_write(db, [&](store::Session& session) -> Answer<bool> {
    const std::int64_t first = number(session, "SELECT taken_in FROM decision ORDER BY n LIMIT 1");
    const std::int64_t cases = terms.kept_from({Type::kCaseChanged}, number(session, "SELECT COALESCE(MIN(changed), 0) FROM case_file"));
    // What belongs to a case is kept as long as the case.
    out["decisions"] = session.run("UPDATE decision SET record = '{}', target_id = '', liable_id = '' WHERE taken_in < :before AND record <> '{}' AND NOT EXISTS"
                                   " (SELECT 1 FROM case_file WHERE case_file.id = decision.case_id AND (case_file.state <> 'closed' OR case_file.changed >= :cases))",
                                   first == 0 ? 0 : terms.kept_from({Type::kDecisionMade}, first), cases);
    out["sessions"] = session.run("DELETE FROM login WHERE until <= :now", millis(now));
    std::string told;
    for (const auto& [kind, count] : out.items()) {
      if (count.get<std::int64_t>() > 0) told += fmt::format("{}{} {}", told.empty() ? "" : ", ", count.get<std::int64_t>(), kind);
    }
    if (!told.empty()) note_act(session, machine(), "retention", "retention", told, now);
    return true;
  });
  if (!rest) return tl::make_unexpected(rest.error());
  if (!failed.empty()) return refuse(Why::kFailed, "{}", failed);
  return out;
}

}  // namespace lw::desk
