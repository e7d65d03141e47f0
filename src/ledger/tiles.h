// A tree as files, in the layout of C2SP tlog-tiles: tiles of up to 256 hashes, bundles of as many entries, where each lies,
// and the right edge, on which a tree grows.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/merkle.h"

namespace lw::ledger {

inline constexpr unsigned kTileHeight = 8;
inline constexpr unsigned kTileWidth = 1U << kTileHeight;
inline constexpr std::size_t kMaxEntryBytes = 0xffff;
inline constexpr int kEntries = -1;  // as a level: a bundle of entries

struct Tile {
  int level = 0;  // 0: hashes of leaves; 1: of full tiles below; kEntries
  std::uint64_t index = 0;
  unsigned width = kTileWidth;  // 1 to 256; below 256 it is partial

  bool full() const { return width == kTileWidth; }
  Tile whole() const { return {level, index, kTileWidth}; }
  friend auto operator<=>(const Tile&, const Tile&) = default;
};

// "tile/0/x001/234", "tile/entries/005.p/17".
std::string path_of(const Tile& tile);
// Empty if it is none, or not as path_of writes it.
std::optional<Tile> tile_at(std::string_view path);

// The tile that holds the hash `position` of its level in a tree of `size` leaves, as wide as it is there; the level's hash is there.
Tile tile_of(int level, std::uint64_t position, std::uint64_t size);
// How many hashes, or entries, the level has.
std::uint64_t width_of(int level, std::uint64_t size);
// Whether a tree of `size` leaves has all that is in the tile.
bool covers(std::uint64_t size, const Tile& tile);
// Each tile of a tree of `size` leaves until `visit` says false: bundles first, then the levels from the lowest, each from the left.
void for_each_tile(std::uint64_t size, const std::function<bool(const Tile&)>& visit);

// A tile's file. Empty if the bytes are no whole hashes, or not so many.
std::string to_bytes(std::span<const Hash> hashes);
std::optional<std::vector<Hash>> hashes_of(std::string_view bytes, unsigned width);

// A bundle's file: each entry behind its length in two bytes, big-endian.
void put_entry(std::string& bundle, std::string_view entry);  // of at most kMaxEntryBytes
struct Entries {
  std::vector<std::string_view> list;  // in `bundle`
  bool whole = true;                   // else the bytes behind the last are no entry
};
Entries entries_of(std::string_view bundle);

// The tiles of a growing tree that are not full.
class Edge {
 public:
  using Full = std::function<Status(const Tile&, std::span<const Hash>)>;  // a tile that became full

  Status push(const Hash& leaf, const Full& full);
  std::uint64_t size() const { return size_; }
  Hash root() const;
  unsigned levels() const { return static_cast<unsigned>(levels_.size()); }
  std::span<const Hash> hashes(unsigned level) const { return levels_[level]; }  // fewer than 256
  Tile tile(unsigned level) const;                                              // of these; its width may be 0
  // Of a tree of `size` leaves whose partial tiles `read` gives; it is asked for those alone.
  static Result<Edge> of(std::uint64_t size, const std::function<Result<std::vector<Hash>>(const Tile&)>& read);

 private:
  std::uint64_t size_ = 0;
  std::vector<std::vector<Hash>> levels_;
};

}  // namespace lw::ledger
