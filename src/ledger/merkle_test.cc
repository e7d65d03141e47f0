// The tree against RFC 6962 read aloud, and against known answers; where each tile lies.
#include "ledger/merkle.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "ledger/test_tree.h"
#include "ledger/tiles.h"

namespace lw::ledger {
namespace {

using test::made_entries;

std::string hex(const Hash& hash) {
  std::string out;
  for (const unsigned char byte : hash) out += fmt::format("{:02x}", byte);
  return out;
}

Hash hash_of_range(const std::vector<std::string>& leaves, Range range) { return test::mth(test::Leaves(leaves).subspan(range.begin, range.end - range.begin)); }

Proof proof_of(const std::vector<std::string>& leaves, const std::vector<Range>& path) {
  Proof out;
  for (const Range& range : path) out.push_back(hash_of_range(leaves, range));
  return out;
}

TEST(Merkle, KnownRoots) {
  const std::vector<std::string> leaves{"", std::string("\0", 1), "\x10", "\x20\x21", "\x30\x31", "\x40\x41\x42\x43", "\x50\x51\x52\x53\x54\x55\x56\x57",
                                        "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"};
  const char* roots[] = {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                         "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                         "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                         "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                         "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  Edge edge;
  EXPECT_EQ(hex(edge.root()), roots[0]);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    ASSERT_TRUE(edge.push(leaf_hash(leaves[i]), [](const Tile&, std::span<const Hash>) { return Status{}; }));
    EXPECT_EQ(hex(edge.root()), roots[i + 1]);
    EXPECT_EQ(hex(test::mth(test::Leaves(leaves).first(i + 1))), roots[i + 1]);
  }
}

TEST(Merkle, EveryInclusionProof) {
  for (std::size_t size = 1; size <= 70; ++size) {
    const auto leaves = made_entries(0, size);
    const Hash root = test::mth(leaves);
    for (std::size_t index = 0; index < size; ++index) {
      const Proof proof = proof_of(leaves, inclusion_path(index, size));
      ASSERT_EQ(proof, test::path(index, leaves));
      const Hash leaf = leaf_hash(leaves[index]);
      ASSERT_TRUE(includes(root, size, index, leaf, proof));
      ASSERT_FALSE(includes(root, size, (index + 1) % (size + 1), leaf, proof) && size > 1) << size << " " << index;
      ASSERT_FALSE(includes(root, size, index, leaf_hash("x"), proof));
      Proof longer = proof;
      longer.push_back(leaf);
      ASSERT_FALSE(includes(root, size, index, leaf, longer));
      if (!proof.empty()) {
        ASSERT_FALSE(includes(root, size, index, leaf, std::span(proof).first(proof.size() - 1)));
      }
    }
  }
}

TEST(Merkle, EveryConsistencyProof) {
  for (std::size_t size = 1; size <= 70; ++size) {
    const auto leaves = made_entries(0, size);
    const Hash root = test::mth(leaves);
    for (std::size_t old_size = 1; old_size <= size; ++old_size) {
      const Proof proof = proof_of(leaves, consistency_path(old_size, size));
      ASSERT_EQ(proof, test::subproof(old_size, leaves, true));
      const Hash old_root = hash_of_range(leaves, {0, old_size});
      ASSERT_TRUE(extends(old_root, old_size, root, size, proof));
      ASSERT_FALSE(extends(leaf_hash("x"), old_size, root, size, proof));
      ASSERT_FALSE(extends(old_root, old_size, leaf_hash("x"), size, proof));
      if (old_size < size) {
        ASSERT_FALSE(extends(old_root, old_size + 1, root, size, proof)) << old_size << " of " << size;
      }
      Proof longer = proof;
      longer.push_back(root);
      ASSERT_FALSE(extends(old_root, old_size, root, size, longer));
      if (!proof.empty()) {
        ASSERT_FALSE(extends(old_root, old_size, root, size, std::span(proof).first(proof.size() - 1)));
      }
    }
    ASSERT_TRUE(extends(empty_root(), 0, root, size, {}));
  }
}

TEST(Merkle, AnAlteredProofProvesNothing) {
  rc::check([] {
    const auto size = *rc::gen::inRange<std::size_t>(2, 600);
    const auto leaves = made_entries(0, size);
    const auto index = *rc::gen::inRange<std::size_t>(0, size);
    Proof proof = proof_of(leaves, inclusion_path(index, size));
    const Hash root = test::mth(leaves);
    RC_ASSERT(includes(root, size, index, leaf_hash(leaves[index]), proof));
    proof[*rc::gen::inRange<std::size_t>(0, proof.size())][*rc::gen::inRange(0, 32)] ^= static_cast<unsigned char>(1 << *rc::gen::inRange(0, 8));
    RC_ASSERT(!includes(root, size, index, leaf_hash(leaves[index]), proof));
  });
}

TEST(Tiles, TheEdgeOfEverySize) {
  const auto leaves = made_entries(0, 1100);
  Edge edge;
  std::vector<Tile> full;
  for (std::size_t size = 1; size <= leaves.size(); ++size) {
    ASSERT_TRUE(edge.push(leaf_hash(leaves[size - 1]), [&](const Tile& tile, std::span<const Hash> hashes) {
      EXPECT_EQ(hashes.size(), kTileWidth);
      full.push_back(tile);
      return Status{};
    }));
    if (size % 61 == 0 || size % 256 < 2) {
      ASSERT_EQ(edge.root(), hash_of_range(leaves, {0, size})) << size;
    }
  }
  EXPECT_EQ(full, (std::vector<Tile>{{0, 0, 256}, {0, 1, 256}, {0, 2, 256}, {0, 3, 256}}));
}

TEST(Tiles, Paths) {
  const std::pair<Tile, const char*> kPaths[] = {{{0, 0, 256}, "tile/0/000"},          {{0, 273, 112}, "tile/0/273.p/112"},
                                                 {{1, 1234067, 256}, "tile/1/x001/x234/067"}, {{kEntries, 1000, 1}, "tile/entries/x001/000.p/1"},
                                                 {{7, 5, 255}, "tile/7/005.p/255"}};
  for (const auto& [tile, path] : kPaths) {
    EXPECT_EQ(path_of(tile), path);
    EXPECT_EQ(tile_at(path), tile);
  }
  for (const char* path : {"", "tile", "tile/0", "tile/0/", "tile/0/00", "tile/0/0000", "tile/0/x000/001", "tile/0/001/x000", "tile/00/001", "tile/8/001", "tile/-1/001", "tile/0/001.p/0",
                           "tile/0/001.p/256", "tile/0/001.p/07", "tile/0/001.p/", "tile/0/001.p", "tile/0/+01", "tile/entry/001", "tile/0/001/", "tiles/0/001",
                           "tile/0/x999/x999/x999/x999/x999/x999/x999/999"}) {
    EXPECT_FALSE(tile_at(path)) << path;
  }
  rc::check("what is written is read", [] {
    const Tile tile{*rc::gen::inRange(-1, 8), *rc::gen::arbitrary<std::uint64_t>(), *rc::gen::inRange(1U, 257U)};
    RC_ASSERT(tile_at(path_of(tile)) == std::optional(tile));
  });
}

TEST(Tiles, OfASize) {
  std::vector<std::string> paths;
  for_each_tile(70'000, [&](const Tile& tile) {
    if (!tile.full() || tile.level > 0) paths.push_back(path_of(tile));
    return true;
  });
  EXPECT_EQ(paths, (std::vector<std::string>{"tile/entries/273.p/112", "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"}));
}

TEST(Tiles, OfWhichATreeHasAll) {
  for (const std::uint64_t size : {1, 255, 256, 257, 70'000}) {
    for_each_tile(size, [&](const Tile& tile) {
      EXPECT_TRUE(covers(size, tile)) << size << " " << path_of(tile);
      EXPECT_TRUE(covers(size + 1000, tile)) << size << " " << path_of(tile);
      EXPECT_FALSE(covers(size, {tile.level, tile.index + 300, 1})) << size << " " << path_of(tile);
      if (!tile.full()) {
        EXPECT_FALSE(covers(size, {tile.level, tile.index, tile.width + 1})) << size << " " << path_of(tile);
        EXPECT_FALSE(covers(size, tile.whole())) << size << " " << path_of(tile);
      }
      return true;
    });
  }
}

TEST(Tiles, Bundles) {
  rc::check("entries are read as they were put", [](const std::vector<std::string>& entries) {
    std::string bundle;
    for (const std::string& entry : entries) put_entry(bundle, entry);
    const Entries read = entries_of(bundle);
    RC_ASSERT(read.whole);
    RC_ASSERT(std::vector<std::string>(read.list.begin(), read.list.end()) == entries);
    if (!bundle.empty()) {
      bundle.resize(*rc::gen::inRange<std::size_t>(0, bundle.size()));
      RC_ASSERT(!entries_of(bundle).whole || entries_of(bundle).list.size() < entries.size());
    }
  });
}

}  // namespace
}  // namespace lw::ledger
