#include "feature/terms.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

namespace lw::feature {
namespace {

using event::Type;

TermList list_of(std::string name, std::vector<std::string> terms) {
  TermList list;
  list.name = std::move(name);
  list.fields = {event::field::kText};
  std::uint32_t line = 0;
  for (std::string& term : terms) list.terms.push_back({std::move(term), {"list.txt", ++line, 1}});
  return list;
}

std::vector<Term> phrases(std::vector<std::string> texts) {
  std::vector<Term> out;
  for (std::string& text : texts) out.push_back({std::move(text), {"except.txt", 1, 1}});
  return out;
}

// "list:original" of every hit.
std::vector<std::string> hits_in(const Terms& terms, std::string_view text, Type type = Type::kChatPosted) {
  Terms::Scratch scratch;
  Hits hits;
  const FieldText field{event::field::kText, text};
  terms.scan(type, {&field, 1}, scratch, hits);
  std::vector<std::string> out;
  for (const Hit& hit : hits.all()) {
    EXPECT_EQ(text.substr(hit.begin, hit.end - hit.begin), hit.original);
    out.push_back(std::string(terms.list_name(hit.list)) + ":" + std::string(hit.original));
  }
  return out;
}

std::unique_ptr<Terms> built(std::vector<TermList> lists) {
  auto terms = Terms::build(std::move(lists));
  if (!terms) ADD_FAILURE() << terms.error().front().to_string();
  return std::move(terms.value());
}

using Words = std::vector<std::string>;

TEST(Terms, FindsWhatWasHidden) {
  const auto terms = built({list_of("top", {"最高级", "国家级"})});
  EXPECT_EQ(hits_in(*terms, "这是最😀高 级的，國-家-級"), (Words{"top:最😀高 级", "top:國-家-級"}));
  EXPECT_EQ(hits_in(*terms, "这是高级的"), Words{});
}

TEST(Terms, LongestStays) {
  const auto terms = built({list_of("a", {"最好", "最好吃", "好吃"}), list_of("b", {"好吃"})});
  EXPECT_EQ(hits_in(*terms, "最好吃"), (Words{"a:最好吃", "b:好吃"}));
}

TEST(Terms, LatinWordsAreWhole) {
  const auto terms = built({list_of("a", {"sb", "vx", "1元"})});
  EXPECT_EQ(hits_in(*terms, "USB 线 11元"), Words{});
  EXPECT_EQ(hits_in(*terms, "加VX123，1元"), (Words{"a:VX", "a:1元"}));
}

TEST(Terms, ExceptionsHideHits) {
  TermList list = list_of("a", {"第一"});
  list.except = phrases({"第一次", "第一时间"});
  const auto terms = built({list});
  EXPECT_EQ(hits_in(*terms, "第一次来，第一 时间发货"), Words{});
  EXPECT_EQ(hits_in(*terms, "第一次来，全网第一"), Words{"a:第一"});
}

TEST(Terms, NearAndUnlessNear) {
  TermList weak = list_of("weak", {"最好"}), denied = list_of("denied", {"治疗"});
  weak.near = TermList::Near{"goods", 4};
  denied.unless_near = TermList::Near{"not", 3};
  const auto terms = built({weak, denied, list_of("goods", {"面霜"}), list_of("not", {"不能"})});
  EXPECT_EQ(hits_in(*terms, "最好的面霜"), (Words{"weak:最好", "goods:面霜"}));
  EXPECT_EQ(hits_in(*terms, "最好吃完饭再来看面霜"), Words{"goods:面霜"});
  EXPECT_EQ(hits_in(*terms, "不能治疗"), Words{"not:不能"});
  EXPECT_EQ(hits_in(*terms, "能治疗"), Words{"denied:治疗"});
}

TEST(Terms, Patterns) {
  TermList list = list_of("a", {});
  list.patterns = {{"买[0-9一二]+送[0-9一二]+", {"p.yaml", 3, 5}}};
  const auto terms = built({list});
  EXPECT_EQ(hits_in(*terms, "今天买 1 送 12！"), Words{"a:买 1 送 12"});
  EXPECT_EQ(terms->term(0, 0), "买[0-9一二]+送[0-9一二]+");
}

TEST(Terms, OnlyItsTypesAndFields) {
  TermList speech = list_of("speech", {"最好"});
  speech.on = {Type::kSpeechTranscribed};
  const auto terms = built({speech});
  EXPECT_EQ(hits_in(*terms, "最好", Type::kChatPosted), Words{});
  EXPECT_EQ(hits_in(*terms, "最好", Type::kSpeechTranscribed), Words{"speech:最好"});
  EXPECT_FALSE(terms->applies(Type::kChatPosted));
  EXPECT_TRUE(terms->applies(Type::kSpeechTranscribed, event::field::kText));
  EXPECT_FALSE(terms->applies(Type::kSpeechTranscribed, event::field::kRoom));
}

TEST(Terms, MistakesAreToldWithPlaces) {
  TermList bad = list_of("bad", {"最好", "\u200b", "最 好"});
  bad.patterns = {{"(", {"p.yaml", 3, 5}}};
  bad.near = TermList::Near{"nowhere", 2};
  const auto terms = Terms::build({bad});
  ASSERT_FALSE(terms);
  std::vector<std::string> messages;
  for (const Error& error : terms.error()) messages.push_back(error.to_string());
  ASSERT_EQ(messages.size(), 3u);
  EXPECT_NE(messages[0].find("nowhere"), std::string::npos);
  EXPECT_NE(messages[1].find("list.txt:2:1"), std::string::npos);
  EXPECT_NE(messages[2].find("at line 1"), std::string::npos);

  TermList pattern = list_of("pattern", {});
  pattern.patterns = {{"(", {"p.yaml", 3, 5}}, {"a*", {"p.yaml", 4, 5}}};
  const auto refused = Terms::build({pattern});
  ASSERT_FALSE(refused);
  ASSERT_EQ(refused.error().size(), 2u);
  EXPECT_NE(refused.error()[1].to_string().find("p.yaml:4:5"), std::string::npos);
}

TEST(Terms, TextMadeOfHitsIsBounded) {
  const auto terms = built({list_of("a", {"最好", "好最"})});
  std::string text;
  while (text.size() + 6 <= kMaxTextBytes) text += "最好";
  const std::size_t hits = hits_in(*terms, text).size();
  EXPECT_GE(hits, 500u);
  EXPECT_LE(hits, 1001u);
}

// Over a small alphabet, hits are what a plain search finds: the longest at each place, nothing inside another.
RC_GTEST_PROP(TermsProperty, EqualsNaiveSearch, ()) {
  const auto word = rc::gen::map(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 3)), [](const std::vector<int>& picks) {
    std::string out;
    for (const int pick : picks) out += std::array{"天", "地", "人"}[static_cast<std::size_t>(pick)];
    return out;
  });
  const auto text = *word;
  std::set<std::string> words;
  for (const std::string& one : *rc::gen::container<std::vector<std::string>>(word)) words.insert(one);
  words.erase("");
  RC_PRE(!words.empty());

  const auto terms = Terms::build({list_of("a", {words.begin(), words.end()})});
  RC_ASSERT(terms.has_value());
  std::vector<std::string> expected;
  std::size_t covered = 0;
  for (std::size_t at = 0; at < text.size(); at += 3) {
    std::size_t longest = 0;
    for (const std::string& one : words)
      if (text.compare(at, one.size(), one) == 0) longest = std::max(longest, one.size());
    if (longest == 0 || at + longest <= covered) continue;
    covered = at + longest;
    expected.push_back("a:" + text.substr(at, longest));
  }
  RC_ASSERT(hits_in(**terms, text) == expected);
}

}  // namespace
}  // namespace lw::feature
