#include "simulate/random.h"

#include <bit>
#include <cmath>

#include "base/hash.h"

namespace lw::simulate {
namespace {

__extension__ using Wide = unsigned __int128;

}  // namespace

std::uint64_t mix(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

Rng::Rng(std::uint64_t seed, std::uint64_t a, std::uint64_t b) {
  std::uint64_t at = mix(mix(mix(seed + 0x9e3779b97f4a7c15ULL) ^ a) + 0x632be59bd9b4e019ULL) ^ mix(b + 1);
  for (auto& word : state_) word = mix(at += 0x9e3779b97f4a7c15ULL);
}

Rng::Rng(std::uint64_t seed, std::string_view label, std::uint64_t b) : Rng(seed, hash64(label), b) {}

std::uint64_t Rng::bits() {
  const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double Rng::uniform() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }

// The high word of a 64 × n product: the bias is below n / 2^64, far under what any simulation here can show.
std::size_t Rng::below(std::size_t n) { return static_cast<std::size_t>((Wide{bits()} * n) >> 64); }

std::int64_t Rng::range(std::int64_t low, std::int64_t high) {
  if (high <= low) return low;
  return low + static_cast<std::int64_t>(below(static_cast<std::size_t>(high - low) + 1));
}

bool Rng::chance(double probability) { return uniform() < probability; }

double Rng::exponential(double mean) { return -mean * std::log(1.0 - uniform()); }

double Rng::normal(double mean, double deviation) {
  // Marsaglia's polar method; the second value is not kept, so that a draw depends on nothing before it.
  for (;;) {
    const double u = 2.0 * uniform() - 1.0;
    const double v = 2.0 * uniform() - 1.0;
    const double square = u * u + v * v;
    if (square < 1.0 && square > 0.0) return mean + deviation * u * std::sqrt(-2.0 * std::log(square) / square);
  }
}

double Rng::lognormal(double median, double sigma) { return median * std::exp(normal(0.0, sigma)); }

double Rng::pareto(double minimum, double alpha, double maximum) {
  const double tail = std::exp(alpha * std::log(minimum / maximum));  // P(X > maximum) without the cut
  return minimum * std::exp(-std::log(1.0 - uniform() * (1.0 - tail)) / alpha);
}

std::size_t Rng::zipf(std::size_t n) {
  if (n == 0) return 0;
  // Inverse of the continuous 1/x law on [1, n + 1).
  const double x = std::exp(uniform() * std::log(static_cast<double>(n) + 1.0));
  const auto k = static_cast<std::size_t>(x) - 1;
  return k < n ? k : n - 1;
}

std::int64_t Rng::poisson(double mean) {
  if (mean > 50.0) {  // a normal is near enough for counts this large
    const double x = normal(mean, std::sqrt(mean)) + 0.5;
    return x < 0.0 ? 0 : static_cast<std::int64_t>(x);
  }
  const double limit = std::exp(-mean);
  std::int64_t count = 0;
  for (double product = uniform(); product > limit; product *= uniform()) ++count;
  return count;
}

}  // namespace lw::simulate
