// Who was named lately: one entry for each rule, target and room, so that each is decided once in the rule's cool-down.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"

namespace lw::engine {

// Of one key group. Time here is the watermark, which never goes back: an entry that has run out is as good as none, so
// that dropping it changes no decision.
class Cooldowns {
 public:
  // True if nothing was decided for `key` within its cool-down; it then starts anew and ends at `until`.
  bool start(Key128 key, Time watermark, Time until) {
    if (ends_.size() >= limit_) drop_ended(watermark);
    auto [at, fresh] = ends_.try_emplace(key, until);
    if (!fresh && watermark < at->second) return false;
    at->second = until;
    return true;
  }

  // When the cool-down of `key` ends; before all time if there is none.
  Time end(Key128 key) const {
    const auto at = ends_.find(key);
    return at == ends_.end() ? Time{} : at->second;
  }

  std::size_t size() const { return ends_.size(); }
  std::size_t heap_bytes() const { return ends_.capacity() * (sizeof(std::pair<Key128, Time>) + 1); }

  // Sorted by key: the same contents give the same bytes. Entries that ended by `watermark` are left out.
  void save(Time watermark, std::string& out) const;
  Status load(std::string_view& in);

 private:
  void drop_ended(Time watermark) {
    absl::erase_if(ends_, [&](const auto& entry) { return entry.second <= watermark; });
    limit_ = std::max<std::size_t>(kFirstSweep, 2 * ends_.size());
  }

  static constexpr std::size_t kFirstSweep = 64;
  absl::flat_hash_map<Key128, Time, Key128::Hasher> ends_;
  std::size_t limit_ = kFirstSweep;
};

}  // namespace lw::engine
