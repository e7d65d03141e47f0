// A tree on disk: grows as the oracle says, proves what it holds, and comes out of every crash with what it had signed.
#include "ledger/log.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "ledger/test_tree.h"
#include "ledger/verify.h"

namespace lw::ledger {
namespace {

using test::files_in;
using test::Folder;
using test::made_entries;
using test::put_files;

const SigningKey& key() {
  static const SigningKey made = *SigningKey::make("livewarden.example/log");
  return made;
}

Log::Source source_of(const std::vector<std::string>& entries) {
  return [&entries](std::uint64_t from, std::uint64_t count) -> Result<std::vector<std::string>> {
    const auto begin = entries.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(from, entries.size()));
    return std::vector<std::string>(begin, begin + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(count, static_cast<std::uint64_t>(entries.end() - begin))));
  };
}

std::string findings(const std::string& folder) {
  const auto verified = verify_folder(folder, key().verifier());
  if (!verified) return verified.error().message;
  std::string out;
  for (const Finding& finding : verified->findings) out += finding.file + ": " + finding.what + "\n";
  return out;
}

TEST(Log, GrowsAsTheOracleSays) {
  rc::check([] {
    const Folder folder;
    std::vector<std::string> entries;
    std::vector<std::size_t> sizes{0};
    auto log = Log::open(folder.path, key(), nullptr, false);
    RC_ASSERT(bool(log));
    for (const int batch : *rc::gen::container<std::vector<int>>(rc::gen::weightedElement<int>({{3, 1}, {3, 7}, {2, 100}, {1, 255}, {1, 256}, {1, 300}}))) {
      const auto more = made_entries(entries.size(), static_cast<std::size_t>(batch));
      entries.insert(entries.end(), more.begin(), more.end());
      RC_ASSERT(bool(log->append(more)));
      sizes.push_back(entries.size());
      if (*rc::gen::inRange(0, 3) == 0) {
        log = Log::open(folder.path, key(), nullptr, false);
        RC_ASSERT(bool(log));
        RC_ASSERT(log->repaired().empty());
      }
      const auto at = Checkpoint::open(log->note(), key().verifier());
      RC_ASSERT(bool(at));
      RC_ASSERT(at->size == entries.size());
      RC_ASSERT(at->root == test::mth(entries));
    }
    RC_ASSERT(findings(folder.path) == "");
    const Reader tree = log->reader();
    for (const std::size_t size : sizes) {
      const test::Leaves then = test::Leaves(entries).first(size);
      RC_ASSERT(*tree.root(size) == test::mth(then));
      RC_ASSERT(*tree.consistency(size, entries.size()) == (size == 0 ? Proof{} : test::subproof(size, entries, true)));
      if (size == 0) continue;
      const auto index = *rc::gen::inRange<std::size_t>(0, size);
      RC_ASSERT(*tree.entry(index, size) == entries[index]);
      RC_ASSERT(*tree.inclusion(index, size) == test::path(index, then));
    }
  });
}

