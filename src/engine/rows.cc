#include "engine/rows.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/huge_pages.h"

namespace lw::engine {
namespace {

constexpr std::size_t kSweepRun = 64;                  // rows that lie one after another are looked at faster
constexpr std::uint32_t kSweepLines = 4;               // of a row that are fetched before it is looked at
constexpr std::size_t kLargestBlock = 8 * kHugePage;  // bytes

}  // namespace

Layout::Layout(const pack::Plan& plan, pack::Index table) : row_bytes(plan.tables[table].row_bytes) {
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

Rows::Rows(const Layout& layout) : layout_(&layout) {
  most_ = std::max(std::bit_floor(static_cast<std::uint32_t>(kLargestBlock / stride())), kFirstBlock);
  most_bits_ = static_cast<std::uint32_t>(std::bit_width(most_)) - 1;
  small_blocks_ = static_cast<std::uint32_t>(std::bit_width(most_ / kFirstBlock)) - 1;
}

template <class F>
void Rows::for_each(F&& visit) const {
  for (std::uint32_t number = 0; number < used_; ++number) {
    if (row(number)->live()) visit(number);
  }
}

std::uint32_t Rows::take_free() {
  if (!free_.empty()) {
    const std::uint32_t number = free_.back();
    free_.pop_back();
    return number;
  }
  const Place at = place(used_);
  if (at.block == blocks_.size()) {
    const std::size_t rows = std::min(most_, kFirstBlock << std::min(at.block, small_blocks_));
    Block& block = blocks_.emplace_back();
    block.bytes.reset(static_cast<std::byte*>(allocate_huge(rows * (stride() + sizeof(Coarse)))));
    block.busy_to = reinterpret_cast<Coarse*>(block.bytes.get() + rows * stride());
  }
  return used_++;
}

std::byte* Rows::insert(const Key128& key, Time watermark) {
  const std::uint32_t number = take_free();
  Row* const made = new (row(number)) Row(key);
  std::ranges::copy(layout_->blank, made->states());
  busy_to(number) = coarse(watermark + Duration{layout_->shortest});
  index_.insert(key, number);
  groups_ |= std::uint64_t{1} << group_of(key);
  return made->states();
}

void Rows::drop(std::uint32_t number) {
  Row* const dropped = row(number);
  index_.erase(dropped->key, number);
  layout_->destroy(dropped->states());
  dropped->key = {};
  busy_to(number) = kAlwaysBusy;
  free_.push_back(number);
}

void Rows::sweep(std::size_t count, Time watermark) {
  unswept_ += count;
  if (unswept_ < kSweepRun) return;
  count = std::exchange(unswept_, 0);
  const Coarse now = coarse(watermark);
  idle_.clear();
  for (; count > 0 && used_ > 0; --count) {
    if (swept_ >= used_) swept_ = 0;
    const std::uint32_t number = swept_++;
    if (now < busy_to(number)) continue;
    idle_.push_back(number);
    prefetch_row(row(number)->states(), 0, std::min(layout_->row_bytes, kSweepLines * 64));
  }
  for (const std::uint32_t number : idle_) index_.prefetch(row(number)->key);
  for (const std::uint32_t number : idle_) {
    if (!row(number)->live()) continue;  // dropped already: a small table is walked round more than once
    const Time idle = layout_->idle_from(row(number)->states());
    if (idle <= watermark) drop(number);
    else busy_to(number) = coarse(idle);
  }
}

std::size_t Rows::heap_bytes() const {
  std::size_t bytes = index_.heap_bytes() + free_.capacity() * sizeof(std::uint32_t);
  for (std::uint32_t block = 0; block < blocks_.size(); ++block) {
    bytes += std::min(most_, kFirstBlock << std::min(block, small_blocks_)) * (stride() + sizeof(Coarse));
  }
  for_each([&](std::uint32_t number) {
    for (const Layout::State& state : layout_->owning) {
      bytes += feature::heap_bytes(*state.spec, row(number)->states() + state.offset);
    }
  });
  return bytes;
}

std::vector<std::uint32_t> Rows::order(Time watermark, std::optional<Epoch> changed) const {
  struct Placed {  // with the greater half of the key: to sort them the rows need hardly be visited
    std::uint64_t high;
    std::uint32_t number;
  };
  std::vector<Placed> placed;
  if (!changed) placed.reserve(size());
  for_each([&](std::uint32_t number) {
    const bool wanted = changed ? row(number)->epoch() == *changed : watermark < layout_->idle_from(row(number)->states());
    if (wanted) placed.push_back({row(number)->name().high, number});
  });
  std::ranges::sort(placed, [&](const Placed& a, const Placed& b) {
    return a.high != b.high ? a.high < b.high : row(a.number)->key.low < row(b.number)->key.low;
  });
  std::vector<std::uint32_t> out;
  out.reserve(placed.size());
  for (const Placed& one : placed) out.push_back(one.number);
  return out;
}

void Rows::save(std::uint32_t group, std::span<const std::uint32_t> order, Time watermark, std::string& out) const {
  const auto of_group = [&](std::uint32_t number) { return group_of(row(number)->key); };
  const auto of = std::ranges::equal_range(order, group, {}, of_group);
  put(out, static_cast<std::uint64_t>(of.size()));
  std::string bytes;
  for (const std::uint32_t number : of) {
    Row* const saved = row(number);
    put(out, saved->name().low), put(out, saved->name().high);
    for (const Layout::State& state : layout_->states) {
      bytes.clear();
      std::byte* const at = saved->states() + state.offset;
      if (!feature::empty(*state.spec, at, watermark)) feature::save(*state.spec, at, watermark, bytes);
      put_text(out, bytes);
    }
  }
}

void Rows::drop_group(std::uint32_t group) {
  const std::uint64_t bit = std::uint64_t{1} << group;
  if ((groups_ & bit) == 0) return;  // as of every group that is restored into a new engine
  groups_ &= ~bit;
  for_each([&](std::uint32_t number) {
    if (group_of(row(number)->key) == group) drop(number);
  });
}

void Rows::take(Rows& other) {
  groups_ = std::exchange(other.groups_, 0);
  index_ = std::exchange(other.index_, RowIndex());
  blocks_ = std::exchange(other.blocks_, {});
  free_ = std::exchange(other.free_, {});
  used_ = std::exchange(other.used_, 0);
  swept_ = std::exchange(other.swept_, 0);
  unswept_ = std::exchange(other.unswept_, 0);
}

void Rows::clear() {
  for_each([&](std::uint32_t number) { layout_->destroy(row(number)->states()); });
  groups_ = 0;
  index_.clear();
  blocks_.clear();
  free_.clear();
  used_ = swept_ = 0;
  unswept_ = 0;
}

}  // namespace lw::engine
