// Sliding windows, exact: entries in a ring, filed by time (with a step, by the end of the step), oldest first. What is at
// or before the horizon leaves. Late events are put in their place.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>

#include "feature/array.h"
#include "feature/cells.h"
#include "feature/ring.h"

namespace lw::feature {

// The place behind all entries of that time or earlier.
template <class Entry>
std::uint32_t place_for(const Ring<Entry>& ring, std::int64_t time) {
  std::uint32_t at = ring.size();
  while (at > 0 && ring[at - 1].time > time) --at;
  return at;
}

// Times in a saved ring ascend; a reader refuses what does not.
inline std::int64_t load_time(Reader& in, std::int64_t before) {
  const std::int64_t time = static_cast<std::int64_t>(static_cast<std::uint64_t>(before) + in.number());
  return time < before ? static_cast<std::int64_t>(in.refuse()) : time;
}
inline void save_time(std::string& out, std::int64_t time, std::int64_t before) {
  put(out, static_cast<std::uint64_t>(time) - static_cast<std::uint64_t>(before));
}

class SlidingCount {
 public:
  void add(const Spec& spec, std::int64_t event, Time watermark, const Datum&, const Origin&) {
    evict(spec, watermark);
    const std::int64_t time = filed(spec, event);
    if (time <= horizon(spec, watermark)) return;
    ++total_;
    if (ring_.empty() || time > ring_.back().time) return ring_.push_back({time, 1});
    const std::uint32_t at = place_for(ring_, time);
    if (at > 0 && ring_[at - 1].time == time)
      ++ring_[at - 1].events;
    else
      ring_.insert(at, {time, 1});
  }
  SlidingCount* at(const Spec& spec, Time watermark) {
    evict(spec, watermark);
    return this;
  }
  const SlidingCount& any() const { return *this; }
  cel::Value read(const Spec&, Time, cel::Arena&) const { return cel::Value::of_int(static_cast<std::int64_t>(total_)); }
  bool approximate() const { return false; }
  std::int64_t idle_from(const Spec& spec) const { return ring_.empty() ? kNever : leaves_at(spec, ring_.back().time); }
  void save(const Spec& spec, Time watermark, std::string& out) {
    evict(spec, watermark);
    put(out, ring_.size());
    std::int64_t before = kNever;
    for (std::uint32_t i = 0; i < ring_.size(); before = ring_[i++].time) {
      save_time(out, ring_[i].time, before);
      put(out, ring_[i].events);
    }
  }
  void load(const Spec&, Reader& in) {
    std::int64_t time = kNever;
    for (std::uint32_t left = in.count(2); left > 0 && in.ok(); --left) {
      time = load_time(in, time);
      const std::uint64_t events = in.number();
      total_ += events;
      ring_.push_back({time, events});
    }
  }
  std::size_t heap_bytes() const { return ring_.heap_bytes(); }

 private:
  struct Entry {
    std::int64_t time;
    std::uint64_t events;
  };
  void evict(const Spec& spec, Time watermark) {
    const std::int64_t limit = horizon(spec, watermark);
    while (!ring_.empty() && ring_.front().time <= limit) {
      total_ -= ring_.front().events;
      ring_.pop_front();
    }
  }

