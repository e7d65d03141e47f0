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

// Of each kind the newest, or those of the highest risk; what lies further back changes without being told of.
constexpr int kMost = 500;

std::vector<std::string> departments_of(const store::Row& row, std::size_t lead, std::size_t assist) {
  std::vector<std::string> out{"department/" + row.text(lead)};
  for (const Json& one : desk::parsed(row.text(assist))) {
    if (one.is_string()) out.push_back("department/" + one.get<std::string>());
  }
  return out;
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
  tell(false);
  for (;;) {
    if (bell_.wait(10s) == Bell::Woke::kEnded) return;
    // What comes at once is told at once.
    if (bell_.wait(500ms) == Bell::Woke::kEnded) return;
    if (broadcast_.listeners() > 0) tell(true);
  }
}

void News::tell(bool aloud) {
  std::vector<Change> changes;
  const Status read = db_.read([&](store::Session& session) -> Status {
    changes = look(session);
    return {};
  });
  if (!read) {
    if (!std::exchange(failing_, true)) note_("what changed cannot be told: " + read.error().message);
    return;
  }
  failing_ = false;
  for (const Change& change : changes) {
    const Json& id = change.data["id"];
    std::string key = fmt::format("{}/{}/{}/{}", change.kind, change.data.value("platform", ""), id.is_string() ? id.get<std::string>() : id.dump(), change.bodies.front());
    std::string text = change.data.dump();
    std::string& before = known_[std::move(key)];
    if (before == text) continue;
    before = std::move(text);
    if (aloud) broadcast_.publish(change);
  }
}

std::vector<Change> News::look(store::Session& session) {
  std::vector<Change> out;
  const desk::Actor everywhere{"livewarden", "department/livewarden", desk::Role::kViewer, {}, 0};
  const auto rooms = desk::list_rooms(session, everywhere, {{"limit", "200"}});
  if (rooms) {
    for (const Json& room : (*rooms)["items"]) {
      const std::string platform = room["platform"];
      std::vector<std::string> bodies{"department/*", "platform/" + platform};
      for (const char* party : {"host", "operator", "mcn"}) {
        if (room.contains(party)) bodies.push_back(fmt::format("{}/{}/{}", party, platform, room[party].get<std::string>()));
      }
      out.push_back({"room", std::move(bodies), room});
    }
  }
  for (const store::Row& row : session.rows("SELECT id, version, platform, liable_kind, liable_id, violation, state, severity, lead, assist FROM case_file ORDER BY changed DESC LIMIT :most", kMost)) {
    Json told{{"id", row.number(0)}, {"version", row.number(1)}, {"platform", row.text(2)}, {"violation", row.text(5)}, {"state", row.text(6)}, {"severity", row.text(7)}, {"lead", row.text(8)}};
    out.push_back({"case", departments_of(row, 8, 9), told});
    told["version"] = desk::last_shown(session, static_cast<std::uint64_t>(row.number(0))).version;
    out.push_back({"case", {"platform/" + row.text(2), fmt::format("{}/{}/{}", row.text(3), row.text(2), row.text(4))}, std::move(told)});
  }
  for (const store::Row& row : session.rows("SELECT intervention.id, intervention.platform, intervention.action, intervention.state, intervention.case_id, intervention.room, "
                                            "COALESCE(case_file.lead, ''), COALESCE(case_file.assist, '[]') FROM intervention LEFT JOIN case_file ON case_file.id = intervention.case_id "
                                            "ORDER BY intervention.n DESC LIMIT :most", kMost)) {
    auto bodies = departments_of(row, 6, 7);
    bodies.push_back("platform/" + row.text(1));
    out.push_back({"intervention", std::move(bodies),
                   {{"id", row.text(0)}, {"platform", row.text(1)}, {"action", row.text(2)}, {"state", row.text(3)}, {"case_id", row.number(4)}, {"room", row.text(5)}}});
  }
  return out;
}

}  // namespace lw::server
