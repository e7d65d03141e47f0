// The rows of one table: for each known entity the states of the table's features, one after another.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"
#include "engine/row_index.h"
#include "pack/plan.h"

namespace lw::engine {

inline constexpr std::uint32_t kKeyGroups = 64;  // part of the stored form

inline std::uint32_t group_of(const Key128& key) { return static_cast<std::uint32_t>(key.high >> 58); }
static_assert(kKeyGroups == 1u << (64 - 58));

// The order of stored rows: groups lie together.
inline bool in_order(const Key128& a, const Key128& b) { return a.high != b.high ? a.high < b.high : a.low < b.low; }

// What a row of a table holds.
struct Layout {
  struct State {
    const feature::Spec* spec;
    std::uint32_t offset;
  };
  // What a rule that names a set's members remembers of a row: members below `since` were named, and all of them are in
  // their cool-down at least to `until`. It goes with the row and is not stored: without it all are looked at again.
  struct Named {
    std::uint64_t since;
    Time until;
  };
  std::vector<State> states;
  std::vector<State> owning;                                 // those that hold memory of their own
  std::vector<std::pair<pack::Index, std::uint32_t>> named;  // rule → where its Named lies
  std::vector<std::byte> blank;  // a new row: its states look at nothing in themselves, so that a copy of it is one too
  std::uint32_t row_bytes = 0;
  std::int64_t shortest = 0;     // nanoseconds that whatever is recorded stays at least

  Layout(const pack::Plan& plan, pack::Index table);
  void destroy(std::byte* row) const;
  // The watermark from which all features are empty.
  Time idle_from(const std::byte* row) const;
};

// Since when rows changed: a number that goes on with each snapshot, and round. Rows with the present number changed since the
// last one; others may happen to have it too.
using Epoch = std::uint8_t;

// Rows never move. A row whose features are all empty may be dropped at any time between events: a new one answers the
// same, so that no decision depends on it.
class Rows {
 public:
  explicit Rows(const Layout& layout);
  ~Rows() { clear(); }
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  // The states of an entity; null if it has no row.
  std::byte* find(const Key128& key) const {
    Row* found = nullptr;
    index_.find(key, [&](std::uint32_t number) {
      found = row(number);
      if (found->is(key)) return true;
      found = nullptr;
      return false;
    });
    return found ? found->states() : nullptr;
  }
  void prefetch(const Key128& key) const { index_.prefetch(key); }  // what find() touches
  // Where the entity's states lie, most likely, without a look at the row; is() tells, now and as long as it lives.
  std::byte* guess(const Key128& key) const {
    const std::uint32_t number = index_.guess(key);
    return number == RowIndex::kNone ? nullptr : row(number)->states();
  }
  static bool is(const std::byte* states, const Key128& key) { return reinterpret_cast<const Row*>(states - sizeof(Row))->is(key); }
  // Its states are about to change.
  static void touch(std::byte* states, Epoch epoch) { reinterpret_cast<Row*>(states - sizeof(Row))->touch(epoch); }
  // Its key, and these bytes of its states.
  static void prefetch_row(const std::byte* states, std::uint32_t from, std::uint32_t to) {
    __builtin_prefetch(states - sizeof(Row));
    const std::uintptr_t end = reinterpret_cast<std::uintptr_t>(states) + to;
    const std::uintptr_t begin = reinterpret_cast<std::uintptr_t>(states) + from;
    for (std::uintptr_t line = begin & ~std::uintptr_t{63}; line < end; line += 64) __builtin_prefetch(reinterpret_cast<const void*>(line));
  }

  // A new row, its states constructed. The entity must not have one.
  std::byte* insert(const Key128& key, Time watermark);

  // So many rows will come: its index need not grow step by step. A hint.
  void expect(std::size_t rows) { index_.reserve(std::min<std::size_t>(rows, kMostExpected)); }

  // Drops rows that are empty at the watermark: looks at the next in turn, `count` for each call, many at a time.
  void sweep(std::size_t count, Time watermark);

