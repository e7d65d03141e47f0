// The encoding of stored state: little-endian fixed integers and texts with their length before them.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace lw {

static_assert(std::endian::native == std::endian::little, "stored numbers are little-endian");

template <class T>
void put(std::string& out, T value) {
  static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>);
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

inline void put_text(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint32_t>(text.size()));
  out.append(text);
}

// False, with `in` as it was, if there are too few bytes.
template <class T>
bool take(std::string_view& in, T& value) {
  static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>);
  if (in.size() < sizeof(T)) return false;
  std::memcpy(&value, in.data(), sizeof(T));
  in.remove_prefix(sizeof(T));
  return true;
}

inline bool take_text(std::string_view& in, std::string_view& text) {
  std::uint32_t size = 0;
  std::string_view rest = in;
  if (!take(rest, size) || rest.size() < size) return false;
  text = rest.substr(0, size);
  in = rest.substr(size);
  return true;
}

}  // namespace lw
