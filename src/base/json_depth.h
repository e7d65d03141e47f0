// The brackets of JSON, without reading it: how deep it is nested, found before anything recurses into it, and where a value ends.
#pragma once

#include <cstddef>
#include <string_view>

namespace lw {

// Calls visit(depth, at) behind each bracket outside of strings, with the depth then, until it says false. Closing brackets
// that nothing opened are passed over. What is no JSON gets some answer too.
template <class F>
void for_each_bracket(std::string_view json, F&& visit) {
  std::size_t depth = 0;
  bool inside = false;  // a string
  for (std::size_t at = 0; at < json.size(); ++at) {
    const char c = json[at];
    if (inside) {
      if (c == '\\') ++at;
      else if (c == '"') inside = false;
      continue;
    }
    inside = c == '"';
    const bool opens = c == '[' || c == '{', closes = (c == ']' || c == '}') && depth > 0;
    if (!opens && !closes) continue;
    opens ? ++depth : --depth;
    if (!visit(depth, at)) return;
  }
}

inline bool nested_deeper(std::string_view json, std::size_t limit) {
  bool deeper = false;
  for_each_bracket(json, [&](std::size_t depth, std::size_t) { return !(deeper = depth > limit); });
  return deeper;
}

}  // namespace lw
