// The event log's insides, which its parts share: opening and writing (event_log.cc), reading (event_log_read.cc), removing
// and holding (event_log_terms.cc).
#pragma once

#include <rocksdb/db.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "store/event_log.h"
#include "store/log_codec.h"

namespace lw::store {

using Family = std::unique_ptr<rocksdb::ColumnFamilyHandle>;

struct EventLog::Impl {
  std::string folder;
  std::function<void(std::string)> note;
  Disk disk;
  Turn turn;
  std::function<Status(bool& full)> force;
  std::unique_ptr<rocksdb::DB> db;
  // about: the format and what was removed. batches: what is known of each, by number. lines and names: of each piece.
  // held: by name and holder. old_names: of format 1, whose lines lie in `about`; null if there are none.
  Family about, batches, lines, names, held, old_names;
  std::uint64_t handed_over = 0;  // the end of what append() took
  std::string end_mark, id;
  Time latest;

  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  std::deque<std::pair<LogBatch, Time>> waiting;  // each with the largest event time up to its end
  std::size_t waiting_bytes = 0, unwritten = 0;  // of those and of the ones that are being written; batches
  std::uint64_t durable = 0;
  Status status;
  bool closing = false;
  std::atomic<bool> no_room = false;  // read without the mutex
  Removal removed, to_remove;
  bool removing = false;
  std::thread writer, cleaner;

  Status open(bool to_read, const Sort& sort);
  Status check_format();
  Status read_about(bool to_read);
  Status find_end();
  void write_all();
  bool write_some();     // what waits, or a part; false if that is no more possible
  void write_waiting();  // all that waits, on the caller's thread
  bool write(const std::deque<std::pair<LogBatch, Time>>& group);

  // Puts the batch's pieces and what is known of it.
  Status put_batch(rocksdb::WriteBatch& out, const LogBatch& batch, Time latest_of) const;
  // The batch's events, from `from` to `to` by number; their lines too, if asked for.
  Status read(std::uint64_t first, const codec::BatchRecord& record, std::uint64_t from, std::uint64_t to, bool lines_too, LogEvents& out) const;
  // Whether one of the batch's events, of those that are there, is so named.
  template <class IsOne>
  Result<bool> any_name(std::uint64_t first, const codec::BatchRecord& record, const IsOne& is_one) const;
  Result<std::string> line_in(std::string_view piece_key, std::size_t index) const;  // empty: the lines are gone
  bool is_removed(std::uint32_t until, std::uint64_t first) const {
    const std::lock_guard lock(mutex);
    return until <= removed.today && first < removed.events_below;
  }

  Status convert(const Sort& sort);  // format 1

  void remove_all();
  Status remove(const Removal& what);
  // Adds the ranges that hold pieces of events before `below` that may go on `today`.
  Status due(rocksdb::ColumnFamilyHandle* family, std::uint32_t today, std::uint64_t below, std::vector<std::pair<std::string, std::string>>& out) const;

  tl::unexpected<Error> failure(const rocksdb::Status& done) const { return fail("{}: the event log: {}", folder, done.ToString()); }
  tl::unexpected<Error> damaged(std::uint64_t number) const { return fail("{}: the event log is damaged at event {}", folder, number); }
};

inline std::string_view view(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

}  // namespace lw::store
