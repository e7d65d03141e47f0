#include "feature/share.h"

#include <algorithm>

namespace lw::feature {

std::uint32_t ShareCell::find(std::uint64_t hash) const {
  if (index_.active()) return index_.find(hash, [&](std::uint32_t item) { return items_[item].hash; });
  for (const std::uint32_t item : order_)
    if (items_[item].hash == hash) return item;
  return HashIndex::kNone;
}

std::uint32_t ShareCell::raise(const Spec& spec, std::uint64_t hash, std::uint64_t events) {
  std::uint32_t item = find(hash);
  if (item == HashIndex::kNone) item = order_.size() < spec.cap ? enter(hash) : replace_least(hash);
  set_events(item, items_[item].events + events);
  events_ += events;
  return item;
}

std::uint32_t ShareCell::enter(std::uint64_t hash) {
  std::uint32_t item = free_;
  if (item == HashIndex::kNone) {
    item = items_.size();
    items_.push_back({});
  } else {
    free_ = items_[item].rank;
  }
  items_[item] = {hash, 0, order_.size(), 0};
  order_.push_back(std::uint32_t{item});
  index(item);
  return item;
}

void ShareCell::index(std::uint32_t item) {
  if (index_.active() && index_.fits(order_.size())) return index_.insert(items_[item].hash, item);
  if (order_.size() <= HashIndex::kFew) return;
  index_.reset(order_.size() * 2);
  for (const std::uint32_t other : order_) index_.insert(items_[other].hash, other);
}

// Of the least frequent the one with the smallest hash goes: the choice must not depend on how the order came about.
std::uint32_t ShareCell::replace_least(std::uint64_t hash) {
  std::uint32_t least = order_.back();
  for (std::uint32_t rank = order_.size() - 1; rank-- > 0 && items_[order_[rank]].events == items_[least].events;)
    if (items_[order_[rank]].hash < items_[least].hash) least = order_[rank];
  if (index_.active())
    index_.erase(items_[least].hash, least, [&](std::uint32_t other) { return items_[other].hash; });
  items_[least].hash = hash;
  if (index_.active()) index_.insert(hash, least);
  replaced_ = true;
  return least;
}

// Swaps the item past each run of equal counts in its way: a step of one is one swap.
void ShareCell::set_events(std::uint32_t item, std::uint64_t events) {
  const bool up = events > items_[item].events;
  items_[item].events = events;
  const auto more = [&](std::uint64_t count, std::uint32_t other) { return count > items_[other].events; };
  const auto less = [&](std::uint32_t other, std::uint64_t count) { return items_[other].events > count; };
  for (std::uint32_t rank = items_[item].rank;;) {
    std::uint32_t to;
    if (up) {
      if (rank == 0 || items_[order_[rank - 1]].events >= events) return;
      const std::uint64_t run = items_[order_[rank - 1]].events;
      to = static_cast<std::uint32_t>(std::lower_bound(order_.begin(), order_.begin() + rank, run, less) - order_.begin());
    } else {
      if (rank + 1 == order_.size() || items_[order_[rank + 1]].events <= events) return;
      const std::uint64_t run = items_[order_[rank + 1]].events;
      to = static_cast<std::uint32_t>(std::upper_bound(order_.begin() + rank + 1, order_.end(), run, more) -
                                      order_.begin()) - 1;
    }
    put_at(rank, order_[to]);
    put_at(to, item);
    rank = to;
  }
}

void ShareCell::remove(std::uint32_t item, std::uint64_t events) {
  events_ -= events;
  set_events(item, items_[item].events - events);
  if (events_ == 0) return clear();
  if (items_[item].events > 0) return;
  if (index_.active())
    index_.erase(items_[item].hash, item, [&](std::uint32_t other) { return items_[other].hash; });
  order_.pop_back();  // the item without events is the last
  items_[item].rank = free_;
  free_ = item;
}

cel::Value ShareCell::read(const Spec& spec, Time, cel::Arena&) const {
  if (events_ == 0) return cel::Value::of_double(0);
  std::uint64_t first = 0;
  for (std::uint32_t rank = 0; rank < spec.top && rank < order_.size(); ++rank) first += items_[order_[rank]].events;
  return cel::Value::of_double(static_cast<double>(first) / static_cast<double>(events_));
}

void ShareCell::clear() {
  items_.release();
  order_.release();
  index_.release();
  events_ = 0;
  free_ = HashIndex::kNone;
  replaced_ = false;
}

void ShareCell::merge(const Spec& spec, ShareCell& earlier) {
  replaced_ |= earlier.replaced_;
  Array<std::uint32_t> sorted;
  for (const std::uint32_t item : earlier.order_) sorted.push_back(std::uint32_t{item});
  std::sort(sorted.begin(), sorted.end(),
            [&](std::uint32_t a, std::uint32_t b) { return earlier.items_[a].hash < earlier.items_[b].hash; });
  for (const std::uint32_t item : sorted) raise(spec, earlier.items_[item].hash, earlier.items_[item].events);
}

void ShareCell::save(const Spec&, std::string& out) {
  std::sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
    const Item &x = items_[a], &y = items_[b];
    return x.events != y.events ? x.events > y.events : x.hash < y.hash;
  });
  put(out, replaced_);
  put(out, order_.size());
  for (std::uint32_t rank = 0; rank < order_.size(); ++rank) {
    Item& item = items_[order_[rank]];
    item.rank = item.saved = rank;
    put_word(out, item.hash);
    put(out, item.events);
  }
}

void ShareCell::load(const Spec& spec, Reader& in) {
  replaced_ = in.number() != 0;
  for (std::uint32_t left = in.count(9, spec.cap); left > 0 && in.ok(); --left) {
    const std::uint64_t hash = in.word();
    const std::uint64_t events = in.number();
    if (events == 0 || find(hash) != HashIndex::kNone || (!order_.empty() && events > items_[order_.back()].events))
      in.refuse();
    else
      raise(spec, hash, events);
  }
}

}  // namespace lw::feature
