#include "ledger/verify.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "ledger/files.h"
#include "ledger/leaf.h"
#include "ledger/reader.h"
#include "ledger/tiles.h"

namespace lw::ledger {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class Check {
 public:
  Check(std::string folder, Verified& out) : folder_(std::move(folder)), out_(out), tree_(folder_) {}

  Status list();                                      // what is in the folder
  bool checkpoint(const std::optional<VerifierKey>& key);  // whether it may be believed
  void tiles();
  void older();
  void opened();
  void unknown();

 private:
  struct Difference {  // between a tile's file and what the entries lead to
    Tile tile;
    std::vector<unsigned> at;
  };

  void find(std::string file, std::string what) {
    if (out_.findings.size() < Verified::kMostFindings) out_.findings.push_back({std::move(file), std::move(what)});
  }
  bool enough() const { return out_.findings.size() + differences_.size() >= Verified::kMostFindings; }
  // The file's bytes; it counts as known from now on. Empty if it is missing, which is told.
  std::optional<std::string> take(const std::string& name);
  std::vector<Hash> leaves_of(const Tile& tile);
  void compare(const Tile& tile, std::span<const Hash> computed);
  void tell_differences(bool entries_hold);

  std::string folder_;
  Verified& out_;
  Reader tree_;
  std::set<std::string> files_;
  std::vector<Difference> differences_;
  bool unreadable_ = false;  // entries that nothing tells of
};

Status Check::list() {
  std::error_code trouble;
  if (!fs::is_directory(folder_, trouble)) return fail("{}: is no folder", folder_);
  auto at = fs::recursive_directory_iterator(folder_, trouble);
  for (; !trouble && at != fs::recursive_directory_iterator(); at.increment(trouble)) {
    const std::string name = at->path().lexically_relative(folder_).generic_string();
    const fs::file_type type = at->symlink_status(trouble).type();
    if (type == fs::file_type::regular) files_.insert(name);
    else if (type != fs::file_type::directory) find(name, "is neither a file nor a folder");
  }
  if (trouble) return fail("{}: {}", folder_, trouble.message());
  if (!files_.contains("checkpoint") && !fs::exists(folder_ + "/tile", trouble)) {
    const bool above = fs::exists(folder_ + "/evidence/checkpoint", trouble);
    return fail("{}: holds no evidence: no checkpoint and no tiles are here{}", folder_, above ? fmt::format("; they are in {}/evidence", folder_) : "");
  }
  return {};
}

std::optional<std::string> Check::take(const std::string& name) {
  if (files_.erase(name) == 0) {
    find(name, "is missing");
    return std::nullopt;
  }
  auto bytes = read_file(folder_ + "/" + name);
  if (bytes) return std::move(*bytes);
  find(name, bytes.error().message);
  return std::nullopt;
}

bool Check::checkpoint(const std::optional<VerifierKey>& key) {
  std::optional<VerifierKey> by = key;
  if (!key || files_.contains("vkey")) {
    const auto text = take("vkey");
    const auto own = text ? VerifierKey::parse(std::string_view(*text).substr(0, text->find('\n'))) : fail("is missing");
    if (text && !own) find("vkey", own.error().message);
    else if (own && *text != own->text() + "\n") find("vkey", "is not one key and a line's end");
    else if (own && key && *own != *key) find("vkey", fmt::format("is another key than the one given: {}, not {}", own->text(), key->text()));
    else if (own) by = *own;
  }
  const auto note = take("checkpoint");
  if (!note) return false;
  if (!by) {
    find("checkpoint", "its signature cannot be checked: no key is known");
    return false;
  }
  auto at = Checkpoint::open(*note, *by);
  if (!at) {
    find("checkpoint", at.error().message);
    return false;
  }
  out_.checkpoint = std::move(*at);
  out_.vkey = by->text();
  return true;
}

// The hashes of a bundle's entries; where it cannot be read, those of the tile that tells of them.
std::vector<Hash> Check::leaves_of(const Tile& tile) {
  const std::uint64_t first = tile.index * kTileWidth;
  const std::string name = path_of(tile);
  if (const auto bytes = take(name)) {
    const Entries entries = entries_of(*bytes);
    if (entries.list.size() == tile.width && entries.whole) {
      std::vector<Hash> out;
      for (const std::string_view entry : entries.list) out.push_back(leaf_hash(entry));
      return out;
    }
    // A length that was altered: the first entry that is not what it was tells where.
    const auto hashes = tree_.hashes({0, tile.index, tile.width});
    std::size_t good = 0;
    while (hashes && good < entries.list.size() && good < tile.width && leaf_hash(entries.list[good]) == (*hashes)[good]) ++good;
    find(name, fmt::format("cannot be read as {} entries from entry {} on", tile.width, first + std::min<std::size_t>(good, tile.width - 1)));
  }
  if (auto hashes = tree_.hashes({0, tile.index, tile.width})) return std::move(*hashes);
  unreadable_ = true;
  return std::vector<Hash>(tile.width);
}

void Check::compare(const Tile& tile, std::span<const Hash> computed) {
  const std::string name = path_of(tile);
  const auto bytes = take(name);
  if (!bytes) return;
  const auto hashes = hashes_of(*bytes, tile.width);
  if (!hashes) return find(name, fmt::format("holds {} bytes, not {} hashes of {}", bytes->size(), tile.width, sizeof(Hash)));
  Difference difference{tile, {}};
  for (unsigned i = 0; i < tile.width; ++i) {
    if ((*hashes)[i] != computed[i]) difference.at.push_back(i);
  }
  if (!difference.at.empty()) differences_.push_back(std::move(difference));
}

void Check::tiles() {
  const std::uint64_t size = out_.checkpoint.size;
  const std::size_t before = out_.findings.size();
  Edge edge;
  const auto full = [&](const Tile& tile, std::span<const Hash> hashes) -> Status {
    compare(tile, hashes);
    return {};
  };
  for (std::uint64_t first = 0; first < size && !enough(); first += kTileWidth) {
    for (const Hash& leaf : leaves_of(tile_of(kEntries, first, size))) static_cast<void>(edge.push(leaf, full));
  }
  if (edge.size() < size) return tell_differences(false);  // so much is wrong that the rest does not matter
  for (unsigned level = 0; level < edge.levels(); ++level) {
    if (const Tile tile = edge.tile(level); tile.width > 0) compare(tile, edge.hashes(level));
  }
  const bool entries_hold = edge.root() == out_.checkpoint.root;
  if (!unreadable_) tell_differences(entries_hold);
  if (!entries_hold && out_.findings.size() == before) {
    find("checkpoint", fmt::format("the root hash {} is signed, the {} entries lead to {}", to_base64(bytes_of(out_.checkpoint.root)), size, to_base64(bytes_of(edge.root()))));
  }
}

// Entries that lead to the root that was signed are right, and what differs from them is not. Else an entry is wrong where its tile
// tells another hash of it; that the tiles above differ too follows from that.
void Check::tell_differences(bool entries_hold) {
  std::set<std::pair<int, std::uint64_t>> follow;  // level and index of tiles that differ because of what is below them
  std::sort(differences_.begin(), differences_.end(), [](const Difference& a, const Difference& b) { return a.tile < b.tile; });
  for (auto& [tile, at] : differences_) {
    const std::uint64_t first = tile.index * kTileWidth;
    const bool entries_wrong = tile.level == 0 && !entries_hold;
    const std::size_t follows = std::erase_if(at, [&, level = tile.level](unsigned i) { return follow.contains({level - 1, first + i}); });
    if (entries_wrong || follows > 0) follow.insert({tile.level, tile.index});
    if (at.empty()) continue;
    const std::string more = at.size() > 1 ? fmt::format("; nor are {} others of this file", at.size() - 1) : "";
    const std::uint64_t position = first + at.front();
    if (entries_wrong) find(path_of({kEntries, tile.index, tile.width}), fmt::format("entry {} is not what was signed{}", position, more));
    else if (tile.level == 0) find(path_of(tile), fmt::format("hash {} is not that of entry {}{}", at.front(), position, more));
    else find(path_of(tile), fmt::format("hash {} is not that of {}{}", at.front(), path_of({tile.level - 1, position, kTileWidth}), more));
  }
}

// Partial tiles of older checkpoints: the beginnings of those of today.
void Check::older() {
  std::vector<std::string> names;
  for (const std::string& name : files_) {
    const auto tile = tile_at(name);
    const std::uint64_t width = tile ? width_of(tile->level, out_.checkpoint.size) : 0;
    if (tile && !tile->full() && (tile->index < width / kTileWidth || (tile->index == width / kTileWidth && tile->width <= width % kTileWidth))) names.push_back(name);
  }
  for (const std::string& name : names) {
    const Tile tile = *tile_at(name);
    const Tile today = tile_of(tile.level, tile.index * kTileWidth, out_.checkpoint.size);
    const auto bytes = take(name);
    const auto all = read_file(folder_ + "/" + path_of(today));
    if (!bytes || !all) continue;
    const std::size_t entries = tile.level == kEntries ? entries_of(*bytes).list.size() : bytes->size() / sizeof(Hash);
    const std::size_t differs = static_cast<std::size_t>(std::mismatch(bytes->begin(), bytes->end(), all->begin(), all->end()).first - bytes->begin());
    if (differs == bytes->size() && entries == tile.width) continue;
    const std::size_t at = tile.level == kEntries ? entries_of(std::string_view(*all).substr(0, differs)).list.size() : differs / sizeof(Hash);
    find(name, fmt::format("{} {} is not that of {}", tile.level == kEntries ? "entry" : "hash", tile.level == kEntries ? tile.index * kTileWidth + at : at, path_of(today)));
  }
}

void Check::opened() {
  const std::string name(kOpenedFile);
  if (files_.erase(name) == 0) return;
  std::ifstream in(folder_ + "/" + name, std::ios::binary);
  std::string line, bundle;
  std::optional<std::uint64_t> last;
  Tile held{kEntries, 0, 0};
  for (std::uint64_t number = 1; !enough() && std::getline(in, line); ++number) {
    const auto wrong = [&](std::string_view what) { find(name, fmt::format("line {}: {}", number, what)); };
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("n") || !json["n"].is_number_unsigned() || !json.contains("salt") || !json["salt"].is_string() ||
        !json.contains("opened") || !json["opened"].is_string()) {
      wrong("is no record: an object with n, opened and salt");
      continue;
    }
    const auto n = json["n"].get<std::uint64_t>();
    const auto& salt = json["salt"].get_ref<const std::string&>();
    const auto& record = json["opened"].get_ref<const std::string&>();
    if (in.eof() || opened_line(n, salt, record) != line + "\n") {
      wrong(fmt::format("entry {}: is not written as this program writes it", n));
      continue;
    }
    if (n >= out_.checkpoint.size || (last && n <= *last)) {
      wrong(fmt::format("entry {}: {}", n, last && n <= *last ? "comes again, or too late" : "is not in the tree"));
      continue;
    }
    last = n;
    if (const Tile tile = tile_of(kEntries, n, out_.checkpoint.size); tile != held) {
      const auto bytes = read_file(folder_ + "/" + path_of(tile));
      bundle = bytes ? *bytes : std::string();
      held = tile;
    }
    const Entries entries = entries_of(bundle);
    if (n % kTileWidth >= entries.list.size()) {
      wrong(fmt::format("entry {}: cannot be read", n));
      continue;
    }
    const auto leaf = Leaf::parse(entries.list[n % kTileWidth]);
    if (!leaf) wrong(fmt::format("entry {}: {}", n, leaf.error().message));
    else if (leaf->n != n) wrong(fmt::format("entry {}: says that it is entry {}", n, leaf->n));
    else if (const Status good = check_opened(leaf->commitment, salt, record); !good) wrong(fmt::format("entry {}: {}", n, good.error().message));
    else ++out_.opened;
  }
  if (in.bad()) find(name, "cannot be read");
}

void Check::unknown() {
  for (const std::string& name : files_) {
    const auto tile = tile_at(name);
    find(name, !tile ? "is not of the tree: nothing covers it" : fmt::format("belongs to a larger tree than that of {} entries", out_.checkpoint.size));
  }
}

}  // namespace

std::string opened_line(std::uint64_t n, std::string_view salt, std::string_view record) {
  return Json{{"n", n}, {"opened", record}, {"salt", salt}}.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Verified> verify_folder(const std::string& folder, const std::optional<VerifierKey>& key) {
  Verified out;
  Check check(folder, out);
  if (Status listed = check.list(); !listed) return tl::make_unexpected(listed.error());
  if (!check.checkpoint(key)) return out;
  check.tiles();
  check.older();
  check.opened();
  check.unknown();
  return out;
}

}  // namespace lw::ledger
