// A name of a JSON object as it stands in a line: quoted, with its colon.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace lw::event {

struct WrittenKey {
  static constexpr std::size_t kBytes = 32;

  std::array<char, kBytes> text{};
  std::uint32_t bits = 0;  // of the bytes of `text` that count; none if the name is too long
  std::uint32_t size = 0;

  WrittenKey() = default;
  explicit constexpr WrittenKey(std::string_view name) {
    if (name.size() + 3 > kBytes) return;
    text[size++] = '"';
    for (const char c : name) text[size++] = c;
    text[size++] = '"';
    text[size++] = ':';
    bits = static_cast<std::uint32_t>((std::uint64_t{1} << size) - 1);
  }
};

}  // namespace lw::event
