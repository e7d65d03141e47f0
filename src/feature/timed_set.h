// A set of hashes that knows when each was last seen, in the order of that time, so that the oldest leave first.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "feature/array.h"
#include "feature/codec.h"
#include "feature/hash_index.h"

namespace lw::feature {

// Extra: what is kept with each item beside its hash and time; moved, saved and loaded with it.
template <class Extra>
class TimedSet {
 public:
  static constexpr std::uint32_t kNone = HashIndex::kNone;

  struct Item {
    std::uint64_t hash;
    std::int64_t last;
    std::uint32_t before, after;  // by `last`; before == self: dead
    [[no_unique_address]] Extra extra;
  };

  std::uint32_t size() const { return live_; }
  bool empty() const { return live_ == 0; }

  // The number of the item, good until the next insert(); kNone if it is not there.
  std::uint32_t find(std::uint64_t hash) const {
    if (index_.active()) return index_.find(hash, [&](std::uint32_t i) { return items_[i].hash; });
    for (std::uint32_t i = 0; i < items_.size(); ++i)
      if (items_[i].hash == hash && !dead(i)) return i;
    return kNone;
  }

  Item& operator[](std::uint32_t i) { return items_[i]; }
  const Item& operator[](std::uint32_t i) const { return items_[i]; }

  // Numbers ascend in the order of insertion. The hash must not be in the set.
  std::uint32_t insert(std::uint64_t hash, std::int64_t time, Extra&& extra) {
    if (items_.size() == items_.capacity() && live_ < items_.size() - items_.size() / 4) compact();
    const std::uint32_t i = items_.size();
    items_.push_back(Item{hash, time, kNone, kNone, std::move(extra)});
    ++live_;
    link(i);
    index(i);
    return i;
  }

  // Seen again: moves forward in time, never back.
  void touch(std::uint32_t i, std::int64_t time) {
    if (time < items_[i].last || (time == items_[i].last && items_[i].after == kNone)) return;
    unlink(i);
    items_[i].last = time;
    link(i);
  }

  // The item seen longest ago; of the set, which must not be empty.
  const Item& oldest() const { return items_[first_]; }
  const Item& latest() const { return items_[last_]; }
  // The times of those two, without a look at the items, which lie elsewhere.
  std::int64_t oldest_time() const { return oldest_time_; }
  std::int64_t latest_time() const { return latest_time_; }
  void erase_oldest() {
    const std::uint32_t i = first_;
    if (index_.active()) index_.erase(items_[i].hash, i, [&](std::uint32_t other) { return items_[other].hash; });
    unlink(i);
    items_[i].before = i;
    items_[i].extra = Extra{};
    if (--live_ == 0) clear();
  }

  void clear() {
    items_.release();
    index_.release();
    live_ = 0;
    first_ = last_ = kNone;
  }

  // In the order of insertion.
  template <class Visit>
  void each(Visit&& visit) const {
    for (std::uint32_t i = 0; i < items_.size(); ++i)
      if (!dead(i)) visit(items_[i]);
  }
  // By time, the oldest first.
  template <class Visit>
  void each_by_time(Visit&& visit) const {
    for (std::uint32_t i = first_; i != kNone; i = items_[i].after) visit(items_[i]);
  }
  std::uint32_t slots() const { return items_.size(); }
  bool dead(std::uint32_t i) const { return items_[i].before == i; }

  std::size_t heap_bytes() const {
    std::size_t bytes = items_.heap_bytes() + index_.heap_bytes();
    each([&](const Item& item) { bytes += item.extra.heap_bytes(); });
    return bytes;
  }

  void save(std::string& out) const {
    put(out, live_);
    each_by_time([&](const Item& item) {
      put_word(out, item.hash);
      put_signed(out, item.last);
      item.extra.save(out);
    });
  }
  // Items come by time; those with an ordinal are numbered anew in its order.
  void load(Reader& in, std::uint64_t limit) {
    Array<Item> loaded;
    for (std::uint32_t left = in.count(9, limit); left > 0 && in.ok(); --left) {
      Item item{in.word(), in.signed_number(), loaded.size(), 0, {}};
      item.extra.load(in);
      if (!loaded.empty() && item.last < loaded.back().last) in.refuse();
      loaded.push_back(std::move(item));
    }
    if (in.ok()) adopt(in, loaded);
  }

 private:
  void adopt(Reader& in, Array<Item>& loaded) {
    Array<std::uint32_t> order;
    for (std::uint32_t i = 0; i < loaded.size(); ++i) order.push_back(std::uint32_t{i});
    if constexpr (requires { loaded[0].extra.ordinal; })
      std::sort(order.begin(), order.end(),
                [&](std::uint32_t a, std::uint32_t b) { return loaded[a].extra.ordinal < loaded[b].extra.ordinal; });
    Array<std::uint32_t> number;
    number.assign(loaded.size(), 0);
    for (const std::uint32_t from : order) {
      if (find(loaded[from].hash) != kNone) return void(in.refuse());
      number[from] = items_.size();
      items_.push_back(Item{loaded[from].hash, loaded[from].last, kNone, kNone, std::move(loaded[from].extra)});
      ++live_;
      index(number[from]);
    }
    for (const std::uint32_t i : number) link(i);
  }

  void link(std::uint32_t i) {
    std::uint32_t before = last_;
    while (before != kNone && items_[before].last > items_[i].last) before = items_[before].before;
    const std::uint32_t after = before == kNone ? first_ : items_[before].after;
    items_[i].before = before;
    items_[i].after = after;
    (before == kNone ? first_ : items_[before].after) = i;
    (after == kNone ? last_ : items_[after].before) = i;
    note_times();
  }
  void unlink(std::uint32_t i) {
    const std::uint32_t before = items_[i].before, after = items_[i].after;
    (before == kNone ? first_ : items_[before].after) = after;
    (after == kNone ? last_ : items_[after].before) = before;
    note_times();
  }
  void note_times() {
    if (first_ == kNone) return;
    oldest_time_ = items_[first_].last;
    latest_time_ = items_[last_].last;
  }

  void index(std::uint32_t i) {
    if (index_.active() && index_.fits(live_)) return index_.insert(items_[i].hash, i);
    if (items_.size() > HashIndex::kFew) rebuild_index();
  }
  void rebuild_index() {
    index_.reset(live_ * 2);
    for (std::uint32_t i = 0; i < items_.size(); ++i)
      if (!dead(i)) index_.insert(items_[i].hash, i);
  }

  // Drops the dead; the order of insertion stays.
  void compact() {
    Array<std::uint32_t> number;
    number.assign(items_.size(), kNone);
    Array<Item> kept;
    kept.reserve(std::max<std::uint32_t>(live_ * 2, 2));
    for (std::uint32_t i = 0; i < items_.size(); ++i) {
      if (dead(i)) continue;
      number[i] = kept.size();
      kept.push_back(std::move(items_[i]));
    }
    const auto renumber = [&](std::uint32_t& i) { i = i == kNone ? kNone : number[i]; };
    for (Item& item : kept) {
      renumber(item.before);
      renumber(item.after);
    }
    renumber(first_);
    renumber(last_);
    items_ = std::move(kept);
    if (index_.active()) rebuild_index();
  }

  Array<Item> items_;
  HashIndex index_;
  std::uint32_t live_ = 0;
  std::uint32_t first_ = kNone, last_ = kNone;
  std::int64_t oldest_time_ = 0, latest_time_ = 0;  // of a set that is not empty
};

}  // namespace lw::feature
