// The closed vocabularies of the wire contract, and the nearest right word for a wrong one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lw::pack {

enum class Vocabulary : std::uint8_t { kDepartment, kViolation, kAction, kMeasure, kTargetKind, kSeverity, kKnown, kEntity, kRecordField };

// The words of a vocabulary in the order of contract.inc.
const std::vector<std::string_view>& words(Vocabulary vocabulary);

// Position of the word; empty if the vocabulary does not hold it.
std::optional<std::size_t> find_word(Vocabulary vocabulary, std::string_view word);

// The candidate with the fewest edits (insert, delete, replace, swap of neighbours) from `word`, if it is near enough to be
// meant: at most a third of the word's length, and at least one edit allowed. The first of equals. Empty if none.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

// Edits between two words, counted no further than `limit` + 1.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

// " (did you mean X?)" or, if nothing is near and there are few candidates, " (one of: …)"; may be empty.
std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace lw::pack
