#include "engine/engine.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <functional>

#include "event/decoder.h"
#include "event/feed.h"
#include "event/line_feed.h"
#include "pack/load.h"

namespace lw::engine {
namespace {

// A small pack in which everything that the engine remembers has a part: windows, members, timers, cool-downs, links.
constexpr std::string_view kPack = R"(
pack: {id: small, version: 1.0.0}
keys:
  room_device: {fields: [room, device]}
features:
  - {id: device.accounts_1h, distinct: event.account, on: [live.viewer.joined], window: 1h, members: true, doc: {zh: 账号, en: accounts}}
  - {id: account.joins, count: true, on: [live.viewer.joined], window: 10m, doc: {zh: 进入, en: joins}}
  - {id: room_device.joins, count: true, on: [live.viewer.joined], window: ever, doc: {zh: 进入, en: joins}}
  - {id: room.amount, sum: event.amount, on: [live.gift.sent], window: 5m, doc: {zh: 金额, en: amount}}
  - {id: notice.kinds, last: event.kind, on: [live.notice.received], doc: {zh: 种类, en: kind}}
rules:
  - id: farm
    obligation: fake-traffic
    violation: fake-traffic
    title: {zh: 设备, en: farm}
    duty: {zh: 不得, en: must not}
    on: [live.viewer.joined]
    when: device.accounts_1h >= 3
    target: {each: device.accounts_1h, kind: account}
    severity: high
    basis: [{instrument: 甲, article: "1", known: S, from: 2020-01-01, to: 2026-06-02}, {instrument: 乙, article: "2", known: S, from: 2026-06-02}]
    lead: samr
    cooldown: 24h
    message: {zh: "{device.accounts_1h}", en: "{device.accounts_1h} accounts"}
    tests:
      - {name: two, events: [{at: "10:00:00", type: live.viewer.joined, room: r, account: a, device: d}], expect: []}
      - {name: three, events: [{at: "10:00:00", every: 1s, repeat: 3, type: live.viewer.joined, room: r, account: "a{n}", device: d}],
         expect: [{target: account/a1}, {target: account/a2}, {target: account/a3}]}
  - id: gifts
    obligation: tipping-breach
    violation: tipping-breach
    title: {zh: 打赏, en: gifts}
    duty: {zh: 不得, en: must not}
    on: [live.gift.sent]
    when: room.amount > 1000
    target: room
    severity: low
    basis: [{instrument: 甲, article: "1", known: S, from: 2020-01-01}]
    lead: samr
    cooldown: 1h
    message: {zh: "{room.amount}", en: "{room.amount}"}
    tests:
      - {name: little, events: [{at: "10:00:00", type: live.gift.sent, room: r, account: a, amount: 1000}], expect: []}
      - {name: much, events: [{at: "10:00:00", type: live.gift.sent, room: r, account: a, amount: 1001}], expect: [{target: room/r}]}
  - id: unanswered
    obligation: duty-overdue
    violation: duty-overdue
    title: {zh: 未答复, en: unanswered}
    duty: {zh: 应当, en: must}
    on: [live.notice.received]
    when: has(event.room)
    after: 2h
    unless: {on: [live.notice.answered], key: notice}
    target: room
    severity: medium
    basis: [{instrument: 甲, article: "1", known: S, from: 2020-01-01}]
    lead: cac
    cooldown: ever
    message: {zh: "{event.notice}", en: "{notice.kinds} {event.notice}"}
    tests:
      - {name: answered, events: [{at: "10:00:00", type: live.notice.received, room: r, notice: n, kind: k}, {at: "+1h", type: live.notice.answered, notice: n}], end: "18:00:00", expect: []}
      - {name: not, events: [{at: "10:00:00", type: live.notice.received, room: r, notice: n, kind: k}], end: "18:00:00", expect: [{target: room/r}]}
)";

pack::Loaded loaded(std::string_view text) {
  pack::LoadOptions options;
  options.root = LW_SOURCE_DIR "/packs";
  auto out = pack::load({pack::Source{"small", {{"pack.yaml", std::string(text)}}}}, options);
  if (!out) {
    for (const Error& error : out.error()) ADD_FAILURE() << error.to_string();
    std::abort();
  }
  return std::move(*out);
}

class Lines : public DecisionSink {
 public:
  explicit Lines(const pack::Plan& plan) : writer_(plan) {}
  void decide(const Decision& decision) override { writer_.append(decision, text); }
  std::string text;

