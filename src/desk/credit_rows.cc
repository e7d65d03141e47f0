#include "desk/credit_rows.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>
#include <optional>

#include "desk/fields.h"
#include "desk/records.h"
#include "desk/sight.h"

namespace lw::desk {
namespace {

constexpr std::size_t kAccountsAtOnce = 1000, kMostHistory = 200;
constexpr std::string_view kEntryColumns =
    "n, class, points, reason, rule, repairs, case_id, evidence, decided_by, at, reversed, reversed_by, reversed_why";

CreditEntry entry_of(const store::Row& row) {
  CreditEntry out;
  out.n = static_cast<std::uint64_t>(row.number(0));
  out.credit_class = row.text(1);
  out.points = row.number(2);
  out.reason = row.text(3);
  out.rule = row.text(4);
  out.repairs = static_cast<std::uint64_t>(row.number(5));
  out.case_id = static_cast<std::uint64_t>(row.number(6));
  out.evidence = row.text(7);
  out.decided_by = row.text(8);
  out.at = time_of(row.number(9));
  return out;
}

std::optional<std::int64_t> to_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty() ? std::optional(number) : std::nullopt;
}

// Officers have names for departments alone.
std::string shown_name(const std::string& name, const Actor& who) { return name.starts_with("person/") && !who.is_department() ? "officer" : name; }

Json account_json(const CreditAccount& account, std::int64_t score, std::string_view grade, const std::string& counters, std::int64_t as_of) {
  Json out{{"platform", account.platform}, {"kind", account.kind}, {"id", account.id}, {"score", score}, {"grade", grade}};
  out["counters"] = Json::parse(counters, nullptr, false);
  out["as_of"] = shown_time(as_of);
  return out;
}

// The score right after each of the last entries that count, and as it is: what a chart shows. What fades in between is in the next one.
Json history_json(const std::vector<CreditEntry>& entries, const Standing& standing, Time as_of) {
  Json out = Json::array();
  for (std::size_t i = entries.size() - std::min(entries.size(), kMostHistory); i < entries.size(); ++i) {
    out.push_back({{"at", shown_time(millis(entries[i].at))}, {"score", standing.after.at(entries[i].n)}, {"n", entries[i].n}});
  }
  out.push_back({{"at", shown_time(millis(as_of))}, {"score", standing.score}});
  return out;
}

Json repairs_json(store::Session& session, const CreditAccount& account, const Actor& who) {
  Json out = Json::array();
  const auto rows = session.rows("SELECT id FROM repair WHERE platform = :platform AND kind = :kind AND party = :party ORDER BY id DESC LIMIT 1000", account.platform,
                                 account.kind, account.id);
  for (const store::Row& row : rows) {
    Json repair = repair_json(session, static_cast<std::uint64_t>(row.number(0)));
    for (const char* by : {"set_by", "verified_by"}) {
      if (repair.contains(by)) repair[by] = shown_name(repair[by], who);
    }
    out.push_back(std::move(repair));
  }
  return out;
}

}  // namespace

std::vector<CreditEntry> entries_of(store::Session& session, const CreditAccount& account) {
  std::vector<CreditEntry> out;
  const auto rows = session.rows(fmt::format("SELECT {} FROM credit_entry WHERE platform = :platform AND kind = :kind AND id = :id AND reversed = 0 ORDER BY at, n", kEntryColumns),
                                 account.platform, account.kind, account.id);
  for (const store::Row& row : rows) out.push_back(entry_of(row));
  return out;
}

std::string grade_stored(store::Session& session, const CreditAccount& account) {
  const auto rows = session.rows("SELECT grade FROM credit WHERE platform = :platform AND kind = :kind AND id = :id", account.platform, account.kind, account.id);
  return rows.empty() ? std::string() : rows[0].text(0);
}

