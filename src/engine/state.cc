#include "engine/state.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"

namespace lw::engine {

State::State(const pack::Plan& plan) : plan_(plan) {
  for (pack::Index table = 0; table < plan.tables.size(); ++table) layouts_.emplace_back(plan, table);
  for (const Layout& layout : layouts_) blanks_.emplace_back(layout).insert(kBlank, Time{});
  for (const Layout& layout : layouts_) tables_.emplace_back(layout);
}

State::Size State::size() const {
  Size total;
  total.rows_of.resize(layouts_.size());
  total.bytes_of.resize(layouts_.size());
  for (std::size_t table = 0; table < layouts_.size(); ++table) {
    total.rows_of[table] = tables_[table].size();
    total.bytes_of[table] = tables_[table].heap_bytes();
  }
  for (const Cooldowns& cooldowns : cooldowns_) {
    total.cooldowns += cooldowns.size();
    total.cooldown_bytes += cooldowns.heap_bytes();
  }
  for (const std::size_t rows : total.rows_of) total.rows += rows;
  for (const std::size_t bytes : total.bytes_of) total.bytes += bytes;
  return total;
}

State::Order State::order(Time watermark, bool changed) const {
  Order out;
  for (const Rows& rows : tables_) out.push_back(rows.order(watermark, changed ? std::optional(epoch_) : std::nullopt));
  return out;
}

void State::save(std::uint32_t group, const Order& order, Time watermark, std::string& out) const {
  for (std::size_t table = 0; table < tables_.size(); ++table) tables_[table].save(group, order[table], watermark, out);
  cooldowns_[group].save(watermark, out);
}

Status State::load_row(const StoredTable& table, const Key128& key, bool changed, std::string_view& in) {
  pack::Index found = pack::kNone;  // the table whose row is in hand: most features of a stored row are of one
  std::byte* row = nullptr;
  for (const pack::Feature* feature : table) {
    std::string_view bytes;
    if (!take_text(in, bytes)) return fail("stored rows are cut short");
    if (!feature || (bytes.empty() && !changed)) continue;
    if (found != feature->table) {
      found = feature->table;
      row = tables_[found].find(key);
    }
    if (changed && row) {
      feature::destroy(feature->spec, row + feature->offset);
      feature::construct(feature->spec, row + feature->offset);
    }
    if (bytes.empty()) continue;
    if (!row) row = tables_[found].insert(key, Time{});
    if (Status loaded = feature::load(feature->spec, row + feature->offset, bytes); !loaded) return loaded;
    if (!bytes.empty()) return fail("the stored state of {} is longer than it should be", feature->id);
  }
  return {};
}

Status State::load_rows(const StoredTable& table, std::uint32_t group, bool changed, std::string_view& in) {
  std::uint64_t count = 0;
  if (!take(in, count)) return fail("stored rows are cut short");
  const std::uint64_t possible = std::min<std::uint64_t>(count, in.size() / sizeof(Key128));
  for (const pack::Feature* feature : table) {
    if (feature && !changed && tables_[feature->table].size() == 0) tables_[feature->table].expect(possible * kKeyGroups);  // groups are about alike
  }
  Key128 before;
  for (std::uint64_t i = 0; i < count; ++i) {
    Key128 key;
    if (!take(in, key.low) || !take(in, key.high)) return fail("stored rows are cut short");
    if (key == Key128{} || group_of(key) != group || (i > 0 && !in_order(before, key))) {
      return fail("stored rows hold an entity twice, or of another group");
    }
    before = key;
    if (Status loaded = load_row(table, key, changed, in); !loaded) return loaded;
  }
  return {};
}

Status State::load(std::uint32_t group, const std::vector<StoredTable>& tables, bool changed, std::string_view& in) {
  for (Rows& rows : tables_) {
    if (!changed) rows.drop_group(group);
  }
  for (const StoredTable& table : tables) {
    if (Status loaded = load_rows(table, group, changed, in); !loaded) return loaded;
  }
  return cooldowns_[group].load(in);
}

bool State::alike(const State& old, std::size_t old_table, const StoredTable& table) const {
  if (table.empty() || !table.front()) return false;
  const pack::Index here = table.front()->table;
  const Layout &a = old.layouts_[old_table], &b = layouts_[here];
  const auto same_feature = [&](const pack::Feature* feature, pack::Index index) { return feature == &plan_.features[index]; };
  const auto same_rule = [&](const auto& x, const auto& y) {
    return x.second == y.second && old.plan_.rules[x.first].id == plan_.rules[y.first].id;
  };
  return a.row_bytes == b.row_bytes && std::ranges::equal(table, plan_.tables[here].features, same_feature) &&
         std::ranges::equal(a.states, b.states, {}, &Layout::State::offset, &Layout::State::offset) && std::ranges::equal(a.named, b.named, same_rule);
}

Status State::take_over(State& old, const std::vector<StoredTable>& tables, Time watermark) {
  for (std::size_t table = 0; table < tables.size(); ++table) {
    Rows& rows = old.tables_[table];
    if (alike(old, table, tables[table])) {
      tables_[tables[table].front()->table].take(rows);
      continue;
    }
    const std::vector<std::uint32_t> order = rows.order(watermark, std::nullopt);
    std::string bytes;
    for (std::uint32_t group = 0; group < kKeyGroups; ++group) {
      bytes.clear();
      rows.save(group, order, watermark, bytes);
      std::string_view in = bytes;
      if (Status loaded = load_rows(tables[table], group, false, in); !loaded) return loaded;
    }
    rows.clear();
  }
  cooldowns_ = std::exchange(old.cooldowns_, {});
  return {};
}

}  // namespace lw::engine
