// Which events were seen already, by source and id.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/hash.h"

namespace lw::runtime {

// So many names at most, by their 128-bit hashes: one half is a name's place and the other is kept there, so that two
// names are taken for one with a chance of about 2^-80. Open addressing, three fifths full, on large pages, which come
// into being when they are first written: a small page's address would take longer to look up than the name.
class NameSet {
 public:
  NameSet() = default;
  explicit NameSet(std::uint64_t names) : left_(names), size_(names + names / 3 * 2 + 8) {
    const std::size_t bytes = size_ * sizeof(std::uint64_t);
    void* mapped = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) std::abort();  // as an allocation that fails
    ::madvise(mapped, bytes, MADV_HUGEPAGE);
    slots_ = {static_cast<std::uint64_t*>(mapped), Unmap{bytes}};
  }

  void prefetch(const Key128& key) const {
    if (slots_) __builtin_prefetch(slots_.get() + home(key), 1);
  }
  bool contains(const Key128& key) const { return slots_ && *find(key) != 0; }
  // False if it is there already. full() must be false.
  bool insert(const Key128& key) {
    std::uint64_t* slot = find(key);
    if (*slot != 0) return false;
    *slot = kept(key);
    --left_;
    return true;
  }
  bool full() const { return left_ == 0; }

 private:
  struct Unmap {
    std::size_t bytes;
    void operator()(std::uint64_t* slots) const { ::munmap(slots, bytes); }
  };

  static std::uint64_t kept(const Key128& key) { return std::max<std::uint64_t>(key.low, 1); }  // 0 is a free slot
  std::uint64_t home(const Key128& key) const {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>(static_cast<Wide>(key.high) * size_ >> 64);
  }
  // The slot that holds the name, or the free one where it belongs.
  std::uint64_t* find(const Key128& key) const {
    const std::uint64_t wanted = kept(key);
    std::uint64_t at = home(key);
    while (slots_[at] != 0 && slots_[at] != wanted) at = at + 1 == size_ ? 0 : at + 1;
    return &slots_[at];
  }

  std::uint64_t left_ = 0, size_ = 0;
  std::unique_ptr<std::uint64_t[], Unmap> slots_{nullptr, Unmap{0}};
};

// Remembers at least the last `horizon` names and at most twice as many: two sets, of which the older one goes when the
// newer is full.
class Repeats {
 public:
  explicit Repeats(std::uint64_t horizon) : horizon_(horizon) {}

  Key128 key_of(std::string_view source, std::string_view id) { return hash128(id, source == source_ ? seed_ : seed_of(source)); }

  // Brings near what seen() will look at.
  void prefetch(const Key128& key) const {
    newer_.prefetch(key);
    older_.prefetch(key);
  }

  // Whether this name was seen; from now on it was.
  bool seen(const Key128& key) {
    if (horizon_ == 0) return false;
    if (newer_.full()) {
      older_ = std::move(newer_);
      newer_ = NameSet(horizon_);
    }
    return older_.contains(key) || !newer_.insert(key);
  }

 private:
  std::uint64_t seed_of(std::string_view source) {
    source_ = source;
    return seed_ = hash64(source);
  }

  std::uint64_t horizon_;
  std::string source_;
  std::uint64_t seed_ = hash64({});
  NameSet newer_, older_;
};

}  // namespace lw::runtime
