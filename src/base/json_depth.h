// How deep JSON is nested, found before anything recurses into it.
#pragma once

#include <cstddef>
#include <string_view>

namespace lw {

// Whether the brackets of `json` lie more than `limit` deep within each other. What is no JSON gets some answer too.
inline bool nested_deeper(std::string_view json, std::size_t limit) {
  std::size_t depth = 0;
  bool inside = false;  // a string
  for (std::size_t at = 0; at < json.size(); ++at) {
    const char c = json[at];
    if (inside) {
      if (c == '\\') ++at;
      else if (c == '"') inside = false;
    } else if (c == '"') {
      inside = true;
    } else if (c == '[' || c == '{') {
      if (++depth > limit) return true;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
}

}  // namespace lw
