// Rules that wait for what should happen: one armed timer for each rule and key, fired in (deadline, armed) order.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"

namespace lw::engine {

// When a timer was armed: the number of its event, then of its rule. No two are equal.
struct ArmedAt {
  std::uint64_t event = 0;
  std::uint32_t rule = 0;
  friend auto operator<=>(const ArmedAt&, const ArmedAt&) = default;
};

struct Timer {
  Time deadline;
  ArmedAt armed;
  std::uint32_t group = 0;  // key group of the key
  std::string saved;        // what the decision will say, in the engine's own encoding
};

class Timers {
 public:
  // `key` is that of rule and entity together. True if it was armed or moved; an armed timer stays unless `rearm`.
  bool arm(Key128 key, Timer timer, bool rearm);
  bool armed(Key128 key) const { return timers_.contains(key); }
  void disarm(Key128 key) { timers_.erase(key); }

  // Takes the earliest timer that is due at `now`, if there is one.
  bool pop_due(Time now, Timer& out);
  // No timer is due before this; the end of time if none is armed. A bound, not exact: disarmed timers count.
  Time next_bound() const { return heap_.empty() ? Time{std::numeric_limits<std::int64_t>::max()} : heap_.front().deadline; }

  std::size_t size() const { return timers_.size(); }
  std::size_t heap_bytes() const;

  // Those of one key group, sorted by key; a rule goes by the hash of its id. load() adds, and returns how many it left
  // out because their rule is not there; clear() drops the group.
  void save(std::uint32_t group, const std::vector<std::uint64_t>& rules, std::string& out) const;
  Result<std::size_t> load(std::uint32_t group, const std::vector<std::uint64_t>& rules, std::string_view& in);
  void clear(std::uint32_t group);

 private:
  struct Due {
    Time deadline;
    ArmedAt armed;
    Key128 key;
    friend auto operator<=>(const Due&, const Due&) = default;
  };
  void push(const Due& due);
  void drop_stale();

  absl::flat_hash_map<Key128, Timer, Key128::Hasher> timers_;
  std::vector<Due> heap_;  // the earliest first; entries whose timer was disarmed or moved are skipped
};

}  // namespace lw::engine
