#include "event/money.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fmt/format.h>

namespace lw::event {
namespace {

TEST(Money, DecimalsToMinorUnits) {
  struct Case {
    const char* text;
    std::optional<std::int64_t> value;
  };
  const Case table[] = {
      {"12.30", 1230},  {"12", 1200},      {"0.005", 1},      {"-0.005", -1},     {"0.0049999", 0}, {"-12.345", -1235},
      {"+7.1", 710},    {"007", 700},      {"0.994999", 99},  {"0.995", 100},     {"", {}},         {".5", {}},
      {"5.", {}},       {"1,000", {}},     {"1e3", {}},       {"--1", {}},        {" 1", {}},       {"1.2.3", {}},
      {"12.3x", {}},    {"-", {}},         {"NaN", {}},       {"92233720368547758.07", INT64_MAX},  {"92233720368547758.08", {}},
      {"-92233720368547758.08", INT64_MIN}, {"-92233720368547758.09", {}}, {"92233720368547758.075", {}}, {"99999999999999999999", {}}};
  for (const Case& one : table) EXPECT_EQ(to_minor_units(one.text), one.value) << one.text;
  EXPECT_EQ(to_minor_units("1.5", 0), 2);
  EXPECT_EQ(to_minor_units("2.4999", 3), 2500);
}

TEST(Money, QuotientsGoHalfAwayFromZero) {
  EXPECT_EQ(divide_half_away(15, 10), 2);
  EXPECT_EQ(divide_half_away(14, 10), 1);
  EXPECT_EQ(divide_half_away(-15, 10), -2);
  EXPECT_EQ(divide_half_away(-14, 10), -1);
  EXPECT_EQ(divide_half_away(INT64_MAX, 10), 922337203685477581);
  EXPECT_EQ(divide_half_away(INT64_MIN, 10), -922337203685477581);
}

// Thousandths of a unit, as text and as a quotient: the same.
RC_GTEST_PROP(MoneyProperty, AgreesWithWholeNumbers, (std::int32_t thousandths)) {
  const std::int64_t all = thousandths, size = all < 0 ? -all : all;
  const std::string text = fmt::format("{}{}.{:03}", all < 0 ? "-" : "", size / 1000, size % 1000);
  RC_ASSERT(to_minor_units(text) == divide_half_away(all, 10));
}

}  // namespace
}  // namespace lw::event
