#include "event/line_feed.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>

#include "event/event.h"
#include "event/recording.h"

namespace lw::event {
namespace {

namespace fs = std::filesystem;

struct Read {
  std::vector<std::string> lines, faults;
  bool broken = false;
  friend bool operator==(const Read&, const Read&) = default;
};

Read read(Feed& feed) {
  Read out;
  Line line;
  while (feed.next(line)) {
    if (line.fault.empty()) out.lines.push_back(std::to_string(line.number) + ":" + std::string(line.text));
    else out.faults.push_back(std::to_string(line.number) + ":" + line.fault);
    out.broken = out.broken || line.broken;
  }
  EXPECT_FALSE(feed.next(line));
  return out;
}

Read read(std::string_view bytes) {
  LineFeed feed(ByteStream::of(bytes));
  return read(feed);
}

std::string gzip(std::string_view text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstd(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

using Lines = std::vector<std::string>;

TEST(LineFeed, LinesAndTheirNumbers) {
  EXPECT_EQ(read("").lines, Lines{});
  EXPECT_EQ(read("a").lines, (Lines{"1:a"}));
  EXPECT_EQ(read("a\nb\n").lines, (Lines{"1:a", "2:b"}));
  EXPECT_EQ(read("a\r\n\r\n \t\nb").lines, (Lines{"1:a", "4:b"}));
  EXPECT_EQ(read("\xef\xbb\xbf{}\n\xef\xbb\xbf{}").lines, (Lines{"1:{}", "2:\xef\xbb\xbf{}"}));
  EXPECT_EQ(read("\n\n\n").lines, Lines{});
}

// However lines and lengths fall on the buffer's ends: each comes whole, and what is too long is passed over.
RC_GTEST_PROP(LineFeedProperty, GivesWhatWasWritten, ()) {
  const auto sizes = *rc::gen::resize(6, rc::gen::container<std::vector<std::size_t>>(rc::gen::element<std::size_t>(
      0, 1, 80, 4000, kMaxEventBytes / 3, kMaxEventBytes - 1, kMaxEventBytes, kMaxEventBytes + 1, 5 * kMaxEventBytes / 2)));
  std::string text;
  Read expected;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::string line(sizes[i], static_cast<char>('a' + i % 26));
    text += line + "\n";
    if (sizes[i] > 0) expected.lines.push_back(std::to_string(i + 1) + ":" + line);
  }
  const Read found = read(text);
  std::size_t at = 0;
  for (const std::string& line : expected.lines) {
    const std::size_t size = line.size() - line.find(':') - 1;
    if (at < found.lines.size() && found.lines[at] == line) {
      ++at;
    } else {  // only lines over the limit may be faults
      RC_ASSERT(size > kMaxEventBytes);
      const std::string fault = line.substr(0, line.find(':')) + ":a line of " + std::to_string(size) + " bytes; an event has at most 1048576";
      RC_ASSERT(std::find(found.faults.begin(), found.faults.end(), fault) != found.faults.end());
    }
  }
  RC_ASSERT(at == found.lines.size());
  RC_ASSERT(found.lines.size() + found.faults.size() == expected.lines.size());
  RC_ASSERT(read(gzip(text)) == found);
  RC_ASSERT(read(zstd(text)) == found);
}

TEST(ByteStream, MembersFollowOneAnother) {
  EXPECT_EQ(read(gzip("a\nb") + gzip("c\n")).lines, (Lines{"1:a", "2:bc"}));
  EXPECT_EQ(read(zstd("a\nb") + zstd("c\n")).lines, (Lines{"1:a", "2:bc"}));
}

TEST(ByteStream, WhatIsDamagedKeepsWhatCameBefore) {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += std::to_string(i * 7919) + "\n";
  const std::string packed = gzip(text), packed_zstd = zstd(text);
  const Read cut = read(std::string_view(packed).substr(0, packed.size() / 2));
  EXPECT_TRUE(cut.broken);
  ASSERT_EQ(cut.faults.size(), 1U);
  EXPECT_TRUE(cut.faults[0].ends_with("the gzip data is cut short")) << cut.faults[0];
  EXPECT_GT(cut.lines.size(), 10'000U);
  const Read cut_zstd = read(std::string_view(packed_zstd).substr(0, packed_zstd.size() - 5));
  EXPECT_TRUE(cut_zstd.broken);
  EXPECT_TRUE(cut_zstd.faults.at(0).ends_with("the zstd data is cut short"));
  std::string damaged = packed;
  for (std::size_t i = damaged.size() / 2; i < damaged.size() / 2 + 64; ++i) damaged[i] = static_cast<char>(~damaged[i]);
  const Read bad = read(damaged);
  EXPECT_TRUE(bad.broken);
  EXPECT_NE(bad.faults.at(0).find("the gzip data is damaged"), std::string::npos);
  const Read junk = read(gzip("a\n") + "plain text behind it");
  EXPECT_EQ(junk.lines, (Lines{"1:a"}));
  EXPECT_TRUE(junk.broken);
}

TEST(ByteStream, ABombIsRefused) {
  std::string zeros(64 << 20, '\n');
  std::string bomb = zstd(zeros);
  bomb += bomb + bomb + bomb + bomb;
  for (const std::string& one : {bomb, zstd(bomb)}) EXPECT_LT(one.size(), 1U << 20);
  const Read found = read(bomb + bomb);
  EXPECT_TRUE(found.broken);
  EXPECT_NE(found.faults.at(0).find("refused as a decompression bomb"), std::string::npos);
}

class Files : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("line-feed-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string file(const char* name, std::string_view text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return (folder_ / name).string();
  }
  fs::path folder_;
};

TEST_F(Files, WhatCannotBeReadIsRefusedByName) {
  const auto missing = ByteStream::open((folder_ / "none").string());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, (folder_ / "none").string() + ": no such file");
  const auto directory = ByteStream::open(folder_.string());
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().message, folder_.string() + ": is a directory; name the files in it");
  if (::geteuid() == 0) return;  // root may read everything
  const std::string closed = file("closed", "a");
  fs::permissions(closed, fs::perms::none);
  const auto refused = ByteStream::open(closed);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("Permission denied"), std::string::npos);
}

