#include "desk/decisions.h"

#include "desk/records.h"
#include "desk/sight.h"

namespace lw::desk {
namespace {

constexpr std::string_view kColumns =
    "SELECT decision.n, decision.id, decision.rule, decision.obligation, decision.violation, decision.severity, decision.mode, decision.platform,"
    " decision.target_kind, decision.target_id, decision.liable_kind, decision.liable_id, decision.room, decision.session, decision.lead,"
    " decision.assist, decision.at, decision.case_id, decision.outcome, decision.record, decision.trigger_event, decision.taken_in FROM decision";

Json shown(const store::Row& row) {
  Json out{{"n", row.number(0)}, {"id", row.text(1)}, {"rule", row.text(2)}, {"obligation", row.text(3)}, {"violation", row.text(4)}, {"severity", row.text(5)},
           {"mode", row.text(6)}, {"platform", row.text(7)}, {"room", row.text(12)}, {"session", row.text(13)},
           {"lead", row.text(14)}, {"assist", parsed(row.text(15))}, {"at", shown_time(row.number(16))}, {"outcome", row.text(18)},
           {"trigger_event", row.text(20)}, {"taken_in", shown_time(row.number(21))}};
  if (Json record = parsed(row.text(19)); !record.empty()) out["record"] = std::move(record);  // empty: its term is over
  if (!row.text(9).empty()) out["target"] = {{"kind", row.text(8)}, {"id", row.text(9)}};
  if (!row.text(11).empty()) out["liable"] = {{"kind", row.text(10)}, {"id", row.text(11)}};
  if (row.number(17)) out["case_id"] = row.number(17);
  return without_nothing(std::move(out));
}

}  // namespace

Answer<Json> list_decisions(const Act& act, const Query& query) {
  const Page page = page_of(query);
  Where where;
  see_decisions(where, act.who);
  for (const char* field : {"platform", "room", "session", "rule", "violation", "mode", "outcome", "liable_kind", "liable_id"}) {
    if (const std::string text = asked(query, field); !text.empty()) where.add(fmt::format("decision.{} = ?", field), text);
  }
  at_least(where, "decision.severity", asked(query, "severity"));
  if (const std::int64_t number = asked_number(query, "case_id", 0)) where.add("decision.case_id = ?", number);
  for (const auto& [field, test] : {std::pair("from", "decision.at >= ?"), {"to", "decision.at < ?"}}) {
    const std::string text = asked(query, field);
    if (text.empty()) continue;
    const auto time = asked_time({{field, text}}, field);
    if (!time) return tl::make_unexpected(time.error());
    where.add(test, *time);
  }
  if (!page.after.empty()) where.add("decision.n < ?", asked_number(query, "after", 0));
  const store::Rows rows = where.rows(act.session, kColumns, "ORDER BY decision.n DESC" + limit_of(page));
  return listed(page, rows, shown, [](const store::Row& row) { return std::to_string(row.number(0)); });
}

Answer<Json> get_decision(const Act& act, const std::string& id) {
  Where where;
  see_decisions(where, act.who);
  const store::Rows rows = where.add("decision.id = ?", id).rows(act.session, kColumns, "ORDER BY decision.n DESC LIMIT 1");
  if (rows.empty()) return refuse(Why::kNotFound, "there is no decision {}", id);
  return shown(rows[0]);
}

}  // namespace lw::desk
