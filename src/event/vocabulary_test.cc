#include "event/vocabulary.h"

#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace lw::event {
namespace {

std::string contract() {
  std::ifstream in(LW_SOURCE_DIR "/docs/events.md");
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::set<std::string> all(const std::string& text, const char* pattern) {
  const std::regex regex(pattern);
  std::set<std::string> out;
  for (std::sregex_iterator it(text.begin(), text.end(), regex), end; it != end; ++it) out.insert((*it)[1]);
  return out;
}

TEST(Vocabulary, HoldsExactlyTheTypesOfTheContract) {
  std::set<std::string> ours;
  for (std::size_t i = 0; i < kTypeCount; ++i) ours.emplace(name_of(static_cast<Type>(i)));
  EXPECT_EQ(ours, all(contract(), "`(live\\.[a-z]+\\.[a-z]+)`"));
}

TEST(Vocabulary, HoldsEveryCompoundFieldOfTheContract) {
  const Schema schema;
  std::istringstream lines(contract());
  std::size_t seen = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `live.")) continue;
    for (const std::string& name : all(line, "([a-z]+_[a-z_]+)")) {
      EXPECT_TRUE(schema.find(name)) << name;
      ++seen;
    }
  }
  EXPECT_GE(seen, 50U);
}

TEST(Vocabulary, NamesAndNumbersAreInverse) {
  for (std::size_t i = 0; i < kTypeCount; ++i) {
    EXPECT_EQ(type_from_name(name_of(static_cast<Type>(i))), static_cast<Type>(i));
  }
  EXPECT_EQ(type_from_name("live.chat"), Type::kUnknown);
  EXPECT_EQ(type_from_name(""), Type::kUnknown);
  const Schema schema;
  for (FieldId id = 0; id < schema.size(); ++id) EXPECT_EQ(schema.find(schema.name(id)), id);
  EXPECT_FALSE(schema.find("zz"));
}

TEST(Vocabulary, ExtensionsAreAddedOnceUntilTheLimit) {
  Schema schema;
  const auto first = schema.add_extension("chats_total");
  ASSERT_TRUE(first);
  EXPECT_EQ(schema.add_extension("chats_total"), first);
  EXPECT_EQ(schema.form(*first), Form::kAny);
  EXPECT_EQ(schema.add_extension("account"), field::kAccount);
  while (schema.add_extension("x" + std::to_string(schema.size()))) {
  }
  EXPECT_EQ(schema.size(), kFieldLimit - 1U);
}

}  // namespace
}  // namespace lw::event
