#include "server/folder_pump.h"

#include <zlib.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>

#include "server/scratch_service.h"

namespace lw::server {
namespace {

namespace fs = std::filesystem;

std::string lines(int first, int count) {
  std::string out;
  for (int i = first; i < first + count; ++i) out += chat("e" + std::to_string(i)) + "\n";
  return out;
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class FolderPumpTest : public testing::Test {
 protected:
  // As somebody careful does: written beside, then renamed.
  void drop(const std::string& name, const std::string& bytes) {
    fs::create_directories(inbox);
    std::ofstream(inbox / ("." + name), std::ios::binary) << bytes;
    fs::rename(inbox / ("." + name), inbox / name);
  }
  void pump(const std::function<bool()>& until, const desk::Actor& speaker = kAlpha) {
    FolderPump one({&*service.ingest, inbox.string(), speaker, (fs::path(service.scratch.folder()) / "dead.ndjson").string(), service.notes.sink(), std::chrono::milliseconds(0)});
    const Status started = one.start();
    ASSERT_TRUE(started) << started.error().message;
    wait_until(until);
    one.stop();
  }
  std::function<bool()> in(const std::string& folder, const std::string& name) {
    return [=, this] { return fs::exists(inbox / folder / name); };
  }

  ScratchService service;
  fs::path inbox = fs::path(service.scratch.folder()) / "inbox";
};

TEST_F(FolderPumpTest, TakesInWhatIsDroppedAndPutsItAway) {
  drop("a.ndjson", lines(0, 2500));
  const std::string plain = lines(2500, 100);
  std::string packed(ZSTD_compressBound(plain.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), 3));
  drop("b.ndjson.zst", packed);
  gzFile gz = gzopen((inbox / ".c").c_str(), "wb");
  gzputs(gz, lines(2600, 10).c_str());
  gzclose(gz);
  fs::rename(inbox / ".c", inbox / "c.ndjson.gz");
  std::ofstream(inbox / ".d.ndjson") << lines(9000, 1);  // still being written
  pump(in("done", "c.ndjson.gz"));
  EXPECT_TRUE(in("done", "a.ndjson")());
  EXPECT_TRUE(in("done", "b.ndjson.zst")());
  EXPECT_EQ(service.events(), 2610u);
  EXPECT_TRUE(service.has("/platforms/alpha", "e2609"));
  EXPECT_FALSE(service.has("/platforms/alpha", "e9000"));
  EXPECT_TRUE(fs::exists(inbox / ".d.ndjson"));
}

TEST_F(FolderPumpTest, WhatIsNoEventOrMayNotBeSaidGoesToTheDeadLetter) {
  drop("mixed.ndjson", lines(0, 2) + "nonsense\n" + chat("foreign", "beta") + "\n" + lines(2, 1));
  pump(in("done", "mixed.ndjson"));
  EXPECT_EQ(service.events(), 3u);
  const std::string dead = read(fs::path(service.scratch.folder()) / "dead.ndjson");
  EXPECT_EQ(std::count(dead.begin(), dead.end(), '\n'), 2);
  EXPECT_NE(dead.find(R"("line":3)"), std::string::npos) << dead;
  EXPECT_NE(dead.find("source has to be /platforms/alpha"), std::string::npos) << dead;
  EXPECT_TRUE(service.notes.has("3 events taken in, 2 lines put aside"));
}

TEST_F(FolderPumpTest, WhatCannotBeReadFailsWithItsReason) {
  const std::string plain = lines(0, 1000);
  std::string packed(ZSTD_compressBound(plain.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), 3));
  drop("cut.zst", packed.substr(0, packed.size() - 10));
  drop("foreign.ndjson", chat("x", "beta") + "\n");
  drop("picture.png", "\x89PNG and so on");
  pump(in("failed", "picture.png"));
  for (const auto& [name, reason] : {std::pair{"cut.zst", "cut short"}, {"foreign.ndjson", "source has to be /platforms/alpha"}, {"picture.png", "neither events"}}) {
    EXPECT_TRUE(in("failed", name)()) << name;
    EXPECT_NE(read(inbox / "failed" / (std::string(name) + ".reason")).find(reason), std::string::npos) << read(inbox / "failed" / (std::string(name) + ".reason"));
  }
}

TEST_F(FolderPumpTest, AFileThatACrashLeftIsReadAgainAndAddsNothing) {
  drop("a.ndjson", lines(0, 300));
  pump(in("done", "a.ndjson"));
  service.stop();
  service.start();
  fs::rename(inbox / "done/a.ndjson", inbox / "a.ndjson");  // as if it had not been put away yet
  pump(in("done", "a.ndjson"));
  EXPECT_EQ(service.events(), 300u);
  drop("a.ndjson", lines(300, 1));  // another of the same name takes nobody's place
  pump(in("done", "a.ndjson.2"));
  EXPECT_EQ(service.events(), 301u);
  EXPECT_EQ(read(inbox / "done/a.ndjson"), lines(0, 300));
}

TEST_F(FolderPumpTest, ReadsRecordings) {
  drop("live.xml", read(LW_SOURCE_DIR "/samples/recordings/bililive.xml"));
  pump(in("done", "live.xml"), kKeeper);
  EXPECT_GT(service.events(), 0u);
}

TEST_F(FolderPumpTest, AnInletThatIsFullIsWaitedForAndAnEndIsAnEnd) {
  runtime::Inlet inlet(10);  // which nobody reads
  EXPECT_TRUE(inlet.submit(lines(0, 1), 1, [](const Status&) {}));
  Ingest ingest(inlet, [this] { return service.plan(); }, Hide(), Settle());
  drop("a.ndjson", lines(0, 10));
  FolderPump one({&ingest, inbox.string(), kAlpha, (fs::path(service.scratch.folder()) / "dead.ndjson").string(), service.notes.sink(), std::chrono::milliseconds(0)});
  ASSERT_TRUE(one.start());
  one.stop();
  EXPECT_TRUE(fs::exists(inbox / "a.ndjson"));
  inlet.stop();
}

}  // namespace
}  // namespace lw::server
