#include "store/event_log.h"

#include <rocksdb/cache.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "base/bytes.h"
#include "store/event_log_impl.h"

namespace lw::store {
namespace {

constexpr std::size_t kMostWaiting = 16 << 20;   // bytes handed over and not written
constexpr std::size_t kGroupBytes = 4 << 20;     // written in one go
constexpr std::chrono::milliseconds kFullDiskPause{500};
constexpr std::string_view kFormat = "2";
constexpr std::string_view kOldNames = "names";  // of format 1

// RocksDB keeps no account of its own doings: on a full disk that would end the process, and a log that is only read is not
// written to.
class Silent : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

// What is read back is read once: memory must not grow with what is on the disk.
constexpr std::size_t kCacheBytes = 16 << 20;
constexpr int kOpenFiles = 256;

rocksdb::ColumnFamilyOptions options_of(std::string_view family, const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions options;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  if (family == "lines" || family == "held") {
    options.compression = rocksdb::kZSTD;
    options.compression_opts.level = 1;
  } else if (family == "hashes") {
    options.compression = rocksdb::kNoCompression;
  }
  options.write_buffer_size = family == "lines" ? 64 << 20 : family == "hashes" ? 16 << 20 : 4 << 20;
  return options;
}

}  // namespace

Status EventLog::Impl::open(bool to_read, const Sort& sort) {
  rocksdb::DBOptions options;
  options.create_if_missing = !to_read;
  options.create_missing_column_families = !to_read;
  options.max_background_jobs = 2;
  options.max_total_wal_size = 256 << 20;
  options.info_log = std::make_shared<Silent>();
  options.max_open_files = kOpenFiles;
  const auto cache = rocksdb::NewLRUCache(kCacheBytes);
  options.env = &disk.env();
  std::vector<std::string> there;
  const bool none = !rocksdb::DB::ListColumnFamilies(options, folder, &there).ok();
  const bool old = std::ranges::find(there, kOldNames) != there.end();
  if (none && to_read) return fail("{}: there is no event log", folder);
  if (old && to_read) return fail("{}: the event log is of format 1; a run with this state brings it to format {}", folder, kFormat);

  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  std::vector<std::pair<std::string, Family*>> wanted = {{rocksdb::kDefaultColumnFamilyName, &about}, {"batches", &batches}, {"lines", &lines},
                                                        {"hashes", &names}, {"held", &held}};
  if (old) wanted.emplace_back(kOldNames, &old_names);
  for (const auto& [name, family] : wanted) families.emplace_back(name, options_of(name, cache));
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  const auto done = to_read ? rocksdb::DB::OpenForReadOnly(options, folder, families, &handles, &opened)
                            : rocksdb::DB::Open(options, folder, families, &handles, &opened);
  if (!done.ok()) return failure(done);
  db.reset(opened);
  for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i].second->reset(handles[i]);
  if (old) {
    if (Status converted = convert(sort); !converted) return converted;
  }
  if (Status found = find_end(); !found) return found;
  if (Status good = check_format(); !good) return good;
  return read_about(to_read);
}

Status EventLog::Impl::check_format() {
  std::string format;
  const rocksdb::Status told = db->Get({}, about.get(), "format", &format);
  if (told.IsNotFound() && handed_over == 0) {
    rocksdb::WriteOptions forced;  // of a log that is new
    forced.sync = true;
    if (const auto put = db->Put(forced, about.get(), "format", std::string(kFormat)); !put.ok()) return failure(put);
  } else if (told.IsNotFound()) {
    return fail("{}: the event log tells no format; this version reads {}", folder, kFormat);
  } else if (!told.ok()) {
    return failure(told);
  } else if (format != kFormat) {
    return fail("{}: the event log is of format {}; this version reads {}", folder, format, kFormat);
  }
  return {};
}

