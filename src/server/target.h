// The target of a request line in pieces: percent-decoded, and refused where it plays tricks.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace lw::server {

inline constexpr std::size_t kLongestTarget = 4096;

struct SplitTarget {
  std::vector<std::string> path;                            // decoded pieces: {"v1", "rooms"}; a piece may hold a decoded '/'
  std::vector<std::pair<std::string, std::string>> query;   // decoded, in their order
};

// Refuses what does not begin with '/', empty pieces ("//", but for one '/' alone), "." and ".." however they are written, characters that
// a URL may not hold, bad percent-encoding, control characters, and what is no UTF-8 once decoded.
Result<SplitTarget> split_target(std::string_view target);

}  // namespace lw::server
