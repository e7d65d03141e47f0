// Events whose term is over go; those that a case holds stay; a log of format 1, which knew no terms, is sorted by them.
#include <rocksdb/convenience.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <map>

#include "base/bytes.h"
#include "store/event_log_impl.h"

namespace lw::store {
namespace {

using Ranges = std::vector<std::pair<std::string, std::string>>;

bool covers(const Removal& a, const Removal& b) { return a.today >= b.today && a.events_below >= b.events_below && a.names_below >= b.names_below; }

// Files that hold nothing else are unlinked; what is left of the others is compacted away.
void give_back(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, const Ranges& ranges) {
  if (ranges.empty()) return;
  std::vector<rocksdb::Slice> ends;
  for (const auto& [from, to] : ranges) ends.insert(ends.end(), {from, to});
  std::vector<rocksdb::RangePtr> whole;
  for (std::size_t i = 0; i < ends.size(); i += 2) whole.emplace_back(&ends[i], &ends[i + 1]);
  rocksdb::DeleteFilesInRanges(&db, family, whole.data(), whole.size(), false);
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  db.CompactRange(options, family, &ends.front(), &ends.back());
}

}  // namespace

Status EventLog::Impl::due(rocksdb::ColumnFamilyHandle* family, std::uint32_t today, std::uint64_t below, Ranges& out) const {
  const std::unique_ptr<rocksdb::Iterator> at(db->NewIterator({}, family));
  at->SeekToFirst();
  while (at->Valid()) {
    const std::uint32_t day = codec::day_of(view(at->key()));
    if (day > today || day == kForEver) break;
    if (codec::first_of(view(at->key())) < below) out.emplace_back(codec::piece_key(day, 0), codec::piece_key(day, below));
    at->Seek(codec::piece_key(day + 1, 0));
  }
  return at->status().ok() ? Status{} : failure(at->status());
}

Status EventLog::Impl::remove(const Removal& asked) {
  Removal what{std::max(asked.today, removed.today), std::max(asked.events_below, removed.events_below), std::max(asked.names_below, removed.names_below)};
  // A batch goes whole.
  {
    const std::unique_ptr<rocksdb::Iterator> at(db->NewIterator({}, batches.get()));
    codec::BatchRecord record;
    for (std::uint64_t* below : {&what.events_below, &what.names_below}) {
      if (*below == 0) continue;
      at->SeekForPrev(codec::key_of(*below - 1));
      if (!at->Valid()) continue;
      const std::uint64_t first = codec::number_of(view(at->key()));
      if (!codec::read_record(view(at->value()), record)) return damaged(first);
      if (first + record.size > *below) *below = first;
    }
  }
  what.names_below = std::min(what.names_below, what.events_below);
  Ranges of_lines, of_names;
  if (Status good = due(lines.get(), what.today, what.events_below, of_lines); !good) return good;
  if (Status good = due(names.get(), what.today, what.names_below, of_names); !good) return good;
  if (of_lines.empty() && of_names.empty()) return {};

  rocksdb::WriteBatch batch;
  std::string told;
  put(told, what.today), put(told, what.events_below), put(told, what.names_below);
  rocksdb::Status done = batch.Put(about.get(), "removed", told);
  for (const auto& [from, to] : of_lines) done = done.ok() ? batch.DeleteRange(lines.get(), from, to) : done;
  for (const auto& [from, to] : of_names) done = done.ok() ? batch.DeleteRange(names.get(), from, to) : done;
  // What is known of batches that are gone, from the front.
  {
    const std::unique_ptr<rocksdb::Iterator> at(db->NewIterator({}, batches.get()));
    codec::BatchRecord record;
    for (at->SeekToFirst(); at->Valid() && done.ok(); at->Next()) {
      const std::uint64_t first = codec::number_of(view(at->key()));
      if (!codec::read_record(view(at->value()), record)) return damaged(first);
      const bool gone = std::ranges::all_of(record.pieces, [&](const auto& piece) { return piece.until <= what.today; });
      if (!gone || first + record.size > what.names_below) break;
      done = batch.Delete(batches.get(), at->key());
    }
  }
  rocksdb::WriteOptions forced;
  forced.sync = true;
  {
    const std::lock_guard lock(mutex);
    removed = what;  // first, so that whoever misses a piece knows why
  }
  if (done.ok()) done = db->Write(forced, &batch);
  if (!done.ok()) return failure(done);
  give_back(*db, lines.get(), of_lines);
  give_back(*db, names.get(), of_names);
  return {};
}

void EventLog::Impl::remove_all() {
  std::unique_lock lock(mutex);
  Removal last = removed;
  for (;;) {
    changed.wait(lock, [&] { return closing || !covers(last, to_remove); });
    if (covers(last, to_remove)) return;
    last = to_remove;
    lock.unlock();
    if (const Status done = remove(last); !done) note("events whose term is over were not removed: " + done.error().message);
    lock.lock();
    removing = !covers(last, to_remove);
    changed.notify_all();
  }
}

void EventLog::remove(const Removal& what) {
  std::unique_lock lock(impl_->mutex);
  Removal& all = impl_->to_remove;
  if (covers(all, what)) return;
  all = {std::max(all.today, what.today), std::max(all.events_below, what.events_below), std::max(all.names_below, what.names_below)};
  if (impl_->turn) {
    lock.unlock();
    if (const Status done = impl_->remove(all); !done) impl_->note("events whose term is over were not removed: " + done.error().message);
    return;
  }
  impl_->removing = true;  // until the other thread has done it
  impl_->changed.notify_all();
}

void EventLog::wait_removed() {
  std::unique_lock lock(impl_->mutex);
  impl_->changed.wait(lock, [&] { return !impl_->removing; });
}

std::uint64_t EventLog::whole_from() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->removed.events_below;
}

