#include "runtime/keeper.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "store/snapshot_file.h"

namespace lw::runtime {
namespace {

using nlohmann::json;

constexpr std::size_t kBatchBytes = 256 << 10;
constexpr std::size_t kSnapshotsKept = 2;  // whole ones, and those that tell the changes behind them
constexpr std::size_t kMostChanges = 8;    // snapshots that tell changes, one behind the other
// Sections of the engines: head, and key groups.
constexpr std::string_view kHead = "engine", kGroup = "group-", kShadowHead = "shadow", kShadowGroup = "shadow-";
constexpr std::chrono::milliseconds kFullDiskPause{500};
constexpr int kChildIsNice = 5;  // the stream goes before its snapshot
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
    while (!ready()) {  // a batch may be empty, whose events are gone
      if (!fill(line)) return !line.fault.empty();
    }
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

Status restore_section(engine::Engine& engine, bool changes, std::string_view head, std::string_view group, std::string_view name, std::string_view bytes) {
  if (name == head) return engine.restore_head(bytes);
  if (!name.starts_with(group)) return {};
  std::uint32_t number = engine::kKeyGroups;
  std::from_chars(name.data() + group.size(), name.data() + name.size(), number);
  return engine.restore(number, bytes, changes);
}

void write_sections(store::SnapshotWriter& writer, const engine::Engine& engine, bool changes, std::string_view head, std::string_view group) {
  std::string bytes;
  const engine::Engine::Snapshot snapshot = engine.snapshot(changes);
  snapshot.head(bytes);
  writer.section(head, bytes);
  for (std::uint32_t number = 0; number < engine::kKeyGroups; ++number) {
    bytes.clear();
    snapshot.group(number, bytes);
    writer.section(fmt::format("{}{:02}", group, number), bytes);
  }
}

std::string snapshots_of(const std::string& folder) { return folder + "/snapshots"; }

}  // namespace

Keeper::Keeper(KeeperOptions options) : options_(std::move(options)) {
  if (options_.plan) records_ = pack::RecordClock(*options_.plan);
}

Result<std::unique_ptr<Keeper>> Keeper::open(KeeperOptions options) {
  std::unique_ptr<Keeper> keeper(new Keeper(std::move(options)));
  const std::string& folder = keeper->options_.folder;
  if (Status made = keeper->options_.disk.make_folder(snapshots_of(folder)); !made) return tl::make_unexpected(made.error());
  if (!keeper->options_.turn) {
    auto lock = store::FolderLock::take(folder, false);
    if (!lock) return tl::make_unexpected(lock.error());
    keeper->lock_ = std::move(*lock);
  }
  if (Status opened = keeper->open_log(); !opened) return tl::make_unexpected(opened.error());
  if (Status chosen = keeper->choose(); !chosen) return tl::make_unexpected(chosen.error());
  auto history = PackHistory::open(folder, keeper->options_.disk);
  if (!history) return tl::make_unexpected(history.error());
  keeper->history_ = std::move(*history);
  keeper->accepted_ = keeper->batch_.first = keeper->log_->end();
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
  auto log = store::EventLog::open(options_.folder + "/log", options_.note, sort, options_.disk, options_.turn);
  if (!log) return tl::make_unexpected(log.error());
  log_ = std::move(*log);
  return {};
}

Status Keeper::choose() {
  const std::string folder = snapshots_of(options_.folder);
  store::remove_unfinished(options_.disk, folder);
  list();
  for (const std::uint64_t number : store::snapshots_in(options_.disk, folder)) {
    const std::string path = store::snapshot_path(folder, number);
    Status good = number <= log_->end() ? Status{} : fail("{}: is of event {}, the event log ends at {}", path, number, log_->end());
    auto made_of = chain(number);
    if (good && !made_of) good = tl::make_unexpected(made_of.error());
    if (good) {
      const auto run = store::first_section(options_.disk, path);
      good = run ? adopt(*run) : tl::make_unexpected(run.error());
    }
    if (good) {
      chosen_ = last_ = number;
      chosen_chain_ = std::move(*made_of);
      any_ = true;
      break;
    }
    options_.note(good.error().message + "; the one before it is used");
    based_on_.erase(number);
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

void Keeper::list() {
  const std::string folder = snapshots_of(options_.folder);
  based_on_.clear();
  for (const std::uint64_t number : store::snapshots_in(options_.disk, folder)) {
    const auto run = store::first_section(options_.disk, store::snapshot_path(folder, number));
    const json told = run ? json::parse(*run, nullptr, false) : json();
    based_on_[number] = told.is_object() ? told.value("base", number) : number;
  }
}

Status Keeper::verify(std::uint64_t number) {
  const auto known = verified_.find(number);
  if (known != verified_.end()) return known->second;
  return verified_[number] = store::verify_snapshot(options_.disk, store::snapshot_path(snapshots_of(options_.folder), number));
}

Result<std::vector<std::uint64_t>> Keeper::chain(std::uint64_t number) {
  std::vector<std::uint64_t> out;
  for (;;) {
    const auto at = based_on_.find(number);
    if (at == based_on_.end()) return fail("{}: is not there, and what came after it tells only what changed", store::snapshot_path(snapshots_of(options_.folder), number));
    if (Status good = verify(number); !good) return tl::make_unexpected(good.error());
    out.push_back(number);
    if (at->second >= number) break;
    number = at->second;
  }
  std::ranges::reverse(out);
  return out;
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
  judged_ = told.value("judged", std::uint64_t{0});
  return {};
}

Lineup Keeper::lineups(const Lineup& given, std::vector<Later>& later) {
  std::vector<Later> known;
  for (const PackHistory::Entry& entry : history_->since(judged_)) {
    const bool same = entry.packs == given.enforced.print && entry.shadow == given.shadow.print;
    auto lineup = same ? Result<Lineup>(given) : history_->lineup(entry);
    if (!lineup) {
      options_.note(lineup.error().message + "; the packs given now judge from the snapshot on");
      return given;
    }
    known.push_back({entry.from, std::move(*lineup)});
  }
  if (known.empty()) return given;
  Lineup first = std::move(known.front().lineup);
  later.assign(std::make_move_iterator(known.begin() + 1), std::make_move_iterator(known.end()));
  return first;
}

Status Keeper::restore(Judges& judges, Source& source, DecisionOutput& out) {
  source_ = &source;
  out_ = &out;
  std::string saved;
  bool has_shadow = false;
  for (const std::uint64_t number : chosen_chain_) {
    has_shadow = false;
    const bool changes = number != chosen_chain_.front();
    const std::string path = store::snapshot_path(snapshots_of(options_.folder), number);
    const Status read = store::read_snapshot(options_.disk, path, [&](std::string_view name, std::string_view bytes) -> Status {
      if (name == "source") saved = bytes;
      has_shadow = has_shadow || name == kShadowHead;
      if (judges.shadow() && name.starts_with(kShadowHead)) return restore_section(*judges.shadow(), changes, kShadowHead, kShadowGroup, name, bytes);
      return restore_section(judges.enforced(), changes, kHead, kGroup, name, bytes);
    });
    if (!read) return read;
    told_.from_snapshot = chosen_;
  }
  // What other packs wrote cannot be gone on with by changes: what they left out would come back.
  for (const engine::Engine* engine : {&std::as_const(judges).enforced(), std::as_const(judges).shadow()}) {
    if (engine) broken_ = broken_ || !engine->restored().afresh.empty() || !engine->restored().gone.empty();
  }
  broken_ = broken_ || has_shadow != (judges.shadow() != nullptr);
  if (Status known = log_->read_names(first_name(chosen_), chosen_, [&](std::span<const Key128> names) { source.know(names); }); !known) return known;
  if (any_ || !log_->end_mark().empty()) {
    if (!any_) source.save(saved);  // of one that has not begun
    auto replay = std::make_unique<LogFeed>(log_->from(chosen_), told_.replayed);
    if (Status resumed = source.resume(saved, log_->end_mark(), std::move(replay)); !resumed) return resumed;
  }
  source.tell(this);
  log_->before_writing([&source](bool& full) { return source.force_dead_letter(full); });
  judges.record = [this](std::uint64_t at, const Lineup& lineup) { return history_->add(at, lineup); };
  if (history_->since(judged_).empty()) {
    if (Status recorded = judges.record(judges.enforced().events(), judges.lineup()); !recorded) return recorded;
  }
  if (source.kafka() && log_->end_mark().empty()) {
    // Where the topic was begun, before its group learns how far it was read.
    if (Status begun = hand_over_mark(); !begun) return begun;
    if (Status lasts = log_->wait_all(); !lasts) return lasts;
  }
  next_ = options_.disk.now() + std::chrono::nanoseconds(options_.every.ns);
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
  accepted_.store(batch_.end(), std::memory_order_relaxed);
  return {};
}

void Keeper::repeated(const event::Event& event) {
  if (options_.repeated) options_.repeated(event);
}

Status Keeper::settle(bool idle) {
  // Whoever handed something in to a service waits for it to last, and so do its decisions: it must not lie here meanwhile.
  if (idle || options_.inlet || batch_.bytes >= kBatchBytes) {
    if (Status handed = hand_over(); !handed) return handed;
  }
  if (options_.inlet) options_.inlet->handed_over(batch_.first);
  return {};
}

void Keeper::give_up() {
  given_up_ = true;
  log_->stop();
}

void Keeper::leave() { log_->stop(); }

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
  batch.accepted = batch_.end();
  const auto now = options_.disk.now();
  if (now < next_ || !source_->settled()) return {};
  next_ = now + std::chrono::nanoseconds(options_.every.ns);
  if (Status handed = hand_over(); !handed) return handed;
  batch.checkpoint = checkpoint();
  return {};
}

Status Keeper::end_of_input() { return hand_over(); }

// What changed since the last one, if that is known and does not become a long story.
bool Keeper::may_tell_changes(const Judges& judges) const {
  if (!any_ || broken_ || judges.changes() != packs_) return false;
  std::size_t changes = 0;
  for (std::uint64_t number = last_; based_on_.at(number) != number; number = based_on_.at(number)) ++changes;
  return changes < kMostChanges;
}

Status Keeper::take(const Checkpoint& at, Judges& judges, std::uint64_t decisions) {
  if (child_ > 0) {
    if (Status reaped = reap(false); !reaped || child_ > 0) return reaped;
  }
  const auto start = std::chrono::steady_clock::now();
  json run{{"events", at.number}, {"decisions", decisions}, {"decision_bytes", decision_bytes_}, {"judged", judges.enforced().events()}, {"packs", judges.enforced().plan().name}};
  if (Status handed = out_->deliver(); !handed) return handed;
  if (store::OutputFile* file = out_->file()) run["decision_bytes"][file->path()] = file->bytes();
  writing_ = at.number;
  writing_base_ = may_tell_changes(judges) && last_ < writing_ ? last_ : writing_;
  if (writing_base_ != writing_) run["base"] = writing_base_;
  packs_ = judges.changes();
  if (!kForks || options_.turn) {
    const Written written = write(judges, run.dump(), at);
    judges.begin_changes();
    return settle_written(written);
  }
  child_ = ::fork();
  if (child_ < 0) {
    child_ = 0;
    ++told_.failed;
    broken_ = true;
    options_.note(fmt::format("no snapshot was taken: {}", std::strerror(errno)));
    return {};
  }
  if (child_ == 0) {
    static_cast<void>(::nice(kChildIsNice));
    lock_.reset();  // whoever takes over from a parent that was killed need not wait for its child
    if (!out_->file()) ::close_range(STDERR_FILENO + 1, ~0U, 0);  // nor for the sockets that it has
    ::_exit(static_cast<int>(write(judges, run.dump(), at)));
  }
  judges.begin_changes();
  const double stall = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  told_.longest_stall_ms = std::max(told_.longest_stall_ms, stall);
  return {};
}

// The decisions that the snapshot counts last before it does.
Keeper::Written Keeper::write(const Judges& judges, const std::string& run, const Checkpoint& at) const {
  bool full = false;
  if (const store::OutputFile* file = out_->file()) {
    const Status forced = file->force(full);
    if (full) return Written::kFull;
    if (!forced) {
      options_.note("no snapshot was taken: " + forced.error().message);
      return Written::kFailed;
    }
  }
  store::SnapshotWriter writer(options_.disk, store::unfinished_path(snapshots_of(options_.folder), writing_));
  writer.section("run", run);
  writer.section("source", at.source);
  const bool changes = writing_base_ != writing_;
  write_sections(writer, judges.enforced(), changes, kHead, kGroup);
  if (judges.shadow()) write_sections(writer, *judges.shadow(), changes, kShadowHead, kShadowGroup);
  const Status finished = writer.finish();
  if (finished || writer.full()) return finished ? Written::kGood : Written::kFull;
  options_.note("no snapshot was taken: " + finished.error().message);
  return Written::kFailed;
}

// A snapshot counts when the log lasts up to it, and the decisions are delivered.
Status Keeper::reap(bool wait) {
  if (!wait && (log_->durable() < writing_ || !out_->delivered())) return {};
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
    broken_ = true;
    options_.disk.remove(part);
    return {};
  }
  if (Status lasts = log_->wait(writing_); !lasts) return lasts;
  if (Status flushed = out_->delivered() ? Status{} : out_->flush(); !flushed) return flushed;
  if (Status published = store::publish(options_.disk, part, store::snapshot_path(folder, writing_)); !published) return published;
  last_ = writing_;
  based_on_[writing_] = writing_base_;
  if (writing_base_ == writing_) broken_ = false;
  any_ = true;
  ++told_.snapshots;
  make_room(false);
  return {};
}

void Keeper::make_room(bool wait) {
  const std::lock_guard lock(removing_);
  if (spared_) return;
  prune();
  remove_records(wait);
}

void Keeper::prune() {
  std::size_t whole = 0;
  for (auto at = based_on_.end(); at != based_on_.begin();) {
    --at;
    if (whole < kSnapshotsKept) {
      whole += at->first == at->second;
      continue;
    }
    options_.disk.remove(store::snapshot_path(snapshots_of(options_.folder), at->first));
    at = based_on_.erase(at);
  }
}

// By the log's own clock, its latest event, and nothing that the older of two whole snapshots needs. An event with a time that has
// not come yet ends no other's term: there the machine's clock is looked at, which decides of no decision.
void Keeper::remove_records(bool wait) const {
  const auto whole = std::ranges::count_if(based_on_, [](const auto& snapshot) { return snapshot.first == snapshot.second; });
  if (static_cast<std::size_t>(whole) < kSnapshotsKept) return;
  const std::uint64_t oldest = based_on_.begin()->first;
  const Time now = std::min(log_->latest(), options_.disk.wall_clock());
  log_->remove({records_.day_of(now), oldest, first_name(oldest)});
  if (wait) log_->wait_removed();
}

Status Keeper::finish(Judges& judges, std::uint64_t decisions) {
  if (child_ > 0) {
    if (Status reaped = reap(true); !reaped) return reaped;
  }
  if (any_ && last_ == log_->end() && decisions == decisions_ && told_.replayed == 0) return {};
  for (;;) {
    if (Status taken = take(checkpoint(), judges, decisions); !taken) return taken;
    if (child_ > 0) {
      if (Status reaped = reap(true); !reaped) return reaped;
    }
    if (!full_) break;
    if (given_up_) return fail("{}: the disk is full; the state at the end is not kept", options_.folder);
    options_.disk.sleep(kFullDiskPause);
  }
  if (last_ != log_->end()) return fail("{}: the state at the end could not be kept", options_.folder);
  make_room(true);
  return {};
}

// Snapshots, packs and what the log has of files do not change once they have their names.
Status Keeper::copy_to(const std::string& folder, const std::function<Status()>& decisions) {
  struct Spared {
    explicit Spared(Keeper& of) : keeper(of) { set(true); }
    ~Spared() { set(false); }
    void set(bool spared) const {
      const std::lock_guard lock(keeper.removing_);
      keeper.spared_ = spared;
    }
    Keeper& keeper;
  } const spared(*this);
  const store::Disk& disk = options_.disk;
  const auto copy = [&](const std::string& name) { return disk.copy(options_.folder + "/" + name, folder + "/" + name); };
  for (const char* name : {"/snapshots", "/packs"}) {
    if (Status made = disk.make_folder(folder + name); !made) return made;
  }
  for (const std::uint64_t number : store::snapshots_in(disk, snapshots_of(options_.folder))) {
    if (Status copied = copy(store::snapshot_path("snapshots", number)); !copied) return copied;
  }
  if (Status copied = decisions(); !copied) return copied;
  // The journal names packs that are there before it does.
  if (Status copied = copy("packs.ndjson"); !copied) return copied;
  for (const std::string& name : disk.list(options_.folder + "/packs")) {
    if (!name.ends_with(".json")) continue;
    if (Status copied = copy("packs/" + name); !copied) return copied;
  }
  return log_->copy_to(folder + "/log");
}

}  // namespace lw::runtime