Status EventLog::Impl::read_about(bool to_read) {
  rocksdb::Status got = db->Get({}, about.get(), "id", &id);
  if (got.IsNotFound() && !to_read) {
    std::random_device random;  // no decision depends on it
    for (int i = 0; i < 16; ++i) id += "0123456789abcdef"[random() % 16];
    rocksdb::WriteOptions forced;
    forced.sync = true;
    got = db->Put(forced, about.get(), "id", id);
  }
  if (!got.ok() && !got.IsNotFound()) return failure(got);
  std::string gone;
  got = db->Get({}, about.get(), "removed", &gone);
  if (got.IsNotFound()) return {};
  if (!got.ok()) return failure(got);
  std::string_view in = gone;
  if (!take(in, removed.today) || !take(in, removed.events_below) || !take(in, removed.names_below)) return fail("{}: the event log is damaged: what was removed", folder);
  to_remove = removed;
  return {};
}

Status EventLog::Impl::find_end() {
  const std::unique_ptr<rocksdb::Iterator> at(db->NewIterator({}, batches.get()));
  at->SeekToLast();
  if (!at->status().ok()) return failure(at->status());
  if (!at->Valid()) return {};
  const std::uint64_t first = codec::number_of(view(at->key()));
  codec::BatchRecord record;
  if (!codec::read_record(view(at->value()), record)) return damaged(first);
  end_mark = record.mark;
  latest = record.latest;
  handed_over = durable = first + record.size;
  return {};
}

Status EventLog::Impl::put_batch(rocksdb::WriteBatch& out, const LogBatch& batch, Time latest_of) const {
  rocksdb::Status done = out.Put(batches.get(), codec::key_of(batch.first), codec::record_of(batch, latest_of));
  for (const LogBatch::Piece& piece : batch.pieces) {
    const std::string key = codec::piece_key(piece.until, batch.first, piece.term);
    if (done.ok()) done = out.Put(lines.get(), key, piece.lines);
    if (done.ok()) done = out.Put(names.get(), key, codec::names_of(piece));
  }
  return done.ok() ? Status{} : failure(done);
}

// Whether they last. Not on a full disk: to be tried again.
bool EventLog::Impl::write(const std::deque<std::pair<LogBatch, Time>>& group) {
  rocksdb::WriteBatch batch;
  bool full = false;
  Status good = force ? force(full) : Status{};
  if (full) return false;
  for (const auto& [one, latest_of] : group) {
    if (good) good = put_batch(batch, one, latest_of);
  }
  rocksdb::WriteOptions options;
  options.sync = true;
  const rocksdb::Status done = good ? db->Write(options, &batch) : rocksdb::Status::OK();
  if (good && done.ok()) return true;
  const std::lock_guard lock(mutex);
  if (!good) status = good;
  else if (!done.IsNoSpace()) status = failure(done);
  return false;
}

bool EventLog::Impl::write_some() {
  std::deque<std::pair<LogBatch, Time>> group;
  std::size_t bytes = 0;
  {
    const std::lock_guard lock(mutex);
    while (!waiting.empty() && bytes < kGroupBytes) {
      bytes += waiting.front().first.bytes;
      group.push_back(std::move(waiting.front()));
      waiting.pop_front();
    }
  }
  bool told = false;
  while (!write(group)) {
    {
      const std::lock_guard lock(mutex);
      if (status && closing) status = fail("{}: the event log: the disk is full", folder);
      if (!status) {
        changed.notify_all();
        return false;
      }
    }
    if (!told) note(folder + ": the disk is full; no event is accepted until there is room");
    told = no_room = true;
    disk.sleep(kFullDiskPause);
    db->Resume();  // of RocksDB's own accord it looks every five seconds whether there is room for a memtable, 64 MB
  }
  if (told) note(folder + ": there is room again");
  no_room = false;
  const std::lock_guard lock(mutex);
  waiting_bytes -= bytes;
  unwritten -= group.size();
  durable = group.back().first.end();
  changed.notify_all();
  return true;
}

void EventLog::Impl::write_all() {
  for (;;) {
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return closing || !waiting.empty(); });
      if (waiting.empty()) return;
    }
    if (!write_some()) return;
  }
}

void EventLog::Impl::write_waiting() {
  const auto more = [&] {
    const std::lock_guard lock(mutex);
    return status && !waiting.empty();
  };
  while (more() && write_some()) continue;
}

