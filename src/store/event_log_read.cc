// Reading the event log: from a number on, by name, and what is in it.
#include <algorithm>
#include <bit>
#include <filesystem>
#include <map>
#include <optional>
#include <unordered_map>

#include "base/bytes.h"
#include "store/event_log_impl.h"

namespace lw::store {
namespace {

// Takes the first line, with its end, off `text`.
std::string_view take_line(std::string_view& text) {
  const std::size_t size = std::min(text.find('\n'), text.size() - 1) + 1;
  const std::string_view line = text.substr(0, size);
  text.remove_prefix(size);
  return line;
}

// The batch that holds the event, or else the one behind it.
void seek_batch(rocksdb::Iterator& at, std::uint64_t number) {
  at.SeekForPrev(codec::key_of(number));
  if (!at.Valid() && at.status().ok()) at.SeekToFirst();
}

// The names that are sought, and of what is not among them nearly all told apart by one bit.
class Sought {
 public:
  explicit Sought(std::span<const Key128> names) : bits_(std::bit_ceil(std::max(kFewest, kBitsEach * names.size())) / 64) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      wanted_.emplace(names[i], i);
      bits_[word(names[i])] |= bit(names[i]);
    }
  }
  bool empty() const { return wanted_.empty(); }
  bool holds(const Key128& name) const { return (bits_[word(name)] & bit(name)) != 0 && wanted_.contains(name); }
  // The place of one that is sought, which is so no more.
  std::optional<std::size_t> take(const Key128& name) {
    const auto found = wanted_.find(name);
    if (found == wanted_.end()) return std::nullopt;
    const std::size_t place = found->second;
    wanted_.erase(found);
    return place;
  }

 private:
  static constexpr std::size_t kFewest = 1 << 16, kBitsEach = 32;
  std::size_t word(const Key128& name) const { return name.high / 64 & (bits_.size() - 1); }
  static std::uint64_t bit(const Key128& name) { return std::uint64_t{1} << name.high % 64; }
  std::vector<std::uint64_t> bits_;
  std::unordered_map<Key128, std::size_t, Key128::Hasher> wanted_;
};

}  // namespace

Status EventLog::Impl::read(std::uint64_t first, const codec::BatchRecord& record, std::uint64_t from, std::uint64_t to, bool lines_too, LogEvents& out) const {
  struct Open {
    std::vector<std::uint32_t> places;
    std::vector<Key128> hashes;
    rocksdb::PinnableSlice text;
    std::string_view rest;
    std::size_t at = 0;
  };
  out.first = first;
  out.end = first + record.size;
  out.numbers.clear();
  out.names.clear();
  out.lines.clear();
  out.mark = record.mark;
  constexpr std::uint16_t kNone = 0xffff;
  std::vector<std::uint16_t> piece_of(record.size, kNone);
  std::vector<std::unique_ptr<Open>> pieces;
  for (const codec::BatchRecord::Piece& piece : record.pieces) {
    const std::string key = codec::piece_key(piece.until, first, piece.term);
    std::string value;
    auto open = std::make_unique<Open>();
    rocksdb::Status got = db->Get({}, names.get(), key, &value);
    if (got.ok() && !codec::read_names(value, open->places, open->hashes)) return damaged(first);
    if (got.ok() && lines_too) {
      got = db->Get({}, lines.get(), key, &open->text);
      open->rest = view(open->text);
    }
    if (got.IsNotFound() && is_removed(piece.until, first)) continue;
    if (got.IsNotFound()) return damaged(first);
    if (!got.ok()) return failure(got);
    for (const std::uint32_t place : open->places) {
      if (place >= record.size) return damaged(first);
      piece_of[place] = static_cast<std::uint16_t>(pieces.size());
    }
    pieces.push_back(std::move(open));
  }
  for (std::uint32_t place = 0; place < record.size; ++place) {
    if (piece_of[place] == kNone) continue;
    Open& piece = *pieces[piece_of[place]];
    if (lines_too && piece.rest.empty()) return damaged(first + place);
    const std::string_view line = lines_too ? take_line(piece.rest) : std::string_view{};
    const Key128& name = piece.hashes[piece.at++];
    if (first + place < from || first + place >= to) continue;
    out.numbers.push_back(first + place);
    out.names.push_back(name);
    out.lines += line;
  }
  return {};
}