Json to_json(const CreditEntry& entry) {
  Json out{{"n", entry.n}, {"class", entry.credit_class}, {"points", entry.points}, {"reason", entry.reason}, {"evidence", entry.evidence}, {"decided_by", entry.decided_by},
           {"at", shown_time(millis(entry.at))}};
  if (!entry.rule.empty()) out["rule"] = entry.rule;
  if (entry.case_id) out["case_id"] = entry.case_id;
  if (entry.repairs) out["repairs"] = entry.repairs;
  return out;
}

Json to_json(const pack::Entitlements& entitlements) {
  Json out{{"categories", entitlements.categories}, {"exposure", entitlements.exposure}};
  const auto cap = [&](const char* name, const std::optional<std::int64_t>& value) {
    if (value) out[name] = *value;
  };
  cap("tip_once", entitlements.tip_once);
  cap("tip_session", entitlements.tip_session);
  cap("tip_day", entitlements.tip_day);
  cap("tip_month", entitlements.tip_month);
  cap("audience", entitlements.audience);
  return out;
}

Json check_credit(store::Session& session, const pack::DeskPolicy& policy) {
  Json wrong = Json::array();
  std::uint64_t checked = 0;
  for (CreditAccount last;;) {
    // Accounts that have entries and no row are wrong too.
    const auto rows = session.rows(
        "SELECT a.platform, a.kind, a.id, COALESCE(c.score, -1), COALESCE(c.grade, ''), COALESCE(c.counters, ''), COALESCE(c.as_of, 0) FROM "
        "(SELECT platform, kind, id FROM credit UNION SELECT platform, kind, id FROM credit_entry) a "
        "LEFT JOIN credit c ON c.platform = a.platform AND c.kind = a.kind AND c.id = a.id "
        "WHERE (a.platform, a.kind, a.id) > (:platform, :kind, :id) ORDER BY a.platform, a.kind, a.id LIMIT :most",
        last.platform, last.kind, last.id, kAccountsAtOnce);
    for (const store::Row& row : rows) {
      last = {row.text(0), row.text(1), row.text(2)};
      const Standing anew = stand(policy, entries_of(session, last), time_of(row.number(6)));
      ++checked;
      const Json counters = anew.classes;
      if (anew.score == row.number(3) && anew.grade == row.text(4) && counters == Json::parse(row.text(5), nullptr, false)) continue;
      wrong.push_back({{"platform", last.platform}, {"kind", last.kind}, {"id", last.id}, {"stored", row.number(3)}, {"stored_grade", row.text(4)}, {"anew", anew.score}, {"anew_grade", anew.grade}});
    }
    if (rows.size() < kAccountsAtOnce) return {{"checked", checked}, {"wrong", wrong}};
  }
}

bool sees_credit(const Actor& who, const CreditAccount& account) {
  if (who.is_department()) return true;
  if (who.is_platform()) return who.platform() == account.platform;
  return who.is_party() && who.body == account.text();
}

Answer<Json> list_credit(store::Session& session, const Query& query, const Actor& who) {
  std::vector<store::Value> values;
  std::string where;
  const auto add = [&](std::string_view condition, const auto&... of) {
    where += fmt::format("{}{}", where.empty() ? " WHERE " : " AND ", condition);
    (values.emplace_back(of), ...);
  };
  if (who.is_platform() || who.is_party()) add("platform = :own", std::string(who.platform()));
  if (who.is_party()) add("kind = :own_kind AND id = :own_id", std::string(who.party_kind()), std::string(who.party_id()));
  if (!who.is_department() && !who.is_platform() && !who.is_party()) add("1 = 0");
  for (const char* name : {"platform", "kind", "grade"}) {
    if (const std::string value = asked(query, name); !value.empty()) add(fmt::format("{} = :{}", name, name), value);
  }
  if (const std::string after = asked(query, "after"); !after.empty()) {  // score/platform/kind/id
    const std::size_t a = after.find('/'), b = after.find('/', a + 1), c = after.find('/', b + 1);
    const auto score = to_number(std::string_view(after).substr(0, a));
    if (!score || c == std::string::npos || b == std::string::npos || a == std::string::npos) return refuse_field("after", "`after` is the `next` of the answer before");
    add("(score, platform, kind, id) > (:score, :after_platform, :after_kind, :after_id)", *score, after.substr(a + 1, b - a - 1), after.substr(b + 1, c - b - 1), after.substr(c + 1));
  }
  const std::int64_t limit = static_cast<std::int64_t>(page_of(query).limit);
  values.emplace_back(limit + 1);
  const auto rows = session.rows_with("SELECT platform, kind, id, score, grade, counters, as_of FROM credit" + where + " ORDER BY score, platform, kind, id LIMIT :most", values);
  Json items = Json::array();
  for (const store::Row& row : rows) {
    if (std::ssize(items) < limit) items.push_back(account_json({row.text(0), row.text(1), row.text(2)}, row.number(3), row.text(4), row.text(5), row.number(6)));
  }
  Json out{{"items", std::move(items)}};
  if (std::ssize(rows) > limit) {
    const store::Row& last = rows[static_cast<std::size_t>(limit - 1)];
    out["next"] = fmt::format("{}/{}/{}/{}", last.number(3), last.text(0), last.text(1), last.text(2));
  }
  return out;
}

