#include "server/engine_room.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "runtime/drive.h"

namespace lw::server {
namespace {

constexpr std::chrono::seconds kStopWithin{20};
constexpr std::uint64_t kMostLookedThrough = 10'000'000;  // names of events, 20 bytes each

}  // namespace

EngineRoom::EngineRoom(EngineRoomOptions options) : options_(std::move(options)), inlet_(options_.inlet_bytes), questions_([this] { return keeper_->accepted(); }) {}

EngineRoom::~EngineRoom() {
  inlet_.close();
  if (line_) line_->give_up();
  if (judging_.joinable()) judging_.join();
  inlet_.stop();
}

Result<std::unique_ptr<EngineRoom>> EngineRoom::open(EngineRoomOptions options) {
  std::unique_ptr<EngineRoom> room(new EngineRoom(std::move(options)));
  if (Status restored = room->restore(); !restored) return tl::make_unexpected(restored.error());
  return room;
}

Status EngineRoom::restore() {
  const pack::Plan& plan = options_.lineup.enforced.loaded->plan;
  runtime::KeeperOptions keeping;
  keeping.folder = options_.folder + "/state";
  keeping.plan = &plan;
  keeping.every = options_.snapshot_every;
  keeping.repeat_horizon = options_.repeat_horizon;
  keeping.inlet = &inlet_;
  keeping.repeated = [this](const event::Event& event) { questions_.repeated(event.source, event.id); };
  keeping.note = options_.note;
  auto keeper = runtime::Keeper::open(std::move(keeping));
  if (!keeper) return tl::make_unexpected(keeper.error());
  keeper_ = std::move(*keeper);

  // Of a folder that was moved, or restored elsewhere, the state knows the file by another name: nothing is cut off it then.
  const std::string dead = options_.folder + "/dead-letter.ndjson";
  const std::uint64_t known = keeper_->dead_letter_bytes(dead);
  dead_letter_.emplace(dead, known > 0 ? known : store::Disk().size(dead).value_or(0));
  dead_letter_->wait_for_room(options_.note);
  if (Status opened = dead_letter_->open(); !opened) return opened;
  runtime::SourceOptions from;
  from.inlet = &inlet_;
  from.lateness = options_.lateness;
  from.repeat_horizon = options_.repeat_horizon;
  auto source = runtime::Source::open(plan.schema, from, &*dead_letter_);
  if (!source) return tl::make_unexpected(source.error());
  source_.emplace(std::move(*source));

  std::vector<runtime::Keeper::Later> later;
  const runtime::Lineup first = keeper_->lineups(options_.lineup, later);
  judges_.emplace(first, source_->schema());
  line_ = std::make_unique<DeskLine>(DeskLine::Options{options_.db, [this] { return policy(); }, options_.note, options_.taken_in, &questions_, [this] { return keeper_->log().durable(); },
                                                                options_.folder + "/desk-dead-letter.ndjson"});
  if (Status restored = keeper_->restore(*judges_, *source_, *line_); !restored) return restored;
  if (!(later.empty() ? first : later.back().lineup).same(options_.lineup)) judges_->offer(options_.lineup);
  for (runtime::Keeper::Later& one : later) judges_->schedule(one.at, std::move(one.lineup));
  return line_->open(keeper_->decisions(), judges_->enforced().events(), judges_->enforced().watermark());
}

std::shared_ptr<const pack::DeskPolicy> EngineRoom::policy() const {
  static const auto kNone = std::make_shared<const pack::DeskPolicy>();
  auto desk = judges_->plan()->desk;
  return desk ? desk : kNone;
}

Status EngineRoom::read_events(std::string_view text, const std::function<void(std::string_view line)>& visit) {
  auto cursor = keeper_->log().from(keeper_->log().whole_from());
  store::LogEvents batch;
  for (;;) {
    const auto more = cursor.next(batch);
    if (!more) return tl::make_unexpected(more.error());
    if (!*more) return {};
    for (std::string_view lines = batch.lines; !lines.empty();) {
      const std::size_t size = std::min(lines.find('\n'), lines.size());
      if (lines.substr(0, size).find(text) != std::string_view::npos) visit(lines.substr(0, size));
      lines.remove_prefix(std::min(size + 1, lines.size()));
    }
  }
}

Status EngineRoom::find_events(const std::vector<std::string>& names, const std::function<void(const std::string&, std::string_view)>& visit) {
  std::vector<Key128> keys;
  std::vector<std::size_t> of;  // which name a key is of
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string_view name = names[i];
    for (std::size_t at = name.find('#'); at != name.npos; at = name.find('#', at + 1)) {  // sources and ids may hold one too
      keys.push_back(store::event_name(name.substr(0, at), name.substr(at + 1)));
      of.push_back(i);
    }
  }
  return keeper_->log().find_newest(keys, kMostLookedThrough, [&](std::size_t place, std::string_view line) { visit(names[of[place]], line); });
}

void EngineRoom::start() {
  inlet_.start([this](std::uint64_t end) { return keeper_->log().wait(end); });
  judging_ = std::thread([this] {
    const auto summary = runtime::drive(*source_, *judges_, {.out = line_.get(), .observer = line_.get(), .keeper = keeper_.get(), .threads = 2, .goes_on = true});
    {
      const std::lock_guard lock(mutex_);
      judged_all_ = true;
      changed_.notify_all();
      if (summary || given_up_) return;
    }
    outcome_ = tl::make_unexpected(summary.error());
    inlet_.close();
    options_.failed(summary.error());
  });
}

Status EngineRoom::stop() {
  inlet_.close();
  if (judging_.joinable()) {
    {
      std::unique_lock lock(mutex_);
      given_up_ = !changed_.wait_for(lock, kStopWithin, [this] { return judged_all_; });
    }
    if (given_up_) {
      options_.note("the desk's store is away or the disk is full: the service ends without a snapshot, and its next start judges again what the log has");
      line_->give_up();
      keeper_->give_up();
    }
    judging_.join();
  }
  inlet_.stop();
  if (!outcome_) return outcome_;
  return dead_letter_->close();
}

}  // namespace lw::server
