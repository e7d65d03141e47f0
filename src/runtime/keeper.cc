#include "runtime/keeper.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "store/snapshot_file.h"

namespace lw::runtime {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kBatchBytes = 256 << 10;
constexpr std::size_t kSnapshotsKept = 2;
constexpr std::chrono::milliseconds kFullDiskPause{500};
constexpr std::string_view kGroup = "group-";
// A sanitizer's allocator may be locked by another thread at the moment of the fork, for good in the child: there the stream
// waits while the snapshot is written.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kForks = false;
#else
constexpr bool kForks = true;
#endif

// What the log holds, as events to be judged again.
class LogFeed : public event::Feed {
 public:
  LogFeed(store::EventLog::Cursor cursor, std::uint64_t& given) : cursor_(std::move(cursor)), given_(given) {}

  bool next(event::Line& line) override {
    line.fault.clear();
    line.broken = false;
    if (!ready() && !fill(line)) return !line.fault.empty();
    const std::size_t size = std::string_view(batch_.lines).substr(at_).find('\n');
    line.text = std::string_view(batch_.lines).substr(at_, size);
    line.number = ++given_;
    at_ += size + 1;
    return true;
  }
  bool ready() override { return at_ < end_; }
  bool lasting() const override { return true; }

 private:
  bool fill(event::Line& line) {
    auto more = cursor_.next(batch_);
    if (!more) {
      line.fault = more.error().message;
      line.broken = true;
      return false;
    }
    end_ = *more ? batch_.lines.size() : 0;
    at_ = 0;
    batch_.lines.append(event::kPadding, '\0');
    return *more;
  }

  store::EventLog::Cursor cursor_;
  std::uint64_t& given_;
  store::LogEvents batch_;
  std::size_t at_ = 0, end_ = 0;
};

std::string snapshots_of(const std::string& folder) { return folder + "/snapshots"; }

}  // namespace

Keeper::Keeper(KeeperOptions options) : options_(std::move(options)) {
  if (options_.plan) records_ = pack::RecordClock(*options_.plan);
}

Result<std::unique_ptr<Keeper>> Keeper::open(KeeperOptions options) {
  std::unique_ptr<Keeper> keeper(new Keeper(std::move(options)));
  const std::string& folder = keeper->options_.folder;
  std::error_code wrong;
  fs::create_directories(snapshots_of(folder), wrong);
  if (wrong) return fail("{}: cannot be made: {}", folder, wrong.message());
  auto lock = store::FolderLock::take(folder, false);
  if (!lock) return tl::make_unexpected(lock.error());
  keeper->lock_ = std::move(*lock);
  if (Status opened = keeper->open_log(); !opened) return tl::make_unexpected(opened.error());
  if (Status chosen = keeper->choose(); !chosen) return tl::make_unexpected(chosen.error());
  keeper->batch_.first = keeper->log_->end();
  return keeper;
}

Keeper::~Keeper() {
  if (child_ > 0) ::waitpid(child_, nullptr, 0);
}

Status Keeper::open_log() {
  store::EventLog::Sort sort;
  if (options_.plan) {
    sort = [this, decoder = std::make_shared<event::Decoder>(options_.plan->schema)](std::string_view line) -> store::EventLog::Sorted {
      std::string padded(line);
      padded.append(event::kPadding, '\0');
      event::Event event;
      if (!decoder->decode({padded.data(), line.size()}, event)) return {};
      const auto kept = records_.of(event.type, event.time);
      return {event.time, std::string(kept.term), kept.until};
    };
  }
  auto log = store::EventLog::open(options_.folder + "/log", options_.note, sort);
  if (!log) return tl::make_unexpected(log.error());
  log_ = std::move(*log);
  return {};
}

Status Keeper::choose() {
  const std::string folder = snapshots_of(options_.folder);
  store::remove_unfinished(folder);
  for (const std::uint64_t number : store::snapshots_in(folder)) {
    const std::string path = store::snapshot_path(folder, number);
    Status good = number <= log_->end() ? store::verify_snapshot(path) : fail("{}: is of event {}, the event log ends at {}", path, number, log_->end());
    if (good) {
      const auto run = store::first_section(path);
      good = run ? adopt(*run) : tl::make_unexpected(run.error());
    }
    if (good) {
      chosen_ = last_ = number;
      any_ = true;
      break;
    }
    options_.note(good.error().message + "; the one before it is used");
  }
  if (chosen_ < log_->whole_from()) {
    return fail("{}: no good snapshot is left, and of the events before {} some are gone, their term is over: put a snapshot back, or begin with a new folder",
                options_.folder, log_->whole_from());
  }
  // What the inputs and the dead letter had come to is told by the log's last batch.
  const json mark = json::parse(log_->end_mark(), nullptr, false);
  if (mark.is_object() && mark.contains("dead_letter")) mark["dead_letter"].get_to(dead_letter_bytes_);
  return {};
}

