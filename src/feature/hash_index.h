// Finds the number of an item by the item's hash: open addressing over numbers, the items lie elsewhere. Up to kFew items
// are found by looking at all of them, so that small sets need no index.
#pragma once

#include <cstdint>

#include "feature/array.h"

namespace lw::feature {

class HashIndex {
 public:
  static constexpr std::uint32_t kNone = 0xffff'ffff;
  static constexpr std::uint32_t kFew = 8;

  bool active() const { return !table_.empty(); }

  // The item of that hash: `hash_of(number)` tells an item's hash.
  template <class HashOf>
  std::uint32_t find(std::uint64_t hash, HashOf&& hash_of) const {
    for (std::uint32_t at = home(hash);; at = (at + 1) & mask()) {
      const std::uint32_t number = table_[at];
      if (number == kNone || hash_of(number) == hash) return number;
    }
  }

  // The item must not be there yet, and reserve() must have made room for it.
  void insert(std::uint64_t hash, std::uint32_t number) {
    std::uint32_t at = home(hash);
    while (table_[at] != kNone) at = (at + 1) & mask();
    table_[at] = number;
  }

  template <class HashOf>
  void erase(std::uint64_t hash, std::uint32_t number, HashOf&& hash_of) {
    std::uint32_t gap = home(hash);
    while (table_[gap] != number) gap = (gap + 1) & mask();
    for (std::uint32_t at = (gap + 1) & mask(); table_[at] != kNone; at = (at + 1) & mask()) {
      const std::uint32_t distance = (at - home(hash_of(table_[at]))) & mask();
      if (distance < ((at - gap) & mask())) continue;  // it would come to lie before its home
      table_[gap] = table_[at];
      gap = at;
    }
    table_[gap] = kNone;
  }

  // Empties the index and makes it right for so many items: at most half full.
  void reset(std::uint32_t items) {
    std::uint32_t size = 32;
    while (size < items * 2) size *= 2;
    if (size != table_.size()) table_.release();
    table_.assign(size, kNone);
  }
  bool fits(std::uint32_t items) const { return items * 2 <= table_.size(); }
  void release() { table_.release(); }
  std::size_t heap_bytes() const { return table_.heap_bytes(); }

 private:
  std::uint32_t mask() const { return table_.size() - 1; }
  std::uint32_t home(std::uint64_t hash) const { return static_cast<std::uint32_t>(hash >> 20) & mask(); }

  Array<std::uint32_t> table_;
};

}  // namespace lw::feature
