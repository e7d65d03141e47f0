// The errors that the sketches promise.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <vector>

#include "base/hash.h"
#include "feature/hyperloglog.h"
#include "feature/quantile.h"
#include "feature/share.h"
#include "feature/timed_set.h"

namespace lw::feature {
namespace {

std::uint64_t hashed(std::uint64_t number, std::uint64_t seed) {
  char bytes[8];
  std::memcpy(bytes, &number, 8);
  return hash64({bytes, 8}, seed);
}

TEST(HyperLogLog, error_stays_within_what_its_deviation_allows) {
  constexpr int kRuns = 300;
  constexpr double kSigma = 1.04 / 64;
  for (const std::uint64_t distinct : {100u, 2'000u, 5'000u, 12'000u, 30'000u}) {
    double bias = 0, square = 0;
    int beyond = 0;
    for (std::uint64_t run = 0; run < kRuns; ++run) {
      HyperLogLog sketch;
      for (std::uint64_t i = 0; i < distinct; ++i) sketch.add(hashed(i, run + 1));
      const double error = sketch.estimate() / static_cast<double>(distinct) - 1;
      bias += error / kRuns;
      square += error * error / kRuns;
      beyond += std::abs(error) > 3 * kSigma;
    }
    EXPECT_LT(std::sqrt(square), 1.1 * kSigma) << distinct;
    EXPECT_LT(std::abs(bias), 4 * kSigma / std::sqrt(kRuns)) << distinct;
    EXPECT_LE(beyond, 5) << distinct;  // 0.27 % of 300 is 0.8
  }
}

TEST(HyperLogLog, union_is_that_of_one_sketch_over_both) {
  HyperLogLog a, b, both;
  for (std::uint64_t i = 0; i < 5000; ++i) {
    (i % 3 ? a : b).add(hashed(i, 7));
    both.add(hashed(i, 7));
  }
  a.merge(b.registers());
  EXPECT_EQ(a.registers(), both.registers());
  EXPECT_EQ(a.estimate(), both.estimate());
}

TEST(Quantile, a_bin_is_within_one_percent_of_all_that_it_holds) {
  EXPECT_TRUE(rc::check([] {
    const int exponent = *rc::gen::inRange(-64, 64);
    const auto part = *rc::gen::inRange<std::int64_t>(0, std::int64_t{1} << 52);
    double value = std::ldexp(1 + std::ldexp(static_cast<double>(part), -52), exponent);
    if (*rc::gen::arbitrary<bool>()) value = -value;
    RC_ASSERT(std::abs(value_of(bin_of(value)) - value) <= 0.01 * std::abs(value));
  }));
  for (int exponent = -64; exponent < 64; ++exponent) {  // the edges of octaves and bins
    for (int k = 0; k < kBinsPerOctave; ++k) {
      const double edge = std::ldexp(std::exp2(k / static_cast<double>(kBinsPerOctave)), exponent);
      for (const double value : {edge, std::nextafter(edge, 0), std::nextafter(edge, 1e300)}) {
        if (value < std::ldexp(1, -64)) continue;  // counts as 0
        EXPECT_LE(std::abs(value_of(bin_of(value)) - value), 0.01 * value) << value;
      }
    }
  }
}

TEST(Quantile, bins_ascend_with_values) {
  EXPECT_TRUE(rc::check([](double a, double b) { RC_ASSERT(a > b || bin_of(a) <= bin_of(b)); }));
  EXPECT_EQ(bin_of(0), 0);
  EXPECT_EQ(bin_of(1e-30), 0);
  EXPECT_EQ(bin_of(1e300), kTopBin);
  EXPECT_EQ(bin_of(-1e300), -kTopBin);
  EXPECT_EQ(bin_of(1), 64 * kBinsPerOctave + 1);
}

TEST(TimedSet, does_what_a_map_does) {
  EXPECT_TRUE(rc::check([] {
    struct Extra {
      std::uint64_t ordinal = 0;
      std::unique_ptr<std::uint64_t> copy;  // beside it, so that a leak shows
      void save(std::string& out) const { put(out, ordinal); }
      void load(Reader& in) {
        ordinal = in.number();
        copy = std::make_unique<std::uint64_t>(ordinal);
      }
    };
    struct Known {
      std::int64_t last;
      std::uint64_t ordinal;
    };
    TimedSet<Extra> set;
    std::map<std::uint64_t, Known> twin;
    const int steps = *rc::gen::inRange(1, 400);
    const int keys = *rc::gen::element(2, 4, 60);
    for (int i = 0; i < steps; ++i) {
      const auto key = static_cast<std::uint64_t>(*rc::gen::inRange(0, keys)) << *rc::gen::element(0, 20, 40);
      const auto time = *rc::gen::inRange<std::int64_t>(0, 50);
      if (*rc::gen::inRange(0, 3) == 0 && !set.empty()) {
        const auto& oldest = set.oldest();
        for (const auto& [other, known] : twin) RC_ASSERT(known.last >= oldest.last);
        RC_ASSERT(twin.at(oldest.hash).last == oldest.last);
        twin.erase(oldest.hash);
        set.erase_oldest();
      } else if (const std::uint32_t at = set.find(key); at != set.kNone) {
        set.touch(at, time);
        twin.at(key).last = std::max(twin.at(key).last, time);
      } else {
        RC_ASSERT(!twin.contains(key));
        const auto ordinal = static_cast<std::uint64_t>(i);
        RC_ASSERT(set[set.insert(key, time, {ordinal, std::make_unique<std::uint64_t>(ordinal)})].hash == key);
        twin[key] = {time, ordinal};
      }
      if (*rc::gen::inRange(0, 8) == 0) {
        TimedSet<Extra> moved(std::move(set));
        RC_ASSERT(set.empty());
        set = std::move(moved);
      }
      if (*rc::gen::inRange(0, 8) == 0) {
        std::string saved;
        set.save(saved);
        Reader in(saved);
        TimedSet<Extra> loaded;
        loaded.load(in, 1000);
        RC_ASSERT(in.ok() && in.rest().empty());
        set = std::move(loaded);
      }
      RC_ASSERT(set.size() == twin.size());
      std::int64_t before = 0;
      std::size_t found = 0;
      set.each_by_time([&](const auto& item) {
        RC_ASSERT(item.last >= before);
        RC_ASSERT(found > 0 || (item.last == set.oldest_time() && item.hash == set.oldest().hash));
        before = item.last;
        RC_ASSERT(set[set.find(item.hash)].hash == item.hash);
        RC_ASSERT(*item.extra.copy == twin.at(item.hash).ordinal && item.last == twin.at(item.hash).last);
        ++found;
      });
      RC_ASSERT(found == twin.size());
      RC_ASSERT(set.empty() || before == set.latest_time());
      std::uint64_t next = 0;
      set.each([&](const auto& item) {  // in the order of insertion
        RC_ASSERT(item.extra.ordinal >= next);
        next = item.extra.ordinal + 1;
        --found;
      });
      RC_ASSERT(found == 0u);
    }
  }));
}

}  // namespace
}  // namespace lw::feature