std::string Keeper::topic_position(const std::string& name) const {
  const json mark = json::parse(log_->end_mark(), nullptr, false);
  if (!mark.is_object() || !mark.contains("topics")) return {};
  return mark["topics"].value(name, "");
}

Status Keeper::adopt(const std::string& run) {
  const json told = json::parse(run, nullptr, false);
  if (!told.is_object() || !told.contains("decision_bytes") || !told.contains("decisions")) return fail("the snapshot's first section is damaged");
  told["decision_bytes"].get_to(decision_bytes_);
  decisions_ = told["decisions"];
  return {};
}

Status Keeper::restore(engine::Engine& engine, Source& source, DecisionOutput& out) {
  source_ = &source;
  out_ = &out;
  std::string saved;
  if (any_) {
    const std::string path = store::snapshot_path(snapshots_of(options_.folder), chosen_);
    const Status read = store::read_snapshot(path, [&](std::string_view name, std::string_view bytes) -> Status {
      if (name == "source") saved = bytes;
      if (name == "engine") return engine.restore_head(bytes);
      if (!name.starts_with(kGroup)) return {};
      std::uint32_t group = engine::kKeyGroups;
      std::from_chars(name.data() + kGroup.size(), name.data() + name.size(), group);
      return engine.restore(group, bytes);
    });
    if (!read) return read;
    told_.from_snapshot = chosen_;
  }
  if (Status known = log_->read_names(first_name(chosen_), chosen_, [&](std::span<const Key128> names) { source.know(names); }); !known) return known;
  if (any_ || !log_->end_mark().empty()) {
    if (!any_) source.save(saved);  // of one that has not begun
    auto replay = std::make_unique<LogFeed>(log_->from(chosen_), told_.replayed);
    if (Status resumed = source.resume(saved, log_->end_mark(), std::move(replay)); !resumed) return resumed;
  }
  source.tell(this);
  if (source.kafka() && log_->end_mark().empty()) {
    // Where the topic was begun, before its group learns how far it was read.
    if (Status begun = hand_over_mark(); !begun) return begun;
    if (Status lasts = log_->wait_all(); !lasts) return lasts;
  }
  next_ = std::chrono::steady_clock::now() + std::chrono::nanoseconds(options_.every.ns);
  return {};
}

// The two sets of names turn where they would have turned without an end.
std::uint64_t Keeper::first_name(std::uint64_t number) const {
  const std::uint64_t horizon = std::max<std::uint64_t>(options_.repeat_horizon, 1);
  return number / horizon > 0 ? (number / horizon - 1) * horizon : 0;
}

Status Keeper::accept(const event::Event& event, const Key128& name) {
  const auto kept = records_.of(event.type, event.time);
  batch_.add(event.raw, name, event.time, kept.term, kept.until);
  return {};
}

Status Keeper::settle(bool idle) { return idle || batch_.bytes >= kBatchBytes ? hand_over() : Status{}; }

Status Keeper::hand_over() {
  return batch_.size == 0 ? Status{} : hand_over_mark();
}

Status Keeper::hand_over_mark() {
  auto mark = source_->mark();
  if (!mark) return tl::make_unexpected(mark.error());
  batch_.mark = std::move(*mark);
  const std::uint64_t end = batch_.end();
  Status appended = log_->append(std::move(batch_));
  batch_ = {};
  batch_.first = end;
  return appended;
}

Checkpoint Keeper::checkpoint() const {
  Checkpoint at;
  at.number = log_->end();
  source_->save(at.source);
  return at;
}

Status Keeper::visit(Batch& batch) {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_ || !source_->settled()) return {};
  next_ = now + std::chrono::nanoseconds(options_.every.ns);
  if (Status handed = hand_over(); !handed) return handed;
  batch.checkpoint = checkpoint();
  return {};
}

Status Keeper::end_of_input() { return hand_over(); }

Status Keeper::take(const Checkpoint& at, const engine::Engine& engine, std::uint64_t decisions) {
  if (child_ > 0) {
    if (Status reaped = reap(false); !reaped || child_ > 0) return reaped;
  }
  const auto start = std::chrono::steady_clock::now();
  json run{{"events", at.number}, {"decisions", decisions}, {"decision_bytes", decision_bytes_}, {"packs", engine.plan().name}};
  if (Status flushed = out_->flush(); !flushed) return flushed;
  if (store::OutputFile* file = out_->file()) run["decision_bytes"][file->path()] = file->bytes();
  writing_ = at.number;
  if (!kForks) return settle_written(write(engine, run.dump(), at));
  child_ = ::fork();
  if (child_ < 0) {
    child_ = 0;
    ++told_.failed;
    options_.note(fmt::format("no snapshot was taken: {}", std::strerror(errno)));
    return {};
  }
  if (child_ == 0) {
    lock_.reset();  // whoever takes over from a parent that was killed need not wait for its child
    ::_exit(static_cast<int>(write(engine, run.dump(), at)));
  }
  const double stall = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  told_.longest_stall_ms = std::max(told_.longest_stall_ms, stall);
  return {};
}

