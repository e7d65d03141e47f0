#include "server/news.h"

#include <chrono>
#include <utility>

#include "desk/case_file.h"
#include "desk/records.h"
#include "desk/rooms.h"

namespace lw::server {
namespace {

using desk::Json;
using namespace std::chrono_literals;

constexpr int kMost = 200;  // of each kind the newest, and more where more came since the last look
constexpr std::int64_t kOverlapMs = 60'000;  // what is written later may bear an earlier time than what was seen

std::vector<std::string> departments_of(const store::Row& row, std::size_t lead, std::size_t assist) {
  std::vector<std::string> out{"department/" + row.text(lead)};
  for (const Json& one : desk::parsed(row.text(assist))) {
    if (one.is_string()) out.push_back("department/" + one.get<std::string>());
  }
  return out;
}

// The newest; all behind `since` where those are more.
store::Rows newest(store::Session& session, const std::string& select, const std::string& column, std::int64_t since, std::size_t place) {
  store::Rows rows = session.rows(fmt::format("{} ORDER BY {} DESC LIMIT {}", select, column, kMost));
  if (rows.size() == kMost && rows.back().number(place) > since) rows = session.rows(fmt::format("{} WHERE {} > :since ORDER BY {} DESC", select, column, column), since);
  return rows;
}

}  // namespace

void News::start() {
  thread_ = std::thread([this] { work(); });
}

void News::stop() {
  bell_.end();
  if (thread_.joinable()) thread_.join();
}

void News::work() {
  turn();
  for (;;) {
    if (bell_.wait(10s) == Bell::Woke::kEnded) return;
    // What comes at once is told at once.
    if (bell_.wait(500ms) == Bell::Woke::kEnded) return;
    turn();
  }
}

void News::turn() {
  const bool aloud = broadcast_.listeners() > 0;
  Look found;
  const Status read = db_.read([&](store::Session& session) -> Status {
    found = look(session);
    return {};
  });
  if (!read) {
    if (!std::exchange(failing_, true)) note_("what changed cannot be told: " + read.error().message);
    return;
  }
  failing_ = false;
  std::map<std::string, std::string> now;
  for (const Change& change : found.changes) {
    const Json& id = change.data["id"];
    std::string key = fmt::format("{}/{}/{}/{}", change.kind, change.data.value("platform", ""), id.is_string() ? id.get<std::string>() : id.dump(), change.bodies.front());
    std::string text = change.data.dump();
    const auto before = known_.find(key);
    if (aloud && (before == known_.end() || before->second != text)) broadcast_.publish(change);
    now.insert_or_assign(std::move(key), std::move(text));
  }
  known_ = std::move(now);
  changed_ = found.changed;
  last_ = found.last;
}

News::Look News::look(store::Session& session) {
  Look out;
  const desk::Actor everywhere{"livewarden", "department/livewarden", desk::Role::kViewer, {}, 0};
  const auto rooms = desk::list_rooms(session, everywhere, {{"limit", "200"}});
  if (rooms) {
    for (const Json& room : (*rooms)["items"]) {
      const std::string platform = room["platform"];
      std::vector<std::string> bodies{"department/*", "platform/" + platform};
      for (const char* party : {"host", "operator", "mcn"}) {
        if (room.contains(party)) bodies.push_back(fmt::format("{}/{}/{}", party, platform, room[party].get<std::string>()));
      }
      out.changes.push_back({"room", std::move(bodies), room});
    }
  }
  const store::Rows cases = newest(session, "SELECT id, version, platform, liable_kind, liable_id, violation, state, severity, lead, assist, changed FROM case_file", "changed",
                                   changed_ - kOverlapMs, 10);
  for (const store::Row& row : cases) {
    Json told{{"id", row.number(0)}, {"version", row.number(1)}, {"platform", row.text(2)}, {"violation", row.text(5)}, {"state", row.text(6)}, {"severity", row.text(7)}, {"lead", row.text(8)}};
    out.changes.push_back({"case", departments_of(row, 8, 9), told});
    told["version"] = desk::last_shown(session, static_cast<std::uint64_t>(row.number(0))).version;
    out.changes.push_back({"case", {"platform/" + row.text(2), fmt::format("{}/{}/{}", row.text(3), row.text(2), row.text(4))}, std::move(told)});
  }
  const store::Rows interventions = newest(session, "SELECT intervention.id, intervention.platform, intervention.action, intervention.state, intervention.case_id, intervention.room, "
                                                    "COALESCE(case_file.lead, ''), COALESCE(case_file.assist, '[]'), intervention.n FROM intervention "
                                                    "LEFT JOIN case_file ON case_file.id = intervention.case_id", "intervention.n", last_, 8);
  for (const store::Row& row : interventions) {
    auto bodies = departments_of(row, 6, 7);
    bodies.push_back("platform/" + row.text(1));
    out.changes.push_back({"intervention", std::move(bodies),
                           {{"id", row.text(0)}, {"platform", row.text(1)}, {"action", row.text(2)}, {"state", row.text(3)}, {"case_id", row.number(4)}, {"room", row.text(5)}}});
  }
  if (!cases.empty()) out.changed = cases.front().number(10);
  if (!interventions.empty()) out.last = interventions.front().number(8);
  return out;
}

}  // namespace lw::server
