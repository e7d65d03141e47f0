// Every event that was accepted, in the order in which it was, as the line that it came as, for as long as it has to be kept.
// RocksDB keeps it: lines by the day on which they may go, so that a day's are removed at once and nothing is rewritten, and
// beside them the hashes of their names, so that repeats are known after a restart and an event is found by its name.
// docs/formats/event-log.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"
#include "store/disk.h"
#include "store/log_batch.h"

namespace lw::store {

// What may be removed. Neither of the three goes back: the largest that was ever told counts.
struct Removal {
  std::uint32_t today = 0;         // pieces whose `until` is at most this
  std::uint64_t events_below = 0;  // of events before this number; nobody replays those
  std::uint64_t names_below = 0;   // the same of their names, which repeats are known by
};

struct FoundEvent {
  std::uint64_t number = 0;
  std::string line;    // without its end
  bool held = false;   // its term is over; a hold keeps it
};

struct LogStats {
  struct Term {
    std::string term;  // empty: kept for ever
    std::uint64_t events = 0, bytes = 0;  // of lines, before compression
    Time oldest, newest;
    std::uint32_t next = kForEver;  // the day on which the first of them go
  };
  std::uint64_t accepted = 0;   // ever
  std::uint64_t held = 0;       // by holds, an event of two holders twice
  std::uint64_t disk_bytes = 0;
  std::vector<Term> terms;      // by name
};

class EventLog {
 public:
  // What LogBatch::add() is to be told of a line of a log of format 1, which did not sort its events.
  struct Sorted {
    Time time;
    std::string term;
    std::uint32_t until = kForEver;
  };
  using Sort = std::function<Sorted(std::string_view line)>;
  // The seam to scheduling: whether the writer gets its turn, asked at each batch; it then has no thread of its own. Empty, as
  // outside tests: it has one.
  using Turn = std::function<bool()>;

  // Makes the folder if there is none. `note` is told what people should know, from any thread: the disk is full. A log of
  // format 1 is brought to this one, sorted by `sort`; without it all of that is kept for ever.
  static Result<std::unique_ptr<EventLog>> open(const std::string& folder, std::function<void(std::string)> note, const Sort& sort = {},
                                                const Disk& disk = Disk(), Turn turn = {});
  // To read from alone: nothing in the folder is changed. Nobody else has it open meanwhile.
  static Result<std::unique_ptr<EventLog>> open_to_read(const std::string& folder);
  ~EventLog();
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  // Writes what was handed over, unless there is no room, and ends its threads; what is appended afterwards is refused.
  void stop();

  // Called before batches are written, on the writer's thread: what their marks tell of must last before they do. `full`: it
  // failed for want of room, and is tried again.
  void before_writing(std::function<Status(bool& full)> force);

  // The number that the next event will have, the mark of the last batch, and the largest event time up to there.
  std::uint64_t end() const;
  const std::string& end_mark() const;
  Time latest() const;
  // Made with the log: tells it from every other.
  const std::string& id() const;
  // A log of its own in `folder`, which is not there yet: all that lasts now. From any thread, while others write.
  Status copy_to(const std::string& folder) const;

  // Hands a batch over. It is written behind the caller's back, in order, several in one go, and forced to the disk; too
  // many waiting make the caller wait. Fails if an earlier write failed. A full disk is no failure: it waits for room.
  Status append(LogBatch batch);
  // Events below this outlive a loss of power.
  std::uint64_t durable() const;
  // The disk is full: what was appended waits for room. From any thread.
  bool waits_for_room() const;
  // Waits until they do.
  Status wait(std::uint64_t end);
  // Waits for all that was handed over, a batch without events too, whose mark alone counts.
  Status wait_all();

  // Removes what may go, behind the caller's back. What cannot be removed now is told of and tried again with the next.
  void remove(const Removal& what);
  // Waits until that is done.
  void wait_removed();
  // Events below this may be missing: nothing can be replayed from before it.
  std::uint64_t whole_from() const;

  // Keeps events (those below durable()) for `holder`, a case, until it releases them, whatever their terms. Gives back the
  // names that are not there. The same again changes nothing.
  Result<std::vector<Key128>> hold(std::string_view holder, std::span<const Key128> names);
  Status release(std::string_view holder);

  // The event of that name; the last, if it was accepted again when its repeat was not known any more. Looks through all
  // names: 20 bytes an event.
  Result<std::optional<FoundEvent>> find(std::string_view source, std::string_view id) const;
  // The same for several names at once, from the newest event back: `visit` with the place of each found in `names`, once. Ends when all
  // are found or about `most` events were looked through; what a hold alone keeps is not looked at.
  Status find_newest(std::span<const Key128> names, std::uint64_t most, const std::function<void(std::size_t place, std::string_view line)>& visit) const;
  Result<LogStats> stats() const;

  // The names of the events in [first, end), batch by batch.
  Status read_names(std::uint64_t first, std::uint64_t end, const std::function<void(std::span<const Key128>)>& visit) const;

  // The batches that hold events from `first` on, those before it cut off: of what lasts when it is made.
  class Cursor {
   public:
    Cursor(Cursor&&) noexcept;
    ~Cursor();
    // False at the end.
    Result<bool> next(LogEvents& out);

   private:
    friend class EventLog;
    struct Impl;
    explicit Cursor(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
  };
  Cursor from(std::uint64_t first) const;

  struct Impl;

 private:
  explicit EventLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lw::store
