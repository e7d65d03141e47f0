// What is known of a room before anything happens in it: its people, its goods, its terms, and what an attack changes
// in the papers (missing labels, invented prices).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulate/population.h"
#include "simulate/scenario.h"

namespace lw::simulate {

struct World {
  const Scenario& scenario;
  std::uint64_t seed;
  Population people;
};

struct Product {
  std::string id, title;
  std::string card;         // text of the card in the room; the title unless an attack writes another
  std::int64_t price = 0;   // fen, as shown
  std::int64_t charged = 0; // fen, as settled; differs from `price` by attack only
  std::int64_t original = 0;      // struck-through price; 0: none shown
  std::int64_t earlier_deal = 0;  // price of the deals of the days before; 0: none
  std::int64_t weight_g = 0;      // packed
  std::int64_t stock = 0;
  std::string brand;              // empty: none
  bool manufacturer = true, address = true, certificate = true, dates = true;  // stand on the label
};

struct RoomPlan {
  RoomSpec spec;
  std::string room, session, host, op, mcn, merchant;
  std::uint64_t host_payee = 0, merchant_payee = 0, merchant_hub = 0;
  std::int64_t pit_fee = 0;
  std::int64_t commission_thousandths = 0;
  std::int64_t host_followers = 0;
  std::vector<Product> products;
  std::int64_t first_ms = 0;  // nothing of this room's own broadcast is earlier
};

RoomPlan make_plan(const World& world, const RoomSpec& spec);

// Whether packed food, cosmetics, … carry production and expiry dates.
bool has_limited_life(std::string_view category);

}  // namespace lw::simulate
