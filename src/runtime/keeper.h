// Keeps a run so that it can go on after any kind of end: events accepted go to the event log, and every now and then a
// snapshot tells all that is known at one of them. Going on is the newest good snapshot, then the log behind it, then the
// inputs from where they stood; decisions and dead letter are cut back to the snapshot, so that each stands once.
//
// A snapshot is written by a forked child, which has all memory as it was at that moment for nothing: the stream stops for
// as long as a fork takes.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "pack/records.h"
#include "runtime/decision_output.h"
#include "runtime/judges.h"
#include "runtime/pack_history.h"
#include "runtime/source.h"
#include "store/event_log.h"
#include "store/folder_lock.h"

namespace lw::runtime {

struct KeeperOptions {
  std::string folder;             // made if there is none; one run at a time may use it
  Duration every{10 * kSecond};   // between snapshots, by the machine's clock: no decision depends on it
  std::uint64_t repeat_horizon = SourceOptions{}.repeat_horizon;
  Inlet* inlet = nullptr;            // that the source reads; told of what the log has. Outlives the keeper
  std::function<void(const event::Event&)> repeated;  // told of each event that was there already, where inputs are read; may be empty
  const pack::Plan* plan = nullptr;  // says how long events are kept; outlives the keeper. Null: for ever
  std::function<void(std::string)> note = [](std::string) {};  // what people should know; from any thread
  // The seams, for tests: disk and clock; and who has its turn, see EventLog::Turn, where snapshots are written in place too.
  store::Disk disk;
  store::EventLog::Turn turn;
};

class Keeper : public Intake {
 public:
  // Opens the folder and finds where to go on. Refuses a folder in use.
  static Result<std::unique_ptr<Keeper>> open(KeeperOptions options);
  ~Keeper() override;

  // How much of a file was written when it was left.
  std::uint64_t decision_bytes(const std::string& path) const { return found(decision_bytes_, path); }
  std::uint64_t dead_letter_bytes(const std::string& path) const { return found(dead_letter_bytes_, path); }
  // Where a topic is to be read on; empty: it was not read before.
  std::string topic_position(const std::string& name) const;
  std::uint64_t decisions() const { return decisions_; }  // so many in all, up to the snapshot

  // Who judged the event behind the snapshot, `given` if nobody knows, and in `later` who followed when.
  struct Later {
    std::uint64_t at;
    Lineup lineup;
  };
  Lineup lineups(const Lineup& given, std::vector<Later>& later);

  const std::string& id() const { return log_->id(); }      // of the state: another folder has another
  store::EventLog& log() { return *log_; }                  // to wait for, to find and to hold events
  std::uint64_t accepted() const { return accepted_; }      // events, those too that the log was not handed yet. From any thread

  // A copy in `folder`, which is made: a run goes on from it as after a loss of power. First the snapshots, then what `decisions` copies, where
  // they went: all that the snapshots count are in it. The log is last: it has the events of all of these, which wait until it has.
  // Meanwhile no snapshot and no event is removed. From any thread, one at a time.
  Status copy_to(const std::string& folder, const std::function<Status()>& decisions);

  // Brings judges and source to where the snapshot was, and has the source replay what came after; `out` was opened with
  // this keeper. Call it once, before the run. All three outlive it.
  Status restore(Judges& judges, Source& source, DecisionOutput& out);

  // Where the inputs are read.
  Status accept(const event::Event& event, const Key128& name) override;
  void repeated(const event::Event& event) override;
  Status settle(bool idle) override;
  void leave() override;  // what the log still has to write needs the source's dead letter
  // Between fills: tells the batch how much was accepted, and marks it if a snapshot is due.
  Status visit(Batch& batch);
  Status end_of_input();

  // Where events are judged: once all of the batch were. `decisions`: how many in all. None if one is still being written.
  Status take(const Checkpoint& at, Judges& judges, std::uint64_t decisions);
  // At the end of both: a snapshot that lasts when this returns; none if nothing happened since the last.
  Status finish(Judges& judges, std::uint64_t decisions);
  // Whoever waits for room on the disk for that snapshot waits no longer: the next start replays the log instead. From any thread.
  void give_up();

  struct Told {
    std::uint64_t snapshots = 0;      // written in this run
    std::uint64_t failed = 0;         // not written, each with a note
    double longest_stall_ms = 0;      // the stream stood still for one
    std::uint64_t from_snapshot = 0;  // events that the snapshot held already
    std::uint64_t replayed = 0;       // from the log
  };
  const Told& told() const { return told_; }

 private:
  using Places = std::map<std::string, std::uint64_t>;
  explicit Keeper(KeeperOptions options);
  static std::uint64_t found(const Places& places, const std::string& path) {
    const auto at = places.find(path);
    return at == places.end() ? 0 : at->second;
  }

  Status open_log();
  Status choose();                      // the newest good snapshot
  Status adopt(const std::string& run);  // its first section
  void list();                           // the snapshots that are there
  // The snapshots that make the one of that number, the whole one first. Fails if one of them is not good.
  Result<std::vector<std::uint64_t>> chain(std::uint64_t number);
  Status verify(std::uint64_t number);
  Status hand_over();                   // what was accepted, to the log
  Status hand_over_mark();              // the same, and the mark even if it is nothing
  Checkpoint checkpoint() const;
  bool may_tell_changes(const Judges& judges) const;  // a snapshot of what changed is enough
  enum class Written { kGood, kFailed, kFull };  // kFull: for want of room
  Written write(const Judges& judges, const std::string& run, const Checkpoint& at) const;  // says why it failed, if not for want of room
  Status reap(bool wait);  // the child that writes
  Status settle_written(Written written);  // gives what was written its name
  void make_room(bool wait);  // prune() and remove_records(), unless a copy is being made
  void prune();
  void remove_records(bool wait) const;  // whose term is over
  std::uint64_t first_name(std::uint64_t number) const;  // that a run needs which goes on from there

  KeeperOptions options_;
  std::optional<store::FolderLock> lock_;
  pack::RecordClock records_;
  std::unique_ptr<store::EventLog> log_;
  std::optional<PackHistory> history_;
  Source* source_ = nullptr;
  DecisionOutput* out_ = nullptr;
  store::LogBatch batch_;  // accepted, not handed over
  std::atomic<std::uint64_t> accepted_{0};
  std::atomic<bool> given_up_{false};
  std::mutex removing_;
  bool spared_ = false;  // what there is stays

  std::uint64_t chosen_ = 0;  // the snapshot that is gone on from
  std::vector<std::uint64_t> chosen_chain_;
  std::map<std::uint64_t, std::uint64_t> based_on_;  // each snapshot there is, and the one whose changes it tells: itself if it is whole
  std::map<std::uint64_t, Status> verified_;
  bool any_ = false;          // there is one
  Places decision_bytes_, dead_letter_bytes_;
  std::uint64_t decisions_ = 0;
  std::uint64_t judged_ = 0;  // events, up to the snapshot

  int child_ = 0;                // process that writes a snapshot; 0: none
  std::uint64_t writing_ = 0;    // its number
  std::uint64_t writing_base_ = 0;
  bool broken_ = false;          // changes were lost: the next one is whole
  std::uint64_t packs_ = 0;      // Judges::changes() at the last one
  std::uint64_t last_ = 0;       // the number of the last one that lasts
  bool full_ = false;            // there was no room for it, and that was said
  std::chrono::nanoseconds next_{0};
  Told told_;
};

}  // namespace lw::runtime
