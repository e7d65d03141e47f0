// Whatever is altered in a tree's folder or in a bundle is found, and the place is told.
#include "ledger/verify.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <rapidcheck.h>

#include "ledger/bundle.h"
#include "ledger/leaf.h"
#include "ledger/log.h"
#include "ledger/test_tree.h"
#include "ledger/tiles.h"

namespace lw::ledger {
namespace {

using test::files_in;
using test::Folder;
using test::made_entries;

const SigningKey& key() {
  static const SigningKey made = *SigningKey::make("livewarden.example/log");
  return made;
}

std::string record_of(std::size_t n) { return fmt::format(R"({{"n":{},"text":"直播\u001f<\">"}})", n); }

// A tree of leaves whose records lie beside it.
struct Recorded {
  Folder folder;
  std::vector<Opened> opened;

  explicit Recorded(std::size_t count) {
    std::vector<std::string> entries;
    std::string lines;
    for (std::size_t n = 0; n < count; ++n) {
      opened.push_back({n, make_salt(), record_of(n)});
      entries.push_back(Leaf{n, "2026-11-26T18:00:00+08:00", n % 3 ? "event" : "decision", commit(opened[n].salt, opened[n].record)}.entry());
      lines += opened_line(n, opened[n].salt, opened[n].record);
    }
    auto log = Log::open(folder.path, key(), nullptr, false);
    EXPECT_TRUE(log && log->append(test::Leaves(entries).first(count / 3)) && log->append(test::Leaves(entries).subspan(count / 3)));
    test::spill(folder.path + "/opened.ndjson", lines);
  }
};

Verified verified(const std::string& folder, bool with_key = false) {
  const auto out = verify_folder(folder, with_key ? std::optional(key().verifier()) : std::nullopt);
  EXPECT_TRUE(out) << out.error().message;
  return out ? *out : Verified{};
}

// The number that a finding must name for the byte at `at` of a file: of the entry in a bundle, of the hash in a tile.
std::string number_at(const std::string& name, const std::string& bytes, std::size_t at) {
  const auto tile = tile_at(name);
  if (!tile) return "";
  if (tile->level >= 0) return fmt::format("hash {} ", at / sizeof(Hash));
  const auto entry = std::min<std::size_t>(entries_of(std::string_view(bytes).substr(0, at)).list.size(), tile->width - 1);
  return fmt::format("entry {} ", tile->index * kTileWidth + entry);
}

// Every byte of every file, one bit after another of text, one of hashes and entries; of these every seventh byte alone, unless LW_LONG
// asks for all.
void flip_everything(const std::string& folder) {
  const test::Files whole = files_in(folder);
  const std::size_t stride = std::getenv("LW_LONG") ? 1 : 7;
  ASSERT_TRUE(verified(folder).findings.empty());
  std::size_t flips = 0;
  for (const auto& [name, bytes] : whole) {
    const bool text = !name.starts_with("tile/");
    for (std::size_t at = 0; at < bytes.size(); at += text ? 1 : stride) {
      for (unsigned bit = text ? 0 : at % 8; bit < (text ? 8 : at % 8 + 1); ++bit) {
        std::string altered = bytes;
        altered[at] = static_cast<char>(altered[at] ^ 1 << bit);
        test::spill(folder + "/" + name, altered);
        const Verified found = verified(folder, at % 2 == 0);
        ++flips;
        ASSERT_FALSE(found.findings.empty()) << name << " byte " << at << " bit " << bit;
        ASSERT_EQ(found.findings[0].file, name) << "byte " << at << " bit " << bit << ": " << found.findings[0].what;
        const std::string what = found.findings[0].what + " ", number = number_at(name, bytes, at);
        ASSERT_NE(what.find(number), std::string::npos) << name << " byte " << at << ": " << what << "does not name " << number;
        if (name == "opened.ndjson") {
          const auto line = 1 + std::count(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(at), '\n');
          ASSERT_TRUE(what.starts_with(fmt::format("line {}:", line))) << "byte " << at << ": " << what;
        }
      }
    }
    test::spill(folder + "/" + name, bytes);
  }
  EXPECT_GT(flips, 3000U / stride);
  testing::Test::RecordProperty("flips", static_cast<int>(flips));
}

TEST(Verify, FindsEveryFlippedBit) {
  const Folder folder;
  const auto entries = made_entries(0, 290);
  auto log = Log::open(folder.path, key(), nullptr, false);
  // An older partial tile stays beside the newest one.
  ASSERT_TRUE(log && log->append(test::Leaves(entries).first(260)) && log->append(test::Leaves(entries).subspan(260)));
  ASSERT_TRUE(test::fs::exists(folder.path + "/tile/0/001.p/4"));
  flip_everything(folder.path);
}

TEST(Verify, FindsEveryFlippedBitOfRecords) {
  const Recorded recorded(4);
  EXPECT_EQ(verified(recorded.folder.path).opened, 4U);
  flip_everything(recorded.folder.path);
}

TEST(Verify, TellsWhatElseIsWrong) {
  const Recorded recorded(300);
  const std::string& folder = recorded.folder.path;
  const test::Files whole = files_in(folder);
  const auto told = [&](const std::string& file, const std::string& what) {
    std::string all;
    bool there = false;
    for (const Finding& finding : verified(folder).findings) {
      all += finding.file + ": " + finding.what + "\n";
      there = there || (finding.file == file && finding.what.find(what) != std::string::npos);
    }
    EXPECT_TRUE(there) << file << ": " << what << "\nin\n" << all;
    test::put_files(folder, whole);
  };
  for (const auto& [name, bytes] : whole) {
    if (name == "opened.ndjson" || name.find(".p/100") != std::string::npos) continue;  // there need be none
    test::fs::remove(folder + "/" + name);
    told(name, "is missing");
  }
  test::spill(folder + "/tile/0/000.bak", "x");
  told("tile/0/000.bak", "nothing covers it");
  test::spill(folder + "/.hidden", "");
  told(".hidden", "nothing covers it");
  test::spill(folder + "/tile/0/002", std::string(8192, 'x'));
  told("tile/0/002", "larger tree");
  test::fs::create_symlink("checkpoint", folder + "/link");
  told("link", "neither a file nor a folder");
  test::spill(folder + "/tile/0/000", whole.at("tile/0/000") + "x");
  told("tile/0/000", "8193 bytes");
  test::spill(folder + "/tile/entries/000", whole.at("tile/entries/000") + "x");
  told("tile/entries/000", "cannot be read as 256 entries");
  test::spill(folder + "/vkey", SigningKey::make("livewarden.example/log")->verifier().text() + "\n");
  told("checkpoint", "not by livewarden.example/log");
  const std::string& lines = whole.at("opened.ndjson");
  test::spill(folder + "/opened.ndjson", lines + lines.substr(0, lines.find('\n') + 1));
  told("opened.ndjson", "line 301: entry 0: comes again");
  test::spill(folder + "/opened.ndjson", lines + opened_line(300, recorded.opened[0].salt, "x"));
  told("opened.ndjson", "line 301: entry 300: is not in the tree");
  test::spill(folder + "/opened.ndjson", lines.substr(lines.find('\n') + 1));  // deleted, as the law may have it
  EXPECT_EQ(verified(folder).opened, 299U);
  EXPECT_TRUE(verified(folder).findings.empty());
}

// A whole tree that somebody else made, under the same name.
TEST(Verify, KnowsTheSigner) {
  const Recorded recorded(5);
  const Folder forged;
  auto log = Log::open(forged.path, *SigningKey::make("livewarden.example/log"), nullptr, false);
  ASSERT_TRUE(log && log->append(made_entries(0, 5)));
  EXPECT_TRUE(verified(recorded.folder.path, true).findings.empty());
  EXPECT_TRUE(verified(forged.path).findings.empty());
  EXPECT_FALSE(verified(forged.path, true).findings.empty());
  EXPECT_FALSE(verify_folder(forged.path + "/tile", std::nullopt)) << "no folder of a tree";
  EXPECT_FALSE(verify_folder(forged.path + "/nowhere", std::nullopt));
}

// Several files at once: each damaged bundle and tile is told of.
TEST(Verify, TellsOfEachDamage) {
  rc::check([] {
    static const test::Files whole = [] {
      const Folder folder;
      auto log = Log::open(folder.path, key(), nullptr, false);
      RC_ASSERT(log && log->append(made_entries(0, 1500)));
      return files_in(folder.path);
    }();
    const Folder folder;
    test::Files files = whole;
    std::set<std::string> damaged;
    for (const auto& [name, bytes] : whole) {
      if (!name.starts_with("tile/entries/") || *rc::gen::inRange(0, 3) > 0) continue;
      files[name][*rc::gen::inRange<std::size_t>(2, bytes.size())] ^= 1;
      damaged.insert(name);
    }
    test::put_files(folder.path, files);
    std::set<std::string> told;
    for (const Finding& finding : verified(folder.path).findings) told.insert(finding.file);
    RC_ASSERT(told == damaged);
  });
}

TEST(Bundle, VerifiesAloneAndNotAltered) {
  const Recorded recorded(30);
  std::vector<Opened> leaves{recorded.opened[0], recorded.opened[7], {8, "", ""}, recorded.opened[29]};
  const auto text = write_bundle(Reader(recorded.folder.path), key(), leaves, {{"case", 17}, {"rules", {{{"text", "when: a > 0.5"}}}}});
  ASSERT_TRUE(text) << text.error().message;
  const auto good = verify_bundle(*text, key().verifier());
  ASSERT_TRUE(good) << good.error().message;
  EXPECT_TRUE(good->findings.empty()) << good->findings[0].file << ": " << good->findings[0].what;
  EXPECT_EQ(good->opened, 3U);
  EXPECT_EQ(good->deleted, 1U);
  EXPECT_EQ(good->kinds, (std::map<std::string, std::uint64_t>{{"decision", 1}, {"event", 3}}));
  EXPECT_EQ(good->about["case"], 17);
  EXPECT_EQ(good->checkpoint.size, 30U);
  for (std::size_t at = 0; at < text->size() * 8; ++at) {
    std::string altered = *text;
    altered[at / 8] = static_cast<char>(altered[at / 8] ^ 1 << at % 8);
    const auto found = verify_bundle(altered, std::nullopt);
    ASSERT_TRUE(!found || !found->findings.empty()) << at / 8 << ": " << altered.substr(at / 8 - std::min<std::size_t>(20, at / 8), 40);
  }
}

TEST(Bundle, HoldsWhatTheTreeHolds) {
  const Recorded recorded(10);
  const Reader tree(recorded.folder.path);
  EXPECT_FALSE(write_bundle(tree, key(), {{10, make_salt(), "x"}}, {})) << "not in the tree";
  EXPECT_FALSE(write_bundle(tree, key(), {{3, recorded.opened[3].salt, "x"}}, {})) << "another record";
  EXPECT_FALSE(write_bundle(tree, *SigningKey::make("livewarden.example/log"), {}, {})) << "another key";
  const auto mine = write_bundle(tree, key(), {recorded.opened[3]}, nlohmann::json::object());
  ASSERT_TRUE(mine);
  EXPECT_FALSE(verify_bundle(*mine, SigningKey::make("livewarden.example/log")->verifier())->findings.empty());
  // Without the seal's key a leaf can be left out, and that shows.
  nlohmann::json file = nlohmann::json::parse(*mine);
  file["bundle"]["leaves"].clear();
  const auto shorter = verify_bundle(file.dump() + "\n", key().verifier());
  ASSERT_TRUE(shorter && !shorter->findings.empty());
  EXPECT_EQ(shorter->findings[0].file, "seal");
  for (const char* text : {"", "{}", "[]", "null", "{\"bundle\":{}}", "{\"bundle\":{\"format\":\"livewarden-evidence/2\"}}"}) EXPECT_FALSE(verify_bundle(text, std::nullopt)) << text;
  EXPECT_FALSE(verify_bundle(std::string(100'000, '['), std::nullopt));
}

}  // namespace
}  // namespace lw::ledger
