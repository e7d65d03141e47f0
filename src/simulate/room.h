// One broadcast: the honest part of it, and the building blocks that attacks and spikes use. A room is drawn whole,
// in no order of time; finish() sorts it and fills in what the platform displays from what was counted.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "simulate/draft.h"
#include "simulate/plan.h"

namespace lw::simulate {

// When viewers come: a ramp, a plateau and a few bursts (the feed pushes a room by fits and starts).
class ArrivalCurve {
 public:
  ArrivalCurve(std::int64_t start_ms, std::int64_t end_ms, Rng& rng);
  std::int64_t draw(Rng& rng) const;

 private:
  static constexpr std::int64_t kBinMs = 5000;
  std::int64_t start_ms_, end_ms_;
  std::vector<double> cumulative_;
};

struct Visit {
  Account who;
  std::int64_t from_ms = 0, to_ms = 0;
};

struct Order {
  std::string id;
  Account buyer;
  std::uint32_t product = 0;
  std::int64_t quantity = 1, amount = 0;
  std::int64_t placed_ms = 0;
};

// What the honest part came to: the measure of an attack's strength.
struct HonestCounts {
  std::int64_t viewers = 0, chatters = 0, likers = 0, followers = 0, tippers = 0, orders = 0, reviews = 0;
};

// Displayed ÷ counted, for each of the figures the platform shows.
struct Inflation {
  double audience = 1.0, likes = 1.0, followers = 1.0, sales = 1.0;
};

class Room {
 public:
  Room(const World& world, const RoomPlan& plan);

  // Draws everything. Afterwards drafts() are in order of time and the truth is complete.
  void run();
  const Recorder& recorder() const { return recorder_; }
  const std::string& truth() const { return truth_; }    // NDJSON
  const std::string& spikes() const { return spikes_; }  // NDJSON

  // For attacks and spikes -------------------------------------------------------------------------------------
  const World& world() const { return world_; }
  const Texts& texts() const { return world_.scenario.texts; }
  const RoomPlan& plan() const { return plan_; }
  std::int64_t start() const { return plan_.spec.start_ms; }
  std::int64_t end() const { return plan_.spec.end_ms; }
  std::int64_t length() const { return end() - start(); }
  const HonestCounts& honest() const { return honest_; }
  const Rates& rates() const { return plan_.spec.group->rates; }
  Recorder& out() { return recorder_; }
  Inflation& inflation() { return inflation_; }
  std::int64_t moment(Rng& rng, double from = 0.02, double to = 0.98) const;  // within the broadcast
  std::int64_t arrival(Rng& rng) const { return curve_.draw(rng); }

  // Attackers that make up `strength` percent of all, where `honest` others are honest; at least `least`.
  static std::int64_t attackers(std::int64_t honest, int strength, std::int64_t least = 3);

  // An account that nobody else has; announces it by live.account.registered shortly before the broadcast.
  Account new_account(std::int64_t registered_ms, bool verified, Rng& rng);
  Account new_minor(std::int64_t registered_ms, bool by_birth_date, Rng& rng);
  std::uint64_t new_device();
  Ip new_ip(Network network);
  // Someone of the population who is not in the room yet.
  const Account& fresh_person(Rng& rng);
  bool claim(std::uint64_t account) { return inside_.insert(account).second; }

  void join(const Account& who, std::int64_t from_ms, std::int64_t to_ms, std::string_view referrer);
  void chat(const Account& who, std::int64_t ms, std::string_view text);
  void like(const Account& who, std::int64_t ms, std::int64_t count);
  void follow(const Account& who, std::int64_t ms);
  // Returns the event's name (source#id), as live.gift.refunded wants it.
  std::string gift(const Account& who, std::int64_t ms, std::int64_t price, std::int64_t quantity);
  void recharge(const Account& who, std::int64_t ms, std::int64_t amount, std::uint64_t payer);
  void payout(std::string_view account, std::int64_t ms, std::int64_t amount, std::uint64_t payee);
  void speech(std::int64_t ms, std::string_view text, Rng& rng);
  void screen(std::int64_t ms, std::string_view text, Rng& rng);
  void pk(std::int64_t from_ms, std::int64_t to_ms, Rng& rng);

  Order place_order(const Account& buyer, std::uint32_t product, std::int64_t quantity, std::int64_t ms);
  void pay(const Order& order, std::int64_t ms);
  void cancel(const Order& order, std::int64_t ms, std::string_view reason);
  void refund(const Order& order, std::int64_t ms, std::string_view reason);
  void ship(const Order& order, std::int64_t ms, std::uint64_t tracking, std::int64_t weight_g);
  void deliver(const Order& order, std::int64_t ms, std::uint64_t tracking, std::int64_t weight_g);
  void review(const Order& order, std::int64_t ms, std::int64_t rating, std::string_view text);
  // Every third merchant has bought its numbers in one block; the carrier's counter deals them out to the others.
  std::uint64_t new_tracking();
  // The whole honest life of an order: paid or not, shipped, delivered, kept or sent back, reviewed or not.
  void honest_order(const Account& buyer, std::int64_t ms, Rng& rng);
  void honest_fate(const Order& order, Rng& rng);
  // What an honest viewer does while there, by the room's rates.
  void behave(const Visit& visit, Rng& rng);
  void gift_honestly(const Account& who, std::int64_t from_ms, std::int64_t to_ms, Rng& rng);

  void truth(std::string_view violation, std::string_view kind, std::string_view id, const Attack& attack);
  void spike(std::string_view shape, std::int64_t from_ms, std::int64_t to_ms);
  std::int64_t price_now(std::uint32_t product, std::int64_t ms) const;
  void change_price(std::uint32_t product, std::int64_t ms, std::int64_t amount);
  // Orders drawn so far by honest buyers for this product, for the inventory report.
  std::uint32_t draw_product(Rng& rng) const;
  void report_inventory(std::int64_t ms, std::uint32_t product, std::int64_t quantity);

 private:
  void audience(std::int64_t viewers);
  void company(std::size_t index, std::int64_t join_ms, std::int64_t& left, Rng& rng);
  void broadcast();
  void talk(Rng& rng);
  void after(Rng& rng);
  void side_doors(Rng& rng);
  void announce(const Account& who, std::int64_t ms, std::string_view extra_key, std::string_view extra);
  void visit_honestly(const Account& who, std::int64_t join_ms, std::string_view referrer, Rng& rng);
  void finish();

  const World& world_;
  const RoomPlan& plan_;
  Recorder recorder_;
  Rng rng_;
  ArrivalCurve curve_;
  HonestCounts honest_;
  Inflation inflation_;
  absl::flat_hash_set<std::uint64_t> inside_;              // accounts seen here
  absl::flat_hash_map<std::uint64_t, std::int64_t> given_;  // fen tipped, by account
  std::vector<std::pair<std::int64_t, std::pair<std::uint32_t, std::int64_t>>> price_changes_;
  std::uint64_t own_accounts_ = 0, own_devices_ = 0, own_ips_ = 0, own_exits_ = 0, orders_ = 0, tracking_ = 0;
  std::int64_t gift_income_ = 0, sales_ = 0;
  std::string truth_, spikes_;
};

}  // namespace lw::simulate
