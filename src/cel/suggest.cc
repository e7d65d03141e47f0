#include "cel/suggest.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace lw::cel {
namespace {

// Levenshtein's distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string suggestion(std::string_view wanted, const std::vector<std::string_view>& names) {
  if (wanted.size() > 100) return {};
  std::vector<std::pair<std::size_t, std::string_view>> near;
  for (const std::string_view name : names) {
    if (name.size() > 100 || name.starts_with('@') || name.starts_with('_')) continue;
    const std::size_t far = distance(wanted, name);
    if (far <= 1 + wanted.size() / 4) near.emplace_back(far, name);
  }
  std::sort(near.begin(), near.end());
  near.resize(std::min<std::size_t>(near.size(), 3));
  std::string text;
  for (std::size_t i = 0; i < near.size(); ++i) {
    text += i == 0 ? "; did you mean '" : i + 1 == near.size() ? " or '" : ", '";
    text += std::string(near[i].second) + "'";
  }
  return text.empty() ? text : text + "?";
}

}  // namespace lw::cel
