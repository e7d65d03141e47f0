// Bytes of saved states: variable-length integers, fixed 64-bit little-endian words, texts with their length before them.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace lw::feature {

static_assert(std::endian::native == std::endian::little, "saved words are copied as they lie in memory");

inline void put(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

inline void put_signed(std::string& out, std::int64_t value) {
  put(out, (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
}

inline void put_word(std::string& out, std::uint64_t value) {
  char bytes[8];
  std::memcpy(bytes, &value, 8);
  out.append(bytes, 8);
}

inline void put_text(std::string& out, std::string_view text) {
  put(out, text.size());
  out.append(text);
}

// Reads from the front of a view. Past the end or at a malformed number everything is 0 and ok() is false for good.
class Reader {
 public:
  explicit Reader(std::string_view in) : in_(in) {}

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64 && !in_.empty(); shift += 7) {
      const auto byte = static_cast<std::uint8_t>(in_.front());
      in_.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
    return refuse();
  }
  std::int64_t signed_number() {
    const std::uint64_t value = number();
    return static_cast<std::int64_t>((value >> 1) ^ (0 - (value & 1)));
  }
  std::uint64_t word() {
    if (in_.size() < 8) return refuse();
    std::uint64_t value;
    std::memcpy(&value, in_.data(), 8);
    in_.remove_prefix(8);
    return value;
  }
  std::string_view text() { return bytes(number()); }
  std::string_view bytes(std::uint64_t size) {
    if (size > in_.size()) {
      refuse();
      return {};
    }
    const std::string_view text = in_.substr(0, size);
    in_.remove_prefix(size);
    return text;
  }
  // How many items follow: refused unless that many of at least `item_bytes` each can be there, and below `limit`.
  std::uint32_t count(std::size_t item_bytes, std::uint64_t limit = 0xffff'fffe) {
    const std::uint64_t value = number();
    if (value > limit || value > in_.size() / item_bytes) return static_cast<std::uint32_t>(refuse());
    return static_cast<std::uint32_t>(value);
  }

  std::uint64_t refuse() {
    ok_ = false;
    in_ = {};
    return 0;
  }
  bool ok() const { return ok_; }
  std::string_view rest() const { return in_; }

 private:
  std::string_view in_;
  bool ok_ = true;
};

}  // namespace lw::feature
