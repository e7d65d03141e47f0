// The words of a simulation: lists of Chinese templates in a YAML file beside the scenarios. A template may hold slots
// ({name}: a draw from the list of that name, or an argument) and one or more marked spans, [[…]]: what an evader
// would disguise.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "simulate/random.h"

namespace lw::simulate {

// How a marked span is written so that a plain word match misses it.
enum class Evasion { kPlain, kZeroWidth, kPunctuation, kFullWidth, kTraditional, kLookalike, kSplit };
Result<Evasion> parse_evasion(std::string_view name);

// A kind of goods that the catalogue offers: prices and weights are drawn between the bounds.
struct Ware {
  std::string title;
  std::int64_t price_low = 0, price_high = 0;  // fen
  std::int64_t weight_low = 0, weight_high = 0;  // grams, packed
};

class Texts {
 public:
  // Refuses a file that lacks a list which the simulator draws from, or a list without lines.
  static Result<Texts> load(const std::string& path);

  const std::vector<std::string>& lines(std::string_view name) const;
  const std::vector<Ware>& wares(std::string_view category) const;
  bool has_category(std::string_view category) const { return wares_.find(category) != wares_.end(); }
  bool has(std::string_view name) const { return lists_.find(name) != lists_.end(); }

  using Arguments = std::span<const std::pair<std::string_view, std::string_view>>;
  // A line from the list with its slots filled, its spans disguised and the marks taken away.
  std::string compose(std::string_view list, Rng& rng, Arguments arguments = {}, Evasion evasion = Evasion::kPlain) const;
  std::string fill(std::string_view line, Rng& rng, Arguments arguments, Evasion evasion = Evasion::kPlain) const;

 private:
  std::string disguise(std::string_view span, Rng& rng, Evasion evasion) const;
  void append_slot(std::string& out, std::string_view slot, Rng& rng, Arguments arguments) const;
  std::map<std::string, std::vector<std::string>, std::less<>> lists_;
  std::map<std::string, std::vector<Ware>, std::less<>> wares_;
  std::map<std::string, std::string, std::less<>> traditional_, lookalikes_;
};

}  // namespace lw::simulate
