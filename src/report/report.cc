#include "report/report.h"

#include <fmt/format.h>

#include <algorithm>

namespace lw::report {

// Generated from the files of the same names beside this one.
extern const std::string_view report_html, report_css, report_js;

namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 5> kRanks{"critical", "high", "medium", "low", "info"};

std::size_t rank_of(std::string_view severity) {
  return static_cast<std::size_t>(std::find(kRanks.begin(), kRanks.end(), severity) - kRanks.begin());
}

Json figure(const Count& count) { return count ? Json(*count) : Json(nullptr); }
Json text(const std::string& value) { return value.empty() ? Json(nullptr) : Json(value); }

Json room_json(const RoomSummary& room) {
  Json orders{{"placed", figure(room.orders_placed)},     {"suspect", figure(room.orders_suspect)},
              {"refunded", figure(room.orders_refunded)}, {"gross", figure(room.gross)},
              {"net", figure(room.net)},                  {"cancelled", figure(room.orders_cancelled)},
              {"refunded_amount", figure(room.refunded_amount)}, {"suspect_amount", figure(room.suspect_amount)}};
  Json violations = Json::object();
  for (const auto& [violation, count] : room.violations) violations[violation] = count;
  return Json{{"platform", room.platform},
              {"room", room.room},
              {"session", text(room.session)},
              {"from", format_rfc3339(room.from)},
              {"to", format_rfc3339(room.to)},
              {"host", text(room.host)},
              {"operator", text(room.operator_)},
              {"mcn", text(room.mcn)},
              {"viewers", Json{{"seen", figure(room.viewers_seen)}, {"suspect", figure(room.viewers_suspect)}}},
              {"displayed_peak", figure(room.displayed_peak)},
              {"chats", figure(room.chats)},
              {"gifts", Json{{"count", figure(room.gifts)}, {"amount", figure(room.gift_amount)}}},
              {"orders", std::move(orders)},
              {"pit_fee", figure(room.pit_fee)},
              {"return_on_fee", room.return_on_fee ? Json(*room.return_on_fee) : Json(nullptr)},
              {"violations", std::move(violations)},
              {"tier", nullptr}};
}

// The room's minutes without gaps, joined to at most kMaxPoints points.
Json series_json(const RoomSummary& room) {
  Json out = Json::array();
  if (room.minutes.empty()) return out;
  const std::int64_t first = room.minutes.begin()->first, last = room.minutes.rbegin()->first;
  const std::int64_t step = (last - first) / static_cast<std::int64_t>(kMaxPoints) + 1;
  auto at = room.minutes.begin();
  for (std::int64_t start = first; start <= last; start += step) {
    Minute sum;
    for (; at != room.minutes.end() && at->first < start + step; ++at) {
      const Minute& minute = at->second;
      sum.viewers += minute.viewers;
      sum.suspect_viewers += minute.suspect_viewers;
      sum.chats += minute.chats;
      sum.gift_amount += minute.gift_amount;
      sum.order_amount += minute.order_amount;
      sum.decisions += minute.decisions;
      sum.displayed = std::max(sum.displayed, minute.displayed);
    }
    out.push_back(Json{{"at", format_rfc3339(Time{start * kMinute})},
                       {"viewers", sum.viewers},
                       {"suspect_viewers", sum.suspect_viewers},
                       {"displayed", sum.displayed},
                       {"chats", sum.chats},
                       {"gift_amount", sum.gift_amount},
                       {"order_amount", sum.order_amount},
                       {"decisions", sum.decisions}});
  }
  return out;
}

// JSON inside a script element: no "<" may stand in it, nor the two line ends that JSON allows and old scripts do not.
std::string script_safe(const Json& json) {
  const std::string plain = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string out;
  out.reserve(plain.size() + plain.size() / 16);
  for (const char c : plain) {
    if (c == '<') out += "\\u003c";
    else if (c == '>') out += "\\u003e";
    else if (c == '&') out += "\\u0026";
    else out += c;
  }
  return out;
}

void put(std::string& page, std::string_view mark, std::string_view text_) {
  const std::size_t at = page.find(mark);
  if (at != std::string::npos) page.replace(at, mark.size(), text_);
}

// For a terminal: control characters (C0, DEL, C1) as \x1b, so that an id moves no cursor and changes no colour.
std::string plain(std::string_view text_) {
  std::string out;
  for (std::size_t i = 0; i < text_.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text_[i]);
    const auto next = i + 1 < text_.size() ? static_cast<unsigned char>(text_[i + 1]) : 0;
    if (byte < 0x20 || byte == 0x7f) out += fmt::format("\\x{:02x}", byte);
    else if (byte == 0xc2 && next >= 0x80 && next < 0xa0) out += fmt::format("\\x{:02x}", text_[++i] & 0xff);
    else out += text_[i];
  }
  return out;
}

std::string money(const Count& fen) { return fen ? fmt::format("{}.{:02}", *fen / 100, std::abs(*fen % 100)) : "-"; }
std::string number(const Count& count) { return count ? fmt::to_string(*count) : "-"; }

}  // namespace

