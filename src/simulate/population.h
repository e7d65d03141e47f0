// The honest people: who lives where, on which device, with whose purse. Neighbours stand side by side, so that a
// person's household, dormitory or café is the range around it. They share addresses, devices, payers and parcel
// addresses as people do: nothing that a fraudster shares is shared by fraudsters alone.
#pragma once

#include <cstdint>
#include <vector>

#include "simulate/identity.h"
#include "simulate/random.h"
#include "simulate/scenario.h"

namespace lw::simulate {

enum class PlaceKind : std::uint8_t { kHousehold, kCarrier, kCampus, kCafe, kPhoneShop };

struct Place {
  PlaceKind kind = PlaceKind::kHousehold;
  std::uint32_t first = 0, count = 0;  // its accounts
};

class Population {
 public:
  Population(const PopulationSpec& spec, std::int64_t now_ms, std::uint64_t seed);

  const std::vector<Account>& accounts() const { return accounts_; }
  const Account& at(std::size_t index) const { return accounts_[index]; }
  const Place& place_of(std::size_t index) const { return places_[place_of_[index]]; }
  // Someone, the lively more often than the quiet.
  std::size_t draw(Rng& rng) const;
  // A place of this kind with the most accounts among a few drawn, or nullptr if there is none.
  const Place* draw_place(PlaceKind kind, Rng& rng) const;

 private:
  void settle(PlaceKind kind, std::uint32_t count, const PopulationSpec& spec, std::int64_t now_ms, Rng& rng);
  std::vector<Account> accounts_;
  std::vector<Place> places_;
  std::vector<std::uint32_t> place_of_;
  std::uint64_t devices_ = 0;
};

// A made-up honest account age: most are years old, `recent` of them at most a week.
std::int64_t draw_registered_ms(std::int64_t now_ms, double recent, Rng& rng);

}  // namespace lw::simulate