template <class IsOne>
Result<bool> EventLog::Impl::any_name(std::uint64_t first, const codec::BatchRecord& record, const IsOne& is_one) const {
  rocksdb::ReadOptions once;
  once.fill_cache = false;
  for (const codec::BatchRecord::Piece& piece : record.pieces) {
    rocksdb::PinnableSlice value;
    const rocksdb::Status got = db->Get(once, names.get(), codec::piece_key(piece.until, first, piece.term), &value);
    if (got.IsNotFound() && is_removed(piece.until, first)) continue;
    if (!got.ok() && !got.IsNotFound()) return failure(got);
    const auto found = got.ok() ? codec::any_name(view(value), is_one) : std::nullopt;
    if (!found) return damaged(first);
    if (*found) return true;
  }
  return false;
}

Status EventLog::read_names(std::uint64_t first, std::uint64_t end, const std::function<void(std::span<const Key128>)>& visit) const {
  const std::unique_ptr<rocksdb::Iterator> at(impl_->db->NewIterator({}, impl_->batches.get()));
  codec::BatchRecord record;
  LogEvents events;
  for (seek_batch(*at, first); at->Valid(); at->Next()) {
    const std::uint64_t from = codec::number_of(view(at->key()));
    if (from >= end) break;
    if (!codec::read_record(view(at->value()), record)) return impl_->damaged(from);
    if (from + record.size <= first) continue;
    if (Status good = impl_->read(from, record, first, end, false, events); !good) return good;
    visit(events.names);
  }
  if (!at->status().ok()) return impl_->failure(at->status());
  return {};
}

struct EventLog::Cursor::Impl {
  const EventLog::Impl* log;
  std::uint64_t first;
  std::unique_ptr<rocksdb::Iterator> at;
  bool begun = false;
  codec::BatchRecord record;
};

EventLog::Cursor EventLog::from(std::uint64_t first) const {
  auto impl = std::make_unique<Cursor::Impl>();
  impl->log = impl_.get();
  impl->first = first;
  impl->at.reset(impl_->db->NewIterator({}, impl_->batches.get()));
  return Cursor(std::move(impl));
}

EventLog::Cursor::Cursor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EventLog::Cursor::Cursor(Cursor&&) noexcept = default;
EventLog::Cursor::~Cursor() = default;

Result<bool> EventLog::Cursor::next(LogEvents& out) {
  rocksdb::Iterator& at = *impl_->at;
  for (;;) {
    if (!std::exchange(impl_->begun, true)) seek_batch(at, impl_->first);
    else at.Next();
    if (!at.status().ok()) return tl::make_unexpected(impl_->log->failure(at.status()).value());
    if (!at.Valid()) return false;
    const std::uint64_t first = codec::number_of(view(at.key()));
    if (!codec::read_record(view(at.value()), impl_->record)) return impl_->log->damaged(first);
    if (first + impl_->record.size <= impl_->first) continue;
    const Status good = impl_->log->read(first, impl_->record, impl_->first, first + impl_->record.size, true, out);
    if (!good) return tl::make_unexpected(good.error());
    return true;
  }
}

Result<std::string> EventLog::Impl::line_in(std::string_view piece_key, std::size_t index) const {
  rocksdb::PinnableSlice text;
  const rocksdb::Status got = db->Get({}, lines.get(), rocksdb::Slice(piece_key.data(), piece_key.size()), &text);
  if (got.IsNotFound()) return std::string{};
  if (!got.ok()) return failure(got);
  std::string_view rest = view(text), line;
  for (std::size_t i = 0; i <= index; ++i) {
    if (rest.empty()) return damaged(codec::first_of(piece_key));
    line = take_line(rest);
  }
  line.remove_suffix(1);
  return std::string(line);
}

