#include "engine/row_index.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <vector>

namespace lw::engine {
namespace {

// Against a map. The keys have few different low halves, and homes: most lie in one another's way.
RC_GTEST_PROP(RowIndex, IsAMap, ()) {
  RowIndex index;
  std::vector<Key128> rows;  // by number
  std::map<Key128, std::uint32_t> oracle;
  const auto find = [&](const Key128& key) { return index.find(key, [&](std::uint32_t number) { return rows[number] == key; }); };
  const auto apart = *rc::gen::element<std::uint64_t>(1, 2, 8, 64);
  const auto steps = *rc::gen::inRange<std::size_t>(1, 400);
  for (std::size_t step = 0; step < steps; ++step) {
    const Key128 key{apart * *rc::gen::inRange<std::uint64_t>(0, 40), *rc::gen::inRange<std::uint64_t>(1, 4)};
    const auto known = oracle.find(key);
    RC_ASSERT(find(key) == (known == oracle.end() ? RowIndex::kNone : known->second));
    if (known == oracle.end()) {
      const auto number = static_cast<std::uint32_t>(rows.size());
      rows.push_back(key);
      index.insert(key, number);
      oracle.emplace(key, number);
    } else if (*rc::gen::inRange(0, 3) > 0) {
      index.erase(key, known->second);
      oracle.erase(known);
    }
    RC_ASSERT(index.size() == oracle.size());
  }
  for (const auto& [key, number] : oracle) RC_ASSERT(find(key) == number);
  index.clear();
  for (const auto& [key, number] : oracle) RC_ASSERT(find(key) == RowIndex::kNone);
}

}  // namespace
}  // namespace lw::engine
