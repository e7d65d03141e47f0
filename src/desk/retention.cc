#include "desk/retention.h"

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
constexpr std::size_t kAtOnce = 1000;  // rows of one transaction: others want to write too

// Which events' terms hold for a kind of leaf.
struct LeafKind {
  std::string_view kind;
  Type type;
};
constexpr LeafKind kLeaves[] = {{"decision", Type::kDecisionMade}, {"act", Type::kCaseChanged},          {"case", Type::kCaseChanged},
                                {"credit", Type::kCreditChanged},  {"intervention", Type::kInterventionRequested}, {"report", Type::kReportFiled},
                                {"spot-check", Type::kInspectionRecorded}};

class Terms {
 public:
  explicit Terms(const pack::Plan& plan) : clock_(plan), zone_ms_(std::int64_t{plan.zone_minutes} * 60'000) {}

  // The first instant of a day, in milliseconds.
  std::int64_t start_of(std::uint32_t day) const { return static_cast<std::int64_t>(day) * kDayMs - zone_ms_; }

  // What happened before this instant may go today: the first day, from that of `oldest` on, whose records of these types are still
  // to be kept. Terms change by law, so each day is asked for itself.
  std::int64_t kept_from(const std::vector<Type>& types, std::int64_t oldest, Time now) {
    const std::uint32_t today = clock_.day_of(now);
    std::uint32_t day = clock_.day_of(time_of(oldest));
    const auto over = [&](Type type) {
      const auto kept = clock_.of(type, time_of(start_of(day)));
      return kept.until != pack::RecordClock::kForEver && kept.until <= today;
    };
    while (day < today && std::ranges::all_of(types, over)) ++day;
    return start_of(day);
  }
  std::int64_t until(Type type, std::int64_t at) {
    const auto kept = clock_.of(type, time_of(at));
    return kept.until == pack::RecordClock::kForEver ? 0 : start_of(kept.until);
  }

 private:
  pack::RecordClock clock_;
  std::int64_t zone_ms_;
};

std::vector<Type> all_types() {
  std::vector<Type> out;
  for (std::size_t type = 0; type <= event::kTypeCount; ++type) out.push_back(static_cast<Type>(type));
  return out;
}

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

// Names that stay: of parties, whom the registry and the ledger keep, and of whom open cases are about.
absl::flat_hash_set<std::string> needed_names(store::Session& session) {
  absl::flat_hash_set<std::string> out;
  for (const std::string_view sql : {"SELECT id FROM party", "SELECT id FROM credit", "SELECT liable_id FROM case_file WHERE state <> 'closed'",
                                     "SELECT target_id FROM report WHERE state NOT IN ('refused', 'decided')",
                                     "SELECT decision.target_id FROM decision JOIN case_file ON case_file.id = decision.case_id WHERE case_file.state <> 'closed'"}) {
    for (const store::Row& row : session.rows(sql)) out.insert(row.text(0));
  }
  return out;
}

// Page by page: there may be as many as there were viewers.
Answer<std::int64_t> remove_originals(store::Database& db, Terms& terms, Time now) {
  std::int64_t removed = 0;
  std::string after;
  for (bool more = true; more;) {
    std::int64_t page = 0;
    std::string last = after;
    const auto done = in_write(db, [&](store::Session& session) -> Answer<bool> {
      page = 0;
      const std::int64_t oldest = number(session, "SELECT COALESCE(MIN(at), 0) FROM sealed");
      const std::int64_t before = terms.kept_from(all_types(), oldest, now);
      const auto needed = needed_names(session);
      const auto rows = session.rows(fmt::format("SELECT pseudonym FROM sealed WHERE at < :before AND pseudonym > :after ORDER BY pseudonym LIMIT {}", kAtOnce), before, after);
      for (const store::Row& row : rows) {
        last = row.text(0);
        if (!needed.contains(last)) page += static_cast<std::int64_t>(session.run("DELETE FROM sealed WHERE pseudonym = :name", last));
      }
      return rows.size() == kAtOnce;
    });
    if (!done) return tl::make_unexpected(done.error());
    removed += page;
    after = last;
    more = *done;
  }
  return removed;
}

}  // namespace

std::int64_t case_kept_until(const pack::Plan& plan, std::int64_t changed) { return Terms(plan).until(Type::kCaseChanged, changed); }

Answer<Json> run_retention(store::Database& db, const pack::Plan& plan, Time now) {
  Terms terms(plan);
  const std::int64_t at = millis(now);
  const auto originals = remove_originals(db, terms, now);
  if (!originals) return tl::make_unexpected(originals.error());
  return in_write(db, [&](store::Session& session) -> Answer<Json> {
    Json out{{"originals", *originals}};
    const auto before = [&](std::vector<Type> types, std::string_view oldest) { return terms.kept_from(types, number(session, oldest), now); };
    const std::int64_t needed = needed_from(session, at);
    const std::int64_t cases = before({Type::kCaseChanged}, "SELECT COALESCE(MIN(changed), 0) FROM case_file");
    out["decisions"] = session.run("UPDATE decision SET record = '{}', target_id = '', liable_id = '' WHERE at < :before AND record <> '{}' AND NOT EXISTS"
                                   " (SELECT 1 FROM case_file WHERE case_file.id = decision.case_id AND (case_file.state <> 'closed' OR case_file.changed >= :cases))",
                                   before({Type::kDecisionMade}, "SELECT COALESCE(MIN(at), 0) FROM decision"), cases);
    std::uint64_t openings = 0;
    const auto forget = [&](std::string_view kind, std::vector<Type> types) {
      openings += forget_leaves(session, kind, time_of(std::min(needed, before(std::move(types), "SELECT COALESCE(MIN(at), 0) FROM leaf"))));
    };
    for (const LeafKind& leaf : kLeaves) forget(leaf.kind, {leaf.type});
    forget("event", all_types());  // its own term is not known here: the longest of all
    out["openings"] = openings;
    out["reports"] = session.run("UPDATE report SET contact = '', reporter = '', text = '' WHERE state IN ('refused', 'decided') AND filed < :before AND (contact <> '' OR reporter <> '' OR text <> '')",
                                 std::min(needed, before({Type::kReportFiled}, "SELECT COALESCE(MIN(filed), 0) FROM report")));
    out["acts"] = session.run("DELETE FROM act WHERE at < :before", std::min(needed, before({Type::kCaseChanged}, "SELECT COALESCE(MIN(at), 0) FROM act")));
    out["sessions"] = session.run("DELETE FROM login WHERE until <= :now", at);
    std::string told;
    for (const auto& [kind, count] : out.items()) {
      if (count.get<std::int64_t>() > 0) told += fmt::format("{}{} {}", told.empty() ? "" : ", ", count.get<std::int64_t>(), kind);
    }
    if (!told.empty()) note_act(session, machine(), "retention", "retention", told, now);
    return out;
  });
}

}  // namespace lw::desk
