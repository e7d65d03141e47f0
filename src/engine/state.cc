#include "engine/state.h"

namespace lw::engine {

State::State(const pack::Plan& plan) {
  for (pack::Index table = 0; table < plan.tables.size(); ++table) layouts_.emplace_back(plan, table);
  for (const Layout& layout : layouts_) blanks_.emplace_back(layout).insert(kBlank);
  groups_.resize(kKeyGroups);
  for (Group& group : groups_) {
    group.tables.reserve(layouts_.size());
    for (const Layout& layout : layouts_) group.tables.emplace_back(layout);
  }
}

State::Size State::size() const {
  Size total;
  total.rows_of.resize(layouts_.size());
  total.bytes_of.resize(layouts_.size());
  for (const Group& group : groups_) {
    for (std::size_t table = 0; table < layouts_.size(); ++table) {
      total.rows_of[table] += group.tables[table].size();
      total.bytes_of[table] += group.tables[table].heap_bytes();
    }
    total.cooldowns += group.cooldowns.size();
    total.cooldown_bytes += group.cooldowns.heap_bytes();
  }
  for (const std::size_t rows : total.rows_of) total.rows += rows;
  for (const std::size_t bytes : total.bytes_of) total.bytes += bytes;
  return total;
}

void State::save(std::uint32_t group, Time watermark, std::string& out) const {
  for (const Rows& rows : groups_[group].tables) rows.save(watermark, out);
  groups_[group].cooldowns.save(watermark, out);
}

Status State::load(std::uint32_t group, std::string_view& in) {
  for (Rows& rows : groups_[group].tables) {
    if (Status loaded = rows.load(in); !loaded) return loaded;
  }
  return groups_[group].cooldowns.load(in);
}

}  // namespace lw::engine
