// Cells that remember values: distinct (with or without members' names) and seen.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include <absl/functional/function_ref.h>

#include "cel/arena.h"
#include "cel/value.h"
#include "feature/codec.h"
#include "feature/datum.h"
#include "feature/hyperloglog.h"
#include "feature/moment.h"
#include "feature/state.h"
#include "feature/timed_set.h"

namespace lw::feature {

struct NoExtra {
  void save(std::string&) const {}
  void load(Reader&) {}
  std::size_t heap_bytes() const { return 0; }
};

// Values that were seen, the cap's last ones: of more, the one seen longest ago is forgotten.
class SeenCell {
 public:
  void add(const Spec& spec, std::int64_t time, const Datum& datum, const Origin&) {
    enter(spec, identity(spec.value, datum), time);
  }
  bool contains(const Spec& spec, const Datum& datum) const {
    return set_.find(identity(spec.value, datum)) != set_.kNone;
  }
  cel::Value read(const Spec&, Time, cel::Arena&) const { return {}; }
  bool fresh() const { return set_.empty() && !forgot_; }
  bool approximate() const { return forgot_; }
  void clear() {
    set_.clear();
    forgot_ = false;
  }
  void merge(const Spec& spec, SeenCell& earlier) {
    forgot_ |= earlier.forgot_;
    earlier.set_.each_by_time([&](const auto& item) { enter(spec, item.hash, item.last); });
  }
  void evict(const Spec& spec, Time watermark) {
    const std::int64_t limit = horizon(spec, watermark);
    while (!set_.empty() && filed(spec, set_.oldest_time()) <= limit) set_.erase_oldest();
    if (set_.empty()) forgot_ = false;
  }
  std::int64_t idle_from(const Spec& spec) const {
    return set_.empty() ? kNever : leaves_at(spec, filed(spec, set_.latest_time()));
  }
  void save(const Spec&, std::string& out) const {
    put(out, forgot_);
    set_.save(out);
  }
  void load(const Spec& spec, Reader& in) {
    forgot_ = in.number() != 0;
    set_.load(in, spec.cap);
  }
  std::size_t heap_bytes() const { return set_.heap_bytes(); }

 private:
  void enter(const Spec& spec, std::uint64_t hash, std::int64_t time) {
    if (const std::uint32_t at = set_.find(hash); at != set_.kNone) return set_.touch(at, time);
    set_.insert(hash, time, {});
    if (set_.size() <= spec.cap) return;
    set_.erase_oldest();
    forgot_ = true;
  }

  TimedSet<NoExtra> set_;
  bool forgot_ = false;
};

// How many different values: a set up to the cap, then an estimate until the window has been empty.
class DistinctCell {
 public:
  void add(const Spec& spec, std::int64_t time, const Datum& datum, const Origin&) {
    enter(spec, identity(spec.value, datum), time);
  }
  void enter(const Spec& spec, std::uint64_t hash, std::int64_t time);
  cel::Value read(const Spec&, Time, cel::Arena&) const {
    return cel::Value::of_int(estimate_ ? estimate_->count() : set_.size());
  }
  bool fresh() const { return set_.empty() && !estimate_; }
  bool approximate() const { return estimate_ != nullptr; }
  void clear() {
    set_.clear();
    estimate_.reset();
  }
  void merge(const Spec& spec, DistinctCell& earlier);
  const TimedSet<NoExtra>* exact() const { return estimate_ ? nullptr : &set_; }
  void evict(const Spec& spec, Time watermark);
  std::int64_t idle_from(const Spec& spec) const;
  void save(const Spec& spec, std::string& out) const;
  void load(const Spec& spec, Reader& in);
  std::size_t heap_bytes() const {
    return set_.heap_bytes() + (estimate_ ? sizeof(*estimate_) + estimate_->heap_bytes() : 0);
  }

 private:
  void begin_estimate(const Spec& spec);

  TimedSet<NoExtra> set_;
  std::unique_ptr<SlidingHyperLogLog> estimate_;
};

// What a member is called, in one piece of memory: the sizes of the three texts, then the texts.
struct MemberNames {
  std::uint64_t ordinal = 0;
  std::unique_ptr<char[]> block;

  void set(std::string_view value_text, std::string_view room_text, std::string_view event_text);
  std::string_view value_view() const { return {texts(), sizes().value}; }
  std::string_view room_view() const { return {texts() + sizes().value, sizes().room}; }
  std::string_view event_view() const { return {texts() + sizes().value + sizes().room, sizes().event}; }
  void save(std::string& out) const;
  void load(Reader& in);
  std::size_t heap_bytes() const { return block ? kSizes + std::size_t{sizes().value} + sizes().room + sizes().event : 0; }

 private:
  struct Sizes {
    std::uint32_t value, room, event;
  };
  static constexpr std::size_t kSizes = sizeof(Sizes);
  Sizes sizes() const {
    Sizes of;
    std::memcpy(&of, block.get(), kSizes);
    return of;
  }
  const char* texts() const { return block.get() + kSizes; }
};

// A distinct count that also knows its members: each value in each room, at most `cap` of them.
class MembersCell {
 public:
  void add(const Spec& spec, std::int64_t time, const Datum& datum, const Origin& origin);
  cel::Value read(const Spec& spec, Time watermark, cel::Arena& arena) const {
    return values_ ? values_->read(spec, watermark, arena) : cel::Value::of_int(members_.size());
  }
  void each(std::uint64_t since, absl::FunctionRef<void(const Member&)> visit) const;
  std::uint64_t next_ordinal() const { return next_; }
  void continue_from(const MembersCell& other) { next_ = other.next_; }

  bool fresh() const { return members_.empty() && (!values_ || values_->fresh()); }
  bool approximate() const { return values_ && values_->approximate(); }
  void clear() {
    values_.reset();
    members_.clear();  // ordinals go on
  }
  void merge(const Spec& spec, MembersCell& earlier);
  void evict(const Spec& spec, Time watermark);
  std::int64_t idle_from(const Spec& spec) const {
    if (values_) return values_->idle_from(spec);
    return members_.empty() ? kNever : leaves_at(spec, filed(spec, members_.latest_time()));
  }
  void save(const Spec& spec, std::string& out) const;
  void load(const Spec& spec, Reader& in);
  std::size_t heap_bytes() const {
    return (values_ ? sizeof(*values_) + values_->heap_bytes() : 0) + members_.heap_bytes();
  }

 private:
  void count_values(const Spec& spec);
  bool members_tell(const Spec& spec) const;

  // Null as long as the members tell the values: all in one room, none refused at the cap, so that each has its own.
  std::unique_ptr<DistinctCell> values_;
  TimedSet<MemberNames> members_;
  std::uint64_t next_ = 0;
};

}  // namespace lw::feature
