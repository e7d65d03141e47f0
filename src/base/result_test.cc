#include "base/result.h"

#include <gtest/gtest.h>

namespace lw {
namespace {

TEST(Error, the_caret_stands_under_its_column) {
  EXPECT_EQ((Error{"wrong", {"f.yaml", 3, 4}, "a: b"}.to_string()), "f.yaml:3:4: wrong\n  a: b\n     ^");
  EXPECT_EQ((Error{"wrong", {"f.yaml", 3, 1}, "a: b"}.to_string()), "f.yaml:3:1: wrong\n  a: b\n  ^");
  EXPECT_EQ((Error{"wrong", {"f.yaml", 3, 9}, "a: b"}.to_string()), "f.yaml:3:9: wrong\n  a: b\n          ^");
}

TEST(Error, wide_characters_and_tabs_move_the_caret_as_they_move_the_text) {
  EXPECT_EQ((Error{"wrong", {"f", 1, 4}, "\t甲éx"}.to_string()), "f:1:4: wrong\n  \t甲éx\n  \t\u3000 ^");
  EXPECT_EQ((Error{"wrong", {"f", 1, 2}, "\xe7"}.to_string()), "f:1:2: wrong\n  \xe7\n   ^");
}

TEST(Error, what_is_not_known_is_left_out) {
  EXPECT_EQ((Error{"wrong", {}, {}}.to_string()), "wrong");
  EXPECT_EQ((Error{"wrong", {"f", 0, 0}, {}}.to_string()), "f: wrong");
  EXPECT_EQ((Error{"wrong", {"", 2, 5}, {}}.to_string()), "2:5: wrong");
}

}  // namespace
}  // namespace lw
