#include "desk/interventions.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/hash.h"
#include "desk/records.h"
#include "desk/sight.h"

namespace lw::desk {
namespace {

constexpr std::int64_t kFirstWait = 5'000, kLongestWait = 3'600'000;  // milliseconds
constexpr std::array<std::string_view, 3> kOutcomes = {"done", "partly", "refused"};

constexpr std::string_view kColumns =
    "SELECT intervention.id, intervention.n, intervention.decision, intervention.case_id, intervention.platform, intervention.action,"
    " intervention.target_kind, intervention.target_id, intervention.room, intervention.session, intervention.asked_by, intervention.at,"
    " intervention.state, intervention.attempts, intervention.next_at, intervention.acknowledged, intervention.effect, intervention.record FROM intervention";

std::string id_of(const Demand& demand) {
  std::string parts;
  put_text(parts, demand.cause);
  put_text(parts, demand.action);
  const Key128 hash = hash128(parts);
  return fmt::format("{:016x}{:016x}", hash.high, hash.low);
}

Json event_of(const Act& act, const Demand& demand, const std::string& id) {
  Json data = demand.why;
  data["intervention"] = id;
  data["action"] = demand.action;
  data["platform"] = demand.platform;
  data["target"] = {{"kind", demand.target.kind}, {"id", demand.target.id}};
  for (const auto& [name, text] : {std::pair("room", &demand.room), {"session", &demand.session}, {"department", &demand.department}}) {
    if (!text->empty()) data[name] = *text;
  }
  if (demand.case_id) data["case"] = std::to_string(demand.case_id);
  // The platform's own events that it rests on: by them it finds whom it knows under another name.
  Json events = Json::array();
  const store::Rows rows = demand.case_id ? act.session.rows("SELECT trigger_event FROM decision WHERE case_id = :case ORDER BY n DESC LIMIT 16", demand.case_id)
                                          : act.session.rows("SELECT trigger_event FROM decision WHERE id = :id LIMIT 1", demand.decision);
  for (const store::Row& row : rows) events.push_back(row.text(0));
  if (!events.empty()) data["events"] = std::move(events);
  data["by"] = act.who.person ? "department" : "machine";
  return {{"specversion", "1.0"}, {"id", id}, {"source", "/livewarden"}, {"type", "live.intervention.requested"},
          {"subject", demand.target.kind + "/" + demand.target.id}, {"time", format_rfc3339(act.now)}, {"data", std::move(data)}};
}

Json shown(const store::Row& row, const Actor& actor) {
  const Json record = parsed(row.text(17));
  const std::string department = text_of(part_of(record, "data"), "department");
  const std::string &by = row.text(10), &effect = row.text(16);
  const std::size_t colon = std::min(effect.find(':'), effect.size());
  Json out{{"id", row.text(0)}, {"n", row.number(1)}, {"platform", row.text(4)}, {"action", row.text(5)}, {"room", row.text(8)}, {"session", row.text(9)},
           {"asked_by", by == machine().name || !outside(actor) ? by : "department/" + department}, {"at", shown_time(row.number(11))},
           {"state", row.text(12)}, {"attempts", row.number(13)}, {"acknowledged", shown_time(row.number(15))}, {"outcome", effect.substr(0, colon)},
           {"effect", effect.substr(std::min(colon + 2, effect.size()))}};
  if (!record.empty()) out["record"] = record;  // empty: its term is over
  if (!row.text(7).empty()) out["target"] = {{"kind", row.text(6)}, {"id", row.text(7)}};
  out[row.text(2).starts_with("measure/") ? "measure" : "decision"] = row.text(2);
  if (row.number(3)) out["case_id"] = row.number(3);
  if (row.text(12) == "asked") out["next_at"] = shown_time(row.number(14));
  return without_nothing(std::move(out));
}

// Rows of (id, case, platform, action, target kind, target id, room, session, record, decision).
void withdraw(const Act& act, const store::Rows& rows, std::string_view why) {
  for (const store::Row& row : rows) {
    act.session.run("UPDATE intervention SET state = 'withdrawn' WHERE id = :id", row.text(0));
    const Json data = part_of(parsed(row.text(8)), "data");
    Demand undone{row.text(0), row.text(9), "restore", static_cast<std::uint64_t>(row.number(1)), row.text(2), {row.text(4), row.text(5)}, row.text(6), row.text(7),
                  text_of(data, "department"), {{"undoes", row.text(0)}, {"undoes_action", row.text(3)}, {"reason", why}}};
    ask_platform(act, undone);
  }
}

constexpr std::string_view kStanding =
    "SELECT id, case_id, platform, action, target_kind, target_id, room, session, record, decision FROM intervention"
    " WHERE state <> 'withdrawn' AND action <> 'restore' AND ";

}  // namespace

std::string ask_platform(const Act& act, const Demand& demand) {
  const std::string id = id_of(demand);
  if (demand.platform.empty()) return id;
  if (!act.session.rows("SELECT n FROM intervention WHERE id = :id", id).empty()) return id;
  const Json event = event_of(act, demand, id);
  act.session.run("INSERT INTO intervention (id, n, decision, case_id, platform, action, target_kind, target_id, room, session, asked_by, at, state, attempts,"
                  " next_at, acknowledged, effect, record) VALUES (:id, :n, :decision, :case, :platform, :action, :kind, :target, :room, :session, :by, :at,"
                  " 'asked', 0, :next, 0, '', :record)",
                  id, act.session.next("intervention"), demand.decision, demand.case_id, demand.platform, demand.action, demand.target.kind, demand.target.id,
                  demand.room, demand.session, act.who.name, millis(act.now), millis(act.now), written(event));
  add_leaf(act.session, "intervention", id, event, act.now);
  return id;
}

void withdraw_of_case(const Act& act, std::uint64_t case_id, std::string_view why) {
  withdraw(act, act.session.rows(fmt::format("{} case_id = :case ORDER BY n", kStanding), case_id), why);
}
void withdraw_of_cause(const Act& act, std::string_view decision, std::string_view why) {
  withdraw(act, act.session.rows(fmt::format("{} decision = :decision ORDER BY n", kStanding), decision), why);
}

Answer<Json> list_interventions(const Act& act, const Query& query) {
  const Page page = page_of(query);
  Where where;
  see_interventions(where, act.who);
  for (const char* field : {"state", "platform", "room"}) {
    if (const std::string text = asked(query, field); !text.empty()) where.add(fmt::format("intervention.{} = ?", field), text);
  }
  if (const std::int64_t number = asked_number(query, "case_id", 0)) where.add("intervention.case_id = ?", number);
  const bool polled = query.contains("since");
  if (polled) where.add("intervention.n > ?", asked_number(query, "since", 0));
  if (!page.after.empty()) where.add(polled ? "intervention.n > ?" : "intervention.n < ?", asked_number(query, "after", 0));
  const store::Rows rows = where.rows(act.session, kColumns, (polled ? "ORDER BY intervention.n" : "ORDER BY intervention.n DESC") + limit_of(page));
  return listed(page, rows, [&](const store::Row& row) { return shown(row, act.who); }, [](const store::Row& row) { return std::to_string(row.number(1)); });
}

Answer<Json> acknowledge_intervention(const Act& act, const std::string& id, const Json& body) {
  const std::string outcome = text_of(body, "outcome"), effect = text_of(body, "effect");
  if (std::ranges::count(kOutcomes, outcome) == 0) return refuse_field("outcome", "outcome is one of: done, partly, refused");
  const auto find = [&] {
    Where where;
    see_interventions(where, act.who);
    return where.add("intervention.id = ?", id).rows(act.session, kColumns, "");
  };
  const store::Rows rows = find();
  if (rows.empty()) return refuse(Why::kNotFound, "there is no intervention {}", id);
  if (!act.who.is_platform()) return refuse(Why::kForbidden, "only the platform that was asked can acknowledge it");
  const std::string kept = effect.empty() ? outcome : outcome + ": " + effect;
  if (rows[0].text(16) == kept) return shown(rows[0], act.who);
  const std::int64_t first = rows[0].number(15) ? rows[0].number(15) : millis(act.now);
  act.session.run("UPDATE intervention SET state = (CASE WHEN state = 'withdrawn' THEN state ELSE 'acknowledged' END), acknowledged = :at, effect = :effect"
                  " WHERE id = :id", first, kept, id);
  note_act(act.session, act.who, "acknowledgeIntervention", "intervention/" + id, outcome, act.now);
  add_leaf(act.session, "intervention", id, {{"intervention", id}, {"outcome", outcome}, {"effect", effect}, {"acknowledged", shown_time(millis(act.now))}}, act.now);
  return shown(find()[0], act.who);
}

std::vector<Due> due_interventions(store::Session& session, std::string_view platform, Time now, std::size_t limit) {
  std::vector<Due> out;
  for (const store::Row& row : session.rows("SELECT id, platform, record, attempts FROM intervention WHERE state = 'asked' AND next_at <= :now"
                                            " AND platform = :platform ORDER BY next_at, n LIMIT " + std::to_string(limit), millis(now), platform)) {
    out.push_back({row.text(0), row.text(1), row.text(2), static_cast<std::uint64_t>(row.number(3))});
  }
  return out;
}

void intervention_sent(store::Session& session, std::string_view id, Time now) {
  session.run("UPDATE intervention SET state = 'sent', attempts = attempts + 1, next_at = :now WHERE id = :id AND state = 'asked'", millis(now), id);
}

void intervention_failed(store::Session& session, std::string_view id, Time now) {
  const store::Rows rows = session.rows("SELECT attempts FROM intervention WHERE id = :id AND state = 'asked'", id);
  if (rows.empty()) return;
  std::int64_t wait = kFirstWait;
  for (std::int64_t i = 0; i < rows[0].number(0) && wait < kLongestWait; ++i) wait *= 2;
  session.run("UPDATE intervention SET attempts = attempts + 1, next_at = :next WHERE id = :id", millis(now) + std::min(wait, kLongestWait), id);
}

}  // namespace lw::desk
