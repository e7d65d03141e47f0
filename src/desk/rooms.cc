#include "desk/rooms.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <tuple>

#include "desk/records.h"
#include "desk/sight.h"

namespace lw::desk {
namespace {

using store::Row;

// A party sees the rooms that it broadcasts or runs.
void see_rooms(Where& where, const Actor& who) {
  if (who.is_department()) return;
  const std::string_view kind = who.party_kind();
  if (who.is_platform()) where.add("room.platform = ?", who.platform());
  else if (kind == "host" || kind == "operator" || kind == "mcn") where.add(fmt::format("room.platform = ? AND room.{} = ?", kind), who.platform(), who.party_id());
  else where.nothing();
}

// Event time in [from, to), milliseconds; 0: open.
struct Times {
  std::int64_t from = 0, to = 0;
};
Times times_of(const Query& query) {
  const auto read = [&](std::string_view name) {
    const auto time = parse_rfc3339(asked(query, name));
    return time ? millis(*time) : 0;
  };
  return {read("from"), read("to")};
}
void within(Where& where, std::string_view column, const Times& times) {
  if (times.from > 0) where.add(fmt::format("{} >= ?", column), times.from);
  if (times.to > 0) where.add(fmt::format("{} < ?", column), times.to);
}

void equal(Where& where, std::string_view column, const std::string& value) {
  if (!value.empty()) where.add(fmt::format("{} = ?", column), value);
}

void put(Json& out, const char* name, const std::string& value) {
  if (!value.empty()) out[name] = value;
}
void put_time(Json& out, const char* name, std::int64_t value) {
  if (value != 0) out[name] = shown_time(value);
}

constexpr std::int64_t kMostMinutes = 1440;
constexpr std::string_view kRoomColumns = "platform, id, session, host, operator, mcn, on_air, started, ended, online, gross, tips, risk, findings, last_at";

Json shown_room(const Row& row) {
  Json out{{"platform", row.text(0)}, {"id", row.text(1)}};
  put(out, "session", row.text(2));
  put(out, "host", row.text(3));
  put(out, "operator", row.text(4));
  put(out, "mcn", row.text(5));
  out["on_air"] = row.number(6) != 0;
  put_time(out, "started", row.number(7));
  put_time(out, "ended", row.number(8));
  out["online"] = row.number(9);
  out["gross"] = row.number(10);
  out["tips"] = row.number(11);
  out["risk"] = row.number(12);
  out["findings"] = row.number(13);
  out["last_at"] = shown_time(row.number(14));
  return out;
}

// Findings of the broadcast that the body sees, by violation.
Json violations_of(store::Session& session, const Actor& who, const Json& room) {
  Where where;
  see_decisions(where, who);
  where.add("decision.mode <> 'shadow' AND decision.platform = ? AND decision.room = ? AND decision.session = ?", room["platform"].get<std::string>(),
            room["id"].get<std::string>(), room.value("session", ""));
  Json out = Json::object();
  for (const Row& row : where.rows(session, "SELECT decision.violation, COUNT(*) FROM decision", "GROUP BY decision.violation")) out[row.text(0)] = row.number(1);
  return out;
}

Json room_for(store::Session& session, const Actor& who, const Row& row) {
  Json out = shown_room(row);
  if (out["findings"] == 0) return out;
  if (Json found = violations_of(session, who, out); !found.empty()) out["violations"] = std::move(found);
  return out;
}

Json series_of(store::Session& session, const std::string& platform, const std::string& room) {
  Json out = Json::array();
  const auto rows = session.rows("SELECT at, online, gross, tips FROM room_minute WHERE platform = :platform AND room = :room ORDER BY at DESC LIMIT :most", platform, room, kMostMinutes);
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    out.push_back({{"at", shown_time(row->number(0))}, {"online", row->number(1)}, {"gross", row->number(2)}, {"tips", row->number(3)}});
  }
  return out;
}

// Of (time, name, severity, violation, case, record, kind).
Json shown_moment(const Row& row) {
  Json moment{{"at", shown_time(row.number(0))}, {"kind", row.text(6)}, {"ref", row.text(1)}};
  put(moment, "severity", row.text(2));
  put(moment, "violation", row.text(3));
  if (row.number(4) != 0) moment["case_id"] = row.number(4);
  if (row.text(5).empty()) return moment;
  Json record = Json::parse(row.text(5), nullptr, false);
  const Json& data = record.contains("data") ? record["data"] : record;
  if (data.contains("message")) moment["message"] = data["message"];
  moment["record"] = std::move(record);
  return moment;
}

// The `next` of a page before: the key of its last row, a JSON array of numbers and texts in that order. Null if it is none.
Json key_of(const std::string& after, std::string_view form) {
  Json key = Json::parse(after, nullptr, false);
  if (!key.is_array() || key.size() != form.size()) return nullptr;
  for (std::size_t i = 0; i < form.size(); ++i) {
    if (form[i] == 'n' ? !key[i].is_number_integer() : !key[i].is_string()) return nullptr;
  }
  return key;
}
tl::unexpected<Refusal> no_page() { return refuse_field("after", "is not the `next` of a page before"); }

}  // namespace

