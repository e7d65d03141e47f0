// What must last: batches and their names in the event log, snapshots whole or refused.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "store/event_log.h"
#include "store/output_file.h"
#include "store/snapshot_file.h"

namespace lw::store {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "lw-store-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path); }
  std::string path;
};

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void write(const std::string& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }

void ignore(const std::string&) {}

LogBatch batch_of(std::uint64_t first, std::uint64_t count) {
  LogBatch batch;
  batch.first = first;
  for (std::uint64_t i = first; i < first + count; ++i) {
    batch.lines += "{\"n\":" + std::to_string(i) + "}\n";
    batch.names.push_back({i, ~i});
  }
  batch.mark = "up to " + std::to_string(first + count);
  return batch;
}

// All that the log holds from an event on: its lines, its names.
std::pair<std::string, std::vector<Key128>> held(const EventLog& log, std::uint64_t from) {
  std::pair<std::string, std::vector<Key128>> out;
  auto cursor = log.from(from);
  LogBatch batch;
  std::uint64_t expected = from;
  for (;;) {
    const auto more = cursor.next(batch);
    EXPECT_TRUE(more) << more.error().message;
    if (!more || !*more) return out;
    EXPECT_EQ(batch.first, expected);
    expected = batch.end();
    out.first += batch.lines;
    out.second.insert(out.second.end(), batch.names.begin(), batch.names.end());
  }
}

TEST(EventLog, HoldsWhatWasAppendedAcrossRuns) {
  Folder folder;
  std::string lines;
  std::vector<Key128> names;
  for (int run = 0; run < 3; ++run) {
    auto log = EventLog::open(folder.path, ignore);
    ASSERT_TRUE(log) << log.error().message;
    ASSERT_EQ((*log)->end(), names.size());
    for (std::uint64_t count : {1, 7, 400}) {
      LogBatch batch = batch_of((*log)->end(), count);
      lines += batch.lines;
      names.insert(names.end(), batch.names.begin(), batch.names.end());
      ASSERT_TRUE((*log)->append(std::move(batch)));
    }
    ASSERT_TRUE((*log)->wait(names.size()));
    EXPECT_EQ((*log)->durable(), names.size());
    EXPECT_EQ((*log)->end_mark(), "up to " + std::to_string(names.size()));
  }
  const auto log = EventLog::open(folder.path, ignore);
  ASSERT_TRUE(log);
  for (const std::uint64_t from : {0, 1, 2, 7, 8, 9, 407, 408, 409, 1000, 1223, 1224}) {
    const auto [got_lines, got_names] = held(**log, from);
    std::size_t at = 0;
    for (std::uint64_t i = 0; i < from; ++i) at = lines.find('\n', at) + 1;
    EXPECT_EQ(got_lines, lines.substr(at)) << from;
    EXPECT_EQ(got_names, std::vector<Key128>(names.begin() + static_cast<std::ptrdiff_t>(from), names.end())) << from;
    for (const std::uint64_t end : {from, from + 1, from + 500}) {
      std::vector<Key128> some;
      ASSERT_TRUE((*log)->read_names(from, end, [&](std::span<const Key128> more) { some.insert(some.end(), more.begin(), more.end()); }));
      const auto last = std::min<std::size_t>(end, names.size());
      EXPECT_EQ(some, std::vector<Key128>(names.begin() + static_cast<std::ptrdiff_t>(from), names.begin() + static_cast<std::ptrdiff_t>(last))) << from;
    }
  }
}

TEST(EventLog, WhatWasWaitedForOutlivesAKill) {
  Folder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    auto log = EventLog::open(folder.path, ignore);
    for (int i = 0; i < 50; ++i) {
      if (!(*log)->append(batch_of((*log)->end(), 10))) ::_exit(1);
    }
    if (!(*log)->wait((*log)->end())) ::_exit(1);
    ::kill(::getpid(), SIGKILL);
  }
  int how = 0;
  ASSERT_EQ(::waitpid(child, &how, 0), child);
  ASSERT_TRUE(WIFSIGNALED(how));
  const auto log = EventLog::open(folder.path, ignore);
  ASSERT_TRUE(log) << log.error().message;
  EXPECT_EQ((*log)->end(), 500u);
  EXPECT_EQ(held(**log, 0).second.size(), 500u);
}

TEST(Snapshot, IsReadAsItWasWritten) {
  Folder folder;
  const std::string path = snapshot_path(folder.path, 42), part = unfinished_path(folder.path, 42);
  const std::vector<std::pair<std::string, std::string>> sections = {{"run", "{}"}, {"empty", ""}, {"much", std::string(1 << 20, 'x') + "y"}};
  SnapshotWriter writer(part);
  for (const auto& [name, bytes] : sections) writer.section(name, bytes);
  ASSERT_TRUE(writer.finish());
  EXPECT_TRUE(snapshots_in(folder.path).empty()) << "unfinished";
  ASSERT_TRUE(publish(part, path));
  EXPECT_EQ(snapshots_in(folder.path), std::vector<std::uint64_t>{42});
  EXPECT_TRUE(verify_snapshot(path));
  EXPECT_EQ(first_section(path).value_or("none"), "{}");
  std::vector<std::pair<std::string, std::string>> got;
  ASSERT_TRUE(read_snapshot(path, [&](std::string_view name, std::string_view bytes) -> Status {
    got.emplace_back(name, bytes);
    return {};
  }));
  EXPECT_EQ(got, sections);
}

TEST(Snapshot, EveryFlippedBitAndEveryCutIsFound) {
  Folder folder;
  const std::string path = folder.path + "/one";
  SnapshotWriter writer(path);
  writer.section("run", "{\"events\":3}");
  writer.section("group-00", std::string(300, 'a'));
  ASSERT_TRUE(writer.finish());
  const std::string whole = read(path);
  ASSERT_TRUE(verify_snapshot(path));
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
    write(path, damaged);
    ASSERT_FALSE(verify_snapshot(path)) << "bit " << bit;
  }
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write(path, std::string_view(whole).substr(0, size));
    ASSERT_FALSE(verify_snapshot(path)) << "cut to " << size;
  }
  write(path, whole + "x");
  EXPECT_FALSE(verify_snapshot(path));
}

TEST(OutputFile, IsCutBackAndGoesOn) {
  Folder folder;
  const std::string path = folder.path + "/out";
  write(path, "one\ntwo\nthr");
  auto file = OutputFile::resume(path, "lines", 8);
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_TRUE(file->write("three\n"));
  EXPECT_EQ(file->bytes(), 14u);
  ASSERT_TRUE(file->close());
  EXPECT_EQ(read(path), "one\ntwo\nthree\n");
  EXPECT_FALSE(OutputFile::resume(path, "lines", 15)) << "it is shorter";
  EXPECT_FALSE(OutputFile::resume(folder.path + "/none", "lines", 1));
  EXPECT_FALSE(OutputFile::resume("-", "lines", 0));
  EXPECT_TRUE(OutputFile::resume(folder.path + "/none", "lines", 0));
}

}  // namespace
}  // namespace lw::store