 private:
  DecisionWriter writer_;
};

struct How {
  std::size_t restart = 0;   // a new engine goes on after so many events, from a snapshot or
  bool take_over = false;    // from the engine itself
  bool sweep = true;
  std::size_t announce = 0;  // so many events at a time
  bool profile = false;
  std::function<void(const Engine&)> told = [](const Engine&) {};  // at the end
};

void take_over(Engine& old, Engine& next) {
  if (const Status good = next.take_over(old); !good) ADD_FAILURE() << good.error().message;
}

// What was restored is stored again as the same bytes, if the plans are the same.
void restore(const Engine& old, Engine& next) {
  const Engine::Snapshot snapshot = old.snapshot();
  std::string head;
  snapshot.head(head);
  if (const Status good = next.restore_head(head); !good) ADD_FAILURE() << good.error().message;
  for (std::uint32_t group = 0; group < kKeyGroups; ++group) {
    std::string bytes, again;
    snapshot.group(group, bytes);
    if (const Status good = next.restore(group, bytes); !good) ADD_FAILURE() << good.error().message;
    if (&old.plan() != &next.plan()) continue;
    next.snapshot().group(group, again);
    EXPECT_EQ(bytes, again) << "group " << group;
  }
}

std::string judged(const pack::Plan& plan, const std::vector<std::string>& events, How how) {
  auto engine = std::make_unique<Engine>(plan, Options{how.sweep});
  if (how.profile) engine->start_profile();
  Lines out(plan);
  std::vector<std::string> padded;
  for (const std::string& line : events) padded.push_back(line + std::string(event::kPadding, '\0'));
  std::vector<std::unique_ptr<event::Decoder>> decoders;
  std::vector<std::unique_ptr<event::Event>> decoded;
  std::vector<event::Event*> batch;
  for (std::size_t i = 0; i < events.size(); ++i) {
    decoders.push_back(std::make_unique<event::Decoder>(plan.schema));
    decoded.push_back(std::make_unique<event::Event>());
    const Status good = decoders.back()->decode({padded[i].data(), events[i].size()}, *decoded.back());
    if (!good) ADD_FAILURE() << good.error().message << "\n" << events[i];
    batch.push_back(decoded.back().get());
  }
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (how.announce && i % how.announce == 0) engine->announce(std::span(batch).subspan(i, std::min(how.announce, batch.size() - i)));
    if (how.restart && i == how.restart) {
      auto next = std::make_unique<Engine>(plan, Options{how.sweep});
      how.take_over ? take_over(*engine, *next) : restore(*engine, *next);
      engine = std::move(next);
    }
    engine->process(*batch[i], out);
  }
  engine->finish(out);
  how.told(*engine);
  return out.text;
}