  Ring<Entry> ring_;
  std::uint64_t total_ = 0;
};

// Sum and mean. Ints are added and subtracted exactly. Of doubles a rounding error must not stay behind when a value leaves:
// their sum is always that of the entries in the window, from the oldest to the latest, remade when the oldest left.
template <class Number, bool kMean>
class SlidingSum {
 public:
  void add(const Spec& spec, std::int64_t event, Time watermark, const Datum& datum, const Origin&) {
    evict(spec, watermark);
    const std::int64_t time = filed(spec, event);
    if (time <= horizon(spec, watermark)) return;
    const Number value = std::bit_cast<Number>(datum.bits);
    if constexpr (kMean) ++events_;
    if (ring_.empty() || time > ring_.back().time) return append(time, value);
    const std::uint32_t at = place_for(ring_, time);
    if (!joins(spec, at, time, value)) {
      ring_.insert(at, {time, value, {}});
      started(ring_[at]);
    }
    if constexpr (kReal)
      stale_ |= at < ring_.size();
    else
      held_.sum += value;
  }
  SlidingSum* at(const Spec& spec, Time watermark) {
    evict(spec, watermark);
    return this;
  }
  const SlidingSum& any() const { return *this; }
  cel::Value read(const Spec&, Time, cel::Arena&) {
    SumCell<Number> total;
    if constexpr (kReal)
      total.sum = sum_doubles();
    else
      total.sum = held_.sum;
    if constexpr (kMean)
      return events_ ? cel::Value::of_double(total.mean(events_)) : cel::Value{};
    else
      return total.value();
  }
  bool approximate() const { return false; }
  std::int64_t idle_from(const Spec& spec) const { return ring_.empty() ? kNever : leaves_at(spec, ring_.back().time); }
  void save(const Spec& spec, Time watermark, std::string& out) {
    evict(spec, watermark);
    put(out, ring_.size());
    std::int64_t before = kNever;
    for (std::uint32_t i = 0; i < ring_.size(); before = ring_[i++].time) {
      save_time(out, ring_[i].time, before);
      put_word(out, std::bit_cast<std::uint64_t>(ring_[i].value));
      if constexpr (kMean) put(out, ring_[i].events.number);
    }
  }
  void load(const Spec&, Reader& in) {
    std::int64_t time = kNever;
    for (std::uint32_t left = in.count(9); left > 0 && in.ok(); --left) {
      time = load_time(in, time);
      Entry entry{time, std::bit_cast<Number>(in.word()), {}};
      if constexpr (kMean) {
        entry.events.number = in.number();
        events_ += entry.events.number;
      }
      if constexpr (!kReal) held_.sum += entry.value;
      ring_.push_back(std::move(entry));
    }
    if constexpr (kReal) stale_ = true;
  }
  std::size_t heap_bytes() const { return ring_.heap_bytes(); }

 private:
  static constexpr bool kReal = std::is_same_v<Number, double>;
  struct Events {
    std::uint64_t number = 0;
  };
  struct None {};
  struct Entry {
    std::int64_t time;
    Number value;
    [[no_unique_address]] std::conditional_t<kMean, Events, None> events;
  };
  static void started(Entry& entry) {
    if constexpr (kMean) entry.events.number = 1;
  }

  void append(std::int64_t time, Number value) {
    if constexpr (kReal) {
      if (!ring_.empty()) held_.sum += ring_.back().value;
    } else {
      held_.sum += value;
    }
    ring_.push_back({time, value, {}});
    started(ring_.back());
  }

  // Adds to the entry before `at` if it is of that time and can take it: an int that fits, a double of the same step.
  bool joins(const Spec& spec, std::uint32_t at, std::int64_t time, Number value) {
    if (at == 0 || ring_[at - 1].time != time) return false;
    Entry& entry = ring_[at - 1];
    if constexpr (kReal) {
      if (spec.window.step.ns == 0) return false;
      entry.value += value;
    } else {
      if (__builtin_add_overflow(entry.value, value, &value)) return false;
      entry.value = value;
    }
    if constexpr (kMean) ++entry.events.number;
    return true;
  }

  void evict(const Spec& spec, Time watermark) {
    const std::int64_t limit = horizon(spec, watermark);
    while (!ring_.empty() && ring_.front().time <= limit) {
      if constexpr (kMean) events_ -= ring_.front().events.number;
      if constexpr (kReal)
        stale_ = true;
      else
        held_.sum -= ring_.front().value;
      ring_.pop_front();
    }
  }

  double sum_doubles() {
    if (ring_.empty()) return 0;
    if (stale_) {
      held_.sum = 0;
      for (std::uint32_t i = 0; i + 1 < ring_.size(); ++i) held_.sum += ring_[i].value;
      stale_ = false;
    }
    return held_.sum + ring_.back().value;
  }