Result<std::vector<Key128>> EventLog::hold(std::string_view holder, std::span<const Key128> names) {
  std::map<Key128, bool> wanted;  // whether it was found
  for (const Key128& name : names) wanted[name] = false;
  rocksdb::WriteBatch batch;
  std::vector<std::uint32_t> places;
  std::vector<Key128> hashes;
  const auto key_of = [&](const Key128& name) { return std::string(reinterpret_cast<const char*>(&name), sizeof name).append(holder); };
  const std::unique_ptr<rocksdb::Iterator> at(impl_->db->NewIterator({}, impl_->names.get()));
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    const std::uint64_t first = codec::first_of(view(at->key()));
    if (!codec::read_names(view(at->value()), places, hashes)) return impl_->damaged(first);
    for (std::size_t i = 0; i < hashes.size(); ++i) {
      const auto one = wanted.find(hashes[i]);
      if (one == wanted.end()) continue;
      auto line = impl_->line_in(view(at->key()), i);
      if (!line) return tl::make_unexpected(line.error());
      if (line->empty()) continue;  // its term was over before
      one->second = true;
      std::string value;
      put(value, first + places[i]);
      if (const auto done = batch.Put(impl_->held.get(), key_of(hashes[i]), value + *line); !done.ok()) return impl_->failure(done);
    }
  }
  if (!at->status().ok()) return impl_->failure(at->status());
  std::vector<Key128> missing;
  for (const auto& [name, found] : wanted) {
    std::string value;
    if (!found && !impl_->db->Get({}, impl_->held.get(), key_of(name), &value).ok()) missing.push_back(name);
  }
  rocksdb::WriteOptions forced;
  forced.sync = true;
  if (const auto done = impl_->db->Write(forced, &batch); !done.ok()) return impl_->failure(done);
  return missing;
}

Status EventLog::release(std::string_view holder) {
  rocksdb::WriteBatch batch;
  rocksdb::Status done;
  const std::unique_ptr<rocksdb::Iterator> at(impl_->db->NewIterator({}, impl_->held.get()));
  for (at->SeekToFirst(); at->Valid() && done.ok(); at->Next()) {
    if (view(at->key()).substr(sizeof(Key128)) == holder) done = batch.Delete(impl_->held.get(), at->key());
  }
  if (done.ok()) done = at->status();
  if (done.ok()) done = impl_->db->Write({}, &batch);
  return done.ok() ? Status{} : impl_->failure(done);
}

// Format 1: in the default family u32 bytes of the mark, mark and lines by number of the first; in `names` their hashes by the
// same, and the format. Each batch is moved at once: it can be broken off at any time.
Status EventLog::Impl::convert(const Sort& sort) {
  std::string format;
  const rocksdb::Status told = db->Get({}, old_names.get(), rocksdb::Slice("\xff format", 8), &format);
  if (!told.IsNotFound() && !told.ok()) return failure(told);
  if (told.ok() && format != "1") return fail("{}: the event log is of format {}; this version reads 1 and 2", folder, format);
  if (Status good = find_end(); !good) return good;  // of what was moved before
  const std::unique_ptr<rocksdb::Iterator> at(db->NewIterator({}, about.get()));
  for (at->SeekToFirst(); at->Valid() && at->key().size() == sizeof(std::uint64_t); at->Next()) {
    LogBatch batch;
    batch.first = codec::number_of(view(at->key()));
    std::string_view rest = view(at->value()), mark;
    std::string hashes;
    if (const auto got = db->Get({}, old_names.get(), at->key(), &hashes); !got.ok()) return failure(got);
    if (!take_text(rest, mark)) return damaged(batch.first);
    batch.mark = mark;
    for (std::string_view names_left = hashes; !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      Key128 name;
      if (!take(names_left, name.low) || !take(names_left, name.high)) return damaged(batch.end());
      const Sorted sorted = sort ? sort(line) : Sorted{};
      batch.add(line, name, sorted.time, sorted.term, sorted.until);
      latest = std::max(latest, sorted.time);
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    }
    rocksdb::WriteBatch out;
    if (Status good = put_batch(out, batch, latest); !good) return good;
    rocksdb::Status done = out.Delete(about.get(), at->key());
    if (done.ok()) done = out.Delete(old_names.get(), at->key());
    if (done.ok()) done = db->Write({}, &out);
    if (!done.ok()) return failure(done);
  }
  if (!at->status().ok()) return failure(at->status());
  rocksdb::WriteOptions forced;
  forced.sync = true;
  rocksdb::Status done = db->Put(forced, about.get(), "format", "2");
  if (done.ok()) done = db->DropColumnFamily(old_names.get());
  if (!done.ok()) return failure(done);
  old_names.reset();
  return {};
}

}  // namespace lw::store
