#include "event/twitch_feed.h"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <map>

#include "event/decoder.h"

namespace lw::event {
namespace {

std::string sample() {
  std::ifstream in(LW_SOURCE_DIR "/samples/recordings/twitch.json", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Read {
  std::vector<std::string> faults;
  bool broken = false;
  std::size_t events = 0;
};

Read read(const std::string& json, const std::function<void(const Event&)>& see = [](const Event&) {}) {
  const Schema schema;
  Decoder decoder(schema);
  Event event;
  Line line;
  Read out;
  const auto feed = twitch_feed(ByteStream::of(json));
  while (feed->next(line)) {
    if (!line.fault.empty()) {
      out.faults.push_back(std::to_string(line.number) + ": " + line.fault);
      out.broken = out.broken || line.broken;
      continue;
    }
    const Status good = decoder.decode(line.text, event);
    EXPECT_TRUE(good) << line.text << (good ? "" : good.error().message);
    ++out.events;
    see(event);
  }
  return out;
}

std::string text(const Event& event, FieldId field) { return event.has(field) ? std::string(event.get(field).text()) : std::string(); }

// By hand: six comments, one of them a notice; bits 100 + 502.
TEST(Twitch, TheSampleHoldsWhatWasCountedByHand) {
  std::map<std::string, std::size_t> types, gifts, accounts;
  std::int64_t bits = 0;
  const Read all = read(sample(), [&](const Event& event) {
    ++types[std::string(event.type_name)];
    ++accounts[text(event, field::kAccount)];
    EXPECT_EQ(text(event, field::kRoom), "770011");
    EXPECT_EQ(text(event, field::kSession), "2400000001");
    EXPECT_EQ(event.platform, "twitch");
    EXPECT_FALSE(event.has(field::kAmount));
    if (event.type != Type::kGiftSent) return;
    ++gifts[text(event, field::kGift)];
    if (text(event, field::kGift) == "bits") bits += event.get(field::kQuantity).integer;
  });
  EXPECT_TRUE(all.faults.empty());
  EXPECT_EQ(types, (std::map<std::string, std::size_t>{{"live.session.started", 1}, {"live.chat.posted", 5}, {"live.gift.sent", 3}}));
  EXPECT_EQ(gifts, (std::map<std::string, std::size_t>{{"bits", 2}, {"resub", 1}}));
  EXPECT_EQ(bits, 602);
  EXPECT_EQ(accounts, (std::map<std::string, std::size_t>{{"", 2}, {"501", 2}, {"502", 4}, {"503", 1}}));
}

TEST(Twitch, TextsTimesAndIdsAreThoseOfTheRecording) {
  std::vector<std::string> seen;
  read(sample(), [&](const Event& event) { seen.push_back(std::string(event.id) + " " + format_rfc3339(event.time, 0) + " " + text(event, field::kText)); });
  ASSERT_EQ(seen.size(), 9U);
  EXPECT_EQ(seen[0], "twitch-2400000001-started 2026-04-01T12:00:00Z ");
  EXPECT_EQ(seen[1], "c-0001 2026-04-01T12:00:03.25Z hello");
  EXPECT_EQ(seen[2], "c-0002 2026-04-01T12:00:09Z cheer100 for the \"first flush\" 🍵");
  EXPECT_EQ(seen[3], "c-0002-bits 2026-04-01T12:00:09Z ");
}

const std::string kGood = R"({"_id":"a","created_at":"2026-04-01T12:00:03Z","channel_id":"7","message":{"body":"x"}})";

struct Damaged {
  const char* name;
  std::string json;
  std::size_t events;
  std::vector<std::string> faults;
  bool broken;
};

TEST(Twitch, WhatIsDamagedIsToldAndTheRestGoesOn) {
  const std::string open = R"({"comments":[)";
  const std::vector<Damaged> table{
      {"whole", open + kGood + "]}", 1, {}, false},
      {"no comments", R"({"comments":[]})", 0, {}, false},
      {"cut in a comment", open + kGood + "," + kGood.substr(0, 30), 1, {"2: the JSON is cut short"}, true},
      {"cut between", open + kGood, 1, {"2: the JSON is cut short"}, true},
      {"nothing", "", 0, {"1: the JSON is cut short"}, true},
      {"an array", "[]", 0, {"1: not JSON: expected '{' in line 1"}, true},
      {"more behind", open + kGood + "]} x", 1, {"2: not JSON: more after the object's end in line 1"}, true},
      {"no comma", open + kGood + kGood + "]}", 1, {"2: not JSON: expected ',' in line 1"}, true},
      {"a comment that is none", open + "7," + kGood + "]}", 1, {"1: a comment is not a JSON object"}, false},
      {"broken inside", open + R"({"_id":tru},)" + kGood + "]}", 1, {"1: a comment is not a JSON object"}, false},
      {"no message", open + R"({"_id":"b","created_at":"2026-04-01T12:00:03Z"},)" + kGood + "]}", 1, {"1: message: required, but absent or no object"}, false},
      {"no body", open + R"({"message":{"body":7}},)" + kGood + "]}", 1, {"1: message.body: required, but absent or no string"}, false},
      {"no time", open + R"({"message":{"body":"x"}},)" + kGood + "]}", 1, {"1: created_at: required, but absent or no string"}, false},
      {"bits that are none", open + R"({"created_at":"2026-04-01T12:00:03Z","message":{"body":"x","bits_spent":-1}},)" + kGood + "]}", 1,
       {"1: message.bits_spent: expected a count"}, false},
      {"a streamer that is none", R"({"streamer":7,"comments":[)" + kGood + "]}", 1, {"1: streamer: not a JSON object"}, false},
      {"a huge comment", open + R"({"message":{"body":")" + std::string(2 << 20, 'x') + "\"}}," + kGood + "]}", 1, {"1: a comment of more than 1048576 bytes"}, false},
  };
  for (const Damaged& one : table) {
    const Read found = read(one.json);
    EXPECT_EQ(found.events, one.events) << one.name;
    EXPECT_EQ(found.faults, one.faults) << one.name;
    EXPECT_EQ(found.broken, one.broken) << one.name;
  }
}

}  // namespace
}  // namespace lw::event
