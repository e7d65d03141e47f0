#include "base/result.h"

namespace lw {

std::string Error::to_string() const {
  std::string out;
  if (!place.file.empty()) out += place.file;
  if (place.line) out += fmt::format("{}{}", out.empty() ? "" : ":", place.line);
  if (place.line && place.column) out += fmt::format(":{}", place.column);
  if (!out.empty()) out += ": ";
  out += message;
  if (!excerpt.empty()) {
    out += fmt::format("\n  {}", excerpt);
    if (place.column) out += fmt::format("\n  {}^", std::string(place.column - 1, ' '));
  }
  return out;
}

}  // namespace lw
