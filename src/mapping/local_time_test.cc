#include "mapping/local_time.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fmt/format.h>

#include "mapping/convert.h"

namespace lw::mapping {
namespace {

std::string read(std::string_view text, const std::string& zone = "+08:00") {
  const auto at = Zone::parse(zone);
  EXPECT_TRUE(at) << zone;
  const auto time = parse_local(text, *at);
  return time ? format_rfc3339(*time, 0) : "";
}

TEST(LocalTime, ReadsTheFormsOfExports) {
  const char* const same[] = {"2025-08-31 11:57:37", "2025/8/31 11:57:37", "2025-08-31T11:57:37", "2025.8.31 11:57:37", "20250831115737",
                              "2025年8月31日 11:57:37", "2025-08-31 03:57:37Z", "2025-08-31 03:57:37 +00:00", "2025-8-31  11:57:37"};
  for (const char* text : same) EXPECT_EQ(read(text), "2025-08-31T03:57:37Z") << text;
  EXPECT_EQ(read("2025-08-31 11:57:37.5"), "2025-08-31T03:57:37.5Z");
  EXPECT_EQ(read("2025-08-31 9:05"), "2025-08-31T01:05:00Z");
  EXPECT_EQ(read("2025-08-31"), "2025-08-30T16:00:00Z");
  EXPECT_EQ(read("20250831"), "2025-08-30T16:00:00Z");
  EXPECT_EQ(read("2025-08-31 11:57:60"), "2025-08-31T03:58:00Z");  // a leap second
  EXPECT_EQ(parse_local("9999-12-31", *Zone::parse("Z"), true), parse_rfc3339("2261-12-31T23:59:59.999999999Z"));
}

TEST(LocalTime, GuessesNothing) {
  const char* const none[] = {"", "31/08/2025", "08-31-2025", "25-08-31", "2025-02-29", "2025-13-01", "2025-08-31 24:00", "2025-08-31 11", "2025-08/31",
                              "2025-08-31 11:57:37 PM", "2025-08-31 11:57:61", "today", "2025083111573", "2025-08-31 11:57:37.1234567890", "1600-01-01"};
  for (const char* text : none) EXPECT_EQ(read(text), "") << text;
}

TEST(LocalTime, ZonesByOffsetAndByName) {
  EXPECT_EQ(read("2025-08-31 12:00", "-05:30"), "2025-08-31T17:30:00Z");
  EXPECT_EQ(read("2025-08-31 12:00", "Z"), "2025-08-31T12:00:00Z");
  EXPECT_EQ(read("2025-08-31 12:00", "Asia/Shanghai"), "2025-08-31T04:00:00Z");
  EXPECT_EQ(read("2025-11-02 01:30", "America/New_York"), "2025-11-02T05:30:00Z");  // comes twice: the first
  EXPECT_EQ(read("2025-03-09 02:30", "America/New_York"), "2025-03-09T07:00:00Z");  // is skipped: the moment of the skip
  for (const char* name : {"", "Asia", "Asia/Shanghi", "+8", "08:00", "+25:00", "../etc/passwd"}) EXPECT_FALSE(Zone::parse(name)) << name;
}

RC_GTEST_PROP(LocalTimeProperty, AgreesWithRfc3339, (std::uint32_t seconds)) {
  const std::string text = format_rfc3339(Time{std::int64_t{seconds} * kSecond}, 480);
  std::string local = text.substr(0, 19);
  local[10] = ' ';
  RC_ASSERT(parse_local(local, *Zone::parse("+08:00")) == Time{std::int64_t{seconds} * kSecond});
  RC_ASSERT(parse_local(text, *Zone::parse("-03:00")) == Time{std::int64_t{seconds} * kSecond});
}

TEST(Amounts, AreBaredOfSignsAndSeparators) {
  EXPECT_EQ(bare_amount("¥1,234.50"), "1234.50");
  EXPECT_EQ(bare_amount("￥ 1，234.50 元"), "1234.50");
  EXPECT_EQ(bare_amount("CNY 12"), "12");
  EXPECT_EQ(bare_amount("1,234,567"), "1234567");
  for (const char* text : {"12,30", "1,2345", "1,,234"}) EXPECT_NE(bare_amount(text).find(','), std::string::npos) << text;
  EXPECT_EQ(bare_amount("-5"), "-5");
  EXPECT_EQ(bare_amount("12 USD"), "12USD");  // which is no number
}

}  // namespace
}  // namespace lw::mapping
