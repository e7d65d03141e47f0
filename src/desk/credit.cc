#include "desk/credit.h"

#include <algorithm>
#include <optional>

#include "base/hash.h"
#include "desk/credit_rows.h"
#include "desk/fields.h"
#include "desk/records.h"
#include "pack/contract.h"

namespace lw::desk {
namespace {

constexpr std::size_t kMostEvidence = 64;  // names of decisions, as a decision names events
constexpr std::string_view kPolicyApplied = "credit.policy";  // in `meta`: by which policy accounts stand, and how far they do

bool has_credit(const pack::DeskPolicy& policy, const CreditAccount& account) {
  return std::ranges::find(policy.kinds, account.kind) != policy.kinds.end() && !account.platform.empty() && !account.id.empty();
}

// Brings the row up to the entries, and tells the engine what became of score and grade; `always`: though they are what they were.
void settle(store::Session& session, const pack::DeskPolicy& policy, const CreditAccount& account, const std::vector<std::string>& reasons, Time now, bool always = false) {
  const auto entries = entries_of(session, account);
  const Standing standing = stand(policy, entries, now);
  const Json counters = standing.classes;
  const store::Rows row = session.rows("SELECT score, grade FROM credit WHERE platform = :platform AND kind = :kind AND id = :id", account.platform, account.kind, account.id);
  const std::int64_t before = row.empty() ? policy.points : row[0].number(0);
  if (row.empty()) {
    session.run("INSERT INTO credit (platform, kind, id, score, grade, counters, as_of) VALUES (:platform, :kind, :id, :score, :grade, :counters, :as_of)",
                account.platform, account.kind, account.id, standing.score, standing.grade, counters.dump(), millis(now));
  } else {
    session.run("UPDATE credit SET score = :score, grade = :grade, counters = :counters, as_of = :as_of WHERE platform = :platform AND kind = :kind AND id = :id",
                standing.score, standing.grade, counters.dump(), millis(now), account.platform, account.kind, account.id);
  }
  if (!always && !row.empty() && standing.score == before && standing.grade == row[0].text(1)) return;
  Json data = to_json(policy.grade(standing.grade)->entitlements);
  data.update({{"platform", account.platform}, {"account", account.id}, {"kind", account.kind}, {"from", before}, {"to", standing.score}, {"tier", standing.grade}, {"reasons", reasons}});
  tell_engine(session, "live.credit.changed", fmt::format("credit-{}", session.next("credit_change")), now, data);
}

// Entries of the account that take points, and were not reversed.
std::size_t charged_since(store::Session& session, const CreditAccount& account, std::string_view violation, Time since) {
  const auto rows = session.rows("SELECT COUNT(*) FROM credit_entry WHERE platform = :platform AND kind = :kind AND id = :id AND reason = :reason AND points < 0 AND reversed = 0 AND at >= :since",
                                 account.platform, account.kind, account.id, violation, millis(since));
  return rows.empty() ? 0 : static_cast<std::size_t>(rows[0].number(0));
}

// The rule and the decisions that a case rests on.
void ground(store::Session& session, CreditEntry& entry) {
  for (const store::Row& row : session.rows("SELECT id, rule FROM decision WHERE case_id = :id ORDER BY n LIMIT :most", entry.case_id, kMostEvidence)) {
    if (entry.rule.empty()) entry.rule = row.text(1);
    entry.evidence += (entry.evidence.empty() ? "" : " ") + row.text(0);
  }
  if (entry.evidence.empty()) entry.evidence = fmt::format("case/{}", entry.case_id);
}

// Behind all others of the account: their order is that of their times, whatever the clock does.
Time next_moment(store::Session& session, const CreditAccount& account, Time now) {
  const auto rows = session.rows("SELECT COALESCE(MAX(at), -1) FROM credit_entry WHERE platform = :platform AND kind = :kind AND id = :id", account.platform, account.kind, account.id);
  return time_of(rows.empty() ? millis(now) : std::max(millis(now), rows[0].number(0) + 1));
}

// The entry's row, with its leaf; it gets its number here.
void write_entry(store::Session& session, const CreditAccount& account, CreditEntry& entry, Time now) {
  entry.n = session.next("credit_entry");
  session.run(
      "INSERT INTO credit_entry (n, platform, kind, id, class, points, reason, rule, repairs, case_id, evidence, decided_by, at, reversed, reversed_by, reversed_why) "
      "VALUES (:n, :platform, :kind, :id, :class, :points, :reason, :rule, :repairs, :case_id, :evidence, :decided_by, :at, 0, '', '')",
      entry.n, account.platform, account.kind, account.id, entry.credit_class, entry.points, entry.reason, entry.rule, entry.repairs, entry.case_id, entry.evidence,
      entry.decided_by, millis(entry.at));
  Json body = to_json(entry);
  body.update({{"platform", account.platform}, {"kind", account.kind}, {"id", account.id}});
  add_leaf(session, "credit", std::to_string(entry.n), body, now);
}

// The entry and what repaired it count no more; each has a leaf that says so.
void strike(store::Session& session, std::uint64_t entry, std::string_view by, std::string_view why, Time now) {
  for (const store::Row& row : session.rows("SELECT n FROM credit_entry WHERE reversed = 0 AND (n = :n OR repairs = :n2) ORDER BY n", entry, entry)) {
    session.run("UPDATE credit_entry SET reversed = :at, reversed_by = :by, reversed_why = :why WHERE n = :n", millis(now), by, why, row.number(0));
    add_leaf(session, "credit", std::to_string(row.number(0)), {{"n", row.number(0)}, {"reversed", shown_time(millis(now))}, {"reversed_by", by}, {"reversed_why", why}}, now);
  }
}

// Tasks that were set for an entry that is no more.
void void_repairs(store::Session& session, std::uint64_t entry, const Actor& who, Time now) {
  for (const store::Row& row : session.rows("SELECT id FROM repair WHERE entry = :entry AND state = 'set' ORDER BY id", entry)) {
    session.run("UPDATE repair SET state = 'void', verified_by = :by, done = :done WHERE id = :id", who.name, millis(now), row.number(0));
    note_act(session, who, "voidRepair", fmt::format("repair/{}", row.number(0)), fmt::format("entry {} was reversed", entry), now);
  }
}

pack::Severity severity_of(std::string_view word) { return static_cast<pack::Severity>(pack::find_word(pack::Vocabulary::kSeverity, word).value_or(0)); }

// What was a repeat because of an entry of that time, and of no other, is charged anew as what it is now: in its own place, with what repaired it.
void unrepeat(store::Session& session, const pack::DeskPolicy& policy, const CreditAccount& account, const std::string& violation, Time reversed_at, std::string_view by, Time now) {
  const std::vector<CreditEntry> entries = entries_of(session, account);
  for (auto later = entries.begin(); later != entries.end(); ++later) {
    if (!later->case_id || later->points >= 0 || later->reason != violation || later->at < reversed_at) continue;
    const auto rows = session.rows("SELECT severity FROM case_file WHERE id = :id", later->case_id);
    const pack::Deduction* deduction = rows.empty() ? nullptr : policy.deduction(violation, severity_of(rows[0].text(0)), later->at);
    if (!deduction || later->points >= -deduction->points) continue;
    const Time since = policy.before(later->at, deduction->repeat_within);
    const auto charged = [&](const CreditEntry& one) { return one.reason == violation && one.points < 0 && one.at >= since; };
    if (reversed_at < since || std::any_of(entries.begin(), later, charged)) continue;
    strike(session, later->n, by, "a repeat no more", now);
    CreditEntry alone = *later;
    alone.points = -deduction->points;
    write_entry(session, account, alone, now);
    session.run("UPDATE repair SET entry = :new WHERE entry = :old", alone.n, later->n);
    for (CreditEntry repair : entries) {
      if (repair.repairs != later->n) continue;
      repair.repairs = alone.n;
      write_entry(session, account, repair, now);
    }
  }
}

std::string hash_of(const pack::DeskPolicy& policy) {
  Json part{{"points", policy.points}, {"ceiling", policy.ceiling}, {"zone", policy.zone_minutes}, {"off", policy.days_off}, {"worked", policy.days_worked}};
  for (const pack::Grade& grade : policy.grades) part["grades"].push_back({grade.id, grade.from, grade.keep, to_json(grade.entitlements)});
  for (const pack::CreditClass& one : policy.classes) part["classes"].push_back({one.id, one.decays, pack::to_text(one.half_life)});
  const Key128 hash = hash128(part.dump());
  return fmt::format("{:016x}{:016x}", hash.high, hash.low);
}

}  // namespace

void open_credit(store::Session& session, const pack::DeskPolicy& policy, const CreditAccount& account, Time now) {
  if (has_credit(policy, account) && grade_stored(session, account).empty()) settle(session, policy, account, {"opened"}, now);
}

std::string grade_of(store::Session& session, const pack::DeskPolicy& policy, const CreditAccount& account) {
  if (!has_credit(policy, account)) return {};
  const std::string stored = grade_stored(session, account);
  return stored.empty() ? stand(policy, {}, Time{}).grade : stored;
}

std::uint64_t add_entry(store::Session& session, const pack::DeskPolicy& policy, const CreditAccount& account, CreditEntry entry, std::string_view decided_by, Time now) {
  entry.at = next_moment(session, account, now);
  entry.decided_by = decided_by;
  write_entry(session, account, entry, now);
  std::vector<std::string> reasons{entry.reason};
  if (entry.case_id) reasons.push_back(fmt::format("case/{}", entry.case_id));
  settle(session, policy, account, reasons, now);
  return entry.n;
}

Answer<void> reverse_entry(store::Session& session, const pack::DeskPolicy& policy, std::uint64_t entry, const Actor& who, std::string_view why, Time now) {
  const auto rows = session.rows("SELECT platform, kind, id, reason, case_id, reversed, at FROM credit_entry WHERE n = :n", entry);
  if (rows.empty()) return refuse(Why::kNotFound, "there is no entry {}", entry);
  if (rows[0].number(5)) return refuse(Why::kConflict, "entry {} was reversed before", entry);
  const CreditAccount account{rows[0].text(0), rows[0].text(1), rows[0].text(2)};
  strike(session, entry, who.name, why, now);
  void_repairs(session, entry, who, now);
  unrepeat(session, policy, account, rows[0].text(3), time_of(rows[0].number(6)), who.name, now);
  std::vector<std::string> reasons{"reversed", rows[0].text(3)};
  if (rows[0].number(4)) reasons.push_back(fmt::format("case/{}", rows[0].number(4)));
  settle(session, policy, account, reasons, now);
  return {};
}

std::uint64_t charge_case(store::Session& session, const pack::DeskPolicy& policy, std::uint64_t case_id, std::string_view decided_by, Time now) {
  const auto rows = session.rows("SELECT platform, liable_kind, liable_id, violation, severity FROM case_file WHERE id = :id", case_id);
  if (rows.empty()) return 0;
  const CreditAccount account{rows[0].text(0), rows[0].text(1), rows[0].text(2)};
  const std::string& violation = rows[0].text(3);
  const pack::Deduction* deduction = policy.deduction(violation, severity_of(rows[0].text(4)), now);
  if (!deduction || !has_credit(policy, account)) return 0;
  if (!session.rows("SELECT n FROM credit_entry WHERE case_id = :id AND points < 0 AND reversed = 0", case_id).empty()) return 0;
  const bool repeated = deduction->repeat_percent > 100 && charged_since(session, account, violation, policy.before(now, deduction->repeat_within)) > 0;
  CreditEntry entry;
  entry.credit_class = deduction->credit_class;
  entry.points = -(repeated ? deduction->points * deduction->repeat_percent / 100 : deduction->points);
  entry.reason = violation;
  entry.case_id = case_id;
  ground(session, entry);
  return add_entry(session, policy, account, std::move(entry), decided_by, now);
}

std::size_t reverse_case(store::Session& session, const pack::DeskPolicy& policy, std::uint64_t case_id, const Actor& who, std::string_view why, Time now) {
  const auto rows = session.rows("SELECT n FROM credit_entry WHERE case_id = :id AND points < 0 AND reversed = 0 ORDER BY n", case_id);
  for (const store::Row& row : rows) (void)reverse_entry(session, policy, static_cast<std::uint64_t>(row.number(0)), who, why, now);
  return rows.size();
}

bool count_good(store::Session& session, const pack::DeskPolicy& policy, const CreditAccount& account, std::string_view conduct, std::string_view cause, Time now) {
  const pack::Conduct* good = policy.good_conduct(conduct, now);
  if (!good || !has_credit(policy, account)) return false;
  const auto of = [&](std::string_view what) {
    return fmt::format("{} FROM good_act WHERE platform = :platform AND kind = :kind AND id = :id AND conduct = :conduct AND ", what);
  };
  if (!session.rows(of("SELECT at") + "cause = :cause", account.platform, account.kind, account.id, conduct, cause).empty()) return false;
  session.run("INSERT INTO good_act (platform, kind, id, conduct, cause, at, entry) VALUES (:platform, :kind, :id, :conduct, :cause, :at, 0)", account.platform, account.kind,
              account.id, conduct, cause, millis(now));
  std::int64_t since = 0;
  if (good->within) {
    since = millis(policy.before(now, good->within));
    session.run(of("DELETE") + "at < :since", account.platform, account.kind, account.id, conduct, since);
  }
  const auto charged = session.rows("SELECT COALESCE(MAX(at), -1) FROM credit_entry WHERE platform = :platform AND kind = :kind AND id = :id AND points < 0 AND reversed = 0",
                                    account.platform, account.kind, account.id);
  if (!charged.empty()) since = std::max(since, charged[0].number(0) + 1);
  const auto acts = session.rows(of("SELECT cause") + "entry = 0 AND at >= :since ORDER BY at, cause", account.platform, account.kind, account.id, conduct, since);
  if (acts.size() < good->count) return false;

  CreditEntry entry;
  entry.credit_class = good->credit_class;
  entry.points = good->points;
  entry.reason = conduct;
  const pack::CreditClass* of_class = policy.credit_class(good->credit_class);
  if (of_class->most > 0) {
    const std::int64_t from = of_class->within ? millis(policy.before(now, of_class->within)) : 0;
    const auto given = session.rows("SELECT CAST(COALESCE(SUM(points), 0) AS BIGINT) FROM credit_entry WHERE platform = :platform AND kind = :kind AND id = :id AND class = :class AND points > 0 AND reversed = 0 AND at >= :from",
                                    account.platform, account.kind, account.id, good->credit_class, from);
    entry.points = std::min(entry.points, of_class->most - (given.empty() ? 0 : given[0].number(0)));
  }
  if (entry.points <= 0) return false;  // the acts wait until there is room again
  for (const store::Row& act : acts) {
    if (entry.evidence.size() < 3000) entry.evidence += (entry.evidence.empty() ? "" : " ") + act.text(0);
  }
  const std::uint64_t number = add_entry(session, policy, account, std::move(entry), machine().name, now);
  session.run("UPDATE good_act SET entry = :entry WHERE platform = :platform AND kind = :kind AND id = :id AND conduct = :conduct AND entry = 0 AND at >= :since", number,
              account.platform, account.kind, account.id, conduct, since);
  return true;
}

void end_row(store::Session& session, const CreditAccount& account, std::string_view conduct) {
  session.run("DELETE FROM good_act WHERE platform = :platform AND kind = :kind AND id = :id AND conduct = :conduct AND entry = 0", account.platform, account.kind, account.id, conduct);
}

std::size_t refresh_credit(store::Session& session, const pack::DeskPolicy& policy, Time now, std::size_t most) {
  std::vector<store::Value> values{millis(policy.before(now, {}))};
  std::string fading;
  for (const pack::CreditClass& one : policy.classes) {
    if (!one.decays) continue;
    fading += fmt::format("{}:c{}", fading.empty() ? "" : ", ", values.size());
    values.emplace_back(one.id);
  }
  if (fading.empty()) return 0;
  values.emplace_back(most);
  const auto rows = session.rows_with(
      "SELECT platform, kind, id FROM credit WHERE as_of < :day AND EXISTS (SELECT 1 FROM credit_entry e WHERE e.platform = credit.platform AND e.kind = credit.kind "
      "AND e.id = credit.id AND e.reversed = 0 AND e.class IN (" + fading + ")) ORDER BY as_of, platform, kind, id LIMIT :most", values);
  for (const store::Row& row : rows) settle(session, policy, {row.text(0), row.text(1), row.text(2)}, {"faded"}, now);
  return rows.size();
}

std::size_t apply_policy(store::Session& session, const pack::DeskPolicy& policy, Time now, std::size_t most) {
  const store::Rows kept = session.rows("SELECT value FROM meta WHERE name = :name", kPolicyApplied);
  const std::string hash = hash_of(policy);
  Json mark = kept.empty() ? Json() : parsed(kept[0].text(0));
  if (text_of(mark, "policy") != hash) mark = {{"policy", hash}};
  if (mark.contains("done")) return 0;
  const auto rows = session.rows("SELECT platform, kind, id FROM credit WHERE (platform, kind, id) > (:platform, :kind, :id) ORDER BY platform, kind, id LIMIT :most",
                                 text_of(mark, "platform"), text_of(mark, "kind"), text_of(mark, "id"), most);
  for (const store::Row& row : rows) settle(session, policy, {row.text(0), row.text(1), row.text(2)}, {"policy"}, now, true);
  if (rows.size() < most) mark = {{"policy", hash}, {"done", true}};
  else mark.update({{"platform", rows.back().text(0)}, {"kind", rows.back().text(1)}, {"id", rows.back().text(2)}});
  session.run("INSERT INTO meta (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value", kPolicyApplied, mark.dump());
  return rows.size();
}

}  // namespace lw::desk