std::string line_of(std::size_t number, std::int64_t at_s, std::string_view type, std::string_view data) {
  const Time time{1'780'279'200 * kSecond + at_s * kSecond};  // 2026-06-01 10:00 at +08:00
  return fmt::format(R"({{"specversion":"1.0","id":"e{}","source":"/platforms/p","type":"live.{}","time":"{}","data":{{{}}}}})", number, type,
                     format_rfc3339(time), data);
}

// Joins, gifts, notices and answers of a few people and rooms, over some hours, now and then late.
std::vector<std::string> any_events() {
  std::vector<std::string> out;
  std::int64_t at = 0;
  const auto count = *rc::gen::inRange<std::size_t>(40, 200);
  for (std::size_t i = 0; i < count; ++i) {
    at += *rc::gen::elementOf(std::vector<std::int64_t>{0, 0, 1, 7, 60, 299, 300, 301, 1800, 3600});
    const std::int64_t when = *rc::gen::weightedElement<std::int64_t>({{8, at}, {1, at - 100}, {1, at - 4000}});
    const int who = *rc::gen::inRange(0, 6), where = *rc::gen::inRange(0, 3);
    switch (*rc::gen::inRange(0, 5)) {
      case 0:
      case 1:
        out.push_back(line_of(i, when, "viewer.joined", fmt::format(R"("room":"r{}","account":"a{}","device":"d{}")", where, who, who % 2)));
        break;
      case 2:
        out.push_back(line_of(i, when, "gift.sent", fmt::format(R"("room":"r{}","account":"a{}","amount":{})", where, who, 100 * (who + 1))));
        break;
      case 3:
        out.push_back(line_of(i, when, "notice.received", fmt::format(R"("room":"r{}","notice":"n{}","kind":"k{}")", where, who, where)));
        break;
      default: out.push_back(line_of(i, when, "notice.answered", fmt::format(R"("notice":"n{}")", who))); break;
    }
  }
  return out;
}

RC_GTEST_PROP(EngineProperty, DecisionsDoNotDependOnHowItWasRun, ()) {
  static const pack::Loaded pack = loaded(kPack);
  const std::vector<std::string> events = any_events();
  const std::string straight = judged(pack.plan, events, {});
  RC_CLASSIFY(straight.empty(), "no decision");
  RC_ASSERT(judged(pack.plan, events, {.restart = *rc::gen::inRange<std::size_t>(1, events.size())}) == straight);
  RC_ASSERT(judged(pack.plan, events, {.sweep = false}) == straight);
  RC_ASSERT(judged(pack.plan, events, {.announce = *rc::gen::inRange<std::size_t>(1, 20)}) == straight);
}

std::vector<std::string> sample_events() {
  auto bytes = event::ByteStream::open(LW_SOURCE_DIR "/samples/sessions/demo.ndjson.zst");
  if (!bytes) return {};
  event::LineFeed feed(std::shared_ptr<event::ByteStream>(std::move(*bytes)));
  std::vector<std::string> events;
  for (event::Line line; feed.next(line) && events.size() < 6000;) events.emplace_back(line.text);
  return events;
}

// The shipped pack over the sample session: taken over by a new engine in the middle, and without what spares it work.
TEST(Engine, TheShippedPackGoesOnFromASnapshot) {
  pack::LoadOptions options;
  options.dirs = {LW_SOURCE_DIR "/packs/cn-live-commerce"};
  auto pack = pack::load(options);
  ASSERT_TRUE(pack) << pack.error().front().to_string();
  const std::vector<std::string> events = sample_events();
  const std::string straight = judged(pack->plan, events, {});
  EXPECT_FALSE(straight.empty());
  for (const std::size_t at : {std::size_t{1}, events.size() / 3, events.size() - 1}) {
    EXPECT_EQ(judged(pack->plan, events, {.restart = at}), straight);
    EXPECT_EQ(judged(pack->plan, events, {.restart = at, .take_over = true}), straight);
  }
  EXPECT_EQ(judged(pack->plan, events, {.sweep = false, .announce = 16}), straight);
  EXPECT_TRUE(std::ranges::any_of(pack->plan.quiet, [](const auto& journey) { return journey.has_value(); }));
  for (auto& journey : pack->plan.quiet) journey.reset();
  EXPECT_EQ(judged(pack->plan, events, {}), straight) << "a quiet journey decides otherwise than the whole";
  EXPECT_TRUE(std::ranges::any_of(pack->plan.rules, [](const pack::Rule& rule) { return !rule.words.empty(); }));
  for (pack::Rule& rule : pack->plan.rules) rule.words.clear();
  EXPECT_EQ(judged(pack->plan, events, {}), straight) << "a rule fires without the words it is said to need";
}

// A whole snapshot, and then what changed, several times: together they are what a whole one would be.
TEST(Engine, ChangesBehindASnapshotGiveTheSame) {
  pack::LoadOptions options;
  options.dirs = {LW_SOURCE_DIR "/packs/cn-live-commerce"};
  auto pack = pack::load(options);
  ASSERT_TRUE(pack) << pack.error().front().to_string();
  const std::vector<std::string> events = sample_events();
  Engine engine(pack->plan), other(pack->plan);
  Lines out(pack->plan), out_of_other(pack->plan);
  event::Decoder decoder(pack->plan.schema);
  event::Event event;
  const auto feed = [&](Engine& into, std::size_t from, std::size_t to, Lines& lines) {
    for (std::size_t i = from; i < to; ++i) {
      const std::string padded = events[i] + std::string(event::kPadding, '\0');
      ASSERT_TRUE(decoder.decode({padded.data(), events[i].size()}, event));
      into.process(event, lines);
    }
  };
  std::size_t bytes_whole = 0, bytes_changed = 0;
  const std::size_t step = events.size() / 5;
  for (std::size_t i = 0; i < 4; ++i) {
    feed(engine, i * step, (i + 1) * step, out);
    const Engine::Snapshot snapshot = engine.snapshot(i > 0);
    std::string head;
    snapshot.head(head);
    ASSERT_TRUE(other.restore_head(head));
    for (std::uint32_t group = 0; group < kKeyGroups; ++group) {
      std::string bytes;
      snapshot.group(group, bytes);
      const Status good = other.restore(group, bytes, i > 0);
      ASSERT_TRUE(good) << good.error().message;
      bytes_changed += i == 3 ? bytes.size() : 0;
    }
    engine.begin_changes();
    for (std::uint32_t group = 0; group < kKeyGroups; ++group) {
      std::string whole, again;
      engine.snapshot().group(group, whole);
      other.snapshot().group(group, again);
      EXPECT_EQ(whole, again) << "group " << group << " after snapshot " << i;
      bytes_whole += i == 3 ? whole.size() : 0;
    }
  }
  EXPECT_LT(bytes_changed, bytes_whole);
  out.text.clear();
  feed(engine, 4 * step, events.size(), out);
  feed(other, 4 * step, events.size(), out_of_other);
  EXPECT_FALSE(out.text.empty());
  EXPECT_EQ(out.text, out_of_other.text);
}

std::size_t count_of(const std::string& text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

TEST(Engine, EveryMemberIsNamedOnceWithItsOwnRoom) {
  const pack::Loaded pack = loaded(kPack);
  std::vector<std::string> events;
  for (std::size_t i = 0; i < 10; ++i) {
    events.push_back(line_of(i, static_cast<std::int64_t>(i), "viewer.joined", fmt::format(R"("room":"r{}","account":"a{}","device":"d")", i % 2, i % 5)));
  }
  const std::string out = judged(pack.plan, events, {});
  // Five accounts, each seen in both rooms.
  EXPECT_EQ(count_of(out, "\"rule\":\"farm\""), 10u);
  EXPECT_EQ(count_of(out, "\"room\":\"r0\""), 5u);
  EXPECT_EQ(count_of(out, "\"evidence\""), 10u);
}

TEST(Engine, APatternsHitIsToldInTheWordsThatItFound) {
  const pack::Loaded pack = loaded(std::string(kPack) + R"(
  - id: words
    obligation: absolute-term
    violation: absolute-term
    title: {zh: 用语, en: words}
    duty: {zh: 不得, en: must not}
    on: [live.chat.posted]
    when: text.words.size() >= 2
    target: account
    severity: low
    basis: [{instrument: 甲, article: "1", known: S, from: 2020-01-01}]
    lead: samr
    message: {zh: "{text.words.size()}：{text.words}", en: "{text.words.join(' | ')}"}
    tests:
      - {name: one, events: [{at: "10:00:00", type: live.chat.posted, account: a, text: 国家级}], expect: []}
      - {name: two, events: [{at: "10:00:00", type: live.chat.posted, account: a, text: 国家级买1送2}], expect: [{target: account/a}]}
terms:
  - {id: words, fields: [text], on: [live.chat.posted], list: [国家级], regex: ["买[0-9]+送[0-9]+"]}
)");
  // A term as the list writes it; of a pattern what it found first, as it was written; each once.
  const std::string out = judged(pack.plan, {line_of(0, 0, "chat.posted", R"("room":"r","account":"a","text":"买１送2，國家級，买3送4，国家级")")}, {});
  EXPECT_NE(out.find(R"("zh":"2：买１送2、国家级")"), std::string::npos) << out;
  EXPECT_NE(out.find(R"("en":"买１送2 | 国家级")"), std::string::npos) << out;
  EXPECT_EQ(judged(pack.plan, {line_of(0, 0, "chat.posted", R"("room":"r","account":"a","text":"买1送2买3送4")")}, {}), "");
}

TEST(Engine, MoneyIsToldInMajorUnits) {
  const pack::Loaded pack = loaded(std::string(kPack) + R"(
  - id: money
    obligation: tipping-breach
    violation: tipping-breach
    title: {zh: 打赏, en: gifts}
    duty: {zh: 不得, en: must not}
    on: [live.gift.sent]
    when: "true"
    target: room
    severity: low
    basis: [{instrument: 甲, article: "1", known: S, from: 2020-01-01}]
    lead: samr
    cooldown: 0s
    message: {zh: "打赏 {event.amount|money} 元", en: "CNY {-event.amount|money} of {event.?original_amount.orValue(1299900)|money}, {event.prize_amount|money}"}
    tests:
      - {name: any, events: [{at: "10:00:00", type: live.gift.sent, room: r, account: a, amount: 1}], expect: [{target: room/r}]}
      - {name: none, events: [{at: "10:00:00", type: live.chat.posted, room: r, account: a, text: a}], expect: []}
)");
  const std::string out = judged(pack.plan, {line_of(0, 0, "gift.sent", R"("room":"r","account":"a","amount":5)"), line_of(1, 1, "gift.sent", R"("room":"r","account":"a","amount":990)")}, {});
  EXPECT_NE(out.find(R"("zh":"打赏 0.05 元","en":"CNY -0.05 of 12999.00, ?")"), std::string::npos) << out;
  EXPECT_NE(out.find("打赏 9.90 元"), std::string::npos) << out;
}

TEST(Engine, TheLawIsThatOfTheEventsTime) {
  const pack::Loaded pack = loaded(kPack);
  const auto farm_at = [&](std::int64_t from) {
    std::vector<std::string> events;
    for (std::size_t i = 0; i < 3; ++i) events.push_back(line_of(i, from, "viewer.joined", fmt::format(R"("room":"r","account":"a{}","device":"d")", i)));
    return judged(pack.plan, events, {});
  };
  const std::string before = farm_at(0), after = farm_at(14 * 3600);  // midnight of June 2 at +08:00
  EXPECT_NE(before.find("甲"), std::string::npos);
  EXPECT_EQ(before.find("乙"), std::string::npos);
  EXPECT_NE(after.find("乙"), std::string::npos);
  EXPECT_EQ(after.find("甲"), std::string::npos);
}

TEST(Engine, WhatTheInputDoesNotHoldIsUndecided) {
  const pack::Loaded pack = loaded(kPack);
  const auto run = [&](std::int64_t last) {
    return judged(pack.plan, {line_of(0, 0, "notice.received", R"("room":"r","notice":"n","kind":"k")"), line_of(1, last, "gift.sent", R"("room":"x","account":"a","amount":1)")}, {});
  };
  EXPECT_EQ(run(7199), "");
  EXPECT_EQ(count_of(run(7200), "\"rule\":\"unanswered\""), 1u);
  EXPECT_NE(run(9000).find("2026-06-01T12:00:00+08:00"), std::string::npos) << "a timer decides at its deadline";
}

// Goes on under another plan: what `second` says after `first` was judged under `before`.
std::string changed(const pack::Plan& before, const pack::Plan& after, const std::vector<std::string>& first, const std::vector<std::string>& second,
                    Engine::Restored& restored, bool directly) {
  Engine old(before), now(after);
  Lines ignored(before), out(after);
  const auto feed = [](Engine& engine, const std::vector<std::string>& events, DecisionSink& sink) {
    for (const std::string& line : events) {
      event::Decoder decoder(engine.plan().schema);
      event::Event event;
      const std::string padded = line + std::string(event::kPadding, '\0');
      ASSERT_TRUE(decoder.decode({padded.data(), line.size()}, event));
      engine.process(event, sink);
    }
  };
  feed(old, first, ignored);
  directly ? take_over(old, now) : restore(old, now);
  restored = now.restored();
  feed(now, second, out);
  now.finish(out);
  return out.text;
}

// From a snapshot and from the engine itself: the same.
std::string changed(const pack::Plan& before, const pack::Plan& after, const std::vector<std::string>& first, const std::vector<std::string>& second,
                    Engine::Restored& restored) {
  Engine::Restored directly;
  const std::string taken = changed(before, after, first, second, directly, true);
  const std::string out = changed(before, after, first, second, restored, false);
  EXPECT_EQ(taken, out);
  EXPECT_EQ(directly.afresh, restored.afresh);
  EXPECT_EQ(directly.gone, restored.gone);
  EXPECT_EQ(directly.timers_left_out, restored.timers_left_out);
  return out;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

TEST(Engine, AChangedPackKeepsTheHistoryThatItHasInCommon) {
  const std::string text(kPack);
  const pack::Loaded before = loaded(text);
  const std::vector<std::string> first = {
      line_of(0, 0, "viewer.joined", R"("room":"r","account":"a0","device":"d")"),
      line_of(1, 1, "viewer.joined", R"("room":"r","account":"a1","device":"d")"),
      line_of(2, 2, "gift.sent", R"("room":"r","account":"a1","amount":900)"),
      line_of(3, 3, "notice.received", R"("room":"r","notice":"n","kind":"k")"),
  };
  const std::vector<std::string> second = {
      line_of(4, 60, "viewer.joined", R"("room":"r","account":"a2","device":"d")"),
      line_of(5, 61, "gift.sent", R"("room":"r","account":"a1","amount":200)"),
      line_of(6, 9000, "gift.sent", R"("room":"x","account":"a1","amount":1)"),
  };
  Engine::Restored restored;
  const std::string same = changed(before.plan, before.plan, first, second, restored);
  EXPECT_EQ(count_of(same, "\"rule\":\"farm\""), 3u);
  EXPECT_EQ(count_of(same, "\"rule\":\"gifts\""), 1u);
  EXPECT_EQ(count_of(same, "\"rule\":\"unanswered\""), 1u);
  EXPECT_TRUE(restored.afresh.empty() && restored.gone.empty());

  // Another window: that sum begins anew, the rest goes on, whatever was added beside it.
  std::string text_b = replaced(text, "on: [live.gift.sent], window: 5m", "on: [live.gift.sent], window: 6m");
  text_b = replaced(text_b, "features:\n", "features:\n  - {id: device.first, first: event.account, on: [live.viewer.joined], doc: {zh: 首, en: first}}\n");
  text_b = replaced(text_b, "{device.accounts_1h} accounts", "{device.accounts_1h} accounts, first {device.first}");
  const pack::Loaded after = loaded(text_b);
  const std::string out = changed(before.plan, after.plan, first, second, restored);
  EXPECT_EQ(restored.afresh, (std::vector<std::string>{"device.first", "room.amount"}));
  EXPECT_TRUE(restored.gone.empty());
  EXPECT_EQ(count_of(out, "\"rule\":\"farm\""), 3u);
  EXPECT_EQ(count_of(out, "\"rule\":\"gifts\""), 0u) << "200 of the last six minutes, the 900 were counted under another window";
  EXPECT_EQ(count_of(out, "\"rule\":\"unanswered\""), 1u);

  // A rule that waits is switched off: its deadlines are dropped, and counted.
  const pack::Loaded without = loaded(replaced(text, "- id: unanswered", "- id: unanswered\n    enabled: false"));
  const std::string rest = changed(before.plan, without.plan, first, second, restored);
  EXPECT_EQ(restored.timers_left_out, 1u);
  EXPECT_EQ(count_of(rest, "\"rule\":\"unanswered\""), 0u);
  EXPECT_EQ(count_of(rest, "\"rule\":\"farm\""), 3u);
}

TEST(Engine, DamagedSnapshotsAreRefused) {
  const pack::Loaded pack = loaded(kPack);
  Engine engine(pack.plan);
  std::string head, group;
  engine.snapshot().head(head);
  engine.snapshot().group(3, group);
  Engine other(pack.plan);
  for (std::size_t size = 0; size < head.size(); ++size) EXPECT_FALSE(other.restore_head(std::string_view(head).substr(0, size)));
  ASSERT_TRUE(other.restore_head(head));
  for (std::size_t size = 0; size < group.size(); ++size) EXPECT_FALSE(other.restore(3, std::string_view(group).substr(0, size)));
  EXPECT_FALSE(other.restore(3, group + "x"));
  EXPECT_TRUE(other.restore(3, group));
}

// Four joins, one of them without an account; a gift that is no gift: counts are as they were, and nothing else is decided.
TEST(Engine, a_profile_counts_and_changes_nothing) {
  const pack::Loaded pack = loaded(kPack);
  std::vector<std::string> events;
  for (const char* data : {R"("room":"r","account":"a1","device":"d")", R"("room":"r","account":"a2","device":"d")", R"("room":"r","device":"d")",
                           R"("room":"r","account":"a3","device":"d")"}) {
    events.push_back(line_of(events.size(), static_cast<std::int64_t>(events.size()), "viewer.joined", data));
  }
  events.push_back(line_of(4, 4, "gift.sent", R"("room":"r","account":"a1")"));
  events.push_back(line_of(5, 5, "gift.sent", R"("room":"r","account":"a1","amount":2000)"));
  How how;
  how.profile = true;
  Profile profile(pack.plan);
  std::vector<RuleCount> counts, plain_counts;
  how.told = [&](const Engine& engine) {
    profile = *engine.profile();
    counts = engine.rule_counts();
  };
  const std::string profiled = judged(pack.plan, events, how);
  How plain;
  plain.told = [&](const Engine& engine) {
    EXPECT_EQ(engine.profile(), nullptr);
    plain_counts = engine.rule_counts();
  };
  EXPECT_EQ(judged(pack.plan, events, plain), profiled);
  std::uint64_t ticks = profile.finding;
  for (std::size_t i = 0; i < pack.plan.features.size(); ++i) {
    const Profile::Feature& feature = profile.features[i];
    ticks += feature.ticks;
    const std::string& id = pack.plan.features[i].id;
    if (id == "device.accounts_1h") {
      EXPECT_EQ(feature.asked, 4u);
      EXPECT_EQ(feature.updates, 3u);
      EXPECT_EQ(feature.reads, 4u);
    }
    if (id == "room.amount") {
      EXPECT_EQ(feature.asked, 2u);
      EXPECT_EQ(feature.updates, 1u);
      EXPECT_EQ(feature.reads, 2u);
    }
  }
  for (std::size_t i = 0; i < pack.plan.rules.size(); ++i) {
    ticks += profile.rules[i];
    EXPECT_EQ(counts[i].evaluated, plain_counts[i].evaluated);
    EXPECT_EQ(counts[i].fired, plain_counts[i].fired);
    EXPECT_EQ(counts[i].decisions, plain_counts[i].decisions);
    EXPECT_EQ(counts[i].decisions, pack.plan.rules[i].id.ends_with("farm") ? 3u : pack.plan.rules[i].id.ends_with("gifts") ? 1u : 0u);
    EXPECT_EQ(profile.rules[i] > 0, counts[i].evaluated > 0) << pack.plan.rules[i].id;
  }
  EXPECT_GT(ticks, 0u);
  EXPECT_GE(profile.judging, ticks);
}

}  // namespace
}  // namespace lw::engine
