#include "simulate/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "simulate/identity.h"

namespace lw::simulate {
namespace {

constexpr int kDraws = 200'000;

template <class Draw>
double mean(Draw draw) {
  double sum = 0;
  for (int i = 0; i < kDraws; ++i) sum += static_cast<double>(draw());
  return sum / kDraws;
}

TEST(Random, StreamsAreReproducibleAndApart) {
  Rng a(1, "room", 3), b(1, "room", 3), other_seed(2, "room", 3), other_label(1, "talk", 3), other_room(1, "room", 4);
  const std::uint64_t first = a.bits();
  EXPECT_EQ(first, b.bits());
  EXPECT_NE(first, other_seed.bits());
  EXPECT_NE(first, other_label.bits());
  EXPECT_NE(first, other_room.bits());
}

// As a program of its own in another language works them out: they are part of every published scenario's bytes.
TEST(Random, FirstWordsAreFixed) {
  Rng rng(0);
  EXPECT_EQ(rng.bits(), 0xd83ae599df8c1c80ULL);
  EXPECT_EQ(rng.bits(), 0x977e627dae08af6aULL);
  EXPECT_EQ(mix(1), 0x5692161d100b05e5ULL);
}

TEST(Random, DistributionsHaveTheirMoments) {
  Rng rng(42);
  EXPECT_NEAR(mean([&] { return rng.uniform(); }), 0.5, 0.005);
  EXPECT_NEAR(mean([&] { return rng.range(-3, 6); }), 1.5, 0.03);
  EXPECT_NEAR(mean([&] { return rng.chance(0.3); }), 0.3, 0.005);
  EXPECT_NEAR(mean([&] { return rng.exponential(7.0); }), 7.0, 0.1);
  EXPECT_NEAR(mean([&] { return rng.normal(2.0, 3.0); }), 2.0, 0.03);
  EXPECT_NEAR(mean([&] { return rng.poisson(0.7); }), 0.7, 0.01);
  EXPECT_NEAR(mean([&] { return rng.poisson(120.0); }), 120.0, 0.2);
  EXPECT_NEAR(mean([&] { return std::log(rng.lognormal(45.0, 1.5)); }), std::log(45.0), 0.02);
  // P(X > x) of a Pareto cut at the top.
  const double tail = std::pow(10.0 / 1000.0, 1.2), beyond = (std::pow(10.0 / 100.0, 1.2) - tail) / (1.0 - tail);
  EXPECT_NEAR(mean([&] { return rng.pareto(10.0, 1.2, 1000.0) > 100.0; }), beyond, 0.003);
}

TEST(Random, StaysWithinBounds) {
  Rng rng(9);
  for (int i = 0; i < kDraws; ++i) {
    const std::int64_t n = rng.range(5, 7);
    ASSERT_TRUE(n >= 5 && n <= 7);
    ASSERT_LT(rng.below(3), 3u);
    ASSERT_LT(rng.zipf(4), 4u);
    const double x = rng.pareto(2.0, 0.9, 50.0);
    ASSERT_TRUE(x >= 2.0 && x <= 50.0) << x;
  }
  EXPECT_EQ(rng.range(7, 5), 7);
  EXPECT_EQ(rng.below(0), 0u);
  EXPECT_EQ(rng.zipf(1), 0u);
}

TEST(Random, ZipfFallsLikeOneOverRank) {
  Rng rng(3);
  std::vector<int> hits(8);
  for (int i = 0; i < kDraws; ++i) ++hits[rng.zipf(8)];
  EXPECT_TRUE(std::is_sorted(hits.rbegin(), hits.rend()));
  EXPECT_GT(hits[0], 4 * hits[7]);
}

TEST(Identity, NumbersNeverRepeat) {
  std::set<std::uint64_t> accounts, devices;
  for (std::uint64_t domain = 0; domain < 40; ++domain) {
    for (std::uint64_t n = 0; n < 2000; ++n) {
      ASSERT_TRUE(accounts.insert(account_number(domain, n)).second);
      ASSERT_TRUE(devices.insert(device_number(domain, n)).second);
    }
  }
}

TEST(Identity, AddressesComeFromTheRangeOfTheirNetwork) {
  const struct {
    Ip ip;
    const char* prefix;
  } cases[] = {{{Network::kHome, 77}, "24"}, {{Network::kCampus, 5}, "248."}, {{Network::kCarrier, 123}, "100."},
               {{Network::kDataCentre, 300}, "198.18.1.44"}, {{Network::kMobile, 9}, "2001:db8:"}};
  for (const auto& c : cases) {
    std::string text;
    append_ip(text, c.ip);
    EXPECT_TRUE(text.starts_with(c.prefix)) << text;
  }
}

}  // namespace
}  // namespace lw::simulate
