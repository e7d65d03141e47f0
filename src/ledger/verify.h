// Checks a tree's folder, offline and as a whole: every byte of every file in it is covered by the signature of the checkpoint, and
// what is not is told of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/note.h"

namespace lw::ledger {

struct Finding {
  std::string file;  // below the folder; of a bundle: which part of it
  std::string what;  // with the number of the entry or the tile
};

struct Verified {
  Checkpoint checkpoint;             // size 0 if it could not be read
  std::string vkey;                  // that its signature holds by; empty: by none
  std::uint64_t opened = 0;          // records that were checked against their commitments
  std::vector<Finding> findings;     // none: all is as it was signed. At most kMostFindings
  static constexpr std::size_t kMostFindings = 100;
};

// By `key`, or by the one that lies in the folder, which shows that the folder is consistent in itself and not who made it. Fails if
// it is no folder of a tree, or cannot be read.
Result<Verified> verify_folder(const std::string& folder, const std::optional<VerifierKey>& key);

// DIR/opened.ndjson, where there is one: records beside the tree, a line each, by number.
inline constexpr std::string_view kOpenedFile = "opened.ndjson";
std::string opened_line(std::uint64_t n, std::string_view salt, std::string_view record);  // with its end

}  // namespace lw::ledger