Answer<Json> get_credit(store::Session& session, const pack::DeskPolicy& policy, const CreditAccount& account, const Query& query, const Actor& who, Time now) {
  if (!sees_credit(who, account)) return refuse(Why::kNotFound, "there is no credit of {}", account.text());
  const std::string after = asked(query, "after");
  const auto before = after.empty() ? std::optional(std::numeric_limits<std::int64_t>::max()) : to_number(after);
  if (!before) return refuse_field("after", "`after` is the `next` of the answer before");
  const auto row = session.rows("SELECT score, grade, counters, as_of FROM credit WHERE platform = :platform AND kind = :kind AND id = :id", account.platform, account.kind, account.id);
  const bool known = !row.empty() || !session.rows("SELECT id FROM party WHERE platform = :platform AND kind = :kind AND id = :id", account.platform, account.kind, account.id).empty();
  const std::string grade = grade_of(session, policy, account);
  if (!known || grade.empty()) return refuse(Why::kNotFound, "there is no credit of {}", account.text());
  Json out;
  out["credit"] = row.empty() ? account_json(account, policy.points, grade, "{}", millis(now)) : account_json(account, row[0].number(0), row[0].text(1), row[0].text(2), row[0].number(3));
  const pack::Grade* of = policy.grade(grade);  // a pack that came since may not know the grade
  out["entitlements"] = to_json(of ? of->entitlements : policy.grades.back().entitlements);
  const std::vector<CreditEntry> entries = entries_of(session, account);
  const Time as_of = row.empty() ? now : time_of(row[0].number(3));
  const Standing standing = stand(policy, entries, as_of);
  const std::int64_t limit = static_cast<std::int64_t>(page_of(query).limit);
  const auto rows = session.rows(fmt::format("SELECT {} FROM credit_entry WHERE platform = :platform AND kind = :kind AND id = :id AND n < :before ORDER BY n DESC LIMIT :most", kEntryColumns),
                                 account.platform, account.kind, account.id, *before, limit + 1);
  out["items"] = Json::array();
  for (const store::Row& one : rows) {
    if (std::ssize(out["items"]) == limit) {
      out["next"] = std::to_string(out["items"].back()["n"].get<std::int64_t>());
      break;
    }
    Json entry = to_json(entry_of(one));
    entry["decided_by"] = shown_name(one.text(8), who);
    if (const auto left = standing.left.find(static_cast<std::uint64_t>(one.number(0))); left != standing.left.end()) entry["left"] = left->second;
    if (one.number(10)) entry.update({{"reversed", shown_time(one.number(10))}, {"reversed_by", shown_name(one.text(11), who)}, {"reversed_why", one.text(12)}});
    out["items"].push_back(std::move(entry));
  }
  out["repairs"] = repairs_json(session, account, who);
  out["history"] = history_json(entries, standing, as_of);
  return out;
}

}  // namespace lw::desk
