// Every event that was accepted, in the order in which it was, as the line that it came as. RocksDB keeps it: batches of
// lines by the number of their first, and beside them the hashes of their names, so that repeats are known after a restart
// and an event is found by its name. docs/formats/event-log.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"

namespace lw::store {

// Events in the order accepted, numbered from 0.
struct LogBatch {
  std::uint64_t first = 0;
  std::string lines;           // each with '\n' behind it
  std::vector<Key128> names;   // one for each: of source and id
  std::string mark;            // where the inputs stood behind the last of them; not looked into
  std::uint64_t end() const { return first + names.size(); }
};

class EventLog {
 public:
  // Makes the folder if there is none. `note` is told what people should know, from any thread: the disk is full.
  static Result<std::unique_ptr<EventLog>> open(const std::string& folder, std::function<void(std::string)> note);
  ~EventLog();
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  // The number that the next event will have, and the mark of the last batch.
  std::uint64_t end() const;
  const std::string& end_mark() const;

  // Hands a batch over. It is written behind the caller's back, in order, several in one go, and forced to the disk; too
  // many waiting make the caller wait. Fails if an earlier write failed. A full disk is no failure: it waits for room.
  Status append(LogBatch batch);
  // Events below this outlive a loss of power.
  std::uint64_t durable() const;
  // Waits until they do.
  Status wait(std::uint64_t end);

  // The names of the events in [first, end), batch by batch.
  Status read_names(std::uint64_t first, std::uint64_t end, const std::function<void(std::span<const Key128>)>& visit) const;

  // The batches that hold events from `first` on, those before it cut off: of what lasts when it is made.
  class Cursor {
   public:
    Cursor(Cursor&&) noexcept;
    ~Cursor();
    // False at the end.
    Result<bool> next(LogBatch& out);

   private:
    friend class EventLog;
    struct Impl;
    explicit Cursor(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
  };
  Cursor from(std::uint64_t first) const;

 private:
  struct Impl;
  explicit EventLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lw::store
