#include "ledger/log.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "ledger/files.h"

namespace lw::ledger {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kAskedAtOnce = 1 << 16;  // entries of a source
constexpr std::string_view kWayOut = "put it back from a copy, or move the whole folder away for it to be made anew";

// The tiles at a tree's right edge that are not full, and the bundle there.
std::vector<Tile> edge_tiles(std::uint64_t size) {
  std::vector<Tile> out;
  for (int level = kEntries; width_of(level, size) > 0; ++level) {
    const std::uint64_t width = width_of(level, size);
    if (width % kTileWidth > 0) out.push_back(tile_of(level, width - 1, size));
  }
  return out;
}

}  // namespace

Result<Log> Log::open(std::string folder, const SigningKey& key, const Source& source, bool forced) {
  Log log(std::move(folder), key, forced);
  const std::string checkpoint = log.folder_ + "/checkpoint";
  std::error_code trouble;
  if (!fs::exists(checkpoint, trouble)) {
    if (fs::exists(log.folder_ + "/tile", trouble)) return fail("{}: is missing beside its tiles: {}", checkpoint, kWayOut);
    if (Status begun = log.begin(); !begun) return tl::make_unexpected(begun.error());
    return log;
  }
  auto note = log.reader().note();
  if (!note) return tl::make_unexpected(note.error());
  const auto at = Checkpoint::open(*note, key.verifier());
  if (!at) return fail("{}: {}; {}", checkpoint, at.error().message, kWayOut);
  log.note_ = std::move(*note);
  const std::string vkey = log.folder_ + "/vkey", text = key.verifier().text() + "\n";
  if (const auto there = read_file(vkey); !there || *there != text) {
    if (Status written = replace_file(vkey, text, forced); !written) return tl::make_unexpected(written.error());
    log.repaired_.push_back("vkey");
  }
  const auto whole = log.tidy(at->size);
  if (!whole) return tl::make_unexpected(whole.error());
  Status loaded = *whole ? log.load(*at) : fail("{}/tile: files that the checkpoint covers are missing or cut short", log.folder_);
  if (!loaded && source) {
    loaded = log.repair(*at, source);
    if (loaded) loaded = log.load(*at);
  }
  if (!loaded) return tl::make_unexpected(loaded.error());
  return log;
}

// The empty tree is signed before anything else is written: tiles without a checkpoint are never a beginning.
Status Log::begin() {
  std::error_code trouble;
  fs::create_directories(folder_, trouble);
  if (Status written = replace_file(folder_ + "/vkey", key_.verifier().text() + "\n", forced_); !written) return written;
  if (Status written = sign(Edge()); !written) return written;
  const std::string above = fs::path(folder_).parent_path().string();
  return forced_ ? force_folder(above.empty() ? "." : above) : Status{};
}

// Removes what is not of a tree of this size: leftovers of a crash, partial tiles whose full one is there. Whether nothing is missing.
Result<bool> Log::tidy(std::uint64_t size) const {
  std::error_code trouble;
  std::set<Tile> there;
  std::vector<fs::path> remove;
  for (const char* name : {"/checkpoint.new", "/vkey.new"}) fs::remove(folder_ + name, trouble);
  const std::string tiles = folder_ + "/tile";
  if (fs::exists(tiles, trouble)) {
    auto at = fs::recursive_directory_iterator(tiles, trouble);
    for (; !trouble && at != fs::recursive_directory_iterator(); at.increment(trouble)) {
      if (!at->is_regular_file(trouble)) continue;
      const auto tile = tile_at(at->path().lexically_relative(folder_).generic_string());
      if (!tile) continue;  // not ours: verify tells of it
      const std::uint64_t width = width_of(tile->level, size), full = width / kTileWidth;
      const bool covered = tile->index < full || (tile->index == full && tile->width <= width % kTileWidth);
      if (!covered || (tile->index < full && !tile->full())) remove.push_back(at->path());
      else if (tile->level == kEntries || at->file_size(trouble) == tile->width * sizeof(Hash)) there.insert(*tile);
    }
  }
  if (trouble) return fail("{}: {}", tiles, trouble.message());
  for (const fs::path& path : remove) {
    fs::remove(path, trouble);
    fs::remove(path.parent_path(), trouble);  // if nothing is left in it
  }
  bool whole = true;
  for_each_tile(size, [&](const Tile& tile) { return whole = there.contains(tile); });
  return whole;
}

// Takes the right edge in, which must lead to the root.
Status Log::load(const Checkpoint& at) {
  const Reader tree = reader();
  auto edge = Edge::of(at.size, [&](const Tile& tile) { return tree.hashes(tile); });
  if (!edge) return tl::make_unexpected(edge.error());
  if (edge->root() != at.root) return fail("{}/tile: the tiles at the right edge do not lead to the root that was signed", folder_);
  std::string bundle;
  if (at.size % kTileWidth > 0) {
    const Tile last = tile_of(kEntries, at.size - 1, at.size);
    auto found = tree.bundle(last);
    if (!found) return tl::make_unexpected(found.error());
    const Entries entries = entries_of(*found);
    for (unsigned i = 0; i < last.width; ++i) {
      if (leaf_hash(entries.list[i]) != edge->hashes(0)[i]) return fail("{}: entry {} is not what the tree holds", path(last), last.index * kTileWidth + i);
    }
    bundle = std::move(*found);
  }
  edge_ = std::move(*edge);
  bundle_ = std::move(bundle);
  return {};
}