  std::size_t size() const { return index_.size(); }
  std::size_t heap_bytes() const;  // rows, index, and what their features hold elsewhere

  // The rows that are not empty at the watermark, by in_order(): the same contents give the same bytes. With `changed` those
  // that may have changed in that epoch, empty or not.
  std::vector<std::uint32_t> order(Time watermark, std::optional<Epoch> changed) const;
  // Those of a key group: how many, then each key and its states, each with its length before it; of an empty one nothing.
  void save(std::uint32_t group, std::span<const std::uint32_t> order, Time watermark, std::string& out) const;
  void drop_group(std::uint32_t group);
  void clear();
  // All rows of `other`, which keeps none; of a table laid out alike. There must be none here.
  void take(Rows& other);

 private:
  struct Row {
    explicit Row(const Key128& named) : key{named.low, named.high & ~kEpoch} {}
    Key128 key;  // all zero: free. The lowest eight bits of its higher half are the epoch, and no part of the name
    static constexpr std::uint64_t kEpoch = 0xff;
    bool is(const Key128& named) const { return key.low == named.low && ((key.high ^ named.high) & ~kEpoch) == 0; }
    void touch(Epoch epoch) { key.high = (key.high & ~kEpoch) | epoch; }
    Epoch epoch() const { return static_cast<Epoch>(key.high & kEpoch); }
    Key128 name() const { return {key.low, key.high & ~kEpoch}; }
    std::byte* states() { return reinterpret_cast<std::byte*>(this + 1); }
    bool live() const { return key != Key128{}; }
  };
  using Coarse = std::uint32_t;  // a time in steps of 2^32 ns, about four seconds, from the earliest there is; rounded down
  static constexpr Coarse kAlwaysBusy = ~Coarse{0};
  static Coarse coarse(Time time) { return static_cast<Coarse>((static_cast<std::uint64_t>(time.ns) ^ std::uint64_t{1} << 63) >> 32); }
  struct Release {
    void operator()(std::byte* bytes) const { std::free(bytes); }
  };
  struct Block {
    std::unique_ptr<std::byte[], Release> bytes;
    Coarse* busy_to = nullptr;  // behind them, by row: it is not empty before; what is recorded later makes it no shorter
  };
  // Each block holds twice the rows of the one before, up to most_.
  static constexpr std::uint32_t kFirstBlock = 8;
  static constexpr std::size_t kMostExpected = 100'000'000;  // whoever reads damaged numbers does not ask for all memory
  struct Place {
    std::uint32_t block, row;
  };
  Place place(std::uint32_t number) const {
    const std::uint32_t from = number + kFirstBlock;
    if (from < most_) {
      const auto block = static_cast<std::uint32_t>(std::bit_width(from / kFirstBlock)) - 1;
      return {block, from - (kFirstBlock << block)};
    }
    return {small_blocks_ + ((from - most_) >> most_bits_), from & (most_ - 1)};
  }
  std::size_t stride() const { return sizeof(Row) + layout_->row_bytes; }
  Row* row(std::uint32_t number) const {
    const Place at = place(number);
    return reinterpret_cast<Row*>(blocks_[at.block].bytes.get() + at.row * stride());
  }
  Coarse& busy_to(std::uint32_t number) {
    const Place at = place(number);
    return blocks_[at.block].busy_to[at.row];
  }
  std::uint32_t take_free();
  void drop(std::uint32_t number);
  template <class F>
  void for_each(F&& visit) const;

  const Layout* layout_;
  std::uint32_t most_ = 0, most_bits_ = 0, small_blocks_ = 0;  // rows of the largest blocks; blocks smaller than those
  std::uint64_t groups_ = 0;  // a bit for each key group that may have rows
  RowIndex index_;
  std::vector<Block> blocks_;
  std::uint32_t used_ = 0;  // numbers given so far
  std::vector<std::uint32_t> free_;
  std::uint32_t swept_ = 0;  // the number that is looked at next
  std::size_t unswept_ = 0;
  std::vector<std::uint32_t> idle_;  // perhaps; of one sweep
};

}  // namespace lw::engine
