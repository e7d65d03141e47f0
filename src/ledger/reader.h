// Reads a tree's folder: checkpoint, entries, proofs. Keeps nothing, so that many may read, from any thread, while one writes (log.h):
// what a checkpoint covers does not change any more. Believes the files; whoever wants to know asks includes(), or verify.h.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "ledger/merkle.h"
#include "ledger/note.h"
#include "ledger/tiles.h"

namespace lw::ledger {

class Reader {
 public:
  explicit Reader(std::string folder) : folder_(std::move(folder)) {}
  const std::string& folder() const { return folder_; }

  Result<std::string> note() const;  // the newest checkpoint, as it was signed
  // `size`: of a checkpoint; the newest's, or an older one's.
  Result<std::string> entry(std::uint64_t index, std::uint64_t size) const;
  Result<Proof> inclusion(std::uint64_t index, std::uint64_t size) const;
  Result<Proof> consistency(std::uint64_t old_size, std::uint64_t size) const;
  Result<Hash> root(std::uint64_t size) const;

  // A tile's or a bundle's bytes: of the partial one, or the first of the full one once that has taken its place.
  Result<std::string> bundle(const Tile& tile) const;
  Result<std::vector<Hash>> hashes(const Tile& tile) const;

 private:
  Result<std::string> bytes(const Tile& tile) const;
  Result<Hash> hash(Range subtree, std::uint64_t size) const;
  Result<Proof> proof(const std::vector<Range>& path, std::uint64_t size) const;

  std::string folder_;
};

}  // namespace lw::ledger
