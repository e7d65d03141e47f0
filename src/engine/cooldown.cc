#include "engine/cooldown.h"

#include <vector>

#include "base/bytes.h"

namespace lw::engine {

void Cooldowns::save(Time watermark, std::string& out) const {
  std::vector<std::pair<Key128, Time>> sorted;
  for (const auto& [key, end] : ends_) {
    if (watermark < end) sorted.emplace_back(key, end);
  }
  std::ranges::sort(sorted);
  put(out, static_cast<std::uint64_t>(sorted.size()));
  for (const auto& [key, end] : sorted) put(out, key.low), put(out, key.high), put(out, end.ns);
}

Status Cooldowns::load(std::string_view& in) {
  std::uint64_t count = 0;
  if (!take(in, count) || count > in.size() / 24) return fail("stored cool-downs are cut short");
  ends_.clear();
  ends_.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    Key128 key;
    Time end;
    take(in, key.low), take(in, key.high), take(in, end.ns);
    ends_[key] = end;
  }
  limit_ = std::max<std::size_t>(kFirstSweep, 2 * ends_.size());
  return {};
}

}  // namespace lw::engine
