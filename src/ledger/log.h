// Writes a tree's folder. One writer at a time; any number of readers (reader.h).
//
//   DIR/checkpoint            how many entries, the root, signed; put in place by a rename when all that it covers lasts
//   DIR/vkey                  the public key that it is signed with
//   DIR/tile/entries/…        the entries, 256 in a bundle
//   DIR/tile/0/…, 1/…, …      the tree's hashes, 256 in a tile
//
// A tree is what its checkpoint says. What a crash left behind that is removed by open(), and the same entries are appended again.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/note.h"
#include "ledger/reader.h"
#include "ledger/tiles.h"

namespace lw::ledger {

class Log {
 public:
  // Entries [from, from + count) as they were appended, made of what the caller keeps.
  using Source = std::function<Result<std::vector<std::string>>(std::uint64_t from, std::uint64_t count)>;

  // Makes the folder if it is not there. Where something that the checkpoint covers is missing, cut short, or wrong at the right edge,
  // all tiles and bundles are compared with those that `source` leads to, and the wrong ones replaced; but only if it leads to the
  // root that was signed. Not `forced`: for a folder that is made anew if the machine fails.
  static Result<Log> open(std::string folder, const SigningKey& key, const Source& source = nullptr, bool forced = true);

  // The checkpoint covers them, on the disk, when it returns. After a failure nothing can be appended: open it again.
  Status append(std::span<const std::string> entries);

  std::uint64_t size() const { return edge_.size(); }
  const std::string& note() const { return note_; }  // the checkpoint, signed
  Reader reader() const { return Reader(folder_); }
  const std::vector<std::string>& repaired() const { return repaired_; }  // paths that open() wrote again

 private:
  using Written = std::function<Status(const Tile&, std::string_view bytes)>;

  Log(std::string folder, SigningKey key, bool forced) : folder_(std::move(folder)), key_(std::move(key)), forced_(forced) {}
  Status begin();
  Status sign(const Edge& edge);
  Result<bool> tidy(std::uint64_t size) const;
  Status load(const Checkpoint& at);
  Status repair(const Checkpoint& at, const Source& source);
  static Status grow(Edge& edge, std::string& bundle, const std::string& entry, const Written& full);
  static Status finish(const Edge& edge, std::string_view bundle, std::uint64_t old_size, const Written& partial);
  Status force(const std::vector<Tile>& written) const;
  void drop_partial(std::uint64_t old_size) const;
  std::string path(const Tile& tile) const { return folder_ + "/" + path_of(tile); }

  std::string folder_;
  SigningKey key_;
  bool forced_;
  bool broken_ = false;
  Edge edge_;
  std::string bundle_;  // the entries behind the last full bundle
  std::string note_;
  std::vector<std::string> repaired_;
};

}  // namespace lw::ledger
