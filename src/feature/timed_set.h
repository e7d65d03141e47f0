// A set of hashes that knows when each was last seen, in the order of that time, so that the oldest leave first. Most sets
// of most entities hold one item: it lies in place.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "feature/array.h"
#include "feature/codec.h"
#include "feature/hash_index.h"

namespace lw::feature {

// Extra: what is kept with each item beside its hash and time; moved (in memory as bytes), saved and loaded with it.
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

  TimedSet() {}
  TimedSet(TimedSet&& other) noexcept : TimedSet() { swap(other); }
  TimedSet& operator=(TimedSet&& other) noexcept {
    TimedSet moved(std::move(other));
    swap(moved);
    return *this;
  }
  ~TimedSet() { clear(); }

  std::uint32_t size() const { return live_; }
  bool empty() const { return live_ == 0; }

  // The number of the item, good until the next insert(); kNone if it is not there.
  std::uint32_t find(std::uint64_t hash) const {
    if (in_place()) return live_ && one_.hash == hash ? 0 : kNone;
    const Block& block = *far_.block;
    if (block.index.active()) return block.index.find(hash, [&](std::uint32_t i) { return block.items()[i].hash; });
    for (std::uint32_t i = 0; i < block.slots; ++i)
      if (block.items()[i].hash == hash && !dead(i)) return i;
    return kNone;
  }

  Item& operator[](std::uint32_t i) { return items()[i]; }
  const Item& operator[](std::uint32_t i) const { return items()[i]; }

  // Numbers ascend in the order of insertion. The hash must not be in the set.
  std::uint32_t insert(std::uint64_t hash, std::int64_t time, Extra&& extra) {
    if (live_ == 0) {
      new (&one_) Item{hash, time, kNone, kNone, std::move(extra)};
      live_ = 1;
      return 0;
    }
    make_room();
    const std::uint32_t i = append(hash, time, std::move(extra));
    link(i);
    return i;
  }

  // Seen again: moves forward in time, never back.
  void touch(std::uint32_t i, std::int64_t time) {
    Item& item = items()[i];
    if (time < item.last || (time == item.last && item.after == kNone)) return;
    if (in_place()) {
      item.last = time;
    } else if (item.after == kNone) {
      item.last = time;
      note_times();
    } else {
      unlink(i);
      item.last = time;
      link(i);
    }
  }

  // The item seen longest ago; of a set that is not empty.
  const Item& oldest() const { return in_place() ? one_ : far_.block->items()[far_.block->first]; }
  // The times of the first and the last, without a look at the items, which may lie elsewhere.
  std::int64_t oldest_time() const { return in_place() ? one_.last : far_.oldest_time; }
  std::int64_t latest_time() const { return in_place() ? one_.last : far_.latest_time; }

  void erase_oldest() {
    if (live_ == 1) return clear();
    Block& block = *far_.block;
    const std::uint32_t i = block.first;
    Item& item = block.items()[i];
    if (block.index.active())
      block.index.erase(item.hash, i, [&](std::uint32_t other) { return block.items()[other].hash; });
    unlink(i);
    item.before = i;
    item.extra = Extra{};
    --live_;
  }

  void clear() {
    if (in_place()) {
      if (live_) one_.~Item();
    } else {
      release(far_.block);
    }
    live_ = 0;
    capacity_ = 1;
  }

  // In the order of insertion.
  template <class Visit>
  void each(Visit&& visit) const {
    for (std::uint32_t i = 0; i < slots(); ++i)
      if (!dead(i)) visit(items()[i]);
  }
  // By time, the oldest first.
  template <class Visit>
  void each_by_time(Visit&& visit) const {
    for (std::uint32_t i = first(); i != kNone; i = items()[i].after) visit(items()[i]);
  }
  // The first item by time, then each one's `after`; kNone behind the last.
  std::uint32_t first() const {
    if (in_place()) return live_ ? 0 : kNone;
    return far_.block->first;
  }
  std::uint32_t slots() const { return in_place() ? live_ : far_.block->slots; }
  bool dead(std::uint32_t i) const { return items()[i].before == i; }

