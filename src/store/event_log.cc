#include "store/event_log.h"

#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>

#include "base/bytes.h"

namespace lw::store {
namespace {

constexpr std::size_t kMostWaiting = 16 << 20;   // bytes handed over and not written
constexpr std::size_t kGroupBytes = 4 << 20;     // written in one go
constexpr std::chrono::milliseconds kFullDiskPause{500};
constexpr std::string_view kFormat = "1";
constexpr std::string_view kFormatKey = "\xff format";  // behind all numbers

// Numbers as keys: in the order of bytes they are in the order of numbers.
std::string key_of(std::uint64_t number) {
  std::string key(8, '\0');
  for (int i = 7; i >= 0; --i, number >>= 8) key[static_cast<std::size_t>(i)] = static_cast<char>(number & 0xff);
  return key;
}

std::uint64_t number_of(const rocksdb::Slice& key) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < key.size(); ++i) number = number << 8 | static_cast<std::uint8_t>(key[i]);
  return number;
}

std::string value_of(const LogBatch& batch) {
  std::string value;
  value.reserve(batch.lines.size() + batch.mark.size() + 16);
  put_text(value, batch.mark);
  value += batch.lines;
  return value;
}

std::string names_of(const LogBatch& batch) {
  static_assert(sizeof(Key128) == 16);
  return {reinterpret_cast<const char*>(batch.names.data()), batch.names.size() * sizeof(Key128)};
}

std::vector<Key128> names_in(const rocksdb::Slice& value) {
  std::vector<Key128> names(value.size() / sizeof(Key128));
  std::memcpy(names.data(), value.data(), names.size() * sizeof(Key128));
  return names;
}

tl::unexpected<Error> failure(const std::string& folder, const rocksdb::Status& status) {
  return fail("{}: the event log: {}", folder, status.ToString());
}

}  // namespace

struct EventLog::Impl {
  std::string folder;
  std::function<void(std::string)> note;
  std::unique_ptr<rocksdb::DB> db;
  std::unique_ptr<rocksdb::ColumnFamilyHandle> lines, names;
  std::uint64_t handed_over = 0;  // the end of what append() took
  std::string end_mark;

  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  std::deque<LogBatch> waiting;
  std::size_t waiting_bytes = 0;
  std::uint64_t durable = 0;
  Status status;
  bool closing = false;
  std::thread writer;

  Status open();
  Status find_end();
  void write_all();
  bool write(const std::deque<LogBatch>& group);
};

Status EventLog::Impl::open() {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.max_background_jobs = 2;
  options.keep_log_file_num = 2;
  options.max_total_wal_size = 256 << 20;
  rocksdb::ColumnFamilyOptions of_lines, of_names;
  of_lines.compression = rocksdb::kZSTD;
  of_lines.compression_opts.level = 1;
  of_lines.write_buffer_size = 64 << 20;
  of_names.write_buffer_size = 16 << 20;
  std::vector<rocksdb::ColumnFamilyDescriptor> families = {
      {rocksdb::kDefaultColumnFamilyName, of_lines}, {"names", of_names}};
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  if (const auto done = rocksdb::DB::Open(options, folder, families, &handles, &opened); !done.ok()) return failure(folder, done);
  db.reset(opened);
  lines.reset(handles[0]);
  names.reset(handles[1]);
  return find_end();
}

Status EventLog::Impl::find_end() {
  std::string format;
  const rocksdb::Slice format_key(kFormatKey.data(), kFormatKey.size());
  const rocksdb::Status told = db->Get({}, names.get(), format_key, &format);
  if (told.IsNotFound()) {
    rocksdb::WriteOptions forced;
    forced.sync = true;
    if (const auto put = db->Put(forced, names.get(), format_key, std::string(kFormat)); !put.ok()) return failure(folder, put);
  } else if (!told.ok()) {
    return failure(folder, told);
  } else if (format != kFormat) {
    return fail("{}: the event log is of format {}; this version reads {}", folder, format, kFormat);
  }
  const std::unique_ptr<rocksdb::Iterator> at(db->NewIterator({}, lines.get()));
  at->SeekToLast();
  if (!at->status().ok()) return failure(folder, at->status());
  if (!at->Valid()) return {};
  std::string_view value(at->value().data(), at->value().size()), mark;
  if (!take_text(value, mark)) return fail("{}: the event log's last batch is damaged", folder);
  end_mark = mark;
  handed_over = durable = number_of(at->key()) + static_cast<std::uint64_t>(std::ranges::count(value, '\n'));
  return {};
}

// Whether they last. Not on a full disk: to be tried again.
bool EventLog::Impl::write(const std::deque<LogBatch>& group) {
  rocksdb::WriteBatch batch;
  for (const LogBatch& one : group) {
    const std::string key = key_of(one.first);
    batch.Put(lines.get(), key, value_of(one));
    batch.Put(names.get(), key, names_of(one));
  }
  rocksdb::WriteOptions options;
  options.sync = true;
  const rocksdb::Status done = db->Write(options, &batch);
  if (done.ok()) return true;
  const std::lock_guard lock(mutex);
  if (!done.IsNoSpace()) status = failure(folder, done);
  return false;
}

