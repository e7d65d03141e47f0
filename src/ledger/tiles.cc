#include "ledger/tiles.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <limits>

namespace lw::ledger {
namespace {

constexpr std::string_view kFolder = "tile/", kEntriesName = "entries";
constexpr int kMostLevels = 8;  // of tiles: 64 bits of leaves

std::optional<std::uint64_t> number_of(std::string_view digits) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return out;
}

// 2^(8 (level + 1)) leaves stand under a full tile.
std::uint64_t shifted(std::uint64_t size, unsigned bits) { return bits >= 64 ? 0 : size >> bits; }
unsigned level_bits(int level) { return level <= 0 ? 0 : static_cast<unsigned>(level) * kTileHeight; }

}  // namespace

std::string path_of(const Tile& tile) {
  std::string index = fmt::format("{:03}", tile.index % 1000);
  for (std::uint64_t rest = tile.index / 1000; rest > 0; rest /= 1000) index = fmt::format("x{:03}/{}", rest % 1000, index);
  const std::string level = tile.level == kEntries ? std::string(kEntriesName) : std::to_string(tile.level);
  return fmt::format("{}{}/{}{}", kFolder, level, index, tile.full() ? std::string() : fmt::format(".p/{}", tile.width));
}

std::optional<Tile> tile_at(std::string_view path) {
  const std::string_view whole = path;
  if (!path.starts_with(kFolder)) return std::nullopt;
  path.remove_prefix(kFolder.size());
  const std::string_view level = path.substr(0, path.find('/'));
  if (level.size() == path.size()) return std::nullopt;
  path.remove_prefix(level.size() + 1);
  Tile tile;
  if (level == kEntriesName) {
    tile.level = kEntries;
  } else {
    const auto number = number_of(level);
    if (!number || *number >= kMostLevels) return std::nullopt;
    tile.level = static_cast<int>(*number);
  }
  if (const std::size_t partial = path.find(".p/"); partial != std::string_view::npos) {
    const auto width = number_of(path.substr(partial + 3));
    if (!width || *width == 0 || *width >= kTileWidth) return std::nullopt;
    tile.width = static_cast<unsigned>(*width);
    path = path.substr(0, partial);
  }
  for (bool more = true; more;) {
    const std::size_t slash = path.find('/');
    more = slash != std::string_view::npos;
    std::string_view part = path.substr(0, slash);
    if (more) {
      if (!part.starts_with('x')) return std::nullopt;
      part.remove_prefix(1);
      path.remove_prefix(slash + 1);
    }
    const auto digits = number_of(part);
    if (!digits || part.size() != 3 || tile.index > (std::numeric_limits<std::uint64_t>::max() - *digits) / 1000) return std::nullopt;
    tile.index = tile.index * 1000 + *digits;
  }
  if (path_of(tile) != whole) return std::nullopt;
  return tile;
}

std::uint64_t width_of(int level, std::uint64_t size) { return shifted(size, level_bits(level)); }

bool covers(std::uint64_t size, const Tile& tile) {
  const std::uint64_t width = width_of(tile.level, size);
  return tile.index < width / kTileWidth || (tile.index == width / kTileWidth && tile.width <= width % kTileWidth);
}

Tile tile_of(int level, std::uint64_t position, std::uint64_t size) {
  const std::uint64_t width = width_of(level, size), index = position / kTileWidth;
  assert(position < width);
  return {level, index, index < width / kTileWidth ? kTileWidth : static_cast<unsigned>(width % kTileWidth)};
}

void for_each_tile(std::uint64_t size, const std::function<bool(const Tile&)>& visit) {
  for (int level = kEntries; level < kMostLevels; ++level) {
    const std::uint64_t width = width_of(level, size);
    for (std::uint64_t index = 0; index < width / kTileWidth; ++index) {
      if (!visit({level, index, kTileWidth})) return;
    }
    if (width % kTileWidth > 0 && !visit({level, width / kTileWidth, static_cast<unsigned>(width % kTileWidth)})) return;
  }
}

std::string to_bytes(std::span<const Hash> hashes) {
  std::string out;
  out.reserve(hashes.size() * sizeof(Hash));
  for (const Hash& hash : hashes) out += bytes_of(hash);
  return out;
}

std::optional<std::vector<Hash>> hashes_of(std::string_view bytes, unsigned width) {
  if (bytes.size() != width * sizeof(Hash)) return std::nullopt;
  std::vector<Hash> out;
  for (; !bytes.empty(); bytes.remove_prefix(sizeof(Hash))) out.push_back(*hash_of(bytes.substr(0, sizeof(Hash))));
  return out;
}

void put_entry(std::string& bundle, std::string_view entry) {
  assert(entry.size() <= kMaxEntryBytes);
  bundle += static_cast<char>(entry.size() >> 8);
  bundle += static_cast<char>(entry.size() & 0xff);
  bundle += entry;
}

Entries entries_of(std::string_view bundle) {
  Entries out;
  while (bundle.size() >= 2) {
    const std::size_t size = static_cast<std::size_t>(static_cast<unsigned char>(bundle[0])) << 8 | static_cast<unsigned char>(bundle[1]);
    if (bundle.size() - 2 < size) break;
    out.list.push_back(bundle.substr(2, size));
    bundle.remove_prefix(2 + size);
  }
  out.whole = bundle.empty();
  return out;
}

Status Edge::push(const Hash& leaf, const Full& full) {
  ++size_;
  Hash hash = leaf;
  for (unsigned level = 0;; ++level) {
    if (level == levels_.size()) levels_.emplace_back();
    std::vector<Hash>& row = levels_[level];
    row.push_back(hash);
    if (row.size() < kTileWidth) return {};
    const int as_level = static_cast<int>(level);
    if (Status seen = full({as_level, width_of(as_level, size_) / kTileWidth - 1, kTileWidth}, row); !seen) return seen;
    hash = complete_root(row);
    row.clear();
  }
}

Hash Edge::root() const {
  std::vector<Hash> subtrees;
  for (std::size_t level = levels_.size(); level-- > 0;) {
    std::span<const Hash> row = levels_[level];
    for (std::size_t width = kTileWidth / 2; width > 0; width /= 2) {
      if ((row.size() & width) == 0) continue;
      subtrees.push_back(complete_root(row.first(width)));
      row = row.subspan(width);
    }
  }
  return subtrees.empty() ? empty_root() : join(subtrees);
}

Tile Edge::tile(unsigned level) const {
  const std::uint64_t width = width_of(static_cast<int>(level), size_);
  return {static_cast<int>(level), width / kTileWidth, static_cast<unsigned>(width % kTileWidth)};
}

Result<Edge> Edge::of(std::uint64_t size, const std::function<Result<std::vector<Hash>>(const Tile&)>& read) {
  Edge out;
  out.size_ = size;
  for (int level = 0; width_of(level, size) > 0; ++level) {
    out.levels_.emplace_back();
    const Tile tile = out.tile(static_cast<unsigned>(level));
    if (tile.width == 0) continue;
    auto hashes = read(tile);
    if (!hashes) return tl::make_unexpected(hashes.error());
    out.levels_.back() = std::move(*hashes);
  }
  return out;
}

}  // namespace lw::ledger
