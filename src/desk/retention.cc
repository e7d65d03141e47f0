#include "desk/retention.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "desk/evidence.h"
#include "desk/fields.h"
#include "desk/interventions.h"
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

// Leaves of what open cases rest on and led to, as "kind/ref".
absl::flat_hash_set<std::string> needed_leaves(store::Session& session) {
  absl::flat_hash_set<std::string> out;
  const auto add = [&](std::string_view kind, std::string_view sql) {
    for (const store::Row& row : session.rows(fmt::format("{} WHERE case_file.state <> 'closed'", sql))) out.insert(fmt::format("{}/{}", kind, row.text(0)));
  };
  add("case", "SELECT CAST(case_act.case_id AS TEXT) || '/' || CAST(case_act.n AS TEXT) FROM case_act JOIN case_file ON case_file.id = case_act.case_id");
  add("act", "SELECT CAST(act.n AS TEXT) FROM act JOIN case_file ON act.subject = 'case/' || CAST(case_file.id AS TEXT)");
  add("credit", "SELECT CAST(credit_entry.n AS TEXT) FROM credit_entry JOIN case_file ON case_file.id = credit_entry.case_id");
  add("intervention", "SELECT intervention.id FROM intervention JOIN case_file ON case_file.id = intervention.case_id");
  add("report", "SELECT CAST(report.id AS TEXT) FROM report JOIN case_file ON case_file.id = report.case_id");
  add("spot-check", "SELECT CAST(spot_check.draw AS TEXT) FROM spot_check JOIN case_file ON case_file.id = spot_check.case_id");
  for (const store::Row& row : session.rows("SELECT decision.id, decision.record FROM decision JOIN case_file ON case_file.id = decision.case_id WHERE case_file.state <> 'closed'")) {
    out.insert("decision/" + row.text(0));
    for (const std::string& event : events_of(part_of(parsed(row.text(1)), "data"))) out.insert("event/" + event);
  }
  return out;
}