TEST(Log, ThreeLevels) {
  const Folder folder;
  const auto entries = made_entries(0, 65'536 + 300);
  auto log = Log::open(folder.path, key(), nullptr, false);
  ASSERT_TRUE(log);
  ASSERT_TRUE(log->append(test::Leaves(entries).first(65'500)));
  ASSERT_TRUE(log->append(test::Leaves(entries).subspan(65'500)));
  EXPECT_EQ(findings(folder.path), "");
  EXPECT_EQ(Checkpoint::open(log->note(), key().verifier())->root, test::mth(entries));
  EXPECT_TRUE(test::fs::exists(folder.path + "/tile/2/000.p/1"));
  for (const std::size_t index : {0, 255, 65'535, 65'536, 65'835}) EXPECT_EQ(*log->reader().inclusion(index, entries.size()), test::path(index, entries));
  EXPECT_EQ(*log->reader().consistency(65'500, entries.size()), test::subproof(65'500, entries, true));
}

// What a crash may leave: until the new checkpoint is in place, the old tree and any part of the new files in any state; from then on,
// all of the new files and any of the old partial ones.
TEST(Log, ComesOutOfEveryCrash) {
  rc::check([] {
    const auto before = *rc::gen::element<std::size_t>(0, 3, 200, 256, 300, 511), batch = *rc::gen::element<std::size_t>(1, 40, 56, 300, 600);
    const auto entries = made_entries(0, before + batch);
    const Folder folder;
    auto log = Log::open(folder.path, key(), nullptr, false);
    RC_ASSERT(log && log->append(test::Leaves(entries).first(before / 2)) && log->append(test::Leaves(entries).subspan(before / 2, before - before / 2)));
    const test::Files old_tree = files_in(folder.path);
    RC_ASSERT(bool(log->append(test::Leaves(entries).subspan(before))));
    const test::Files new_tree = files_in(folder.path);
    const bool signed_already = *rc::gen::arbitrary<bool>();
    test::Files crashed = signed_already ? new_tree : old_tree;
    if (signed_already) {
      for (const auto& [name, bytes] : old_tree)
        if (!new_tree.contains(name) && *rc::gen::arbitrary<bool>()) crashed[name] = bytes;
    } else {
      for (const auto& [name, bytes] : new_tree) {
        if (old_tree.contains(name)) continue;
        const int fate = *rc::gen::inRange(0, 4);
        if (fate == 1) crashed[name] = bytes;
        if (fate == 2) crashed[name] = bytes.substr(0, *rc::gen::inRange<std::size_t>(0, bytes.size()));
        if (fate == 3) crashed[name] = std::string(bytes.size(), '\0');
      }
    }
    if (*rc::gen::arbitrary<bool>()) crashed["checkpoint.new"] = new_tree.at("checkpoint").substr(0, *rc::gen::inRange<std::size_t>(0, 100));
    put_files(folder.path, crashed);
    log = Log::open(folder.path, key(), nullptr, false);
    RC_ASSERT(bool(log));
    RC_ASSERT(log->size() == (signed_already ? before + batch : before));
    RC_ASSERT(log->repaired().empty());
    RC_ASSERT(findings(folder.path) == "");
    RC_ASSERT(bool(log->append(test::Leaves(entries).subspan(log->size()))));
    RC_ASSERT(findings(folder.path) == "");
    RC_ASSERT(Checkpoint::open(log->note(), key().verifier())->root == test::mth(entries));
  });
}

TEST(Log, IsMadeWholeFromItsEntries) {
  const auto entries = made_entries(0, 600);
  const Folder folder;
  {
    auto log = Log::open(folder.path, key(), nullptr, false);
    ASSERT_TRUE(log && log->append(entries));
  }
  const test::Files whole = files_in(folder.path);
  for (const auto& [name, bytes] : whole) {
    if (name == "checkpoint") continue;
    const bool last = name.find(".p/") != std::string::npos || name == "vkey";
    for (const std::string& damaged : {std::string("gone"), std::string(), bytes.substr(0, bytes.size() - 1), std::string(bytes.size(), '\0')}) {
      test::Files files = whole;
      if (damaged == "gone") files.erase(name);
      else files[name] = damaged;
      if (!last && damaged.size() == bytes.size()) continue;  // not at the right edge: verify finds that
      if (!last && name.find("entries") != std::string::npos && damaged != "gone") continue;
      put_files(folder.path, files);
      if (name != "vkey") {
        EXPECT_FALSE(Log::open(folder.path, key())) << name;
      }
      const auto log = Log::open(folder.path, key(), source_of(entries), false);
      ASSERT_TRUE(log) << name << ": " << log.error().message;
      EXPECT_EQ(log->repaired(), std::vector<std::string>{name});
      EXPECT_EQ(findings(folder.path), "");
      EXPECT_EQ(files_in(folder.path), whole);
    }
  }
}

TEST(Log, SignsNothingElse) {
  auto entries = made_entries(0, 600);
  const Folder folder;
  {
    auto log = Log::open(folder.path, key(), nullptr, false);
    ASSERT_TRUE(log && log->append(entries));
  }
  const test::Files whole = files_in(folder.path);
  entries[5] += "?";
  test::fs::remove(folder.path + "/tile/entries/000");
  const auto damaged = Log::open(folder.path, key(), source_of(entries), false);
  ASSERT_FALSE(damaged);
  EXPECT_NE(damaged.error().message.find("not those that were signed"), std::string::npos) << damaged.error().message;
  EXPECT_FALSE(test::fs::exists(folder.path + "/tile/entries/000")) << "nothing was made of other entries";

  const SigningKey other = *SigningKey::make("livewarden.example/log");
  put_files(folder.path, whole);
  EXPECT_FALSE(Log::open(folder.path, other, source_of(entries))) << "another key";
  EXPECT_EQ(files_in(folder.path), whole);
  test::fs::remove(folder.path + "/checkpoint");
  EXPECT_FALSE(Log::open(folder.path, key(), source_of(entries))) << "tiles without a checkpoint are no beginning";
}

TEST(Log, RefusesWhatDoesNotFit) {
  const Folder folder;
  auto log = Log::open(folder.path, key());
  ASSERT_TRUE(log);
  const std::vector<std::string> fits{std::string(kMaxEntryBytes, 'x')}, too_long{"a", std::string(kMaxEntryBytes + 1, 'x')};
  ASSERT_TRUE(log->append(fits));
  EXPECT_FALSE(log->append(too_long));
  EXPECT_FALSE(log->append(fits)) << "it has to be opened again";
  log = Log::open(folder.path, key());
  ASSERT_TRUE(log);
  EXPECT_EQ(log->size(), 1U);
  EXPECT_TRUE(log->append(fits));
  EXPECT_EQ(findings(folder.path), "");
}

}  // namespace
}  // namespace lw::ledger
