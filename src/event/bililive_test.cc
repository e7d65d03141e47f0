#include "event/bililive_feed.h"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <set>

#include "event/decoder.h"

namespace lw::event {
namespace {

std::string sample() {
  std::ifstream in(LW_SOURCE_DIR "/samples/recordings/bililive.xml", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Read {
  std::vector<std::string> faults;
  bool broken = false;
  std::size_t events = 0;
};

// Every line that is no fault must be an event.
Read read(const std::string& xml, const std::function<void(const Event&)>& see = [](const Event&) {}) {
  const Schema schema;
  Decoder decoder(schema);
  Event event;
  Line line;
  Read out;
  const auto feed = bililive_feed(ByteStream::of(xml));
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

// The sums were added up by hand:
//   小花 1,000 coins 100 · 小灯 7 × 100 coins 70 · 茶芽 15 coins 1.5, so 2 · silver 0 and 0 · 舰长 198,000 coins 19,800 ·
//   提督 2 × 1,998,000 coins 399,600 · super chats 3,000 and 10,000 · one guard and one gift without a price
TEST(Bililive, TheSampleHoldsWhatWasCountedByHand) {
  std::int64_t amount = 0, quantity = 0;
  std::map<std::string, std::size_t> types, accounts;
  std::size_t priced = 0;
  std::set<std::string> ids;
  const Read all = read(sample(), [&](const Event& event) {
    ++types[std::string(event.type_name)];
    ids.emplace(event.id);
    EXPECT_EQ(text(event, field::kRoom), "880001");
    EXPECT_EQ(event.platform, "bilibili");
    ++accounts[text(event, field::kAccount)];
    if (event.type != Type::kGiftSent) return;
    quantity += event.get(field::kQuantity).integer;
    if (event.has(field::kAmount)) amount += event.get(field::kAmount).integer, ++priced;
  });
  EXPECT_TRUE(all.faults.empty());
  EXPECT_EQ(types["live.session.started"], 1U);
  EXPECT_EQ(types["live.chat.posted"], 6U);
  EXPECT_EQ(types["live.gift.sent"], 11U);
  EXPECT_EQ(ids.size(), 18U);
  EXPECT_EQ(priced, 9U);
  EXPECT_EQ(amount, 100 + 70 + 2 + 19'800 + 399'600 + 3'000 + 10'000);
  EXPECT_EQ(quantity, 5 + 1 + 7 + 1 + 1 + 2 + 1 + 1 + 1 + 3 + 1);
  // Without an account: the session's start, and two of the hidden user. Names without uid are those of known uids.
  const std::map<std::string, std::size_t> expected{{"", 3}, {"1001", 6}, {"1002", 7}, {"1003", 1}, {"1004", 1}};
  EXPECT_EQ(accounts, expected);
}

TEST(Bililive, TextsAndTimesAreThoseOfTheRecording) {
  std::vector<std::string> texts, times;
  std::string host, gift;
  read(sample(), [&](const Event& event) {
    times.push_back(format_rfc3339(event.time));
    if (event.type == Type::kChatPosted) texts.push_back(text(event, field::kText));
    if (event.type == Type::kSessionStarted) host = text(event, field::kHost);
    if (event.type == Type::kGiftSent) gift = text(event, field::kGift);
  });
  EXPECT_EQ(host, "茶园小周");
  EXPECT_EQ(gift, "辣条");
  const std::vector<std::string> expected{"晚上好", "这是哪里的茶", "主播几点下播", "1 < 2 && \"好茶\"", "两行\n的弹幕", "谢谢主播"};
  EXPECT_EQ(texts, expected);
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
  EXPECT_EQ(times[0], "2026-03-28T19:30:00.123+08:00");
  EXPECT_EQ(times[1], "2026-03-28T19:30:01.623+08:00");
  EXPECT_EQ(times[3], "2026-03-28T19:30:03.123+08:00");
}

const std::string kHead = R"(<i><BililiveRecorderRecordInfo roomid="6" start_time="2026-03-28T19:30:00+08:00"/>)";
const std::string kChat = R"(<d p="1.0,1,25,16777215,1774697401623,0,7,0" user="a">x</d>)";

struct Damaged {
  const char* name;
  std::string xml;
  std::size_t events;
  std::vector<std::string> faults;
  bool broken;
};

TEST(Bililive, WhatIsDamagedIsToldAndTheRestGoesOn) {
  const std::vector<Damaged> table{
      {"cut short", kHead + kChat + "\n<d p=\"1.0,1", 2, {"2: the XML breaks off: unclosed token"}, true},
      {"not closed", kHead + kChat, 2, {"1: the XML breaks off: no element found"}, true},
      {"nothing", "", 0, {"1: the XML breaks off: no element found"}, true},
      {"another root", "<html><d p=\"1.0,1,25,1,1774697401623,0,7,0\">x</d></html>", 0,
       {"1: expected the root element <i> of a BililiveRecorder recording, found <html>"}, true},
      {"entities", "<!DOCTYPE i [<!ENTITY a \"aaa\">]>\n" + kHead + "&a;" + kChat + "</i>", 0,
       {"1: a document type declaration, which may define entities: refused"}, true},
      {"no time", kHead + "\n<d p=\"1.0,1\" user=\"a\">x</d>\n" + kChat + "</i>", 2,
       {"2: <d>: p: expected milliseconds since 1970 in fifth place, found \"1.0,1\""}, false},
      {"time past 64 bits", kHead + "<d p=\"1,1,1,1,99999999999999999\"/></i>", 1,
       {"1: <d>: p: expected milliseconds since 1970 in fifth place, found \"1,1,1,1,99999999999999999\""}, false},
      {"a price that is none", kHead + "<sc ts=\"1\" user=\"a\" price=\"free\"/>" + kChat + "</i>", 2,
       {"1: <sc>: price: expected yuan such as 30 or 29.90, found \"free\""}, false},
      {"raw that is no JSON", kHead + "<gift ts=\"1\" user=\"a\" giftname=\"g\" giftcount=\"1\" raw=\"{\"/>" + kChat + "</i>", 2,
       {"1: <gift>: raw: not JSON"}, false},
      {"coins past 64 bits", kHead + "<gift ts=\"1\" giftcount=\"9223372036854775807\" raw=\"{&quot;coin_type&quot;:&quot;gold&quot;,&quot;price&quot;:100}\"/></i>", 1,
       {"1: <gift>: raw.price: a number outside the 64-bit integers"}, false},
      {"a gift without any time", "<i><gift user=\"a\" giftname=\"g\" giftcount=\"1\"/></i>", 0,
       {"1: <gift>: no time: neither seconds in ts with a start_time before them, nor raw.timestamp"}, false},
      {"a start that is no time", "<i><BililiveRecorderRecordInfo roomid=\"6\" start_time=\"yesterday\"/>" + kChat + "</i>", 1,
       {"1: <BililiveRecorderRecordInfo>: start_time: expected an RFC 3339 time with an offset, found \"yesterday\""}, false},
  };
  for (const Damaged& one : table) {
    const Read found = read(one.xml);
    EXPECT_EQ(found.events, one.events) << one.name;
    EXPECT_EQ(found.faults, one.faults) << one.name;
    EXPECT_EQ(found.broken, one.broken) << one.name;
  }
}

TEST(Bililive, OneTagCannotFillTheMemory) {
  const Read attribute = read(kHead + kChat + "<d p=\"" + std::string(16 << 20, 'x') + "\"/>" + kChat + "</i>");
  EXPECT_EQ(attribute.events, 2U);
  ASSERT_EQ(attribute.faults.size(), 1U);
  EXPECT_EQ(attribute.faults[0], "1: a tag of more than 4194304 bytes");
  const Read content = read(kHead + "<d p=\"1,1,1,1,1774697401623\">" + std::string(16 << 20, 'x') + "</d>" + kChat + "</i>");
  EXPECT_EQ(content.events, 2U);
  ASSERT_EQ(content.faults.size(), 1U);
  EXPECT_EQ(content.faults[0], "1: <d>: longer than 1048576 bytes");
}

}  // namespace
}  // namespace lw::event
