// Finds the number of an entity's row by its key: linear probing over eight entries a cache line. The keys themselves lie in
// the rows, which whoever looks up goes on to read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/hash.h"
#include "base/huge_pages.h"

namespace lw::engine {

class RowIndex {
 public:
  static constexpr std::uint32_t kNone = 0xffff'ffff;

  std::size_t size() const { return size_; }
  std::size_t heap_bytes() const { return entries_.capacity() * sizeof(Entry); }
  void prefetch(const Key128& key) const {
    if (size_ > 0) __builtin_prefetch(&entries_[hash_of(key) & mask()]);
  }

  // `is(number)`: whether the row of that number has the key.
  template <class Is>
  std::uint32_t find(const Key128& key, Is&& is) const {
    if (size_ == 0) return kNone;
    const std::uint32_t hash = hash_of(key);
    for (std::size_t at = hash & mask();; at = (at + 1) & mask()) {
      const Entry& entry = entries_[at];
      if (entry.number == kNone) return kNone;
      if (entry.hash == hash && is(entry.number)) return entry.number;
    }
  }

  // The key must not be there yet.
  void insert(const Key128& key, std::uint32_t number) {
    if (3 * (size_ + 1) > 2 * entries_.size()) grow();
    put({hash_of(key), number});
    ++size_;
  }

  // What follows moves up, so that no place is lost to the dead.
  void erase(const Key128& key, std::uint32_t number) {
    std::size_t gap = hash_of(key) & mask();
    while (entries_[gap].number != number) gap = (gap + 1) & mask();
    for (std::size_t at = (gap + 1) & mask(); entries_[at].number != kNone; at = (at + 1) & mask()) {
      if (((at - entries_[at].hash) & mask()) < ((at - gap) & mask())) continue;  // it would come to lie before its home
      entries_[gap] = entries_[at];
      gap = at;
    }
    entries_[gap] = {};
    --size_;
  }

  void clear() {
    entries_ = {};
    size_ = 0;
  }

 private:
  struct Entry {
    std::uint32_t hash = 0;
    std::uint32_t number = kNone;
  };
  static std::uint32_t hash_of(const Key128& key) { return static_cast<std::uint32_t>(key.low); }
  std::size_t mask() const { return entries_.size() - 1; }
  void put(Entry entry) {
    std::size_t at = entry.hash & mask();
    while (entries_[at].number != kNone) at = (at + 1) & mask();
    entries_[at] = entry;
  }
  void grow() {
    std::vector<Entry, HugePages<Entry>> before(entries_.empty() ? kFirst : 2 * entries_.size());
    before.swap(entries_);
    for (const Entry& entry : before) {
      if (entry.number != kNone) put(entry);
    }
  }

  static constexpr std::size_t kFirst = 16;  // a power of two
  std::vector<Entry, HugePages<Entry>> entries_;
  std::size_t size_ = 0;
};

}  // namespace lw::engine
