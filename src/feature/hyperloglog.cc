#include "feature/hyperloglog.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "feature/moment.h"

namespace lw::feature {
namespace {

constexpr double kCount = HyperLogLog::kRegisters;

// Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017): the series for registers never hit and
// for registers at their limit.
double sigma(double x) {
  if (x == 1) return std::numeric_limits<double>::infinity();
  double y = 1, z = x, before;
  do {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  } while (z != before);
  return z;
}

double tau(double x) {
  if (x == 0 || x == 1) return 0;
  double y = 1, z = 1 - x, before;
  do {
    x = std::sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
  } while (z != before);
  return z / 3;
}

struct Rank {
  std::size_t at;
  std::uint8_t rank;
};

Rank rank_of(std::uint64_t hash) {
  const std::uint64_t low = hash << HyperLogLog::kBits;
  const int zeros = low ? std::countl_zero(low) : 64 - HyperLogLog::kBits;
  return {hash >> (64 - HyperLogLog::kBits), static_cast<std::uint8_t>(zeros + 1)};
}

}  // namespace

bool HyperLogLog::raise(Registers& registers, std::uint64_t hash) {
  const auto [at, rank] = rank_of(hash);
  if (registers[at] >= rank) return false;
  registers[at] = rank;
  return true;
}

void HyperLogLog::add(std::uint64_t hash) {
  const auto [at, rank] = rank_of(hash);
  if (registers_[at] >= rank) return;
  --histogram_[registers_[at]];
  ++histogram_[rank];
  registers_[at] = rank;
}

void HyperLogLog::merge(const Registers& other) {
  histogram_.fill(0);
  for (std::size_t at = 0; at < kRegisters; ++at) {
    registers_[at] = std::max(registers_[at], other[at]);
    ++histogram_[registers_[at]];
  }
}

void HyperLogLog::clear() {
  registers_.fill(0);
  histogram_.fill(0);
  histogram_[0] = kRegisters;
}

double HyperLogLog::estimate() const {
  constexpr double kAlpha = 0.721347520444481703680;  // 1 / (2 ln 2)
  double z = kCount * tau(1 - histogram_[kRanks - 1] / kCount);
  for (int rank = kRanks - 2; rank >= 1; --rank) z = 0.5 * (z + histogram_[static_cast<std::size_t>(rank)]);
  z += kCount * sigma(histogram_[0] / kCount);
  return kAlpha * kCount * kCount / z;
}

void HyperLogLog::save(const Registers& registers, std::string& out) {
  out.append(reinterpret_cast<const char*>(registers.data()), kRegisters);
}

void HyperLogLog::load(Registers& registers, Reader& in) {
  const std::string_view bytes = in.bytes(kRegisters);
  if (!in.ok()) return;
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(registers.data()));
  if (*std::max_element(registers.begin(), registers.end()) >= kRanks) in.refuse();
}

void SlidingHyperLogLog::add(std::uint64_t hash, std::int64_t time, std::int64_t pane_ns) {
  if (pane_ns != 0) {
    const std::int64_t number = floor_div(time, pane_ns);
    auto at = panes_.end();
    while (at != panes_.begin() && std::prev(at)->number > number) --at;
    if (at == panes_.begin() || std::prev(at)->number != number)
      at = panes_.insert(at, {number, std::make_unique<HyperLogLog::Registers>()});
    else
      --at;
    if (!HyperLogLog::raise(*at->registers, hash)) return;
  }
  whole_.add(hash);
  estimate_ = -1;
}

void SlidingHyperLogLog::evict(std::int64_t limit, std::int64_t pane_ns) {
  std::size_t left = 0;
  while (left < panes_.size() && gone(panes_[left], limit, pane_ns)) ++left;
  if (left == 0) return;
  panes_.erase(panes_.begin(), panes_.begin() + static_cast<std::ptrdiff_t>(left));
  whole_.clear();
  for (const Pane& pane : panes_) whole_.merge(*pane.registers);
  estimate_ = -1;
}

std::int64_t SlidingHyperLogLog::last(std::int64_t pane_ns) const {
  if (pane_ns == 0) return std::numeric_limits<std::int64_t>::max();
  return panes_.empty() ? std::numeric_limits<std::int64_t>::min() : (panes_.back().number + 1) * pane_ns - 1;
}

std::int64_t SlidingHyperLogLog::count() const {
  if (estimate_ < 0) estimate_ = whole_.estimate();
  return std::llround(estimate_);
}

void SlidingHyperLogLog::save(std::string& out, std::int64_t pane_ns) const {
  if (pane_ns == 0) return HyperLogLog::save(whole_.registers(), out);
  put(out, panes_.size());
  for (const Pane& pane : panes_) {
    put_signed(out, pane.number);
    HyperLogLog::save(*pane.registers, out);
  }
}

void SlidingHyperLogLog::load(Reader& in, std::int64_t pane_ns) {
  if (pane_ns == 0) {
    HyperLogLog::Registers registers{};
    HyperLogLog::load(registers, in);
    return whole_.merge(registers);
  }
  for (std::uint32_t left = in.count(HyperLogLog::kRegisters); left > 0 && in.ok(); --left) {
    const std::int64_t number = in.signed_number();
    if (!panes_.empty() && number <= panes_.back().number) in.refuse();
    if (number > std::numeric_limits<std::int64_t>::max() / pane_ns - 1 ||
        number < std::numeric_limits<std::int64_t>::min() / pane_ns)
      in.refuse();
    panes_.push_back({number, std::make_unique<HyperLogLog::Registers>()});
    HyperLogLog::load(*panes_.back().registers, in);
    whole_.merge(*panes_.back().registers);
  }
  if (panes_.empty()) in.refuse();
}

std::size_t SlidingHyperLogLog::heap_bytes() const {
  return panes_.capacity() * sizeof(Pane) + panes_.size() * sizeof(HyperLogLog::Registers);
}

}  // namespace lw::feature
