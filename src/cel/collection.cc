#include "cel/collection.h"

#include <algorithm>
#include <bit>

#include "cel/cel.h"
#include "cel/compare.h"

namespace lw::cel {
namespace {

constexpr std::uint32_t kSmall = 8;  // up to here a search one by one is as fast as hashing

// Calls `same(position)` for each entry in the value's chain until it says true; gives that position + 1, or 0.
template <class Same>
std::uint32_t probe(const HashIndex& index, const Value& key, Same same) {
  for (std::uint64_t at = hash(key);; ++at) {
    const std::uint32_t position = index.buckets[at & index.mask];
    if (position == 0 || same(position - 1)) return position;
  }
}

std::uint32_t* make_buckets(Arena& arena, std::uint32_t count) {
  auto* buckets = arena.array<std::uint32_t>(count);
  std::fill_n(buckets, count, 0);
  return buckets;
}

}  // namespace

const Value* Map::find(const Value& key) const {
  if (!index.buckets || (key.is(Kind::kDouble) && !is_hashable(key))) {
    for (const Entry& entry : span())
      if (equal(entry.key, key)) return &entry.value;
    return nullptr;
  }
  if (!is_hashable(key)) return nullptr;
  const std::uint32_t found = probe(index, key, [&](std::uint32_t i) { return equal(entries[i].key, key); });
  return found ? &entries[found - 1].value : nullptr;
}

bool MapBuilder::add(const Value& key, const Value& value) {
  if (size_ == capacity_) grow();
  if (buckets_) {
    std::uint64_t at = hash(key);
    for (; buckets_[at & mask_]; ++at)
      if (equal(entries_[buckets_[at & mask_] - 1].key, key)) return false;
    buckets_[at & mask_] = size_ + 1;
  } else {
    for (std::uint32_t i = 0; i < size_; ++i)
      if (equal(entries_[i].key, key)) return false;
  }
  entries_[size_++] = {key, value};
  return true;
}

MapBuilder::MapBuilder(Arena& arena, std::uint32_t capacity) : arena_(&arena) {
  if (capacity == 0) return;
  capacity_ = capacity;
  entries_ = arena.array<Map::Entry>(capacity);
  reindex();
}

void MapBuilder::grow() {
  capacity_ = std::max(4u, 2 * capacity_);
  auto* entries = arena_->array<Map::Entry>(capacity_);
  std::copy_n(entries_, size_, entries);
  entries_ = entries;
  reindex();
}

void MapBuilder::reindex() {
  if (capacity_ <= kSmall) return;
  mask_ = std::bit_ceil(2 * capacity_) - 1;
  buckets_ = make_buckets(*arena_, mask_ + 1);
  for (std::uint32_t i = 0; i < size_; ++i) {
    std::uint64_t at = hash(entries_[i].key);
    while (buckets_[at & mask_]) ++at;
    buckets_[at & mask_] = i + 1;
  }
}

Value MapBuilder::finish() const {
  Value value;
  value.kind = Kind::kMap;
  value.map = arena_->make(Map{entries_, size_, {buckets_, mask_}});
  return value;
}

void ListBuilder::add(const Value& value) {
  if (size_ == capacity_) {
    capacity_ = std::max(4u, 2 * capacity_);
    Value* items = arena_->array<Value>(capacity_);
    std::copy_n(items_, size_, items);
    items_ = items;
  }
  items_[size_++] = value;
}

Value ListBuilder::finish() const {
  Value value;
  value.kind = Kind::kList;
  value.list = arena_->make(List{items_, size_, {}});
  return value;
}

Value make_list(Arena& arena, std::span<const Value> items) {
  Value* copy = arena.array<Value>(items.size());
  std::copy(items.begin(), items.end(), copy);
  Value value;
  value.kind = Kind::kList;
  value.list = arena.make(List{copy, static_cast<std::uint32_t>(items.size()), {}});
  return value;
}

Value make_map(Arena& arena, std::span<const Map::Entry> entries) {
  MapBuilder builder(arena, static_cast<std::uint32_t>(entries.size()));
  for (const Map::Entry& entry : entries) builder.add(entry.key, entry.value);
  return builder.finish();
}

Value no_optional() {
  Value value;
  value.kind = Kind::kOptional;
  value.pointer = nullptr;
  return value;
}

Value make_optional(Arena& arena, const Value& inner) {
  Value value = no_optional();
  value.pointer = arena.make(inner);
  return value;
}

Value make_error(Arena& arena, Error::Code code, std::string_view message, std::uint32_t offset) {
  Value value;
  value.kind = Kind::kError;
  value.error = arena.make(Error{code, offset, arena.copy(message)});
  return value;
}

const List* index_list(Arena& arena, const List& list) {
  if (list.size <= kSmall || !std::all_of(list.items, list.items + list.size, is_hashable)) return &list;
  const std::uint32_t mask = std::bit_ceil(2 * list.size) - 1;
  std::uint32_t* buckets = make_buckets(arena, mask + 1);
  for (std::uint32_t i = 0; i < list.size; ++i) {
    std::uint64_t at = hash(list.items[i]);
    while (buckets[at & mask] && !equal(list.items[buckets[at & mask] - 1], list.items[i])) ++at;
    buckets[at & mask] = i + 1;
  }
  return arena.make(List{list.items, list.size, {buckets, mask}});
}

bool contains(const List& list, const Value& value) {
  if (!list.index.buckets || (value.is(Kind::kDouble) && !is_hashable(value))) {
    for (const Value& item : list.span())
      if (equal(item, value)) return true;
    return false;
  }
  return is_hashable(value) && probe(list.index, value, [&](std::uint32_t i) { return equal(list.items[i], value); });
}

}  // namespace lw::cel
