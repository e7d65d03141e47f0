#include "feature/sets.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace lw::feature {
namespace {

// The width of the estimate's panes; 0 for windows that do not slide.
std::int64_t pane_ns(const Spec& spec) {
  if (spec.window.kind != Window::kSliding) return 0;
  const std::int64_t part = (spec.window.width.ns + SlidingHyperLogLog::kPanes - 1) / SlidingHyperLogLog::kPanes;
  return std::max(part, spec.window.step.ns);
}

// An int or a bool as CEL prints it; a string as it is.
std::string_view print(const Spec& spec, const Datum& datum, char (&buffer)[24]) {
  if (spec.value == ValueKind::kString) return datum.text;
  if (spec.value == ValueKind::kBool) return datum.bits ? "true" : "false";
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), datum.bits).ptr;
  return {buffer, static_cast<std::size_t>(end - buffer)};
}

// The identity of a value that was printed so.
std::uint64_t identity_of_printed(const Spec& spec, std::string_view text) {
  Datum datum{0, text};
  if (spec.value == ValueKind::kBool) datum.bits = text == "true";
  if (spec.value == ValueKind::kInt) std::from_chars(text.data(), text.data() + text.size(), datum.bits);
  return identity(spec.value, datum);
}

std::uint64_t name_of(std::uint64_t value, std::string_view room) { return hash64(room, value); }

}  // namespace

void DistinctCell::enter(const Spec& spec, std::uint64_t hash, std::int64_t time) {
  if (!estimate_) {
    if (const std::uint32_t at = set_.find(hash); at != set_.kNone) {
      if (spec.window.kind == Window::kSliding) set_.touch(at, time);
      return;
    }
    if (set_.size() < spec.cap) {
      set_.insert(hash, time, {});
      return;
    }
    begin_estimate(spec);
  }
  estimate_->add(hash, filed(spec, time), pane_ns(spec));
}

void DistinctCell::begin_estimate(const Spec& spec) {
  estimate_ = std::make_unique<SlidingHyperLogLog>();
  set_.each([&](const auto& item) { estimate_->add(item.hash, filed(spec, item.last), pane_ns(spec)); });
  set_.clear();
}

void DistinctCell::merge(const Spec& spec, DistinctCell& earlier) {
  if (earlier.estimate_) {
    if (!estimate_) begin_estimate(spec);
    estimate_->merge(*earlier.estimate_);
  }
  earlier.set_.each([&](const auto& item) { enter(spec, item.hash, item.last); });
}

void DistinctCell::evict(const Spec& spec, Time watermark) {
  const std::int64_t limit = horizon(spec, watermark);
  while (!set_.empty() && filed(spec, set_.oldest_time()) <= limit) set_.erase_oldest();
  if (!estimate_) return;
  if (estimate_->last(pane_ns(spec)) <= limit)
    estimate_.reset();
  else
    estimate_->evict(limit, pane_ns(spec));
}

std::int64_t DistinctCell::idle_from(const Spec& spec) const {
  const std::int64_t of_set = set_.empty() ? kNever : leaves_at(spec, filed(spec, set_.latest_time()));
  if (!estimate_) return of_set;
  const std::int64_t last = estimate_->last(pane_ns(spec));
  return std::max(of_set, last == kNever ? kNever : leaves_at(spec, last));
}

void DistinctCell::save(const Spec& spec, std::string& out) const {
  put(out, estimate_ != nullptr);
  if (estimate_)
    estimate_->save(out, pane_ns(spec));
  else
    set_.save(out);
}

void DistinctCell::load(const Spec& spec, Reader& in) {
  if (in.number() == 0) return set_.load(in, spec.cap);
  estimate_ = std::make_unique<SlidingHyperLogLog>();
  estimate_->load(in, pane_ns(spec));
}

void MemberNames::set(std::string_view value_text, std::string_view room_text, std::string_view event_text) {
  const Sizes of{static_cast<std::uint32_t>(value_text.size()), static_cast<std::uint32_t>(room_text.size()),
                 static_cast<std::uint32_t>(event_text.size())};
  block = std::make_unique_for_overwrite<char[]>(kSizes + value_text.size() + room_text.size() + event_text.size());
  std::memcpy(block.get(), &of, kSizes);
  char* at = block.get() + kSizes;
  for (const std::string_view text : {value_text, room_text, event_text}) at = std::copy(text.begin(), text.end(), at);
}

void MemberNames::save(std::string& out) const {
  put(out, ordinal);
  put_text(out, value_view());
  put_text(out, room_view());
  put_text(out, event_view());
}