Status Log::repair(const Checkpoint& at, const Source& source) {
  const auto run = [&](const Written& written) -> Result<Edge> {
    Edge edge;
    std::string bundle;
    while (edge.size() < at.size) {
      const std::uint64_t count = std::min(kAskedAtOnce, at.size - edge.size());
      const auto entries = source(edge.size(), count);
      if (!entries) return tl::make_unexpected(entries.error());
      if (entries->size() != count) return fail("{}: entries from {} on are not there to make it again; {}", folder_, edge.size() + entries->size(), kWayOut);
      for (const std::string& entry : *entries) {
        if (Status grown = grow(edge, bundle, entry, written); !grown) return tl::make_unexpected(grown.error());
      }
    }
    if (Status done = finish(edge, bundle, 0, written); !done) return tl::make_unexpected(done.error());
    return edge;
  };
  const auto tried = run([](const Tile&, std::string_view) { return Status{}; });
  if (!tried) return tl::make_unexpected(tried.error());
  if (tried->root() != at.root) return fail("{}: files are damaged, and the entries to make them again are not those that were signed", folder_);
  std::vector<Tile> wrong;
  const auto made = run([&](const Tile& tile, std::string_view bytes) -> Status {
    if (const auto there = read_file(path(tile)); there && *there == bytes) return {};
    wrong.push_back(tile);
    repaired_.push_back(path_of(tile));
    return write_file(path(tile), bytes, forced_);
  });
  if (!made) return tl::make_unexpected(made.error());
  return force(wrong);
}

// Adds an entry; `full` is told of the tiles that became full with it.
Status Log::grow(Edge& edge, std::string& bundle, const std::string& entry, const Written& full) {
  if (entry.size() > kMaxEntryBytes) return fail("an entry of {} bytes: one has at most {}", entry.size(), kMaxEntryBytes);
  put_entry(bundle, entry);
  return edge.push(leaf_hash(entry), [&](const Tile& tile, std::span<const Hash> hashes) -> Status {
    if (tile.level == 0) {
      if (Status done = full({kEntries, tile.index, kTileWidth}, bundle); !done) return done;
      bundle.clear();
    }
    return full(tile, to_bytes(hashes));
  });
}

// The partial tiles of a tree that grew from `old_size`, but those that are as they were.
Status Log::finish(const Edge& edge, std::string_view bundle, std::uint64_t old_size, const Written& partial) {
  for (const Tile& tile : edge_tiles(edge.size())) {
    if (width_of(tile.level, edge.size()) == width_of(tile.level, old_size)) continue;
    const Status done = tile.level == kEntries ? partial(tile, bundle) : partial(tile, to_bytes(edge.hashes(static_cast<unsigned>(tile.level))));
    if (!done) return done;
  }
  return {};
}

// The names of what was written, and of the folders made for it.
Status Log::force(const std::vector<Tile>& written) const {
  if (!forced_) return {};
  std::set<std::string> folders;
  for (const Tile& tile : written) {
    for (fs::path on = fs::path(path_of(tile)).parent_path(); !on.empty(); on = on.parent_path()) folders.insert(folder_ + "/" + on.string());
  }
  folders.insert(folder_);
  for (const std::string& folder : folders) {
    if (Status forced = force_folder(folder); !forced) return forced;
  }
  return {};
}

Status Log::sign(const Edge& edge) {
  const std::string note = key_.sign(Checkpoint{key_.verifier().name(), edge.size(), edge.root()}.text());
  if (Status written = replace_file(folder_ + "/checkpoint", note, forced_); !written) return written;
  note_ = note;
  return {};
}

Status Log::append(std::span<const std::string> entries) {
  if (broken_) return fail("{}: a write failed before; open the tree again", folder_);
  if (entries.empty()) return {};
  broken_ = true;  // until all went well
  const std::uint64_t old_size = size();
  std::vector<Tile> written;
  const auto write = [&](const Tile& tile, std::string_view bytes) {
    written.push_back(tile);
    return write_file(path(tile), bytes, forced_);
  };
  for (const std::string& entry : entries) {
    if (Status grown = grow(edge_, bundle_, entry, write); !grown) return grown;
  }
  if (Status done = finish(edge_, bundle_, old_size, write); !done) return done;
  if (Status forced = force(written); !forced) return forced;
  if (Status done = sign(edge_); !done) return done;
  drop_partial(old_size);
  broken_ = false;
  return {};
}

// Partial tiles whose full one the checkpoint covers; the others stay for whoever reads by an older checkpoint.
void Log::drop_partial(std::uint64_t old_size) const {
  std::error_code ignored;
  for (const Tile& tile : edge_tiles(old_size)) {
    if (width_of(tile.level, size()) / kTileWidth > tile.index) fs::remove_all(path(tile.whole()) + ".p", ignored);
  }
}

}  // namespace lw::ledger
