#include "ledger/reader.h"

#include <filesystem>

#include "ledger/files.h"

namespace lw::ledger {

Result<std::string> Reader::note() const { return read_file(folder_ + "/checkpoint"); }

Result<std::string> Reader::bytes(const Tile& tile) const {
  auto out = read_file(folder_ + "/" + path_of(tile));
  if (out || tile.full()) return out;
  auto full = read_file(folder_ + "/" + path_of(tile.whole()));
  return full ? full : out;
}

Result<std::string> Reader::bundle(const Tile& tile) const {
  auto out = bytes(tile);
  if (!out) return out;
  const Entries entries = entries_of(*out);
  if (entries.list.size() < tile.width) return fail("{}/{}: holds {} entries of {}", folder_, path_of(tile), entries.list.size(), tile.width);
  if (entries.list.size() > tile.width) out->resize(static_cast<std::size_t>(entries.list[tile.width].data() - out->data()) - 2);
  return out;
}

Result<std::vector<Hash>> Reader::hashes(const Tile& tile) const {
  const auto found = bytes(tile);
  if (!found) return tl::make_unexpected(found.error());
  auto out = hashes_of(std::string_view(*found).substr(0, tile.width * sizeof(Hash)), tile.width);
  if (!out) return fail("{}/{}: holds {} bytes, not {} hashes of {}", folder_, path_of(tile), found->size(), tile.width, sizeof(Hash));
  return std::move(*out);
}

Result<std::string> Reader::entry(std::uint64_t index, std::uint64_t size) const {
  if (index >= size) return fail("entry {} is not in a tree of {}", index, size);
  const auto found = bundle(tile_of(kEntries, index, size));
  if (!found) return found;
  return std::string(entries_of(*found).list[index % kTileWidth]);
}

Result<Hash> Reader::hash(Range subtree, std::uint64_t size) const {
  std::vector<Hash> parts;
  for (const Node& node : nodes_of(subtree)) {
    const unsigned height = node.level % kTileHeight;
    const std::uint64_t first = node.index << height;  // of the hashes that it is made of
    const auto row = hashes(tile_of(static_cast<int>(node.level / kTileHeight), first + (1U << height) - 1, size));
    if (!row) return tl::make_unexpected(row.error());
    parts.push_back(complete_root(std::span(*row).subspan(first % kTileWidth, std::size_t{1} << height)));
  }
  return join(parts);
}

Result<Proof> Reader::proof(const std::vector<Range>& path, std::uint64_t size) const {
  Proof out;
  for (const Range& range : path) {
    const auto found = hash(range, size);
    if (!found) return tl::make_unexpected(found.error());
    out.push_back(*found);
  }
  return out;
}

Result<Proof> Reader::inclusion(std::uint64_t index, std::uint64_t size) const {
  if (index >= size) return fail("entry {} is not in a tree of {}", index, size);
  return proof(inclusion_path(index, size), size);
}

Result<Proof> Reader::consistency(std::uint64_t old_size, std::uint64_t size) const {
  if (old_size > size) return fail("a tree of {} entries does not extend one of {}", size, old_size);
  if (old_size == 0) return Proof{};  // every tree extends the empty one
  return proof(consistency_path(old_size, size), size);
}

Result<Hash> Reader::root(std::uint64_t size) const { return size == 0 ? Result<Hash>(empty_root()) : hash({0, size}, size); }

}  // namespace lw::ledger