  Ring<Entry> ring_;
  Accumulator<Number> held_;  // of ints: all of them; of doubles: all but the latest entry, unless stale_
  std::uint64_t events_ = 0;
  bool stale_ = false;
};

// Min and max: only the values that may yet become the answer, each beaten by none that is later.
class SlidingExtreme {
 public:
  void add(const Spec& spec, std::int64_t event, Time watermark, const Datum& datum, const Origin&) {
    evict(spec, watermark);
    const std::int64_t time = filed(spec, event);
    if (time <= horizon(spec, watermark)) return;
    std::uint32_t at = place_for(ring_, time);
    if (at < ring_.size() && !beats(spec, datum.bits, ring_[at].bits)) return;
    if (at > 0 && ring_[at - 1].time == time && !beats(spec, datum.bits, ring_[at - 1].bits)) return;
    while (at > 0 && !beats(spec, ring_[at - 1].bits, datum.bits)) {
      --at;
      if (at + 1 == ring_.size())
        ring_.pop_back();
      else
        ring_.erase(at);
    }
    ring_.insert(at, {time, datum.bits});
  }
  SlidingExtreme* at(const Spec& spec, Time watermark) {
    evict(spec, watermark);
    return this;
  }
  const SlidingExtreme& any() const { return *this; }
  cel::Value read(const Spec& spec, Time, cel::Arena&) const {
    return ring_.empty() ? cel::Value{} : give(spec.value, ring_.front().bits);
  }
  bool approximate() const { return false; }
  std::int64_t idle_from(const Spec& spec) const { return ring_.empty() ? kNever : leaves_at(spec, ring_.back().time); }
  void save(const Spec& spec, Time watermark, std::string& out) {
    evict(spec, watermark);
    put(out, ring_.size());
    std::int64_t before = kNever;
    for (std::uint32_t i = 0; i < ring_.size(); before = ring_[i++].time) {
      save_time(out, ring_[i].time, before);
      put_word(out, static_cast<std::uint64_t>(ring_[i].bits));
    }
  }
  void load(const Spec& spec, Reader& in) {
    std::int64_t time = kNever;
    for (std::uint32_t left = in.count(9); left > 0 && in.ok(); --left) {
      time = load_time(in, time);
      const auto bits = static_cast<std::int64_t>(in.word());
      if (!ring_.empty() && !beats(spec, ring_.back().bits, bits)) in.refuse();
      ring_.push_back({time, bits});
    }
  }
  std::size_t heap_bytes() const { return ring_.heap_bytes(); }

 private:
  struct Entry {
    std::int64_t time, bits;
  };
  void evict(const Spec& spec, Time watermark) {
    const std::int64_t limit = horizon(spec, watermark);
    while (!ring_.empty() && ring_.front().time <= limit) ring_.pop_front();
  }

  Ring<Entry> ring_;
};

// The last value of a sliding window is the last of all, until it leaves: then the others have left before.
template <class Kept>
struct SlidingLast {
  EdgeCell<Kept> cell;

  void add(const Spec& spec, std::int64_t time, Time watermark, const Datum& datum, const Origin& origin) {
    if (filed(spec, time) > horizon(spec, watermark)) cell.add(spec, time, datum, origin);
  }
  EdgeCell<Kept>* at(const Spec& spec, Time watermark) { return watermark.ns >= idle_from(spec) ? nullptr : &cell; }
  const EdgeCell<Kept>& any() const { return cell; }
  std::int64_t idle_from(const Spec& spec) const { return cell.fresh() ? kNever : leaves_at(spec, filed(spec, cell.time)); }
  void save(const Spec& spec, Time watermark, std::string& out) {
    if (watermark.ns >= idle_from(spec)) cell.clear();
    cell.save(spec, out);
  }
  void load(const Spec& spec, Reader& in) { cell.load(spec, in); }
  std::size_t heap_bytes() const { return cell.heap_bytes(); }
};

// The first value: of each time (of each step) the first, since every one may come to be the oldest.
template <class Kept>
class SlidingFirst {
 public:
  void add(const Spec& spec, std::int64_t time, Time watermark, const Datum& datum, const Origin&) {
    evict(spec, watermark);
    if (filed(spec, time) <= horizon(spec, watermark)) return;
    const std::uint32_t at = place_for(ring_, time);
    if (at > 0 && filed(spec, ring_[at - 1].time) == filed(spec, time)) return;
    if (at == ring_.size() || filed(spec, ring_[at].time) != filed(spec, time)) ring_.insert(at, Entry{});
    ring_[at].time = time;
    ring_[at].kept.set(datum);
  }
  SlidingFirst* at(const Spec& spec, Time watermark) {
    evict(spec, watermark);
    return this;
  }
  const SlidingFirst& any() const { return *this; }
  cel::Value read(const Spec& spec, Time watermark, cel::Arena& arena) const {
    return ring_.empty() ? cel::Value{} : ring_.front().read(spec, watermark, arena);
  }
  bool approximate() const { return false; }
  std::int64_t idle_from(const Spec& spec) const {
    return ring_.empty() ? kNever : leaves_at(spec, filed(spec, ring_.back().time));
  }
  void save(const Spec& spec, Time watermark, std::string& out) {
    evict(spec, watermark);
    put(out, ring_.size());
    for (std::uint32_t i = 0; i < ring_.size(); ++i) ring_[i].save(spec, out);
  }
  void load(const Spec& spec, Reader& in) {
    for (std::uint32_t left = in.count(1); left > 0 && in.ok(); --left) {
      Entry entry;
      entry.load(spec, in);
      if (entry.fresh() || (!ring_.empty() && entry.time <= ring_.back().time)) in.refuse();
      ring_.push_back(std::move(entry));
    }
  }
  std::size_t heap_bytes() const {
    std::size_t bytes = ring_.heap_bytes();
    for (std::uint32_t i = 0; i < ring_.size(); ++i) bytes += ring_[i].heap_bytes();
    return bytes;
  }

