// The Merkle tree of RFC 6962, section 2.1 (the same in RFC 9162): which parts of a tree a proof is made of, and whether a proof
// holds. Knows no files.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "ledger/hash.h"

namespace lw::ledger {

Hash leaf_hash(std::string_view entry);
Hash node_hash(const Hash& left, const Hash& right);
Hash empty_root();  // of a tree without leaves

// Of leaves [begin, end), begin < end. Those that paths name are subtrees: their hash is defined by the leaves alone.
struct Range {
  std::uint64_t begin = 0, end = 0;
  friend bool operator==(const Range&, const Range&) = default;
};

// A complete subtree of 2^level leaves, the index-th of its kind.
struct Node {
  unsigned level = 0;
  std::uint64_t index = 0;
};
std::vector<Node> nodes_of(Range subtree);  // complete subtrees that it is made of, from the left
// The hash of the tree whose complete subtrees have these hashes, at least one, from the left and each larger than the next.
Hash join(std::span<const Hash> subtrees);
// Of a complete tree over these hashes: 1, 2, 4, 8, … of them.
Hash complete_root(std::span<const Hash> hashes);

using Proof = std::vector<Hash>;
// The subtrees whose hashes are the proof, in its order.
std::vector<Range> inclusion_path(std::uint64_t index, std::uint64_t size);           // index < size
std::vector<Range> consistency_path(std::uint64_t old_size, std::uint64_t new_size);  // 0 < old_size <= new_size

bool includes(const Hash& root, std::uint64_t size, std::uint64_t index, const Hash& leaf, std::span<const Hash> proof);
bool extends(const Hash& old_root, std::uint64_t old_size, const Hash& new_root, std::uint64_t new_size, std::span<const Hash> proof);

}  // namespace lw::ledger
