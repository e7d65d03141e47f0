// Evidence in one file, to hand to somebody who has never seen the service: leaves of a tree with what they commit to, the proof of
// each that it is in the tree, the signed checkpoint, and a seal over all of it. docs/formats/evidence.md.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/note.h"
#include "ledger/reader.h"
#include "ledger/verify.h"

namespace lw::ledger {

struct Opened {
  std::uint64_t n = 0;       // leaf
  std::string salt, record;  // empty: deleted when their term ended
};

// One leaf with its proof in the tree of `checkpoint`: {"entry", "n", "opened", "proof", "salt"}. Fails if the tree does not hold it,
// or holds another.
Result<nlohmann::json> proven(const Reader& tree, const Checkpoint& checkpoint, const Opened& leaf);

// The whole file. `about`: what it is about, and what else belongs to it ({"case":17,"rules":[…]}); the seal covers it, no proof does.
Result<std::string> write_bundle(const Reader& tree, const SigningKey& key, const std::vector<Opened>& leaves, nlohmann::json about);

struct VerifiedBundle : Verified {
  nlohmann::json about;
  std::map<std::string, std::uint64_t> kinds;  // leaves whose proof holds, by kind
  std::uint64_t deleted = 0;                   // of them: nothing is left but the proof
};
// Fails if it is no bundle.
Result<VerifiedBundle> verify_bundle(std::string_view text, const std::optional<VerifierKey>& key);

}  // namespace lw::ledger