  std::size_t heap_bytes() const {
    std::size_t bytes = in_place() ? 0 : block_bytes(capacity_) + far_.block->index.heap_bytes();
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
  // Where the items lie when they are more than one; they follow it.
  struct Block {
    HashIndex index;
    std::uint32_t slots;
    std::uint32_t first, last;  // by time

    Item* items() { return reinterpret_cast<Item*>(this + 1); }
    const Item* items() const { return reinterpret_cast<const Item*>(this + 1); }
  };
  static_assert(alignof(Item) == alignof(Block));
  struct Far {
    Block* block;
    std::int64_t oldest_time, latest_time;
  };

  bool in_place() const { return capacity_ == 1; }
  Item* items() { return in_place() ? &one_ : far_.block->items(); }
  const Item* items() const { return in_place() ? &one_ : far_.block->items(); }

  void swap(TimedSet& other) noexcept {
    alignas(TimedSet) std::byte bytes[sizeof(TimedSet)];
    std::memcpy(bytes, static_cast<const void*>(this), sizeof(bytes));
    std::memcpy(static_cast<void*>(this), static_cast<const void*>(&other), sizeof(bytes));
    std::memcpy(static_cast<void*>(&other), bytes, sizeof(bytes));
  }

  static std::size_t block_bytes(std::uint32_t capacity) {
    return sizeof(Block) + std::size_t{capacity} * sizeof(Item);
  }
  static void release(Block* block) {
    for (std::uint32_t i = 0; i < block->slots; ++i) block->items()[i].~Item();
    block->~Block();
    std::free(block);
  }

  // The items move in memory as bytes; nothing else of them changes.
  void resize(std::uint32_t capacity) {
    void* const bytes = std::malloc(block_bytes(capacity));
    if (!bytes) throw std::bad_alloc();
    Block* moved;
    if (in_place()) {
      const std::uint32_t none = live_ ? 0 : kNone;
      moved = new (bytes) Block{{}, live_, none, none};
    } else {
      moved = new (bytes) Block(std::move(*far_.block));
    }
    if (moved->slots)
      std::memcpy(static_cast<void*>(moved->items()), static_cast<const void*>(items()), moved->slots * sizeof(Item));
    if (!in_place()) {
      far_.block->~Block();
      std::free(far_.block);
    }
    far_ = {moved, 0, 0};
    capacity_ = capacity;
    note_times();
  }

  // For one more item. The dead give way if they are a quarter of all.
  void make_room() {
    if (slots() < capacity_) return;
    if (live_ >= capacity_ - capacity_ / 4) return resize(capacity_ * 2);
    compact();
    if (live_ < capacity_ / 4) resize(live_ * 2);
    if (far_.block->index.active()) rebuild_index();
  }

  // Behind all others, as yet without a place in time; there must be room.
  std::uint32_t append(std::uint64_t hash, std::int64_t time, Extra&& extra) {
    Block& block = *far_.block;
    const std::uint32_t i = block.slots++;
    new (&block.items()[i]) Item{hash, time, kNone, kNone, std::move(extra)};
    ++live_;
    if (block.index.active() && block.index.fits(live_))
      block.index.insert(hash, i);
    else if (block.slots > HashIndex::kFew)
      rebuild_index();
    return i;
  }

  void adopt(Reader& in, Array<Item>& loaded) {
    if (loaded.size() == 1) {
      insert(loaded[0].hash, loaded[0].last, std::move(loaded[0].extra));
      return;
    }
    if (loaded.empty()) return;
    Array<std::uint32_t> order;
    for (std::uint32_t i = 0; i < loaded.size(); ++i) order.push_back(std::uint32_t{i});
    if constexpr (requires { loaded[0].extra.ordinal; })
      std::sort(order.begin(), order.end(),
                [&](std::uint32_t a, std::uint32_t b) { return loaded[a].extra.ordinal < loaded[b].extra.ordinal; });
    Array<std::uint32_t> number;
    number.assign(loaded.size(), 0);
    resize(loaded.size());
    for (const std::uint32_t from : order) {
      if (find(loaded[from].hash) != kNone) return void(in.refuse());
      number[from] = append(loaded[from].hash, loaded[from].last, std::move(loaded[from].extra));
    }
    for (const std::uint32_t i : number) link(i);
  }

  // Nearly always behind the last.
  void link(std::uint32_t i) {
    Block& block = *far_.block;
    Item* const items = block.items();
    std::uint32_t before = block.last;
    while (before != kNone && items[before].last > items[i].last) before = items[before].before;
    const std::uint32_t after = before == kNone ? block.first : items[before].after;
    items[i].before = before;
    items[i].after = after;
    (before == kNone ? block.first : items[before].after) = i;
    (after == kNone ? block.last : items[after].before) = i;
    note_times();
  }
  void unlink(std::uint32_t i) {
    Block& block = *far_.block;
    Item* const items = block.items();
    const std::uint32_t before = items[i].before, after = items[i].after;
    (before == kNone ? block.first : items[before].after) = after;
    (after == kNone ? block.last : items[after].before) = before;
    note_times();
  }
  void note_times() {
    const Block& block = *far_.block;
    if (block.first == kNone) return;
    far_.oldest_time = block.items()[block.first].last;
    far_.latest_time = block.items()[block.last].last;
  }

  void rebuild_index() {
    Block& block = *far_.block;
    block.index.reset(live_ * 2);
    for (std::uint32_t i = 0; i < block.slots; ++i)
      if (!dead(i)) block.index.insert(block.items()[i].hash, i);
  }

  // Drops the dead; the order of insertion stays. The index, if there is one, is to be made anew.
  void compact() {
    Block& block = *far_.block;
    Item* const items = block.items();
    std::uint32_t kept = 0;
    for (std::uint32_t i = 0; i < block.slots; ++i) {
      if (dead(i)) {
        items[i].~Item();
        continue;
      }
      if (kept != i) {
        std::memcpy(static_cast<void*>(items + kept), static_cast<const void*>(items + i), sizeof(Item));
        const std::uint32_t before = items[kept].before, after = items[kept].after;
        (before == kNone ? block.first : items[before].after) = kept;
        (after == kNone ? block.last : items[after].before) = kept;
      }
      ++kept;
    }
    block.slots = kept;
  }

  // The item while capacity_ is 1 and live_ too.
  union {
    Item one_;
    Far far_ = {};
  };
  std::uint32_t live_ = 0;
  std::uint32_t capacity_ = 1;
};

}  // namespace lw::feature
