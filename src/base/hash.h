// Hashes that are part of the output's bytes or of stored state: stable over machines, compilers and runs.
#pragma once

#define XXH_INLINE_ALL  // a few nanoseconds a key, and nothing to link
#include <xxhash.h>

#include <compare>
#include <cstdint>
#include <string_view>

namespace lw {

inline std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

// Names an entity in state: 128 bits, so that two keys never meet by chance (2^-64 at four thousand million keys).
struct Key128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend auto operator<=>(const Key128&, const Key128&) = default;
  // absl::Hash would add a per-process seed; the key is a hash already.
  struct Hasher {
    std::size_t operator()(const Key128& key) const { return key.low; }
  };
};

inline Key128 hash128(std::string_view bytes, std::uint64_t seed = 0) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed);
  return {hash.low64, hash.high64};
}

// One name of two, in this order. Both are hashes already: it is enough that neither half can take the other's place.
inline Key128 join(const Key128& first, const Key128& second) {
  return {first.low * 0x9E3779B97F4A7C15 + second.low, first.high * 0xC2B2AE3D27D4EB4F + second.high};
}

}  // namespace lw
