#include "simulate/population.h"

#include <algorithm>

namespace lw::simulate {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

std::uint32_t draw_size(PlaceKind kind, Rng& rng) {
  switch (kind) {
    case PlaceKind::kHousehold: {
      const double u = rng.uniform();
      return u < 0.45 ? 1 : u < 0.75 ? 2 : u < 0.95 ? 3 : 4;
    }
    case PlaceKind::kCarrier: return static_cast<std::uint32_t>(rng.range(150, 600));
    case PlaceKind::kCampus: return static_cast<std::uint32_t>(rng.range(300, 900));
    case PlaceKind::kCafe: return static_cast<std::uint32_t>(rng.range(40, 160));
    case PlaceKind::kPhoneShop: return static_cast<std::uint32_t>(rng.range(20, 60));
  }
  return 1;
}

Network network_of(PlaceKind kind) {
  if (kind == PlaceKind::kCarrier) return Network::kCarrier;
  if (kind == PlaceKind::kCampus) return Network::kCampus;
  return Network::kHome;
}

// Accounts that use one device there: 0 where everyone has a device of one's own.
std::uint32_t accounts_per_device(PlaceKind kind) {
  if (kind == PlaceKind::kCafe) return 8;
  if (kind == PlaceKind::kPhoneShop) return 15;
  return 0;
}

}  // namespace

std::int64_t draw_registered_ms(std::int64_t now_ms, double recent, Rng& rng) {
  if (rng.chance(recent)) return now_ms - rng.range(0, 7 * kDayMs);
  const double days = 7.0 + rng.exponential(600.0);
  return now_ms - static_cast<std::int64_t>(std::min(days, 3600.0) * static_cast<double>(kDayMs));
}

Population::Population(const PopulationSpec& spec, std::int64_t now_ms, std::uint64_t seed) {
  Rng rng(seed, "population");
  const auto total = static_cast<std::size_t>(spec.accounts);
  accounts_.reserve(total + 1000);
  while (accounts_.size() < total) {
    // The chance of a kind of place is its share of accounts over its mean size; whatever is left are households.
    const double homes = (1.0 - spec.carrier - spec.campus - spec.cafe - spec.phone_shop) / 1.85;
    const double others = spec.carrier / 375.0 + spec.campus / 600.0 + spec.cafe / 100.0 + spec.phone_shop / 40.0;
    const double u = rng.uniform() * ((homes > 0.0 ? homes : 0.0) + others);
    PlaceKind kind = PlaceKind::kHousehold;
    double at = spec.carrier / 375.0;
    if (u < at) kind = PlaceKind::kCarrier;
    else if (u < (at += spec.campus / 600.0)) kind = PlaceKind::kCampus;
    else if (u < (at += spec.cafe / 100.0)) kind = PlaceKind::kCafe;
    else if (u < (at += spec.phone_shop / 40.0)) kind = PlaceKind::kPhoneShop;
    const auto left = static_cast<std::uint32_t>(total - accounts_.size());
    settle(kind, std::min(draw_size(kind, rng), left), spec, now_ms, rng);
  }
}

void Population::settle(PlaceKind kind, std::uint32_t count, const PopulationSpec& spec, std::int64_t now_ms, Rng& rng) {
  const auto place = static_cast<std::uint32_t>(places_.size());
  const auto first = static_cast<std::uint32_t>(accounts_.size());
  places_.push_back({kind, first, count});
  const std::uint32_t per_device = accounts_per_device(kind);
  const bool one_purse = rng.chance(0.2);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t n = accounts_.size();
    Account who;
    who.number = account_number(0, n);
    who.ip = {network_of(kind), place};
    who.payer = n;
    who.address = n;
    const bool household = kind == PlaceKind::kHousehold;
    const bool second = i > 0 && rng.chance(household ? spec.second_account * 2.0 : spec.second_account);
    if (second || (household && i > 0 && rng.chance(spec.shared_device))) {
      who.device = accounts_.back().device;
      if (second) who.payer = accounts_.back().payer;
      if (second) who.address = accounts_.back().address;
    } else if (per_device && i % per_device != 0) {
      who.device = accounts_[first + i - i % per_device].device;
    } else {
      who.device = device_number(0, devices_++);
    }
    if (household && i > 0) who.address = accounts_[first].address;
    if (household && i > 0 && one_purse) who.payer = accounts_[first].payer;
    if (household && rng.chance(0.3)) who.ip = {Network::kMobile, n};
    who.registered_ms = draw_registered_ms(now_ms, kind == PlaceKind::kPhoneShop ? 0.5 : spec.recent, rng);
    who.verified = rng.chance(who.registered_ms > now_ms - 7 * kDayMs ? 0.55 : 0.93);
    who.minor = i > 0 && household ? rng.chance(spec.minors * 2.0) : rng.chance(spec.minors * 0.2);
    who.followers = static_cast<std::int32_t>(rng.pareto(1.0, 0.8, 20000.0)) - 1;
    accounts_.push_back(who);
    place_of_.push_back(place);
  }
}

std::size_t Population::draw(Rng& rng) const {
  // Half of all visits are those of the liveliest quarter; which quarter that is follows from the scrambled number,
  // not from the place, so that neighbours differ.
  const std::size_t index = rng.below(accounts_.size());
  if (accounts_[index].number % 4 == 0 || rng.chance(1.0 / 3.0)) return index;
  return rng.below(accounts_.size());
}

const Place* Population::draw_place(PlaceKind kind, Rng& rng) const {
  const Place* best = nullptr;
  std::vector<const Place*> all;
  for (const Place& place : places_)
    if (place.kind == kind) all.push_back(&place);
  for (int i = 0; i < 3 && !all.empty(); ++i) {
    const Place* place = rng.pick(all);
    if (!best || place->count > best->count) best = place;
  }
  return best;
}

}  // namespace lw::simulate
