// All that the engine remembers. Every entity and every target belongs to one of kKeyGroups key groups; each group can be
// saved and restored alone.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "engine/cooldown.h"
#include "engine/rows.h"
#include "pack/plan.h"

namespace lw::engine {

class State {
 public:
  explicit State(const pack::Plan& plan);

  Rows& rows(pack::Index table) { return tables_[table]; }
  const Layout& layout(pack::Index table) const { return layouts_[table]; }
  Cooldowns& cooldowns(const Key128& target) { return cooldowns_[group_of(target)]; }

  // A row of new, empty states: what an unknown entity answers.
  std::byte* blank(pack::Index table) { return blanks_[table].find(kBlank); }

  struct Size {
    std::size_t rows = 0, bytes = 0, cooldowns = 0, cooldown_bytes = 0;
    std::vector<std::size_t> rows_of;   // by table
    std::vector<std::size_t> bytes_of;  // by table
  };
  Size size() const;

  // The rows that are not empty at the watermark, table by table, in an order in which groups lie together; or those that
  // changed since next_epoch().
  using Order = std::vector<std::vector<std::uint32_t>>;
  Order order(Time watermark, bool changed) const;
  Epoch epoch() const { return epoch_; }
  void next_epoch() { ++epoch_; }
  void save(std::uint32_t group, const Order& order, Time watermark, std::string& out) const;

  // The features whose states stored rows of a table hold, in that order; null: nobody reads them.
  using StoredTable = std::vector<const pack::Feature*>;
  // Replaces the group; with `changed` only the rows that are stored.
  Status load(std::uint32_t group, const std::vector<StoredTable>& tables, bool changed, std::string_view& in);

  // All that `old`, of another plan, knows, which is then empty; `tables` as of load(). Tables laid out alike change hands
  // as they are, the rows of the others are written and read. There must be nothing here.
  Status take_over(State& old, const std::vector<StoredTable>& tables, Time watermark);

 private:
  bool alike(const State& old, std::size_t old_table, const StoredTable& table) const;
  Status load_rows(const StoredTable& table, std::uint32_t group, bool changed, std::string_view& in);
  Status load_row(const StoredTable& table, const Key128& key, bool changed, std::string_view& in);

  static constexpr Key128 kBlank{1, 0};
  const pack::Plan& plan_;
  std::vector<Layout> layouts_;
  std::deque<Rows> blanks_;
  std::deque<Rows> tables_;
  std::array<Cooldowns, kKeyGroups> cooldowns_;
  Epoch epoch_ = 1;  // rows that were loaded have 0 until they change
};

}  // namespace lw::engine