// Those of a kind from before then that no open case needs, page by page.
Answer<std::uint64_t> forget_leaves(store::Database& db, std::string_view kind, std::int64_t before, const absl::flat_hash_set<std::string>& needed) {
  std::uint64_t forgotten = 0;
  std::int64_t after = -1;
  for (bool more = true; more;) {
    std::vector<std::uint64_t> going;
    const auto page = in_read(db, [&](store::Session& session) -> Answer<bool> {
      going.clear();
      const auto rows = session.rows(fmt::format("SELECT n, ref FROM leaf WHERE kind = :kind AND at < :before AND salt <> '' AND n > :after ORDER BY n LIMIT {}", kReadAtOnce), kind, before, after);
      for (const store::Row& row : rows) {
        if (!needed.contains(fmt::format("{}/{}", kind, row.text(1)))) going.push_back(static_cast<std::uint64_t>(row.number(0)));
      }
      if (!rows.empty()) after = rows.back().number(0);
      return rows.size() == kReadAtOnce;
    });
    if (!page) return tl::make_unexpected(page.error());
    more = *page;
    if (going.empty()) continue;
    const auto done = in_write(db, [&](store::Session& session) -> Answer<std::uint64_t> {
      std::uint64_t count = 0;
      for (const std::uint64_t n : going) count += forget_leaf(session, n);
      return count;
    });
    if (!done) return done;
    forgotten += *done;
  }
  return forgotten;
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
  Json out{{"originals", *originals}};
  const auto needed = in_read(db, [](store::Session& session) -> Answer<absl::flat_hash_set<std::string>> { return needed_leaves(session); });
  if (!needed) return tl::make_unexpected(needed.error());
  const auto oldest = [&](std::string_view sql) { return in_read(db, [&](store::Session& session) -> Answer<std::int64_t> { return number(session, sql); }); };
  const auto first = oldest("SELECT at FROM leaf ORDER BY n LIMIT 1");
  if (!first) return tl::make_unexpected(first.error());
  std::uint64_t openings = 0;
  const auto forget = [&](std::string_view kind, const std::vector<Type>& types) -> Answer<std::uint64_t> {
    const auto forgotten = *first == 0 ? Answer<std::uint64_t>(0) : forget_leaves(db, kind, terms.kept_from(types, *first), *needed);
    if (forgotten) openings += *forgotten;
    return forgotten;
  };
  for (const LeafKind& leaf : kLeaves) {
    if (const auto done = forget(leaf.kind, {leaf.type}); !done) return tl::make_unexpected(done.error());
  }
  // An event's own term is not known here: the longest of all.
  if (const auto done = forget("event", all_types()); !done) return tl::make_unexpected(done.error());
  out["openings"] = openings;
  // `remove(session, before) -> count`: of what happened before then.
  std::optional<Refusal> failed;
  const auto sweep = [&](const char* kind, Type type, std::string_view sql, const auto& remove) {
    if (failed) return;
    const auto swept = in_write(db, [&](store::Session& session) -> Answer<std::uint64_t> {
      const std::int64_t begin = number(session, sql);
      return begin == 0 ? 0 : remove(session, terms.kept_from({type}, begin));
    });
    if (swept) out[kind] = *swept;
    else failed = swept.error();
  };
  sweep("acts", Type::kCaseChanged, "SELECT at FROM act ORDER BY n LIMIT 1", [](store::Session& session, std::int64_t before) {
    return session.run("DELETE FROM act WHERE at < :before AND subject NOT IN (SELECT 'case/' || CAST(id AS TEXT) FROM case_file WHERE state <> 'closed')", before);
  });
  sweep("reports", Type::kReportFiled, "SELECT filed FROM report ORDER BY id LIMIT 1", [](store::Session& session, std::int64_t before) {
    return session.run("UPDATE report SET contact = '', reporter = '', text = '' WHERE state IN ('refused', 'decided') AND filed < :before AND (contact <> '' OR reporter <> '' OR text <> '')"
                       " AND case_id NOT IN (SELECT id FROM case_file WHERE state <> 'closed')", before);
  });
  // What belongs to a case is kept as long as the case.
  const auto cases = oldest("SELECT COALESCE(MIN(changed), 0) FROM case_file");
  if (!cases) return tl::make_unexpected(cases.error());
  const std::int64_t cases_from = *cases == 0 ? 0 : terms.kept_from({Type::kCaseChanged}, *cases);
  constexpr std::string_view kOfNoCase = "case_id NOT IN (SELECT id FROM case_file WHERE state <> 'closed' OR changed >= :cases)";
  sweep("decisions", Type::kDecisionMade, "SELECT taken_in FROM decision ORDER BY n LIMIT 1", [&](store::Session& session, std::int64_t before) {
    return session.run(fmt::format("UPDATE decision SET record = '{{}}', target_id = '', liable_id = '' WHERE taken_in < :before AND record <> '{{}}' AND {}", kOfNoCase), before, cases_from);
  });
  sweep("interventions", Type::kInterventionRequested, "SELECT at FROM intervention ORDER BY n LIMIT 1", [&](store::Session& session, std::int64_t before) {
    return session.run(fmt::format("UPDATE intervention SET {} WHERE at < :before AND record <> '{{}}' AND {}", kBlankIntervention, kOfNoCase), before, cases_from);
  });
  if (failed) return tl::make_unexpected(*failed);
  const auto rest = in_write(db, [&](store::Session& session) -> Answer<bool> {
    out["sessions"] = session.run("DELETE FROM login WHERE until <= :now", millis(now));
    std::string told;
    for (const auto& [kind, count] : out.items()) {
      if (count.get<std::int64_t>() > 0) told += fmt::format("{}{} {}", told.empty() ? "" : ", ", count.get<std::int64_t>(), kind);
    }
    if (!told.empty()) note_act(session, machine(), "retention", "retention", told, now);
    return true;
  });
  if (!rest) return tl::make_unexpected(rest.error());
  return out;
}

}  // namespace lw::desk
