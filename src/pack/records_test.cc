// The record clock: the longest of the terms that hold on the event's day, by the calendar.
#include "pack/records.h"

#include <gtest/gtest.h>

#include "pack/load.h"

namespace lw::pack {
namespace {

constexpr const char* kPack = R"(
pack: {id: test, version: 1.0.0, timezone: "+08:00"}
records:
  - {id: rest, keep: 60d, basis: [{instrument: A law, known: S, from: 2016-12-01}]}
  - {id: log, on: [live.viewer.*], keep: 6mo, basis: [{instrument: B law, known: S, from: 2017-06-01}]}
  - {id: chat, on: [live.chat.posted], keep: 3y, basis: [{instrument: C law, known: S, from: 2026-02-01}]}
  - {id: trade, on: [live.order.*], keep: 3y, margin: 10d, basis: [{instrument: D law, known: S, from: 2019-01-01, to: 2027-01-01}]}
)";

struct Case {
  const char* time;
  event::Type type;
  const char* term;
  const char* until;  // that day's midnight in the zone; null: for ever
};

TEST(RecordClock, TheLongestTermThatHoldsOnTheDayOfTheEvent) {
  const auto loaded = load({Source{"pack", {{"pack.yaml", kPack}}}}, {});
  ASSERT_TRUE(loaded) << loaded.error().front().to_string();
  RecordClock clock(loaded->plan);
  using event::Type;
  const Case cases[] = {
      {"2026-06-01T10:00:00+08:00", Type::kLikeSent, "rest", "2026-08-01T00:00:00+08:00"},
      {"2026-06-01T23:59:59+08:00", Type::kLikeSent, "rest", "2026-08-01T00:00:00+08:00"},
      {"2026-06-01T16:00:00Z", Type::kLikeSent, "rest", "2026-08-02T00:00:00+08:00"},   // the next day there
      {"2026-06-01T10:00:00+08:00", Type::kUnknown, "rest", "2026-08-01T00:00:00+08:00"},
      {"2026-06-01T10:00:00+08:00", Type::kViewerJoined, "log", "2026-12-02T00:00:00+08:00"},
      {"2025-08-31T10:00:00+08:00", Type::kViewerLeft, "log", "2026-03-01T00:00:00+08:00"},  // February has no 31st
      {"2026-01-31T23:59:59+08:00", Type::kChatPosted, "rest", "2026-04-02T00:00:00+08:00"},  // the day before its law
      {"2026-02-01T00:00:00+08:00", Type::kChatPosted, "chat", "2029-02-02T00:00:00+08:00"},
      {"2024-02-29T10:00:00+08:00", Type::kOrderPaid, "trade", "2027-03-11T00:00:00+08:00"},
      {"2027-01-01T00:00:00+08:00", Type::kOrderPaid, "rest", "2027-03-03T00:00:00+08:00"},
      {"2010-01-01T00:00:00+08:00", Type::kOrderPaid, "", nullptr},
      {"1960-01-01T00:00:00+08:00", Type::kOrderPaid, "", nullptr},
  };
  for (const Case& one : cases) {
    const auto kept = clock.of(one.type, *parse_rfc3339(one.time));
    EXPECT_EQ(kept.term, one.term) << one.time;
    EXPECT_EQ(kept.until, one.until ? clock.day_of(*parse_rfc3339(one.until)) : RecordClock::kForEver) << one.time;
  }
}

TEST(RecordClock, WithoutTermsAllIsKept) {
  RecordClock clock;
  EXPECT_EQ(clock.of(event::Type::kChatPosted, *parse_rfc3339("2026-06-01T10:00:00Z")).until, RecordClock::kForEver);
}

}  // namespace
}  // namespace lw::pack