Answer<Json> list_rooms(store::Session& session, const Actor& who, const Query& query) {
  const Page page = page_of(query);
  Where where;
  see_rooms(where, who);
  equal(where, "room.platform", asked(query, "platform"));
  if (asked(query, "on_air") != "false") where.add("room.on_air = 1");
  if (!page.after.empty()) {
    const Json at = key_of(page.after, "ntt");
    if (at.is_null()) return no_page();
    const std::int64_t risk = at[0];
    const std::string platform = at[1], id = at[2];
    where.add("(risk < ? OR (risk = ? AND (platform > ? OR (platform = ? AND id > ?))))", risk, risk, platform, platform, id);
  }
  const auto rows = where.rows(session, fmt::format("SELECT {} FROM room", kRoomColumns), "ORDER BY risk DESC, platform, id" + limit_of(page));
  return listed(page, rows, [&](const Row& row) { return room_for(session, who, row); }, [](const Row& row) { return Json{row.number(12), row.text(0), row.text(1)}.dump(); });
}

Answer<Json> get_room(store::Session& session, const Actor& who, const std::string& platform, const std::string& room) {
  Where where;
  see_rooms(where, who);
  where.add("room.platform = ? AND room.id = ?", platform, room);
  const auto rows = where.rows(session, fmt::format("SELECT {} FROM room", kRoomColumns), "");
  if (rows.empty()) return refuse(Why::kNotFound, "there is no room {} on {}", room, platform);
  return room_for(session, who, rows.front());
}

Answer<Json> get_timeline(store::Session& session, const Actor& who, const std::string& platform, const std::string& room, const Query& query) {
  if (const auto there = get_room(session, who, platform, room); !there) return there;
  const Page page = page_of(query);
  const Times times = times_of(query);
  Where decisions, interventions, cases;
  see_decisions(decisions, who);
  see_interventions(interventions, who);
  see_cases(cases, who);
  // Of each kind so many as a page may need; their common order is made of these.
  store::Rows found;
  const auto gather = [&](Where& where, std::string_view table, std::string_view select, std::string_view time, std::string_view kind) {
    where.add(fmt::format("{}.platform = ? AND {}.room = ?", table, table), platform, room);
    equal(where, fmt::format("{}.session", table), asked(query, "session"));
    within(where, time, times);
    if (!page.after.empty()) {
      const Json at = key_of(page.after, "ntt");
      const std::int64_t before = at[0];
      const std::string last = at[1], ref = at[2];
      // Behind (time, kind, name): of an earlier kind all of that time were shown, of a later none.
      if (kind < last) where.add(fmt::format("{} < ?", time), before);
      else if (kind > last) where.add(fmt::format("{} <= ?", time), before);
      else where.add(fmt::format("({} < ? OR ({} = ? AND CAST({}.id AS TEXT) > ?))", time, time, table), before, before, ref);
    }
    for (Row& row : where.rows(session, fmt::format("SELECT {} AS at, {} FROM {}", time, select, table), fmt::format("ORDER BY 1 DESC, 2{}", limit_of(page)))) {
      row.add(kind);
      found.push_back(std::move(row));
    }
  };
  if (!page.after.empty() && key_of(page.after, "ntt").is_null()) return no_page();
  gather(decisions, "decision", "decision.id, severity, violation, case_id, record", "decision.at", "decision");
  gather(interventions, "intervention", "intervention.id, '', action, case_id, record", "intervention.at", "intervention");
  gather(cases, "case_file", "CAST(case_file.id AS TEXT), severity, violation, case_file.id, ''", "case_file.opened", "case");
  const auto key = [](const Row& row) { return std::tuple(-row.number(0), std::string_view(row.text(6)), std::string_view(row.text(1))); };
  std::ranges::sort(found, [&](const Row& a, const Row& b) { return key(a) < key(b); });
  Json out = listed(page, found, shown_moment, [](const Row& row) { return Json{row.number(0), row.text(6), row.text(1)}.dump(); });
  if (page.after.empty()) out["series"] = series_of(session, platform, room);
  return out;
}

Json decisions_of(store::Session& session, const std::string& trigger) {
  Json out = Json::array();
  for (const Row& row : session.rows("SELECT record FROM decision WHERE trigger_event = :trigger ORDER BY n", trigger)) {
    out.push_back(Json::parse(row.text(0), nullptr, false));
  }
  return out;
}

}  // namespace lw::desk
