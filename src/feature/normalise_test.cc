#include "feature/normalise.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <string>

namespace lw::feature {
namespace {

std::string utf8(char32_t code) {
  std::string out;
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) return {static_cast<char>(0xc0 | code >> 6), static_cast<char>(0x80 | (code & 0x3f))};
  if (code >= 0x10000) out += static_cast<char>(0xf0 | code >> 18);
  out += static_cast<char>(code >= 0x10000 ? 0x80 | (code >> 12 & 0x3f) : 0xe0 | code >> 12);
  out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
  out += static_cast<char>(0x80 | (code & 0x3f));
  return out;
}

std::string unescaped(std::string text) {
  for (std::size_t at; (at = text.find("\\u{")) != std::string::npos;) {
    const std::size_t close = text.find('}', at);
    const auto code = static_cast<char32_t>(std::stoul(text.substr(at + 3, close - at - 3), nullptr, 16));
    text.replace(at, close - at + 1, utf8(code));
  }
  return text;
}

TEST(Normalise, Table) {
  std::ifstream file(LW_SOURCE_DIR "/tests/feature/normalised.txt");
  ASSERT_TRUE(file);
  Normaliser normaliser;
  int rows = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    const std::size_t bar = line.rfind('|');
    ASSERT_NE(bar, std::string::npos) << line;
    EXPECT_EQ(normaliser.run(unescaped(line.substr(0, bar))), unescaped(line.substr(bar + 1))) << line;
    ++rows;
  }
  EXPECT_GE(rows, 30);
}

TEST(Normalise, OffsetsLeadBack) {
  Normaliser normaliser;
  const std::string original = "说：最😀 高\u200b级!";
  ASSERT_EQ(normaliser.run(original), "说最高级!");
  const std::size_t high = normaliser.text().find("最高级");
  const std::string_view slice = std::string_view(original).substr(normaliser.begin(high), normaliser.end(high + 8) - normaliser.begin(high));
  EXPECT_EQ(slice, "最😀 高\u200b级");
  EXPECT_EQ(normaliser.position(high), 1u);
  EXPECT_EQ(normaliser.size(), 5u);
}

TEST(Normalise, KeyHoldsLettersAlone) {
  Normaliser normaliser;
  const auto key = [&](std::string_view text) {
    normaliser.run(text);
    return normaliser.key();
  };
  EXPECT_EQ(key("好 看！！"), key("好看"));
  EXPECT_EQ(key("Good, stuff 1"), key("good stuff 1!"));
  EXPECT_NE(key("好看"), key("好听"));
  EXPECT_EQ(key("!!! 😀"), std::nullopt);
  EXPECT_EQ(key(""), std::nullopt);
}

TEST(Normalise, InvalidBytesSeparate) {
  Normaliser normaliser;
  EXPECT_EQ(normaliser.run("ab\xff"
                           "cd\xe6\x9c"),
            "ab cd");
  EXPECT_EQ(normaliser.run("\xed\xa0\x80x"), "x");
}

TEST(Normalise, LongTextIsCut) {
  Normaliser normaliser;
  EXPECT_EQ(normaliser.run(std::string(kMaxTextBytes + 10, 'a')).size(), kMaxTextBytes);
}

// Texts made of what evasions are made of.
rc::Gen<std::string> any_text() {
  const auto piece = rc::gen::oneOf(
      rc::gen::elementOf(std::vector<std::string>{"最", "高", "級", "A", "b", "1", "%", " ", "，", "😀", "\u200b", "é", "ｶ", "ﾞ", "\xff", "①", "\u0301"}),
      rc::gen::map(rc::gen::inRange<std::uint32_t>(1, 0x11ffff), [](std::uint32_t code) {
        return code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? std::string("x") : utf8(code);
      }));
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece), [](const std::vector<std::string>& pieces) {
    std::string out;
    for (const std::string& text : pieces) out += text;
    return out;
  });
}

RC_GTEST_PROP(NormaliseProperty, OffsetsAscendAndStayInside, ()) {
  const std::string original = *any_text();
  Normaliser normaliser;
  const std::string text(normaliser.run(original));
  std::uint32_t points = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    RC_ASSERT(normaliser.begin(i) < normaliser.end(i));
    RC_ASSERT(normaliser.end(i) <= original.size());
    if (i > 0) RC_ASSERT(normaliser.begin(i) >= normaliser.begin(i - 1) && normaliser.end(i) >= normaliser.end(i - 1));
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) ++points;
    RC_ASSERT(normaliser.position(i) + 1 == points);
  }
  RC_ASSERT(normaliser.size() == points);
}

RC_GTEST_PROP(NormaliseProperty, TwiceIsOnce, ()) {
  Normaliser normaliser;
  const std::string once(normaliser.run(*any_text()));
  RC_ASSERT(std::string(normaliser.run(once)) == once);
}

}  // namespace
}  // namespace lw::feature