// The decisions that the snapshot counts last before it does.
Keeper::Written Keeper::write(const engine::Engine& engine, const std::string& run, const Checkpoint& at) const {
  if (const store::OutputFile* file = out_->file(); file && ::fsync(file->descriptor()) != 0) {
    if (store::is_full_disk(errno)) return Written::kFull;
    options_.note(fmt::format("no snapshot was taken: {}: {}", file->path(), std::strerror(errno)));
    return Written::kFailed;
  }
  store::SnapshotWriter writer(store::unfinished_path(snapshots_of(options_.folder), writing_));
  std::string bytes;
  writer.section("run", run);
  writer.section("source", at.source);
  const engine::Engine::Snapshot snapshot = engine.snapshot();
  snapshot.head(bytes);
  writer.section("engine", bytes);
  for (std::uint32_t group = 0; group < engine::kKeyGroups; ++group) {
    bytes.clear();
    snapshot.group(group, bytes);
    writer.section(fmt::format("{}{:02}", kGroup, group), bytes);
  }
  const Status finished = writer.finish();
  if (finished || writer.full()) return finished ? Written::kGood : Written::kFull;
  options_.note("no snapshot was taken: " + finished.error().message);
  return Written::kFailed;
}

// A snapshot counts when the log lasts up to it.
Status Keeper::reap(bool wait) {
  if (!wait && log_->durable() < writing_) return {};
  int how = 0;
  pid_t ended = 0;
  do ended = ::waitpid(child_, &how, wait ? 0 : WNOHANG);
  while (ended < 0 && errno == EINTR);
  if (ended == 0) return {};
  child_ = 0;
  const bool told = ended > 0 && WIFEXITED(how) && WEXITSTATUS(how) <= static_cast<int>(Written::kFull);
  return settle_written(told ? static_cast<Written>(WEXITSTATUS(how)) : Written::kFailed);
}

// The run goes on without a snapshot that could not be written; the next may be.
Status Keeper::settle_written(Written written) {
  const std::string folder = snapshots_of(options_.folder);
  const std::string part = store::unfinished_path(folder, writing_);
  if (const bool was_full = std::exchange(full_, written == Written::kFull); was_full != full_) {
    options_.note(folder + (full_ ? ": the disk is full; no snapshot is taken until there is room" : ": there is room again"));
  }
  if (written != Written::kGood) {
    ++told_.failed;
    std::error_code ignored;
    fs::remove(part, ignored);
    return {};
  }
  if (Status lasts = log_->wait(writing_); !lasts) return lasts;
  if (Status published = store::publish(part, store::snapshot_path(folder, writing_)); !published) return published;
  last_ = writing_;
  any_ = true;
  ++told_.snapshots;
  prune();
  remove_records(false);
  return {};
}

void Keeper::prune() const {
  const std::string folder = snapshots_of(options_.folder);
  const std::vector<std::uint64_t> numbers = store::snapshots_in(folder);
  std::error_code ignored;
  for (std::size_t i = kSnapshotsKept; i < numbers.size(); ++i) fs::remove(store::snapshot_path(folder, numbers[i]), ignored);
}

// By the log's own clock, its latest event, and nothing that either of the two snapshots needs. An event with a time that has
// not come yet ends no other's term: there the machine's clock is looked at, which decides of no decision.
void Keeper::remove_records(bool wait) const {
  const std::vector<std::uint64_t> numbers = store::snapshots_in(snapshots_of(options_.folder));
  if (numbers.size() < kSnapshotsKept) return;
  const auto clock = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch());
  const Time now = std::min(log_->latest(), Time{clock.count()});
  log_->remove({records_.day_of(now), numbers.back(), first_name(numbers.back())});
  if (wait) log_->wait_removed();
}

Status Keeper::finish(const engine::Engine& engine, std::uint64_t decisions) {
  if (child_ > 0) {
    if (Status reaped = reap(true); !reaped) return reaped;
  }
  if (any_ && last_ == log_->end() && decisions == decisions_ && told_.replayed == 0) return {};
  for (;;) {
    if (Status taken = take(checkpoint(), engine, decisions); !taken) return taken;
    if (child_ > 0) {
      if (Status reaped = reap(true); !reaped) return reaped;
    }
    if (!full_) break;
    std::this_thread::sleep_for(kFullDiskPause);
  }
  if (last_ != log_->end()) return fail("{}: the state at the end could not be kept", options_.folder);
  remove_records(true);
  return {};
}

}  // namespace lw::runtime
