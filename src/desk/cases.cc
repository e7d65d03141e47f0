#include "desk/cases.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "desk/accused.h"
#include "desk/case_file.h"
#include "desk/interventions.h"
#include "desk/measures.h"
#include "desk/records.h"
#include "desk/sight.h"
#include "pack/contract.h"

namespace lw::desk {
namespace {

// Of the acts that are shown outside the text is what the party is told.
constexpr std::array<std::string_view, 5> kToldOutside = {"confirmCase", "rejectCase", "liftMeasure", "fileAppeal", "decideAppeal"};
constexpr int kMostActs = 10'000;  // that are shown, as the API's document allows
constexpr std::array<std::string_view, 3> kMethods = {"undercover", "sampling-test", "spot-check"};
// When somebody of the department has to act; what waits for nobody, or for an appeal alone, comes last.
constexpr std::string_view kDue = "(CASE WHEN case_file.due = 0 OR case_file.due_what = 'appeal-filed' THEN 9000000000000000 ELSE case_file.due END)";

Json head(const Act& act, const CaseFile& file) {
  Json out{{"id", file.id}, {"version", file.version}, {"platform", file.platform}, {"liable", {{"kind", file.liable.kind}, {"id", file.liable.id}}},
           {"violation", file.violation}, {"session", file.session}, {"room", file.room}, {"state", file.state}, {"severity", file.severity},
           {"lead", file.lead}, {"assist", file.assist}, {"opened", shown_time(file.opened)}, {"changed", shown_time(file.changed)},
           {"due", shown_time(file.due)}, {"due_what", file.due_what}, {"escalated", file.escalated == 2}, {"outcome", file.outcome}, {"reason", file.reason},
           {"counts", {{"decisions", file.decisions}, {"inspections", file.inspections}}}, {"published", shown_time(file.published)}};
  if (!outside(act.who)) {
    out["owner"] = file.owner;
    out["decided_by"] = file.decided_by;
    out["counts"]["reports"] = file.reports;
    out["published_text"] = file.published_text;
    if (file.joint) out["joint"] = file.joint;
  } else {
    const LastShown last = last_shown(act.session, file.id);
    out["version"] = last.version;
    out["changed"] = shown_time(last.at);
    out["assist"] = Json::array();  // a report may bring in another department
  }
  return without_nothing(std::move(out));
}

Json items_of(const Act& act, const CaseFile& file) {
  Json items = Json::array();
  const store::Rows rows = act.session.rows("SELECT kind, ref, at, text FROM case_item WHERE case_id = :case ORDER BY at DESC, ref LIMIT 200", file.id);
  for (const store::Row& row : rows) {
    const std::string& kind = row.text(0);
    if (kind == "report" && outside(act.who)) continue;
    Json item{{"kind", kind}, {"ref", row.text(1)}, {"at", shown_time(row.number(2))}};
    if (kind == "decision") {
      // By its id: SQLite would go through all decisions of the case for each.
      const store::Rows made = act.session.rows("SELECT record FROM decision WHERE id = :id AND +case_id = :case", row.text(1), file.id);
      if (Json record = made.empty() ? Json() : parsed(made[0].text(0)); !record.empty()) item["record"] = std::move(record);
    } else if (kind == "report" && act.who.department() == file.lead) {
      std::int64_t number = 0;
      std::from_chars(row.text(1).data(), row.text(1).data() + row.text(1).size(), number);
      const store::Rows filed = act.session.rows("SELECT receipt, text, state FROM report WHERE id = :id", number);
      if (!filed.empty()) item.update({{"receipt", filed[0].text(0)}, {"text", filed[0].text(1)}, {"state", filed[0].text(2)}});
    } else if (kind == "inspection" && !outside(act.who)) {
      item["text"] = row.text(3);
    }
    items.push_back(std::move(item));
  }
  return items;
}

Json acts_of(const Act& act, const CaseFile& file) {
  Json acts = Json::array();
  const store::Rows rows = act.session.rows("SELECT n, at, who, act, text, data FROM (SELECT n, at, who, act, text, data FROM case_act WHERE case_id = :case ORDER BY n DESC LIMIT :most) newest"
                                            " ORDER BY n", file.id, kMostActs);
  for (const store::Row& row : rows) {
    const std::string& verb = row.text(3);
    const Json data = parsed(row.text(5));
    Json shown{{"n", row.number(0)}, {"at", shown_time(row.number(1))}, {"act", verb}};
    if (!outside(act.who)) {
      shown.update({{"who", row.text(2)}, {"text", row.text(4)}, {"data", data}});
    } else if (shown_outside(verb)) {
      shown["who"] = told_outside(file, row.text(2), text_of(data, "body"));
      if (std::ranges::count(kToldOutside, verb) > 0) shown["text"] = row.text(4);
    } else {
      continue;
    }
    acts.push_back(without_nothing(std::move(shown)));
  }
  return acts;
}

Json appeals_of(const Act& act, const CaseFile& file) {
  Json out = Json::array();
  for (const store::Row& row : act.session.rows("SELECT id, by_whom, text, filed, due, state, decided_by, decided, reason FROM appeal WHERE case_id = :case ORDER BY id", file.id)) {
    const bool by_officer = row.text(1).starts_with("person/");
    Json appeal{{"id", row.number(0)}, {"case_id", file.id}, {"by_whom", by_officer && outside(act.who) ? told_outside(file, row.text(1), "") : row.text(1)}, {"text", row.text(2)},
                {"filed", shown_time(row.number(3))}, {"due", shown_time(row.number(4))}, {"state", row.text(5)}, {"decided", shown_time(row.number(7))}, {"reason", row.text(8)}};
    if (!outside(act.who)) appeal["decided_by"] = row.text(6);
    out.push_back(without_nothing(std::move(appeal)));
  }
  return out;
}

Json shown_case(const Act& act, const CaseFile& file) {
  Json out = head(act, file);
  const store::Rows named = act.session.rows("SELECT name FROM party WHERE platform = :platform AND kind = :kind AND id = :id", file.platform, file.liable.kind, file.liable.id);
  if (!named.empty()) out["liable"]["name"] = named[0].text(0);
  out["items"] = items_of(act, file);
  out["acts"] = acts_of(act, file);
  out["measures"] = measures_of(act, file);
  out["appeals"] = appeals_of(act, file);
  if (const auto asked = list_interventions(act, {{"case_id", std::to_string(file.id)}, {"limit", "200"}})) out["interventions"] = asked->at("items");
  out["proposals"] = outside(act.who) ? Json::array() : proposals_of(act, file);
  if (outside(act.who)) return out;
  Json earlier = Json::array();
  for (const store::Row& row : act.session.rows("SELECT id FROM case_file WHERE platform = :platform AND liable_kind = :kind AND liable_id = :liable AND violation = :violation"
                                                " AND session = :session AND id <> :id AND outcome = 'confirmed' ORDER BY id",
                                                file.platform, file.liable.kind, file.liable.id, file.violation, file.session, file.id)) {
    earlier.push_back(row.number(0));
  }
  out["same_confirmed"] = std::move(earlier);  // one act is not to be punished twice
  return out;
}

}  // namespace

Answer<Json> list_cases(const Act& act, const Query& query) {
  const Page page = page_of(query);
  Where where;
  see_cases(where, act.who);
  for (const char* field : {"state", "lead", "violation", "platform", "session", "liable_kind", "liable_id"}) {
    if (const std::string text = asked(query, field); !text.empty()) where.add(fmt::format("case_file.{} = ?", field), text);
  }
  at_least(where, "case_file.severity", asked(query, "severity"));
  if (const std::string owner = asked(query, "owner"); !owner.empty() && !outside(act.who)) where.add("case_file.owner = ?", owner == "none" ? std::string() : owner == "me" ? act.who.name : owner);
  if (const std::string helper = asked(query, "assist"); !helper.empty() && !outside(act.who)) where.add("case_file.lead <> ? AND case_file.assist LIKE ?", helper, listed_in(helper));
  if (asked(query, "overdue") == "true") where.add(fmt::format("{} < ?", kDue), millis(act.now));
  if (const std::string escalated = asked(query, "escalated"); !escalated.empty()) where.add(escalated == "true" ? "case_file.escalated = 2" : "case_file.escalated <> 2");
  if (!page.after.empty()) {  // "due.id" of the last one before
    const std::size_t dot = std::min(page.after.find('.'), page.after.size());
    const Query cursor{{"due", page.after.substr(0, dot)}, {"id", page.after.substr(std::min(dot + 1, page.after.size()))}};
    const std::int64_t due = asked_number(cursor, "due", 0);
    where.add(fmt::format("({} > ? OR ({} = ? AND case_file.id > ?))", kDue, kDue), due, due, asked_number(cursor, "id", 0));
  }
  const store::Rows rows = where.rows(act.session, fmt::format("SELECT case_file.id, {} FROM case_file", kDue), fmt::format("ORDER BY {}, case_file.id{}", kDue, limit_of(page)));
  return listed(page, rows,
                [&](const store::Row& row) {
                  const auto file = find_case(act.session, static_cast<std::uint64_t>(row.number(0)));
                  return file ? head(act, *file) : Json();
                },
                [](const store::Row& row) { return fmt::format("{}.{}", row.number(1), row.number(0)); });
}

Answer<Json> get_case(const Act& act, std::uint64_t id) {
  const auto file = case_for(act, id);
  if (!file) return tl::make_unexpected(file.error());
  return shown_case(act, *file);
}

Answer<Json> open_case(const Act& act, const Json& body) {
  if (!act.who.is_department() || !is_officer(act.who) || act.who.person == 0) return refuse(Why::kForbidden, "an officer of a department opens cases");
  const auto target = asked_entity(body, body.contains("target") ? "target" : "liable");
  if (!target) return tl::make_unexpected(target.error());
  const auto text = asked_text(body, "text");
  if (!text) return tl::make_unexpected(text.error());
  Inspection found{text_of(body, "platform"), *target, text_of(body, "room"), text_of(body, "session"), text_of(body, "violation"), text_of(body, "severity"),
                   text_of(body, "method"), "failed", *text, {}};
  if (found.method.empty()) found.method = "undercover";
  if (std::ranges::count(kMethods, found.method) == 0) return refuse_field("method", "method is one of: undercover, sampling-test, spot-check");
  found.ref = "inspection/" + std::to_string(act.session.next("inspection"));
  const auto id = accuse(act, found);
  if (!id) return tl::make_unexpected(id.error());
  if (*id == 0) return refuse_field("target", fmt::format("nobody is known to answer for {} {}: name the party itself", target->kind, target->id));
  if (auto seen = get_case(act, *id)) return seen;
  return Json{{"ref", found.ref}};  // of a case that is another department's, what was handed in alone is told
}

}  // namespace lw::desk
