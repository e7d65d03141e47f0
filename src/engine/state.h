// All that the engine remembers, split in key groups: each can be saved, dropped and restored alone.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "engine/cooldown.h"
#include "engine/rows.h"
#include "pack/plan.h"

namespace lw::engine {

inline constexpr std::uint32_t kKeyGroups = 64;  // part of the stored form

inline std::uint32_t group_of(const Key128& key) { return static_cast<std::uint32_t>(key.high >> 58); }
static_assert(kKeyGroups == 1u << (64 - 58));

class State {
 public:
  explicit State(const pack::Plan& plan);

  Rows& rows(pack::Index table, const Key128& key) { return groups_[group_of(key)].tables[table]; }
  const Layout& layout(pack::Index table) const { return layouts_[table]; }
  Cooldowns& cooldowns(const Key128& target) { return groups_[group_of(target)].cooldowns; }

  // A row of new, empty states: what an unknown entity answers.
  std::byte* blank(pack::Index table) { return blanks_[table].find(kBlank); }

  struct Size {
    std::size_t rows = 0, bytes = 0, cooldowns = 0, cooldown_bytes = 0;
    std::vector<std::size_t> rows_of;   // by table
    std::vector<std::size_t> bytes_of;  // by table
  };
  Size size() const;

  void save(std::uint32_t group, Time watermark, std::string& out) const;
  Status load(std::uint32_t group, std::string_view& in);

 private:
  static constexpr Key128 kBlank{1, 0};
  struct Group {
    std::vector<Rows> tables;
    Cooldowns cooldowns;
  };
  std::vector<Layout> layouts_;
  std::vector<Rows> blanks_;
  std::vector<Group> groups_;
};

}  // namespace lw::engine