void MemberNames::load(Reader& in) {
  ordinal = in.number();
  const std::string_view value_text = in.text(), room_text = in.text(), event_text = in.text();
  set(value_text, room_text, event_text);
}

void MembersCell::add(const Spec& spec, std::int64_t time, const Datum& datum, const Origin& origin) {
  const std::uint64_t hash = identity(spec.value, datum);
  const std::uint64_t name = name_of(hash, origin.room);
  const std::uint32_t at = members_.find(name);
  const bool refused = at == members_.kNone && members_.size() >= spec.cap;
  if (at == members_.kNone && !values_ && !members_.empty() &&
      (refused || members_.oldest().extra.room_view() != origin.room))
    count_values(spec);
  if (values_) values_->enter(spec, hash, time);
  if (at != members_.kNone) return members_.touch(at, time);
  if (refused) return;
  char buffer[24];
  MemberNames names;
  names.ordinal = next_++;
  names.set(print(spec, datum, buffer), origin.room, origin.event_name);
  members_.insert(name, time, std::move(names));
}

void MembersCell::count_values(const Spec& spec) {
  if (values_) return;
  values_ = std::make_unique<DistinctCell>();
  members_.each_by_time([&](const auto& item) {
    values_->enter(spec, identity_of_printed(spec, item.extra.value_view()), item.last);
  });
}

// Whether count_values() would make values_ anew as it is: so after the members of all rooms but one have left.
bool MembersCell::members_tell(const Spec& spec) const {
  if (!values_) return true;
  const TimedSet<NoExtra>* const values = values_->exact();
  if (!values || values->size() != members_.size()) return false;
  std::uint32_t value = values->first();
  for (std::uint32_t member = members_.first(); member != members_.kNone; member = members_[member].after) {
    const auto& names = members_[member].extra;
    if ((*values)[value].last != members_[member].last || names.room_view() != members_.oldest().extra.room_view() ||
        (*values)[value].hash != identity_of_printed(spec, names.value_view()))
      return false;
    value = (*values)[value].after;
  }
  return true;
}

void MembersCell::each(std::uint64_t since, absl::FunctionRef<void(const Member&)> visit) const {
  std::uint32_t from = 0;
  if (since > 0 && members_.slots() > 0) {  // back from the end: whoever asks has mostly seen all but a few
    from = members_.slots();
    while (from > 0 && (members_.dead(from - 1) || members_[from - 1].extra.ordinal >= since)) --from;
  }
  for (; from < members_.slots(); ++from) {
    if (members_.dead(from)) continue;
    const auto& item = members_[from];
    visit({item.extra.ordinal, item.extra.value_view(), item.extra.room_view(), item.extra.event_view(),
           Time{item.last}});
  }
}

void MembersCell::merge(const Spec& spec, MembersCell& earlier) {
  const bool tell = !values_ && !earlier.values_ && members_.size() + earlier.members_.size() <= spec.cap &&
                    (members_.empty() || earlier.members_.empty() ||
                     members_.oldest().extra.room_view() == earlier.members_.oldest().extra.room_view());
  if (!tell) {
    count_values(spec);
    earlier.count_values(spec);
    values_->merge(spec, *earlier.values_);
  }
  earlier.members_.each([&](const auto& item) {
    if (const std::uint32_t at = members_.find(item.hash); at != members_.kNone)
      return members_.touch(at, item.last);
    if (members_.size() >= spec.cap) return;
    MemberNames names;
    names.ordinal = next_++;
    names.set(item.extra.value_view(), item.extra.room_view(), item.extra.event_view());
    members_.insert(item.hash, item.last, std::move(names));
  });
}

void MembersCell::evict(const Spec& spec, Time watermark) {
  const std::int64_t limit = horizon(spec, watermark);
  while (!members_.empty() && filed(spec, members_.oldest_time()) <= limit) members_.erase_oldest();
  if (!values_) return;
  values_->evict(spec, watermark);
  if (fresh()) values_.reset();
}

void MembersCell::save(const Spec& spec, std::string& out) const {
  const bool tell = spec.window.kind == Window::kSliding ? members_tell(spec) : !values_;
  put(out, !tell);
  if (!tell) values_->save(spec, out);
  put(out, next_);
  members_.save(out);
}

void MembersCell::load(const Spec& spec, Reader& in) {
  if (in.number() != 0) {
    values_ = std::make_unique<DistinctCell>();
    values_->load(spec, in);
  }
  next_ = in.number();
  members_.load(in, spec.cap);
  if (!in.ok()) return;
  members_.each([&](const auto& item) {
    if (item.extra.ordinal >= next_) in.refuse();
    if (!values_ && item.extra.room_view() != members_.oldest().extra.room_view()) in.refuse();
  });
}

}  // namespace lw::feature
