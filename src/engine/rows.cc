#include "engine/rows.h"

#include <sys/mman.h>

#include <algorithm>
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
}

void Layout::construct(std::byte* row) const {
  for (const State& state : states) feature::construct(*state.spec, row + state.offset);
  for (const auto& [rule, offset] : named) new (row + offset) Named{0, Time{}};
}

void Layout::destroy(std::byte* row) const {
  for (const State& state : states) feature::destroy(*state.spec, row + state.offset);
}

bool Layout::empty(const std::byte* row, Time watermark) const {
  return std::ranges::all_of(
      states, [&](const State& state) { return feature::empty(*state.spec, row + state.offset, watermark); });
}

template <class F>
void Rows::for_each(F&& visit) const {
  for (const Block& block : blocks_) {
    for (std::uint32_t i = 0; i < block.used; ++i) {
      if (Row* row = row_at(block, i); row->live()) visit(row);
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
  blocks_.push_back(std::move(block));
}

Rows::Row* Rows::take_free() {
  if (!free_.empty()) {
    Row* row = free_.back();
    free_.pop_back();
    return row;
  }
  if (blocks_.empty() || blocks_.back().used == blocks_.back().capacity) add_block();
  Block& block = blocks_.back();
  return new (row_at(block, block.used++)) Row{};
}

std::byte* Rows::insert(const Key128& key) {
  Row* row = take_free();
  row->key = key;
  layout_->construct(row->states());
  index_.emplace(key, row);
  return row->states();
}

void Rows::drop(Row* row) {
  index_.erase(row->key);
  layout_->destroy(row->states());
  row->key = {};
  free_.push_back(row);
}

void Rows::sweep(std::size_t count, Time watermark) {
  unswept_ += count;
  if (unswept_ < kSweepRun) return;
  count = std::exchange(unswept_, 0);
  for (; count > 0 && !blocks_.empty(); --count) {
    if (sweep_block_ >= blocks_.size()) sweep_block_ = 0;
    const Block& block = blocks_[sweep_block_];
    if (sweep_row_ >= block.used) {
      sweep_row_ = 0;
      ++sweep_block_;
      continue;
    }
    Row* row = row_at(block, sweep_row_++);
    if (row->live() && layout_->empty(row->states(), watermark)) drop(row);
  }
}

std::size_t Rows::heap_bytes() const {
  std::size_t bytes = index_.capacity() * (sizeof(Key128) + sizeof(Row*) + 1) + free_.capacity() * sizeof(Row*);
  for (const Block& block : blocks_) bytes += block.capacity * stride();
  for_each([&](Row* row) {
    for (const Layout::State& state : layout_->states) {
      bytes += feature::heap_bytes(*state.spec, row->states() + state.offset);
    }
  });
  return bytes;
}

void Rows::save(std::uint32_t group, Time watermark, std::string& out) const {
  std::vector<Row*> rows;
  for_each([&](Row* row) {
    if (group_of(row->key) == group && !layout_->empty(row->states(), watermark)) rows.push_back(row);
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
  for_each([&](Row* row) {
    if (group_of(row->key) == group) drop(row);
  });
  std::uint64_t count = 0;
  if (!take(in, count)) return fail("stored rows are cut short");
  for (std::uint64_t i = 0; i < count; ++i) {
    Key128 key;
    if (!take(in, key.low) || !take(in, key.high)) return fail("stored rows are cut short");
    if (key == Key128{} || group_of(key) != group || find(key)) return fail("stored rows hold an entity twice, or of another group");
    std::byte* row = insert(key);
    for (const Layout::State& state : layout_->states) {
      if (Status loaded = feature::load(*state.spec, row + state.offset, in); !loaded) return loaded;
    }
  }
  return {};
}

void Rows::clear() {
  for_each([&](Row* row) { layout_->destroy(row->states()); });
  index_.clear();
  blocks_.clear();
  free_.clear();
  sweep_block_ = sweep_row_ = 0;
  unswept_ = 0;
}

}  // namespace lw::engine