Result<std::unique_ptr<EventLog>> EventLog::open(const std::string& folder, std::function<void(std::string)> note, const Sort& sort, const Disk& disk, Turn turn) {
  auto impl = std::make_unique<Impl>();
  impl->folder = folder;
  impl->note = std::move(note);
  impl->disk = disk;
  impl->turn = std::move(turn);
  if (Status opened = impl->open(false, sort); !opened) return tl::make_unexpected(opened.error());
  if (impl->turn) return std::unique_ptr<EventLog>(new EventLog(std::move(impl)));
  impl->writer = std::thread([self = impl.get()] { self->write_all(); });
  impl->cleaner = std::thread([self = impl.get()] { self->remove_all(); });
  return std::unique_ptr<EventLog>(new EventLog(std::move(impl)));
}

Result<std::unique_ptr<EventLog>> EventLog::open_to_read(const std::string& folder) {
  auto impl = std::make_unique<Impl>();
  impl->folder = folder;
  if (Status opened = impl->open(true, {}); !opened) return tl::make_unexpected(opened.error());
  return std::unique_ptr<EventLog>(new EventLog(std::move(impl)));
}

EventLog::EventLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

EventLog::~EventLog() { stop(); }

void EventLog::stop() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->closing = true;
    impl_->changed.notify_all();
  }
  if (impl_->turn) impl_->write_waiting();
  if (impl_->writer.joinable()) impl_->writer.join();
  if (impl_->cleaner.joinable()) {
    impl_->db->DisableManualCompaction();
    impl_->cleaner.join();
  }
}

void EventLog::before_writing(std::function<Status(bool& full)> force) {
  const std::lock_guard lock(impl_->mutex);
  impl_->force = std::move(force);
}

// Files that do not change any more are linked where that can be done.
Status EventLog::copy_to(const std::string& folder) const {
  rocksdb::Checkpoint* made = nullptr;
  rocksdb::Status done = rocksdb::Checkpoint::Create(impl_->db.get(), &made);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  if (done.ok()) done = checkpoint->CreateCheckpoint(folder);
  return done.ok() ? Status{} : failure(folder, done);
}

std::uint64_t EventLog::end() const { return impl_->handed_over; }
const std::string& EventLog::end_mark() const { return impl_->end_mark; }
const std::string& EventLog::id() const { return impl_->id; }
Time EventLog::latest() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->latest;
}

Status EventLog::append(LogBatch batch) {
  const std::size_t bytes = batch.bytes;
  std::unique_lock lock(impl_->mutex);
  if (impl_->closing) return fail("{}: the event log is stopped", impl_->folder);  // nobody would write it, and whoever waits for it would wait for ever
  impl_->handed_over = batch.end();
  impl_->end_mark = batch.mark;
  for (const LogBatch::Piece& piece : batch.pieces) impl_->latest = std::max(impl_->latest, piece.latest);
  if (!impl_->turn) impl_->changed.wait(lock, [&] { return !impl_->status || impl_->waiting_bytes < kMostWaiting; });
  if (!impl_->status) return impl_->status;
  impl_->waiting.emplace_back(std::move(batch), impl_->latest);
  impl_->waiting_bytes += bytes;
  ++impl_->unwritten;
  impl_->changed.notify_all();
  lock.unlock();
  if (impl_->turn && impl_->turn()) impl_->write_waiting();
  return {};
}

std::uint64_t EventLog::durable() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->durable;
}

bool EventLog::waits_for_room() const { return impl_->no_room; }

Status EventLog::wait(std::uint64_t end) {
  if (impl_->turn) impl_->write_waiting();
  std::unique_lock lock(impl_->mutex);
  impl_->changed.wait(lock, [&] { return !impl_->status || impl_->durable >= end; });
  return impl_->status;
}

Status EventLog::wait_all() {
  if (impl_->turn) impl_->write_waiting();
  std::unique_lock lock(impl_->mutex);
  impl_->changed.wait(lock, [&] { return !impl_->status || impl_->unwritten == 0; });
  return impl_->status;
}

}  // namespace lw::store
