// The engine as the service runs it: an inlet instead of files, `run`'s own source, keeper and judges, and the line to the desk instead
// of a file of decisions. Threads: one reads, one judges, one takes in, one tells whoever handed events in that they last.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <mutex>
#include <thread>

#include "pack/desk.h"
#include "runtime/deadletter.h"
#include "runtime/inlet.h"
#include "runtime/keeper.h"
#include "server/desk_line.h"
#include "server/questions.h"
#include "store/database.h"

namespace lw::server {

struct EngineRoomOptions {
  std::string folder;                     // of the service: state/ and dead-letter.ndjson lie in it
  runtime::Lineup lineup;
  Duration lateness{0}, snapshot_every{30 * kSecond};  // each makes memory that changes next be copied, and a start replays what came behind it
  std::uint64_t repeat_horizon = runtime::SourceOptions{}.repeat_horizon;
  std::size_t inlet_bytes = 64 << 20;
  store::Database* db = nullptr;          // outlives it
  std::function<void(const std::string&)> note;  // what people should know; from any thread
  std::function<void()> taken_in = [] {};        // after each transaction of the desk's line, on its thread
  std::function<void(const Error&)> failed;      // the engine stands still for good: the service is to end. On the judging thread
};

class EngineRoom {
 public:
  // Restores what is kept; nothing runs yet.
  static Result<std::unique_ptr<EngineRoom>> open(EngineRoomOptions options);
  ~EngineRoom();
  EngineRoom(const EngineRoom&) = delete;
  EngineRoom& operator=(const EngineRoom&) = delete;

  void start();
  // Nothing is taken in any more; what was is judged and taken in by the desk, and a snapshot is written. Fails if that is not possible.
  // While the desk's store is away or the disk is full it waits for a while only: the next start judges again what the log has.
  Status stop();

  runtime::Inlet& inlet() { return inlet_; }
  Questions& questions() { return questions_; }
  const DeskLine& desk_line() const { return *line_; }
  runtime::Keeper& keeper() { return *keeper_; }  // for a copy of the state
  // The log's disk is full: nothing that comes now would be acknowledged soon.
  bool waits_for_room() const { return keeper_->log().waits_for_room(); }
  // Of events named "source#id" those that lie among the newest in the event log.
  Status find_events(const std::vector<std::string>& names, const std::function<void(const std::string& name, std::string_view line)>& visit);
  // Each line of the event log that holds the text. Reads all of it.
  Status read_events(std::string_view text, const std::function<void(std::string_view line)>& visit);

  std::shared_ptr<const pack::Plan> plan() const { return judges_->plan(); }
  std::shared_ptr<const pack::DeskPolicy> policy() const;
  // Judges from the next event on. From any thread.
  void offer(runtime::Lineup lineup) { judges_->offer(std::move(lineup)); }

 private:
  explicit EngineRoom(EngineRoomOptions options);
  Status restore();

  EngineRoomOptions options_;
  runtime::Inlet inlet_;
  Questions questions_;
  std::unique_ptr<runtime::Keeper> keeper_;
  std::optional<runtime::DeadLetter> dead_letter_;
  std::optional<runtime::Source> source_;
  std::optional<runtime::Judges> judges_;
  std::unique_ptr<DeskLine> line_;
  std::thread judging_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool judged_all_ = false, given_up_ = false;
  Status outcome_;
};

}  // namespace lw::server
