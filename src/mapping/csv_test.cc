#include "mapping/csv.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace lw::mapping {
namespace {

using Rows = std::vector<std::vector<std::string>>;

struct Read {
  Rows rows;
  std::vector<std::string> faults;
  std::vector<std::uint64_t> lines;
};

Read read_all(std::string_view text, std::string_view encoding = "utf-8", char delimiter = ',') {
  CsvReader reader(std::make_unique<TextStream>(event::ByteStream::of(text), encoding), delimiter);
  Read out;
  for (CsvReader::Record record; reader.next(record);) {
    out.lines.push_back(record.line);
    if (!record.fault.empty()) out.faults.push_back(record.fault);
    else out.rows.emplace_back(record.cells.begin(), record.cells.end());
  }
  return out;
}

struct Case {
  const char* text;
  Rows rows;
};

TEST(Csv, ReadsRecords) {
  const Case cases[] = {
      {"", {}},
      {"a,b\n1,2\n", {{"a", "b"}, {"1", "2"}}},
      {"a,b\r\n1,2", {{"a", "b"}, {"1", "2"}}},
      {"\xef\xbb\xbf" "a\n", {{"a"}}},
      {"\n\r\na\n\n", {{"a"}}},
      {"a,,\n,,c\n", {{"a", "", ""}, {"", "", "c"}}},
      {"\"a,1\",\"say \"\"hi\"\"\",\"two\nlines\"\n", {{"a,1", "say \"hi\"", "two\nlines"}}},
      {"\"\",x\n", {{"", "x"}}},
      {" a\t,\t=\"00123\" ,=\"\"\n", {{"a", "00123", ""}}},
      {"5\" pipe,x\n", {{"5\" pipe", "x"}}},
      {"\"a\" ,b\n", {{"a", "b"}}},
      {"\"a\r\nb\"\r\n", {{"a\r\nb"}}},
  };
  for (const Case& c : cases) {
    const Read read = read_all(c.text);
    EXPECT_EQ(read.rows, c.rows) << c.text;
    EXPECT_TRUE(read.faults.empty()) << c.text;
  }
  EXPECT_EQ(read_all("a;b\n", "utf-8", ';').rows, (Rows{{"a", "b"}}));
}

TEST(Csv, TellsFirstLinesAndGoesOnAfterFaults) {
  const Read read = read_all("a\n\"x\"y,1\n\"two\nlines\"\nb\n");
  EXPECT_EQ(read.rows, (Rows{{"a"}, {"two\nlines"}, {"b"}}));
  ASSERT_EQ(read.faults.size(), 1U);
  EXPECT_EQ(read.faults[0], "text after a closing quote; a quote within quotes is written twice");
  EXPECT_EQ(read.lines, (std::vector<std::uint64_t>{1, 2, 3, 5}));
  EXPECT_EQ(read_all("a\n\"open\nmore").faults, (std::vector<std::string>{"a quote is not closed"}));
  const std::string much = "a\n" + std::string(3 << 20, 'x') + "\nb\n";
  EXPECT_EQ(read_all(much).rows, (Rows{{"a"}, {"b"}}));
  EXPECT_EQ(read_all(much).faults.size(), 1U);
  EXPECT_EQ(read_all(std::string(2000, ',') + "\n").faults, (std::vector<std::string>{"more than 1000 cells"}));
}

TEST(Csv, TellsBytesThatAreNoUtf8) {
  const Read read = read_all("a,b\n\xb6\xa9,1\n\xe8,\xb5\x9b\n赛,2\n");  // the second two cells make one character only together
  EXPECT_EQ(read.rows, (Rows{{"a", "b"}, {"赛", "2"}}));
  ASSERT_EQ(read.faults.size(), 2U);
  EXPECT_EQ(read.faults[0], "invalid UTF-8; a form of another encoding says so, such as `encoding: gb18030`");
}

TEST(Csv, ReadsOtherEncodings) {
  const std::string gbk = "\xb6\xa9\xb5\xa5,\xbd\xf0\xb6\xee\n1,2\n";  // 订单,金额
  EXPECT_EQ(read_all(gbk, "gbk").rows, (Rows{{"订单", "金额"}, {"1", "2"}}));
  EXPECT_EQ(read_all(gbk, "gb18030").rows, (Rows{{"订单", "金额"}, {"1", "2"}}));
  const Read bad = read_all("a\n\xff\xff\nb\n", "gb18030");
  EXPECT_EQ(bad.rows, (Rows{{"a"}, {"b"}}));
  EXPECT_EQ(bad.faults.size(), 1U);
  const std::string wide("\xff\xfe" "a\0,\0\xa2\x8b\n\0", 10);
  EXPECT_EQ(read_all(wide, "utf-16").rows, (Rows{{"a", "订"}}));
}

// A writer as simple as the standard: whatever it writes is read back, at every boundary of the reader's buffer.
RC_GTEST_PROP(Csv, ReadsBackWhatIsQuoted, ()) {
  const auto cell = rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab,\"\n\r;=")));
  const auto rows = *rc::gen::container<Rows>(rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(cell)));
  const bool padded = *rc::gen::arbitrary<bool>();
  std::string text = padded ? std::string(*rc::gen::inRange(262'100, 262'150), 'p') + "\n" : "";
  Rows expected;
  if (padded) expected.push_back({std::string(text.size() - 1, 'p')});
  for (const auto& row : rows) {
    bool first = true;
    for (const std::string& one : row) {
      if (!first) text += ',';
      first = false;
      text += '"';
      for (const char c : one) text += c == '"' ? "\"\"" : std::string(1, c);
      text += '"';
    }
    text += "\r\n";
    // A lone cell of nothing is an empty line; ="x" is a spreadsheet's way of writing x.
    const auto spreadsheet = [](const std::string& one) { return one.size() >= 3 && one.starts_with("=\"") && one.ends_with('"'); };
    RC_PRE(std::none_of(row.begin(), row.end(), spreadsheet));
    if (row.size() > 1 || !row[0].empty()) expected.push_back(row);
  }
  RC_ASSERT(read_all(text).rows == expected);
}

}  // namespace
}  // namespace lw::mapping
