#include "pack/document.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace lw::pack {
namespace {

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return out;
}

std::string doubled(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out;
}

std::string indented(const std::string& text) {
  std::string out = "    ";
  for (const char c : text) out += c == '\n' ? std::string("\n    ") : std::string(1, c);
  return out;
}

std::string part_at(const std::string& file, const Place& place) {
  std::size_t at = 0;
  for (std::uint32_t line = 1; line < place.line; ++line) at = file.find('\n', at) + 1;
  for (std::uint32_t column = 1; column < place.column; ++column) {
    do ++at;
    while (at < file.size() && (static_cast<unsigned char>(file[at]) & 0xc0) == 0x80);
  }
  return file.substr(at);
}

// Words of these pieces; never blank at an end, for YAML would eat that.
std::string some_text(bool with_lines) {
  static const std::vector<std::string> kPieces{"a", "b1", "甲", "é", "'", "\"", "\\", "&&", "x.y", "(", "好'坏"};
  const auto words = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, kPieces.size())));
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i) out += with_lines && *rc::gen::inRange(0, 4) == 0 ? "\n" : *rc::gen::inRange(0, 3) ? " " : "";
    out += kPieces[words[i]];
  }
  return out;
}

// A place in the decoded text leads to the very bytes it was written as.
void places_are_right(const std::string& text, const std::string& file, bool escapes) {
  auto document = parse_document("f", file, {});
  RC_ASSERT(document.has_value());
  const Node* node = document->root.find("k");
  RC_ASSERT(node && node->text == text);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) == 0x80 || text[i] == '\n' || text[i] == ' ') continue;
    const std::string found = part_at(file, node->error_at(i, {}).place);
    const bool escape = escapes && (text[i] == '"' || text[i] == '\\');
    RC_ASSERT(found.front() == (escape ? '\\' : text[i]));
  }
}

RC_GTEST_PROP(Places, in_double_quotes, ()) {
  const std::string text = some_text(true);
  places_are_right(text, "# 注\n{z: 1, k: \"" + escaped(text) + "\"}\n", true);
}

RC_GTEST_PROP(Places, in_single_quotes, ()) {
  const std::string text = some_text(false);
  places_are_right(text, "z: 甲\nk: '" + doubled(text) + "'\n", false);
}

RC_GTEST_PROP(Places, in_literal_blocks, ()) {
  const std::string text = some_text(true);
  places_are_right(text, "k: |-\n" + indented(text) + "\nz: 1\n", false);
}

RC_GTEST_PROP(Places, in_folded_blocks, ()) {
  const std::string text = some_text(false);
  std::string broken;  // each blank may become a line break, which is read as the blank
  for (const char c : text) broken += c == ' ' && *rc::gen::inRange(0, 2) ? '\n' : c;
  places_are_right(text, "k: >-\n" + indented(broken) + "\nz: 1\n", false);
}

TEST(Document, files_are_told_by_line_and_code_point) {
  const File file("f", "ab\r\n甲x\n");
  const Error error = file.error(file.text().find('x'), "here");
  EXPECT_EQ(error.place.line, 2u);
  EXPECT_EQ(error.place.column, 2u);
  EXPECT_EQ(error.excerpt, "甲x");
  EXPECT_EQ(file.error(0, "").excerpt, "ab");
  EXPECT_EQ(file.error(1000, "").place.line, 3u);
}

TEST(Document, a_byte_order_mark_is_no_part_of_the_text) {
  const auto document = parse_document("f", "\xef\xbb\xbfk: v\n", {});
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root.entries.at(0).key.text, "k");
  EXPECT_EQ(document->root.error("").place.column, 1u);
}

}  // namespace
}  // namespace lw::pack
