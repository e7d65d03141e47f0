#include "engine/timers.h"

#include <algorithm>
#include <functional>

#include "base/bytes.h"

namespace lw::engine {

void Timers::push(const Due& due) {
  if (heap_.size() > 64 && heap_.size() > 2 * timers_.size()) drop_stale();
  heap_.push_back(due);
  std::ranges::push_heap(heap_, std::greater{});
}

void Timers::drop_stale() {
  std::erase_if(heap_, [&](const Due& due) {
    const auto at = timers_.find(due.key);
    return at == timers_.end() || at->second.armed != due.armed;
  });
  std::ranges::make_heap(heap_, std::greater{});
}

bool Timers::arm(Key128 key, Timer timer, bool rearm) {
  const Due due{timer.deadline, timer.armed, key};
  const auto [at, fresh] = timers_.try_emplace(key, std::move(timer));
  if (!fresh) {
    if (!rearm) return false;
    at->second = std::move(timer);  // try_emplace leaves its argument alone where the key exists
  }
  push(due);
  return true;
}

bool Timers::pop_due(Time now, Timer& out) {
  while (!heap_.empty() && heap_.front().deadline <= now) {
    const Due due = heap_.front();
    std::ranges::pop_heap(heap_, std::greater{});
    heap_.pop_back();
    const auto at = timers_.find(due.key);
    if (at == timers_.end() || at->second.armed != due.armed) continue;
    out = std::move(at->second);
    timers_.erase(at);
    return true;
  }
  return false;
}

std::size_t Timers::heap_bytes() const {
  std::size_t bytes = timers_.capacity() * (sizeof(std::pair<Key128, Timer>) + 1) + heap_.capacity() * sizeof(Due);
  for (const auto& [key, timer] : timers_) bytes += timer.saved.capacity();
  return bytes;
}

void Timers::save(std::uint32_t group, const std::vector<std::uint64_t>& rules, std::string& out) const {
  std::vector<Key128> keys;
  for (const auto& [key, timer] : timers_) {
    if (timer.group == group) keys.push_back(key);
  }
  std::ranges::sort(keys);
  put(out, static_cast<std::uint64_t>(keys.size()));
  for (const Key128& key : keys) {
    const Timer& timer = timers_.find(key)->second;
    put(out, key.low), put(out, key.high), put(out, timer.deadline.ns);
    put(out, timer.armed.event), put(out, rules[timer.armed.rule]);
    put_text(out, timer.saved);
  }
}

Result<std::size_t> Timers::load(std::uint32_t group, const std::vector<std::uint64_t>& rules, std::string_view& in) {
  std::uint64_t count = 0;
  std::size_t left_out = 0;
  if (!take(in, count)) return fail("stored timers are cut short");
  for (std::uint64_t i = 0; i < count; ++i) {
    Key128 key;
    Timer timer;
    std::uint64_t rule = 0;
    std::string_view saved;
    if (!take(in, key.low) || !take(in, key.high) || !take(in, timer.deadline.ns) || !take(in, timer.armed.event) || !take(in, rule) ||
        !take_text(in, saved)) {
      return fail("stored timers are cut short");
    }
    const auto at = std::ranges::find(rules, rule);
    if (at == rules.end()) {
      ++left_out;
      continue;
    }
    timer.armed.rule = static_cast<std::uint32_t>(at - rules.begin());
    timer.group = group;
    timer.saved = saved;
    arm(key, std::move(timer), true);
  }
  return left_out;
}

void Timers::clear(std::uint32_t group) {
  absl::erase_if(timers_, [&](const auto& entry) { return entry.second.group == group; });
}

}  // namespace lw::engine
