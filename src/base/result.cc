#include "base/result.h"

#include <array>

namespace lw {
namespace {

struct Decoded {
  char32_t code;
  std::size_t bytes;
};

// The code point that begins at `at`; a byte that begins none stands for itself.
Decoded decode(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t bytes = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (bytes == 1 || at + bytes > text.size()) return {lead, 1};
  char32_t code = lead & (0xffU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) code = code << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3fU);
  return {code, bytes};
}

// Whether terminals give it two columns.
bool is_wide(char32_t code) {
  constexpr std::array<std::array<char32_t, 2>, 8> kRanges{{{0x1100, 0x115f}, {0x2e80, 0xa4cf}, {0xac00, 0xd7a3}, {0xf900, 0xfaff},
                                                            {0xfe30, 0xfe4f}, {0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x1f300, 0x3fffd}}};
  for (const auto& [first, last] : kRanges) {
    if (code >= first && code <= last) return true;
  }
  return false;
}

// What stands before a caret: as many code points as before it in the line, each as wide.
std::string indent(std::string_view line, std::uint32_t columns) {
  std::string out;
  std::size_t at = 0;
  for (std::uint32_t i = 0; i < columns; ++i) {
    const Decoded next = at < line.size() ? decode(line, at) : Decoded{U' ', 0};
    out += next.code == U'\t' ? "\t" : is_wide(next.code) ? "\u3000" : " ";
    at += next.bytes;
  }
  return out;
}

}  // namespace

std::string Error::to_string() const {
  std::string out;
  if (!place.file.empty()) out += place.file;
  if (place.line) out += fmt::format("{}{}", out.empty() ? "" : ":", place.line);
  if (place.line && place.column) out += fmt::format(":{}", place.column);
  if (!out.empty()) out += ": ";
  out += message;
  if (!excerpt.empty()) {
    out += fmt::format("\n  {}", excerpt);
    if (place.column) out += fmt::format("\n  {}^", indent(excerpt, place.column - 1));
  }
  return out;
}

}  // namespace lw
