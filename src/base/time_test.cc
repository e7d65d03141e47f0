#include "base/time.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace lw {
namespace {

TEST(Rfc3339, reads_offsets_and_fractions) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z")->ns, 0);
  EXPECT_EQ(parse_rfc3339("1970-01-01T08:00:00+08:00")->ns, 0);
  EXPECT_EQ(parse_rfc3339("2025-08-31T11:57:37.549880+08:00")->ns, 1756612657549880000);
  EXPECT_EQ(parse_rfc3339("2000-02-29T00:00:00.000000001z")->ns, 951782400000000001);
}

TEST(Rfc3339, refuses_what_is_malformed) {
  for (const char* text : {"", "2025-08-31", "2025-08-31T11:57:37", "2025-02-29T00:00:00Z", "2025-13-01T00:00:00Z",
                           "2025-08-31T24:00:00Z", "2025-08-31T11:57:61Z", "2025-08-31T11:57:37.Z",
                           "2025-08-31T11:57:37.1234567891Z", "2025-08-31T11:57:37+0800", "2025-08-31T11:57:37Zx",
                           "2025-08-31 11:57:37Z", "9999-08-31T11:57:37Z", "2025-08-3xT11:57:37Z"})
    EXPECT_FALSE(parse_rfc3339(text)) << text;
}

TEST(Rfc3339, a_leap_second_is_the_next_second) {
  EXPECT_EQ(parse_rfc3339("2016-12-31T23:59:60Z"), parse_rfc3339("2017-01-01T00:00:00Z"));
  EXPECT_EQ(parse_rfc3339("2017-01-01T07:59:60.5+08:00"), parse_rfc3339("2017-01-01T00:00:00.5Z"));
}

TEST(Rfc3339, what_is_too_far_away_is_the_furthest_there_is) {
  const Time first = *parse_rfc3339("1678-01-01T00:00:00Z"), last = *parse_rfc3339("2261-12-31T23:59:59.999999999Z");
  struct Case {
    const char* text;
    Time clamped;
  };
  for (const Case& c : {Case{"9999-12-31T23:59:59+08:00", last}, {"2262-01-01T00:00:00Z", last}, {"1677-12-31T23:59:59.9Z", first},
                        {"0001-01-01T00:00:00Z", first}, {"0000-02-29T00:00:00Z", first}}) {
    EXPECT_FALSE(parse_rfc3339(c.text)) << c.text;
    EXPECT_EQ(parse_rfc3339_clamped(c.text), c.clamped) << c.text;
  }
  EXPECT_EQ(parse_rfc3339_clamped("2026-01-01T08:00:00+08:00"), parse_rfc3339("2026-01-01T08:00:00+08:00"));
  for (const char* text : {"9999-02-29T00:00:00Z", "9999-12-31", "-001-01-01T00:00:00Z", "10000-01-01T00:00:00Z"})
    EXPECT_FALSE(parse_rfc3339_clamped(text)) << text;
}

TEST(TimeArithmetic, ends_where_the_integers_end) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max(), kMin = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(Time{kMax} + Duration{1}, Time{kMax});
  EXPECT_EQ(Time{kMin} - Duration{1}, Time{kMin});
  EXPECT_EQ(Time{kMin + 5} + Duration{kMin}, Time{kMin});
  EXPECT_EQ(Time{kMax} - Time{-1}, Duration{kMax});
  EXPECT_EQ(Time{kMin} - Time{1}, Duration{kMin});
  EXPECT_EQ(Time{5} - Duration{7}, Time{-2});
}

TEST(Rfc3339, every_time_survives_the_round_trip) {
  EXPECT_TRUE(rc::check([](std::int64_t ns, bool utc) {
    const Time time{ns / 4 * 3 / 3};
    const int offset = utc ? 0 : *rc::gen::inRange(-1439, 1440);
    if (time.ns < -9'000'000'000'000'000'000 || time.ns > 9'000'000'000'000'000'000) return;
    RC_ASSERT(parse_rfc3339(format_rfc3339(time, offset)) == time);
  }));
}

TEST(DurationText, reads_and_refuses) {
  EXPECT_EQ(parse_duration("90s")->ns, 90 * kSecond);
  EXPECT_EQ(parse_duration("1h30m")->ns, 90 * kMinute);
  EXPECT_EQ(parse_duration("1w2d")->ns, 9 * kDay);
  EXPECT_EQ(parse_duration("250ms")->ns, kSecond / 4);
  EXPECT_EQ(parse_duration("0")->ns, 0);
  for (const char* text : {"", "h", "1", "1m1h", "1.5h", "-1s", "1 h", "99999999999999999999s", "1y"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(DurationText, survives_the_round_trip) {
  EXPECT_TRUE(rc::check([](std::uint32_t ns, std::uint32_t s) {
    const Duration duration{static_cast<std::int64_t>(s) * kSecond + ns};
    RC_ASSERT(parse_duration(format_duration(duration)) == duration);
  }));
}

}  // namespace
}  // namespace lw