void Gathered::add(std::string_view record, std::string_view trigger_raw) {
  Json json = Json::parse(record, nullptr, false);
  if (json.is_discarded() || !json.contains("data")) return;
  const Json& data = json["data"];
  const std::string severity = data.value("severity", "info");
  if (data.value("mode", "enforce") == "shadow") return;
  ++total_;
  ++by_severity_[severity];
  RuleShown& rule = rules_[data.value("rule", "")];
  if (rule.count++ == 0) {
    rule.id = data.value("rule", "");
    rule.violation = data.value("violation", "");
    rule.severity = severity;
    rule.lead = data.value("lead", "");
    for (const char* name : {"title", "duty", "basis"})
      if (data.contains(name)) (name[0] == 't' ? rule.title : name[0] == 'd' ? rule.duty : rule.basis) = data[name];
  }
  // Past the limit a more severe decision takes the place of the latest of the least severe kind kept.
  const std::size_t rank = std::min<std::size_t>(rank_of(severity), kRanks.size() - 1);
  if (kept_.size() >= kMaxShownDecisions) {
    std::size_t worst = kRanks.size() - 1;
    while (worst > rank && kept_of_[worst] == 0) --worst;
    if (worst <= rank) return;
    for (std::size_t i = kept_.size(); i-- > 0;)
      if (rank_of(kept_[i].record["data"].value("severity", "info")) == worst) {
        kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(i));
        break;
      }
    --kept_of_[worst];
  }
  ++kept_of_[rank];
  kept_.push_back({std::move(json), std::string(trigger_raw.substr(0, 4096))});
}

Json to_json(const Totals& totals, const std::vector<RoomSummary>& rooms) {
  Json list = Json::array();
  for (const RoomSummary& room : rooms) list.push_back(room_json(room));
  return Json{{"events", totals.events},
              {"bad_events", totals.bad_events},
              {"late_events", totals.late_events},
              {"duplicate_events", totals.duplicate_events},
              {"unknown_type", totals.unknown_types},
              {"undecided", totals.undecided},
              {"rooms", std::move(list)},
              {"decisions", totals.decisions},
              {"pack", totals.pack},
              {"elapsed_s", totals.elapsed_s}};
}

std::string to_html(const Totals& totals, const std::vector<RoomSummary>& rooms, const Gathered& gathered) {
  Json data = to_json(totals, rooms);
  data.erase("elapsed_s");  // the report's bytes depend on the input alone
  for (std::size_t i = 0; i < rooms.size(); ++i) {
    data["rooms"][i]["series"] = series_json(rooms[i]);
  }
  data["files"] = totals.files;
  data["version"] = totals.version;
  data["decisions_total"] = gathered.total();
  data["by_severity"] = Json::object();
  for (const auto& [severity, count] : gathered.by_severity()) data["by_severity"][severity] = count;
  std::vector<const RuleShown*> rules;
  for (const auto& [id, rule] : gathered.rules()) rules.push_back(&rule);
  std::stable_sort(rules.begin(), rules.end(), [](const RuleShown* a, const RuleShown* b) {
    return std::pair(rank_of(a->severity), -a->count) < std::pair(rank_of(b->severity), -b->count);
  });
  data["rules"] = Json::array();
  for (const RuleShown* rule : rules)
    data["rules"].push_back(Json{{"id", rule->id}, {"violation", rule->violation}, {"severity", rule->severity},
                                 {"lead", rule->lead}, {"title", rule->title}, {"duty", rule->duty},
                                 {"basis", rule->basis}, {"count", rule->count}});
  data["decisions"] = Json::array();
  for (const Kept& kept : gathered.decisions()) {
    Json shown{{"time", kept.record.value("time", "")}, {"data", kept.record["data"]}};
    if (!kept.trigger_raw.empty()) shown["trigger_raw"] = kept.trigger_raw;
    data["decisions"].push_back(std::move(shown));
  }
  std::string page(report_html);
  put(page, "/*STYLE*/", report_css);
  put(page, "/*SCRIPT*/", report_js);
  put(page, "/*DATA*/", script_safe(data));
  return page;
}

std::string to_table(const Totals& totals, const std::vector<RoomSummary>& rooms, const Gathered& gathered) {
  std::string out = fmt::format("{} events, {} bad, {} late, {} repeated; {} decisions by {}\n\n", totals.events,
                                totals.bad_events, totals.late_events, totals.duplicate_events, totals.decisions, totals.pack);
  out += fmt::format("{:<28} {:>8} {:>8} {:>9} {:>8} {:>7} {:>12} {:>12} {:>8}\n", "room", "viewers", "suspect",
                     "displayed", "orders", "suspect", "gross", "net", "findings");
  std::vector<const RoomSummary*> order;
  for (const RoomSummary& room : rooms) order.push_back(&room);
  const auto findings = [](const RoomSummary& room) {
    std::int64_t sum = 0;
    for (const auto& [violation, count] : room.violations) sum += count;
    return sum;
  };
  std::stable_sort(order.begin(), order.end(), [&](auto* a, auto* b) { return findings(*a) > findings(*b); });
  constexpr std::size_t kShown = 25;
  for (std::size_t i = 0; i < std::min(order.size(), kShown); ++i) {
    const RoomSummary& room = *order[i];
    out += fmt::format("{:<28} {:>8} {:>8} {:>9} {:>8} {:>7} {:>12} {:>12} {:>8}\n", plain(room.platform + "/" + room.room),
                       number(room.viewers_seen), number(room.viewers_suspect), number(room.displayed_peak),
                       number(room.orders_placed), number(room.orders_suspect), money(room.gross), money(room.net), findings(room));
  }
  if (order.size() > kShown) out += fmt::format("… and {} rooms more\n", order.size() - kShown);
  if (!gathered.rules().empty()) {
    out += "\nfindings by rule\n";
    std::vector<const RuleShown*> rules;
    for (const auto& [id, rule] : gathered.rules()) rules.push_back(&rule);
    std::stable_sort(rules.begin(), rules.end(), [](auto* a, auto* b) {
      return std::pair(rank_of(a->severity), -a->count) < std::pair(rank_of(b->severity), -b->count);
    });
    for (const RuleShown* rule : rules) out += fmt::format("  {:<9} {:<44} {:>8}\n", rule->severity, rule->id, rule->count);
  }
  return out;
}

}  // namespace lw::report
