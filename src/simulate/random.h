// Randomness that is the same on every machine: xoshiro256++ seeded through splitmix64, and the few distributions the
// simulator draws from. Nothing here uses std::*_distribution, whose results differ between libraries. Floating point
// is plain IEEE double (no contraction); only log, exp and sqrt are taken from the C library.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace lw::simulate {

// A bijection of 64 bits that looks random (the finaliser of splitmix64).
std::uint64_t mix(std::uint64_t value);

class Rng {
 public:
  // An independent stream for each (seed, a, b): a room, an attack within it, … No stream depends on how much
  // another has drawn.
  explicit Rng(std::uint64_t seed, std::uint64_t a = 0, std::uint64_t b = 0);
  Rng(std::uint64_t seed, std::string_view label, std::uint64_t b = 0);

  std::uint64_t bits();
  double uniform();                                             // [0, 1)
  std::int64_t range(std::int64_t low, std::int64_t high);      // [low, high], both included; low if high < low
  std::size_t below(std::size_t n);                             // [0, n); 0 if n is 0
  bool chance(double probability);
  double exponential(double mean);
  double normal(double mean, double deviation);
  double lognormal(double median, double sigma);
  double pareto(double minimum, double alpha, double maximum);  // truncated by drawing within its distribution
  std::size_t zipf(std::size_t n);                              // [0, n), weight of k about 1 / (k + 1)
  std::int64_t poisson(double mean);
  template <class Container>
  const auto& pick(const Container& from) {
    return from[below(from.size())];
  }

 private:
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace lw::simulate
