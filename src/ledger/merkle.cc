#include "ledger/merkle.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace lw::ledger {
namespace {

std::uint64_t split_of(std::uint64_t size) { return std::bit_floor(size - 1); }  // the largest power of two below it

}  // namespace

Hash leaf_hash(std::string_view entry) { return sha256({std::string_view("\x00", 1), entry}); }
Hash node_hash(const Hash& left, const Hash& right) { return sha256({std::string_view("\x01", 1), bytes_of(left), bytes_of(right)}); }
Hash empty_root() { return sha256({}); }

std::vector<Node> nodes_of(Range subtree) {
  std::vector<Node> out;
  while (subtree.begin < subtree.end) {
    const auto level = static_cast<unsigned>(std::bit_width(subtree.end - subtree.begin) - 1);
    assert(subtree.begin % (std::uint64_t{1} << level) == 0);
    out.push_back({level, subtree.begin >> level});
    subtree.begin += std::uint64_t{1} << level;
  }
  return out;
}

Hash join(std::span<const Hash> subtrees) {
  assert(!subtrees.empty());
  Hash out = subtrees.back();
  for (std::size_t i = subtrees.size() - 1; i-- > 0;) out = node_hash(subtrees[i], out);
  return out;
}

Hash complete_root(std::span<const Hash> hashes) {
  assert(std::has_single_bit(hashes.size()));
  std::vector<Hash> row(hashes.begin(), hashes.end());
  for (std::size_t width = row.size(); width > 1; width /= 2) {
    for (std::size_t i = 0; i < width / 2; ++i) row[i] = node_hash(row[2 * i], row[2 * i + 1]);
  }
  return row[0];
}

std::vector<Range> inclusion_path(std::uint64_t index, std::uint64_t size) {
  assert(index < size);
  std::vector<Range> out;
  for (Range tree{0, size}; tree.end - tree.begin > 1;) {
    const std::uint64_t middle = tree.begin + split_of(tree.end - tree.begin);
    if (index < middle) {
      out.push_back({middle, tree.end});
      tree.end = middle;
    } else {
      out.push_back({tree.begin, middle});
      tree.begin = middle;
    }
  }
  std::reverse(out.begin(), out.end());
  return out;
}

std::vector<Range> consistency_path(std::uint64_t old_size, std::uint64_t new_size) {
  assert(0 < old_size && old_size <= new_size);
  std::vector<Range> out;
  Range tree{0, new_size};
  while (old_size < tree.end) {
    const std::uint64_t middle = tree.begin + split_of(tree.end - tree.begin);
    if (old_size <= middle) {
      out.push_back({middle, tree.end});
      tree.end = middle;
    } else {
      out.push_back({tree.begin, middle});
      tree.begin = middle;
    }
  }
  if (tree.begin > 0) out.push_back(tree);  // else it is the old tree itself, whose root is known
  std::reverse(out.begin(), out.end());
  return out;
}

// RFC 9162, section 2.1.3.2: up from the leaf, along the right edge where there is nothing to the right.
bool includes(const Hash& root, std::uint64_t size, std::uint64_t index, const Hash& leaf, std::span<const Hash> proof) {
  if (index >= size) return false;
  std::uint64_t at = index, last = size - 1;
  Hash hash = leaf;
  for (const Hash& sibling : proof) {
    if (last == 0) return false;
    if (at % 2 == 1 || at == last) {
      hash = node_hash(sibling, hash);
      while (at % 2 == 0 && at != 0) at /= 2, last /= 2;
    } else {
      hash = node_hash(hash, sibling);
    }
    at /= 2, last /= 2;
  }
  return last == 0 && hash == root;
}

// RFC 9162, section 2.1.4.2: the same hashes lead to both roots.
bool extends(const Hash& old_root, std::uint64_t old_size, const Hash& new_root, std::uint64_t new_size, std::span<const Hash> proof) {
  if (old_size > new_size) return false;
  if (old_size == new_size) return proof.empty() && old_root == new_root;
  if (old_size == 0) return proof.empty() && old_root == empty_root();
  std::uint64_t at = old_size - 1, last = new_size - 1;
  while (at % 2 == 1) at /= 2, last /= 2;
  std::size_t next = 0;
  if (at != 0) {
    if (proof.empty()) return false;
    next = 1;
  }
  Hash before = at == 0 ? old_root : proof[0], after = before;
  for (; next < proof.size(); ++next) {
    if (last == 0) return false;
    if (at % 2 == 1 || at == last) {
      before = node_hash(proof[next], before);
      after = node_hash(proof[next], after);
      while (at % 2 == 0 && at != 0) at /= 2, last /= 2;
    } else {
      after = node_hash(after, proof[next]);
    }
    at /= 2, last /= 2;
  }
  return last == 0 && before == old_root && after == new_root;
}

}  // namespace lw::ledger
