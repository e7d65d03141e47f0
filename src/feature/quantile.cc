#include "feature/quantile.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace lw::feature {
namespace {

constexpr int kLowestExponent = -64;

// 2^(k/35) for k in 0…35, by bisection and multiplication alone.
constexpr std::array<double, kBinsPerOctave + 1> make_edges() {
  double low = 1, high = 2;
  for (int i = 0; i < 200; ++i) {
    const double root = (low + high) / 2;
    double power = 1;
    for (int k = 0; k < kBinsPerOctave; ++k) power *= root;
    (power <= 2 ? low : high) = root;
  }
  std::array<double, kBinsPerOctave + 1> edges{};
  edges[0] = 1;
  for (std::size_t k = 1; k < kBinsPerOctave; ++k) edges[k] = edges[k - 1] * low;
  edges[kBinsPerOctave] = 2;
  return edges;
}
constexpr std::array<double, kBinsPerOctave + 1> kEdges = make_edges();

}  // namespace

std::int32_t bin_of(double value) {
  int exponent;
  const double mantissa = 2 * std::frexp(std::abs(value), &exponent);  // [1, 2) times 2^(exponent - 1)
  --exponent;
  if (value == 0 || exponent < kLowestExponent) return 0;
  std::int32_t bin = kTopBin;
  if (exponent < -kLowestExponent) {
    const auto above = std::upper_bound(kEdges.begin(), kEdges.end(), mantissa);
    bin = (exponent - kLowestExponent) * kBinsPerOctave + static_cast<std::int32_t>(above - kEdges.begin());
  }
  return value < 0 ? -bin : bin;
}

double value_of(std::int32_t bin) {
  if (bin == 0) return 0;
  const std::int32_t at = std::abs(bin) - 1;
  const double low = kEdges[static_cast<std::size_t>(at % kBinsPerOctave)];
  const double high = kEdges[static_cast<std::size_t>(at % kBinsPerOctave) + 1];
  const double middle = std::ldexp(2 * low * high / (low + high), at / kBinsPerOctave + kLowestExponent);
  return bin < 0 ? -middle : middle;
}

std::uint32_t QuantileCell::find(std::int32_t bin) const {
  const Bin* const at =
      std::lower_bound(bins_.begin(), bins_.end(), bin, [](const Bin& b, std::int32_t wanted) { return b.bin < wanted; });
  return static_cast<std::uint32_t>(at - bins_.begin());
}

void QuantileCell::change(std::int32_t bin, std::uint64_t events) {
  const std::uint32_t at = find(bin);
  if (at == bins_.size() || bins_[at].bin != bin) bins_.insert(at, {bin, 0});
  bins_[at].events += events;
  events_ += events;
  if (bins_[at].events == 0) bins_.erase(at);
  if (bins_.empty()) bins_.release();
}

std::uint32_t QuantileCell::add(const Spec&, const Datum& datum) {
  const std::int32_t bin = bin_of(datum.real());
  change(bin, 1);
  return static_cast<std::uint32_t>(bin + kTopBin);
}

cel::Value QuantileCell::read(const Spec& spec, Time, cel::Arena&) const {
  if (events_ == 0) return {};
  const auto rank = static_cast<std::uint64_t>(spec.q * static_cast<double>(events_ - 1));
  std::uint64_t below = 0;
  for (const Bin& bin : bins_) {
    below += bin.events;
    if (below > rank) return cel::Value::of_double(value_of(bin.bin));
  }
  return cel::Value::of_double(value_of(bins_[bins_.size() - 1].bin));
}

void QuantileCell::clear() {
  bins_.release();
  events_ = 0;
}

void QuantileCell::merge(const Spec&, QuantileCell& earlier) {
  for (const Bin& bin : earlier.bins_) change(bin.bin, bin.events);
}

std::uint64_t QuantileCell::events_at(std::uint32_t place) const {
  const std::uint32_t at = find(bin_at(place));
  return at < bins_.size() && bins_[at].bin == bin_at(place) ? bins_[at].events : 0;
}

void QuantileCell::save(const Spec&, std::string& out) const {
  put(out, bins_.size());
  for (const Bin& bin : bins_) {
    put_signed(out, bin.bin);
    put(out, bin.events);
  }
}

void QuantileCell::load(const Spec&, Reader& in) {
  for (std::uint32_t left = in.count(2, place_limit()); left > 0 && in.ok(); --left) {
    const std::int64_t bin = in.signed_number();
    const std::uint64_t events = in.number();
    if (bin < -kTopBin || bin > kTopBin || events == 0 || (!bins_.empty() && bin <= bins_.back().bin)) in.refuse();
    if (in.ok()) change(static_cast<std::int32_t>(bin), events);
  }
}

}  // namespace lw::feature
