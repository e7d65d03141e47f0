// Which events were seen already, by source and id.
#pragma once

#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/hash.h"

namespace lw::runtime {

// Remembers at least the last `horizon` names and at most twice as many: two sets, of which the older one goes when the
// newer is full. 128-bit hashes: two names are never taken for one by chance.
class Repeats {
 public:
  explicit Repeats(std::uint64_t horizon) : horizon_(horizon) {}

  Key128 key_of(std::string_view source, std::string_view id) { return hash128(id, source == source_ ? seed_ : seed_of(source)); }
  void prefetch(const Key128& key) const { newer_.prefetch(key); }  // what seen() touches

  // Whether this name was seen; from now on it was.
  bool seen(const Key128& key) {
    if (horizon_ == 0) return false;
    if ((!older_.empty() && older_.contains(key)) || !newer_.insert(key).second) return true;
    if (newer_.size() >= horizon_) {
      older_ = std::move(newer_);
      newer_ = {};
    }
    return false;
  }

 private:
  std::uint64_t seed_of(std::string_view source) {
    source_ = source;
    return seed_ = hash64(source);
  }

  std::uint64_t horizon_;
  std::string source_;
  std::uint64_t seed_ = hash64({});
  absl::flat_hash_set<Key128, Key128::Hasher> newer_, older_;
};

}  // namespace lw::runtime
