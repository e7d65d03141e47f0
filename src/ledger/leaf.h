// What the tree holds of a record: a commitment to it, under a salt, and nothing of what it says. Salt and record are kept
// elsewhere; with both, the commitment can be checked; once they are deleted nobody can tell any more what was committed to, and
// all proofs stay whole.
//
//   {"at":"2026-11-26T18:00:00.123+08:00","commitment":"sha256:…","kind":"decision","n":17}
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace lw::ledger {

struct Leaf {
  std::uint64_t n = 0;      // its number in the tree
  std::string at, kind;     // when it was recorded (RFC 3339), and what it is
  std::string commitment;   // "sha256:" and base64 of SHA-256(salt, record)

  std::string entry() const;  // compact JSON, keys sorted
  static Result<Leaf> parse(std::string_view entry);  // exactly as entry() writes it
};

std::string make_salt();  // 16 bytes from the system, in base64
// `record`: the bytes as they are kept.
std::string commit(std::string_view salt, std::string_view record);
// That `salt` and `record` are what was committed to.
Status check_opened(std::string_view commitment, std::string_view salt, std::string_view record);

}  // namespace lw::ledger