 private:
  using Entry = EdgeCell<Kept>;
  void evict(const Spec& spec, Time watermark) {
    const std::int64_t limit = horizon(spec, watermark);
    while (!ring_.empty() && filed(spec, ring_.front().time) <= limit) ring_.pop_front();
  }

  Ring<Entry> ring_;
};

// Over a cell that counts values in numbered places: add() gives the place, remove(place, events) takes back.
template <class Cell>
class SlidingCounted {
 public:
  void add(const Spec& spec, std::int64_t event, Time watermark, const Datum& datum, const Origin&) {
    evict(spec, watermark);
    const std::int64_t time = filed(spec, event);
    if (time > horizon(spec, watermark)) note(time, cell_.add(spec, datum));
  }
  Cell* at(const Spec& spec, Time watermark) {
    evict(spec, watermark);
    return &cell_;
  }
  const Cell& any() const { return cell_; }
  std::int64_t idle_from(const Spec& spec) const { return ring_.empty() ? kNever : leaves_at(spec, ring_.back().time); }
  // The cell, then the entries: its places numbered as the cell saves them, ascending within a time.
  void save(const Spec& spec, Time watermark, std::string& out) {
    evict(spec, watermark);
    cell_.save(spec, out);
    Array<Entry> sorted;
    sorted.reserve(ring_.size());
    for (std::uint32_t i = 0; i < ring_.size(); ++i)
      sorted.push_back({ring_[i].time, cell_.saved_place(ring_[i].place), ring_[i].events});
    std::sort(sorted.begin(), sorted.end(), [](const Entry& a, const Entry& b) {
      return a.time != b.time ? a.time < b.time : a.place < b.place;
    });
    put(out, sorted.size());
    std::int64_t before = kNever;
    for (const Entry& entry : sorted) {
      save_time(out, entry.time, before);
      put(out, entry.place);
      put(out, entry.events);
      before = entry.time;
    }
  }
  void load(const Spec& spec, Reader& in) {
    cell_.load(spec, in);
    std::int64_t time = kNever;
    std::uint64_t events = 0;
    for (std::uint32_t left = in.count(3); left > 0 && in.ok(); --left) {
      time = load_time(in, time);
      const auto place = static_cast<std::uint32_t>(in.number());
      const auto number = static_cast<std::uint32_t>(in.number());
      ring_.push_back({time, place, number});
      events += number;
    }
    check_loaded(in, events);
  }
  std::size_t heap_bytes() const { return cell_.heap_bytes() + ring_.heap_bytes(); }

 private:
  struct Entry {
    std::int64_t time;
    std::uint32_t place, events;
  };

  void note(std::int64_t time, std::uint32_t place) {
    const std::uint32_t end = ring_.empty() || time > ring_.back().time ? ring_.size() : place_for(ring_, time);
    for (std::uint32_t i = end; i > 0 && ring_[i - 1].time == time; --i)
      if (ring_[i - 1].place == place && ring_[i - 1].events != std::numeric_limits<std::uint32_t>::max()) {
        ++ring_[i - 1].events;
        return;
      }
    ring_.insert(end, {time, place, 1});
  }
  void evict(const Spec& spec, Time watermark) {
    const std::int64_t limit = horizon(spec, watermark);
    while (!ring_.empty() && ring_.front().time <= limit) {
      cell_.remove(ring_.front().place, ring_.front().events);
      ring_.pop_front();
    }
  }
  // Every place of the cell holds what the entries say of it: taking them back one by one must leave nothing.
  void check_loaded(Reader& in, std::uint64_t events) {
    Array<std::uint64_t> held;
    held.assign(cell_.place_limit(), 0);
    for (std::uint32_t i = 0; in.ok() && i < ring_.size(); ++i) {
      if (ring_[i].place >= held.size() || ring_[i].events == 0)
        in.refuse();
      else
        held[ring_[i].place] += ring_[i].events;
    }
    for (std::uint32_t place = 0; in.ok() && place < held.size(); ++place)
      if (held[place] != cell_.events_at(place)) in.refuse();
    if (events != cell_.events()) in.refuse();
  }

  Cell cell_;
  Ring<Entry> ring_;
};

}  // namespace lw::feature
