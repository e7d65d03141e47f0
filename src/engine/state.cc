#include "engine/state.h"

namespace lw::engine {

State::State(const pack::Plan& plan) {
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

void State::save(std::uint32_t group, Time watermark, std::string& out) const {
  for (const Rows& rows : tables_) rows.save(group, watermark, out);
  cooldowns_[group].save(watermark, out);
}

Status State::load(std::uint32_t group, std::string_view& in) {
  for (Rows& rows : tables_) {
    if (Status loaded = rows.load(group, in); !loaded) return loaded;
  }
  return cooldowns_[group].load(in);
}

}  // namespace lw::engine