void EventLog::Impl::write_all() {
  bool told = false;
  for (;;) {
    std::deque<LogBatch> group;
    std::size_t bytes = 0;
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return closing || !waiting.empty(); });
      if (waiting.empty()) return;
      while (!waiting.empty() && bytes < kGroupBytes) {
        bytes += waiting.front().lines.size();
        group.push_back(std::move(waiting.front()));
        waiting.pop_front();
      }
    }
    while (!write(group)) {
      {
        const std::lock_guard lock(mutex);
        if (status && closing) status = fail("{}: the event log: the disk is full", folder);
        if (!status) {
          changed.notify_all();
          return;
        }
      }
      if (!told) note(folder + ": the disk is full; no event is accepted until there is room");
      told = true;
      std::this_thread::sleep_for(kFullDiskPause);
      db->Resume();
    }
    if (told) note(folder + ": there is room again");
    told = false;
    const std::lock_guard lock(mutex);
    waiting_bytes -= bytes;
    durable = group.back().end();
    changed.notify_all();
  }
}

Result<std::unique_ptr<EventLog>> EventLog::open(const std::string& folder, std::function<void(std::string)> note) {
  auto impl = std::make_unique<Impl>();
  impl->folder = folder;
  impl->note = std::move(note);
  if (Status opened = impl->open(); !opened) return tl::make_unexpected(opened.error());
  impl->writer = std::thread([self = impl.get()] { self->write_all(); });
  return std::unique_ptr<EventLog>(new EventLog(std::move(impl)));
}

EventLog::EventLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

EventLog::~EventLog() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->closing = true;
    impl_->changed.notify_all();
  }
  impl_->writer.join();
}

std::uint64_t EventLog::end() const { return impl_->handed_over; }
const std::string& EventLog::end_mark() const { return impl_->end_mark; }

Status EventLog::append(LogBatch batch) {
  const std::size_t bytes = batch.lines.size();
  impl_->handed_over = batch.end();
  impl_->end_mark = batch.mark;
  std::unique_lock lock(impl_->mutex);
  impl_->changed.wait(lock, [&] { return !impl_->status || impl_->waiting_bytes < kMostWaiting; });
  if (!impl_->status) return impl_->status;
  impl_->waiting.push_back(std::move(batch));
  impl_->waiting_bytes += bytes;
  impl_->changed.notify_all();
  return {};
}

std::uint64_t EventLog::durable() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->durable;
}

Status EventLog::wait(std::uint64_t end) {
  std::unique_lock lock(impl_->mutex);
  impl_->changed.wait(lock, [&] { return !impl_->status || impl_->durable >= end; });
  return impl_->status;
}

Status EventLog::read_names(std::uint64_t first, std::uint64_t end, const std::function<void(std::span<const Key128>)>& visit) const {
  const std::unique_ptr<rocksdb::Iterator> at(impl_->db->NewIterator({}, impl_->names.get()));
  at->SeekForPrev(key_of(first));
  if (!at->Valid()) at->SeekToFirst();
  for (; at->Valid(); at->Next()) {
    const std::uint64_t from = number_of(at->key());
    if (at->key().size() != 8 || from >= end) break;
    const std::vector<Key128> names = names_in(at->value());
    std::span<const Key128> wanted = names;
    if (from + wanted.size() > end) wanted = wanted.first(end - from);
    if (from < first) wanted = wanted.subspan(std::min<std::size_t>(first - from, wanted.size()));
    visit(wanted);
  }
  if (!at->status().ok()) return failure(impl_->folder, at->status());
  return {};
}

struct EventLog::Cursor::Impl {
  const EventLog::Impl* log;
  std::uint64_t first;
  std::unique_ptr<rocksdb::Iterator> at;
  bool begun = false;
};

EventLog::Cursor EventLog::from(std::uint64_t first) const {
  auto impl = std::make_unique<Cursor::Impl>();
  impl->log = impl_.get();
  impl->first = first;
  impl->at.reset(impl_->db->NewIterator({}, impl_->lines.get()));
  return Cursor(std::move(impl));
}

EventLog::Cursor::Cursor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EventLog::Cursor::Cursor(Cursor&&) noexcept = default;
EventLog::Cursor::~Cursor() = default;

Result<bool> EventLog::Cursor::next(LogBatch& out) {
  rocksdb::Iterator& at = *impl_->at;
  for (;;) {
    if (!std::exchange(impl_->begun, true)) {
      at.SeekForPrev(key_of(impl_->first));
      if (!at.Valid()) at.SeekToFirst();
    } else {
      at.Next();
    }
    if (!at.status().ok()) return tl::make_unexpected(failure(impl_->log->folder, at.status()).value());
    if (!at.Valid()) return false;
    std::string_view value(at.value().data(), at.value().size()), mark;
    std::string names;
    const rocksdb::Status got = impl_->log->db->Get({}, impl_->log->names.get(), at.key(), &names);
    if (!got.ok()) return tl::make_unexpected(failure(impl_->log->folder, got).value());
    out.first = number_of(at.key());
    out.names = names_in(names);
    if (!take_text(value, mark)) return fail("{}: the event log is damaged at event {}", impl_->log->folder, out.first);
    if (out.end() <= impl_->first) continue;
    for (; out.first < impl_->first; ++out.first) {
      value.remove_prefix(value.find('\n') + 1);
      out.names.erase(out.names.begin());
    }
    out.mark = mark;
    out.lines = value;
    return true;
  }
}

}  // namespace lw::store
