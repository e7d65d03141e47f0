#include "pack/contract.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace lw::pack {
namespace {

struct Word {
  Vocabulary vocabulary;
  std::string_view word;
};

constexpr Word kWords[] = {
#define LW_CONTRACT(vocabulary, word) {Vocabulary::k##vocabulary, word},
#include "pack/contract.inc"
#undef LW_CONTRACT
};

constexpr std::size_t kMaxCompared = 64;  // longer words are nobody's misspelling
constexpr std::size_t kFewCandidates = 24;

}  // namespace

const std::vector<std::string_view>& words(Vocabulary vocabulary) {
  static const auto tables = [] {
    std::array<std::vector<std::string_view>, static_cast<std::size_t>(Vocabulary::kRecordField) + 1> made;
    for (const Word& entry : kWords) made[static_cast<std::size_t>(entry.vocabulary)].push_back(entry.word);
    return made;
  }();
  return tables[static_cast<std::size_t>(vocabulary)];
}

std::optional<std::size_t> find_word(Vocabulary vocabulary, std::string_view word) {
  const auto& all = words(vocabulary);
  const auto found = std::find(all.begin(), all.end(), word);
  if (found == all.end()) return std::nullopt;
  return static_cast<std::size_t>(found - all.begin());
}

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  if (a.size() > kMaxCompared || b.size() > kMaxCompared) return a == b ? 0 : limit + 1;
  if (a.size() > b.size() + limit || b.size() > a.size() + limit) return limit + 1;
  std::array<std::array<std::size_t, kMaxCompared + 1>, 3> rows{};
  auto *before = &rows[0], *last = &rows[1], *row = &rows[2];
  for (std::size_t j = 0; j <= b.size(); ++j) (*last)[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    (*row)[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = (*last)[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      (*row)[j] = std::min({replace, (*last)[j] + 1, (*row)[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        (*row)[j] = std::min((*row)[j], (*before)[j - 2] + 1);
      }
    }
    auto* free = before;
    before = last;
    last = row;
    row = free;
  }
  return std::min((*last)[b.size()], limit + 1);
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
  std::string_view found;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate, best - 1);
    if (distance < best) {
      best = distance;
      found = candidate;
    }
  }
  return found;
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (const auto near = nearest(word, candidates); !near.empty()) return fmt::format(" (did you mean {}?)", near);
  if (candidates.empty() || candidates.size() > kFewCandidates) return {};
  return fmt::format(" (one of: {})", fmt::join(candidates, ", "));
}

}  // namespace lw::pack