Result<std::optional<FoundEvent>> EventLog::find(std::string_view source, std::string_view id) const {
  const Key128 wanted = event_name(source, id);
  std::optional<FoundEvent> found;
  std::vector<std::uint32_t> places;
  std::vector<Key128> hashes;
  const std::unique_ptr<rocksdb::Iterator> at(impl_->db->NewIterator({}, impl_->names.get()));
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    const std::uint64_t first = codec::first_of(view(at->key()));
    if (!codec::read_names(view(at->value()), places, hashes)) return impl_->damaged(first);
    const auto hit = std::ranges::find(hashes, wanted);
    if (hit == hashes.end()) continue;
    const auto index = static_cast<std::size_t>(hit - hashes.begin());
    if (found && found->number > first + places[index]) continue;
    auto line = impl_->line_in(view(at->key()), index);
    if (!line) return tl::make_unexpected(line.error());
    if (!line->empty()) found = FoundEvent{first + places[index], std::move(*line), false};
  }
  if (!at->status().ok()) return impl_->failure(at->status());
  if (found) return found;
  const std::string prefix(reinterpret_cast<const char*>(&wanted), sizeof wanted);
  const std::unique_ptr<rocksdb::Iterator> kept(impl_->db->NewIterator({}, impl_->held.get()));
  for (kept->Seek(prefix); kept->Valid() && view(kept->key()).starts_with(prefix); kept->Next()) {
    std::string_view value = view(kept->value());
    FoundEvent one{0, {}, true};
    if (!take(value, one.number)) return fail("{}: the event log is damaged: an event held", impl_->folder);
    one.line = value;
    if (!found || one.number > found->number) found = std::move(one);
  }
  if (!kept->status().ok()) return impl_->failure(kept->status());
  return found;
}

Status EventLog::find_newest(std::span<const Key128> names, std::uint64_t most, const std::function<void(std::size_t, std::string_view)>& visit) const {
  Sought sought(names);
  rocksdb::ReadOptions once;
  once.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> at(impl_->db->NewIterator(once, impl_->batches.get()));
  codec::BatchRecord record;
  LogEvents events;
  std::uint64_t seen = 0;
  for (at->SeekToLast(); at->Valid() && !sought.empty() && seen < most; at->Prev()) {
    const std::uint64_t first = codec::number_of(view(at->key()));
    if (!codec::read_record(view(at->value()), record)) return impl_->damaged(first);
    seen += record.size;
    const auto hit = impl_->any_name(first, record, [&](const Key128& name) { return sought.holds(name); });
    if (!hit) return tl::make_unexpected(hit.error());
    if (!*hit) continue;
    if (Status good = impl_->read(first, record, 0, first + record.size, true, events); !good) return good;
    std::string_view rest = events.lines;
    std::vector<std::string_view> lines;
    for (std::size_t i = 0; i < events.names.size(); ++i) lines.push_back(take_line(rest));
    for (std::size_t i = lines.size(); i-- > 0;) {
      if (const auto place = sought.take(events.names[i])) visit(*place, lines[i].substr(0, lines[i].size() - 1));
    }
  }
  if (!at->status().ok()) return impl_->failure(at->status());
  return {};
}

Result<LogStats> EventLog::stats() const {
  LogStats out;
  out.accepted = impl_->handed_over;
  std::map<std::string, LogStats::Term> terms;
  codec::BatchRecord record;
  const std::unique_ptr<rocksdb::Iterator> at(impl_->db->NewIterator({}, impl_->batches.get()));
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    const std::uint64_t first = codec::number_of(view(at->key()));
    if (!codec::read_record(view(at->value()), record)) return impl_->damaged(first);
    for (const codec::BatchRecord::Piece& piece : record.pieces) {
      if (impl_->is_removed(piece.until, first)) continue;
      LogStats::Term& term = terms.try_emplace(piece.term, LogStats::Term{piece.term, 0, 0, piece.earliest, piece.latest, kForEver}).first->second;
      term.events += piece.events;
      term.bytes += piece.bytes;
      term.oldest = std::min(term.oldest, piece.earliest);
      term.newest = std::max(term.newest, piece.latest);
      term.next = std::min(term.next, piece.until);
    }
  }
  if (!at->status().ok()) return impl_->failure(at->status());
  const std::unique_ptr<rocksdb::Iterator> kept(impl_->db->NewIterator({}, impl_->held.get()));
  for (kept->SeekToFirst(); kept->Valid(); kept->Next()) ++out.held;
  if (!kept->status().ok()) return impl_->failure(kept->status());
  for (auto& [name, term] : terms) out.terms.push_back(std::move(term));
  std::error_code ignored;
  for (const auto& file : std::filesystem::directory_iterator(impl_->folder, ignored)) {
    if (const auto size = file.file_size(ignored); !ignored) out.disk_bytes += size;
  }
  return out;
}

}  // namespace lw::store
