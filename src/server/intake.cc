#include "server/intake.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <utility>

#include "desk/rooms.h"

namespace lw::server {
namespace {

using desk::Json;

constexpr std::size_t kMostQuestions = 1024;    // that wait to be checked
constexpr std::chrono::milliseconds kPause{2};  // before an inlet that is full is asked again

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const std::size_t size = std::min(text.find('\n'), text.size());
    out.push_back(text.substr(0, size));
    text.remove_prefix(std::min(size + 1, text.size()));
  }
  return out;
}

bool any_of(const Json& actions, const std::vector<std::string>& words) {
  return std::ranges::any_of(actions, [&](const Json& action) { return action.is_string() && std::ranges::find(words, action.get_ref<const std::string&>()) != words.end(); });
}

// What follows for whoever asked, by what the packs say of actions: only those of rules in force count.
Json verdict(const pack::DeskPolicy& policy, Json decisions) {
  bool refused = false, held = false;
  for (const Json& decision : decisions) {
    if (!decision.contains("data") || decision["data"].value("mode", "") == "shadow") continue;
    const Json& actions = decision["data"].contains("actions") ? decision["data"]["actions"] : Json::array();
    refused = refused || any_of(actions, policy.refuses);
    held = held || any_of(actions, policy.holds);
  }
  return {{"answer", refused ? "refuse" : held ? "hold" : "accept"}, {"decisions", std::move(decisions)}};
}

// An event was handed in and is judged: the answer is given once both have been told of.
struct Both {
  std::mutex mutex;
  Status durable;
  std::optional<Questions::Heard> heard;
  int told = 0;
};

}  // namespace

Intake::Intake(IntakeParts parts) : parts_(std::move(parts)) {
  jobs_.thread = std::thread([this] { work(jobs_, [this](Job job) { hand_in(std::move(job)); }); });
  questions_.thread = std::thread([this] { work(questions_, [this](Question question) { ask(std::move(question)); }); });
  lookups_.thread = std::thread([this] { work(lookups_, [](const std::function<void()>& look) { look(); }); });
}

Intake::~Intake() { stop(); }

void Intake::stop() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }
  if (jobs_.thread.joinable()) jobs_.thread.join();
  if (questions_.thread.joinable()) questions_.thread.join();
  if (lookups_.thread.joinable()) lookups_.thread.join();
}

Offer Intake::submit(EventLines lines, std::function<void(Taken)> done) {
  const std::lock_guard lock(mutex_);
  if (over_ || parts_.no_room()) return Offer::kAway;
  const std::size_t waiting = jobs_.bytes + parts_.inlet->waiting_bytes();
  if (waiting > 0 && waiting + lines.text.size() > parts_.inlet->most_bytes()) return Offer::kFull;
  jobs_.bytes += lines.text.size();
  jobs_.waiting.push_back({std::move(lines), std::move(done)});
  changed_.notify_all();
  return Offer::kTaken;
}

Offer Intake::decide(std::string line, const desk::Actor& actor, Time, Done done) {
  const std::lock_guard lock(mutex_);
  if (over_ || parts_.no_room()) return Offer::kAway;
  if (questions_.waiting.size() >= kMostQuestions) return Offer::kFull;
  questions_.waiting.push_back({std::move(line), actor, std::move(done)});
  changed_.notify_all();
  return Offer::kTaken;
}

template <class What, class Do>
void Intake::work(Lane<What>& lane, Do what) {
  for (;;) {
    std::optional<What> next;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return over_ || !lane.waiting.empty(); });
      if (lane.waiting.empty()) return;
      next = std::move(lane.waiting.front());
      lane.waiting.pop_front();
    }
    what(std::move(*next));
  }
}

void Intake::hand_in(Job job) {
  Checked checked = parts_.ingest->check(lines_of(job.lines.text), job.lines.actor, kMostReasons);
  {
    const std::lock_guard lock(mutex_);
    jobs_.bytes -= job.lines.text.size();
  }
  auto taken = std::make_shared<Taken>();
  taken->accepted = checked.good;
  taken->unlisted = checked.unlisted;
  for (auto& [index, reason] : checked.bad) taken->rejected.push_back({index, std::move(reason)});
  auto done = std::make_shared<std::function<void(Taken)>>(std::move(job.done));
  const auto tell = [taken, done](const Status& durable) {
    taken->status = durable;
    (*done)(std::move(*taken));
  };
  if (!checked.status) return tell(checked.status);
  // It was promised when it was taken: others that hand in may have filled the inlet meanwhile.
  while (!parts_.ingest->submit(checked, tell)) {
    std::unique_lock lock(mutex_);
    if (over_) {
      lock.unlock();
      return tell(fail("the service ends"));
    }
    changed_.wait_for(lock, kPause);
  }
}

void Intake::ask(Question question) {
  Checked checked = parts_.ingest->check({question.line}, question.actor);
  const Done& done = question.done;
  if (!checked.status) return done(desk::refuse(desk::Why::kAway, "{}", checked.status.error().message));
  if (checked.good == 0) return done(desk::refuse_field("", std::move(checked.bad.front().second)));
  const std::string name = checked.name;
  auto both = std::make_shared<Both>();
  const auto tell = [this, both, done, name] {
    {
      const std::lock_guard lock(both->mutex);
      if (++both->told < 2) return;
    }
    if (!both->durable) return done(desk::refuse(desk::Why::kAway, "{}", both->durable.error().message));
    if (both->heard->late) return done(desk::refuse(desk::Why::kAway, "the engine did not come to it in time; it will be judged all the same"));
    if (both->heard->repeated) return look_up(name, done);
    Json decisions = Json::array();
    for (const std::string& record : both->heard->decisions) decisions.push_back(Json::parse(record, nullptr, false));
    done(verdict(*parts_.policy(), std::move(decisions)));
  };
  const std::uint64_t number = parts_.questions->ask(name, [both, tell](Questions::Heard heard) {
    both->heard = std::move(heard);
    tell();
  });
  const bool handed = parts_.ingest->submit(checked, [both, tell](const Status& durable) {
    both->durable = durable;
    tell();
  }, true);
  if (handed) return;
  parts_.questions->forget(number);
  done(desk::refuse(desk::Why::kTooMany, "there is no room for events just now; ask again in a moment"));
}

void Intake::look_up(const std::string& name, const Done& done) {
  auto look = [this, name, done] {
    auto known = desk::in_read(*parts_.db, [&](store::Session& session) -> desk::Answer<Json> { return desk::decisions_of(session, name); });
    if (!known) return done(tl::make_unexpected(known.error()));
    done(verdict(*parts_.policy(), std::move(*known)));
  };
  {
    const std::lock_guard lock(mutex_);
    if (!over_) {
      lookups_.waiting.push_back(std::move(look));
      return changed_.notify_all();
    }
  }
  done(desk::refuse(desk::Why::kAway, "the service ends"));
}

}  // namespace lw::server