TEST_F(Files, FormsAreToldByContentAndNotByName) {
  const std::string event = R"({"specversion":"1.0"})";
  const std::string xml = "<?xml version=\"1.0\"?>\n<i><d p=\"1,1,1,1,1774697401623\">x</d></i>";
  const std::string twitch = R"({"streamer":{"id":1},"comments":[{"_id":"c","created_at":"2026-01-01T00:00:00Z","message":{"body":"x"}}]})";
  struct Case {
    const char* name;
    std::string content, first;
  };
  const std::vector<Case> table{{"a.xml", event, event},
                                {"a.txt", "\n\n" + event, event},
                                {"b.ndjson", xml, "\"live.chat.posted\""},
                                {"c.ndjson", "\xef\xbb\xbf" + xml, "\"live.chat.posted\""},
                                {"d.json.gz", twitch, "\"id\":\"c\""},
                                {"e.json", gzip(twitch), "\"id\":\"c\""},
                                {"f", zstd(xml), "\"live.chat.posted\""}};
  for (const Case& one : table) {
    auto recording = open_recording(file(one.name, one.content), "auto");
    ASSERT_TRUE(recording) << one.name << recording.error().message;
    Line line;
    ASSERT_TRUE(recording->feed->next(line)) << one.name;
    EXPECT_NE(line.text.find(one.first), std::string_view::npos) << one.name << line.text;
    EXPECT_EQ(recording->bytes->bytes_read(), recording->bytes->bytes_total()) << one.name;
  }
  for (const char* content : {"hello", "a,b\n1,2\n", "<html><body/></html>"}) EXPECT_FALSE(open_recording(file("g", content), "auto")) << content;
  EXPECT_TRUE(open_recording(file("g", ""), "auto"));
  EXPECT_FALSE(open_recording(file("g", event), "csv"));
}

}  // namespace
}  // namespace lw::event
