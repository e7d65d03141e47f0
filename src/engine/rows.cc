#include "engine/rows.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "engine/bytes.h"

namespace lw::engine {
namespace {

constexpr std::uint32_t kFirstBlock = 8;                // rows; each further block holds twice as many
constexpr std::size_t kSweepRun = 64;  // rows that lie one after another are looked at faster
constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kLargestBlock = kHugePage;        // bytes

// Rows are visited at random: with large pages a visit costs one miss less.
std::byte* allocate(std::size_t bytes) {
  const bool huge = bytes >= kHugePage;
  void* const out = huge ? std::aligned_alloc(kHugePage, (bytes + kHugePage - 1) & ~(kHugePage - 1)) : std::malloc(bytes);
  if (!out) throw std::bad_alloc();
  if (huge) ::madvise(out, bytes, MADV_HUGEPAGE);
  return static_cast<std::byte*>(out);
}

}  // namespace

Layout::Layout(const pack::Plan& plan, pack::Index table) : row_bytes((plan.tables[table].row_bytes + 15) & ~15u) {
  for (const pack::Index index : plan.tables[table].features) {
    states.push_back({&plan.features[index].spec, plan.features[index].offset});
  }
  for (pack::Index rule = 0; rule < plan.rules.size(); ++rule) {
    const pack::Index members = plan.rules[rule].target.members;
    if (members == pack::kNone || plan.features[members].table != table) continue;
    named.emplace_back(rule, row_bytes);
    row_bytes += sizeof(Named);
  }
  blank.resize(row_bytes);
  shortest = kDay;
  for (const State& state : states) {
    feature::construct(*state.spec, blank.data() + state.offset);
    if (feature::owns_memory(*state.spec)) owning.push_back(state);
    if (state.spec->window.kind == feature::Window::kSliding) shortest = std::min(shortest, state.spec->window.width.ns);
  }
  for (const auto& [rule, offset] : named) new (blank.data() + offset) Named{0, Time{}};
}

void Layout::destroy(std::byte* row) const {
  for (const State& state : owning) feature::destroy(*state.spec, row + state.offset);
}

Time Layout::idle_from(const std::byte* row) const {
  Time latest;
  for (const State& state : states) latest = std::max(latest, feature::idle_from(*state.spec, row + state.offset));
  return latest;
}

template <class F>
void Rows::for_each(F&& visit) const {
  for (std::uint32_t at = 0; at < blocks_.size(); ++at) {
    for (std::uint32_t i = 0; i < blocks_[at].used; ++i) {
      if (row_at(blocks_[at], i)->live()) visit(at, i);
    }
  }
}

void Rows::add_block() {
  const std::size_t most = std::max<std::size_t>(kLargestBlock / stride(), kFirstBlock);
  const std::size_t capacity = blocks_.empty() ? kFirstBlock : std::min<std::size_t>(std::size_t{2} * blocks_.back().capacity, most);
  Block block;
  block.bytes.reset(allocate(capacity * stride()));
  block.capacity = static_cast<std::uint32_t>(capacity);
  block.used = 0;
  block.busy_to = std::make_unique_for_overwrite<Time[]>(capacity);
  blocks_.push_back(std::move(block));
}

Rows::Free Rows::take_free() {
  if (!free_.empty()) {
    const Free free = free_.back();
    free_.pop_back();
    return free;
  }
  if (blocks_.empty() || blocks_.back().used == blocks_.back().capacity) add_block();
  return {static_cast<std::uint32_t>(blocks_.size() - 1), blocks_.back().used++};
}

std::byte* Rows::insert(const Key128& key, Time watermark) {
  const Free free = take_free();
  Block& block = blocks_[free.block];
  Row* const row = new (row_at(block, free.row)) Row{key};
  std::memcpy(row->states(), layout_->blank.data(), layout_->row_bytes);
  if (__builtin_add_overflow(watermark.ns, layout_->shortest, &block.busy_to[free.row].ns)) block.busy_to[free.row] = watermark;
  index_.emplace(key, row);
  return row->states();
}

void Rows::drop(std::uint32_t block, std::uint32_t row) {
  Row* const dropped = row_at(blocks_[block], row);
  index_.erase(dropped->key);
  layout_->destroy(dropped->states());
  dropped->key = {};
  blocks_[block].busy_to[row] = {std::numeric_limits<std::int64_t>::max()};
  free_.push_back({block, row});
}

void Rows::sweep(std::size_t count, Time watermark) {
  unswept_ += count;
  if (unswept_ < kSweepRun) return;
  count = std::exchange(unswept_, 0);
  for (; count > 0 && !blocks_.empty(); --count) {
    if (sweep_block_ >= blocks_.size()) sweep_block_ = 0;
    Block& block = blocks_[sweep_block_];
    if (sweep_row_ >= block.used) {
      sweep_row_ = 0;
      ++sweep_block_;
      continue;
    }
    const std::uint32_t at = sweep_row_++;
    if (watermark < block.busy_to[at]) continue;
    block.busy_to[at] = layout_->idle_from(row_at(block, at)->states());
    if (block.busy_to[at] <= watermark) drop(sweep_block_, at);
  }
}

std::size_t Rows::heap_bytes() const {
  std::size_t bytes = index_.capacity() * (sizeof(Key128) + sizeof(Row*) + 1) + free_.capacity() * sizeof(Free);
  for (const Block& block : blocks_) bytes += block.capacity * (stride() + sizeof(Time));
  for_each([&](std::uint32_t block, std::uint32_t at) {
    for (const Layout::State& state : layout_->owning) {
      bytes += feature::heap_bytes(*state.spec, row_at(blocks_[block], at)->states() + state.offset);
    }
  });
  return bytes;
}

void Rows::save(std::uint32_t group, Time watermark, std::string& out) const {
  std::vector<Row*> rows;
  for_each([&](std::uint32_t block, std::uint32_t at) {
    Row* const row = row_at(blocks_[block], at);
    if (group_of(row->key) == group && watermark < layout_->idle_from(row->states())) rows.push_back(row);
  });
  std::ranges::sort(rows, {}, &Row::key);
  put(out, static_cast<std::uint64_t>(rows.size()));
  for (Row* row : rows) {
    put(out, row->key.low), put(out, row->key.high);
    for (const Layout::State& state : layout_->states) {
      feature::save(*state.spec, row->states() + state.offset, watermark, out);
    }
  }
}

Status Rows::load(std::uint32_t group, std::string_view& in) {
  for_each([&](std::uint32_t block, std::uint32_t at) {
    if (group_of(row_at(blocks_[block], at)->key) == group) drop(block, at);
  });
  std::uint64_t count = 0;
  if (!take(in, count)) return fail("stored rows are cut short");
  for (std::uint64_t i = 0; i < count; ++i) {
    Key128 key;
    if (!take(in, key.low) || !take(in, key.high)) return fail("stored rows are cut short");
    if (key == Key128{} || group_of(key) != group || find(key)) return fail("stored rows hold an entity twice, or of another group");
    std::byte* row = insert(key, Time{});
    for (const Layout::State& state : layout_->states) {
      if (Status loaded = feature::load(*state.spec, row + state.offset, in); !loaded) return loaded;
    }
  }
  return {};
}

void Rows::clear() {
  for_each([&](std::uint32_t block, std::uint32_t at) { layout_->destroy(row_at(blocks_[block], at)->states()); });
  index_.clear();
  blocks_.clear();
  free_.clear();
  sweep_block_ = sweep_row_ = 0;
  unswept_ = 0;
}

}  // namespace lw::engine
