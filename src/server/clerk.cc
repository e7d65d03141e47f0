#include "server/clerk.h"

#include <algorithm>
#include <utility>

namespace lw::server {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kAgain{60'000};  // at the latest, after a failure

struct State {
  Clock::time_point due;
  bool failing = false;
};

}  // namespace

void Clerk::start() {
  if (!tasks_.empty()) thread_ = std::thread([this] { work(); });
}

void Clerk::stop() {
  bell_.end();
  if (thread_.joinable()) thread_.join();
}

void Clerk::work() {
  std::vector<State> states(tasks_.size(), State{Clock::now()});
  bool rung = false;
  while (!bell_.ended()) {
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      const Task& task = tasks_[i];
      State& state = states[i];
      if (Clock::now() < state.due && !(rung && task.by_bell)) continue;
      if (bell_.ended()) return;
      const Status done = task.run();
      if (done && state.failing) note_(fmt::format("{}: works again", task.name));
      if (!done && !state.failing) note_(fmt::format("{}: {}; it is tried again", task.name, done.error().message));
      state.failing = !done;
      state.due = Clock::now() + (done ? task.every : std::min(task.every, kAgain));
    }
    const auto next = std::ranges::min(states, {}, &State::due).due;
    rung = bell_.wait(std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now())) == Bell::Woke::kRung;
  }
}

std::function<Status()> daily(store::Database& db, std::string name, std::function<Time()> clock, int zone_minutes, std::function<Status(Time now)> work) {
  return [&db, key = "clerk." + std::move(name), clock = std::move(clock), zone_minutes, work = std::move(work)]() -> Status {
    const Time now = clock();
    const std::string today = format_rfc3339(now, zone_minutes).substr(0, 10);
    bool done = false;
    const Status read = db.read([&](store::Session& session) -> Status {
      const store::Rows rows = session.rows("SELECT value FROM meta WHERE name = :name", key);
      done = !rows.empty() && rows.front().text(0) == today;
      return {};
    });
    if (!read || done) return read;
    if (Status worked = work(now); !worked) return worked;
    return db.write([&](store::Session& session) -> Status {
      session.run("INSERT INTO meta (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value", key, today);
      return {};
    });
  };
}

}  // namespace lw::server
