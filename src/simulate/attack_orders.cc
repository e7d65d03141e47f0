// Invented sales and bought praise.
#include <algorithm>
#include <map>

#include "simulate/attacks.h"
#include "simulate/bots.h"

namespace lw::simulate {
namespace {

constexpr std::int64_t kMinuteMs = 60'000, kHourMs = 3'600'000, kDayMs = 24 * kHourMs;

// What the three kinds of ring share among their members.
struct Ring {
  std::string_view shape;
  std::int64_t accounts = 2;
  std::uint64_t payer = 0;             // of refund loops and shared payers
  std::vector<std::uint64_t> addresses;
  Ip office;
  std::uint64_t tracking = 0;          // empty parcels carry numbers bought in one block
  std::vector<Account> members;
};

Ring make_ring(Room& room, std::string_view shape, std::int64_t orders, Rng& rng) {
  Ring ring;
  ring.shape = shape;
  const double per_account = shape == "refund-loop" ? 3.5 : shape == "empty-parcel" ? 1.6 : 2.5;
  ring.accounts = std::max<std::int64_t>(2, static_cast<std::int64_t>(static_cast<double>(orders) / per_account));
  ring.payer = rng.chance(0.5) ? room.plan().merchant_payee : room.plan().merchant_hub;
  const std::int64_t addresses = shape == "refund-loop" ? 1 + orders / 40 : shape == "shared-payer" ? 2 + orders / 12 : 0;
  for (std::int64_t i = 0; i < addresses; ++i) ring.addresses.push_back((std::uint64_t{1} << 43) + rng.bits() % (1ULL << 40));
  ring.office = room.new_ip(Network::kHome);
  ring.tracking = 100'000'000'000ULL + rng.bits() % 700'000'000'000ULL;
  const Batches batches(room, 1 + ring.accounts / 30, 3, 90, rng);
  Shared<std::uint64_t> devices(shape == "empty-parcel" ? 2 : 3);
  for (std::int64_t i = 0; i < ring.accounts; ++i) {
    Account member = batches.recruit(room, 0.6, rng);
    member.device = devices.next([&] { return room.new_device(); });
    if (rng.chance(0.7)) member.ip = ring.office;
    if (shape == "empty-parcel") {
      member.payer = (std::uint64_t{1} << 44) + room.plan().spec.index * 64ULL + static_cast<std::uint64_t>(i / 6);
    } else if (rng.chance(0.9)) {
      member.payer = ring.payer;
    }
    if (!ring.addresses.empty()) member.address = rng.pick(ring.addresses);
    ring.members.push_back(member);
  }
  return ring;
}

void brush(Room& room, Ring& ring, const Account& member, const Attack& attack, Rng& rng) {
  const std::int64_t at = room.moment(rng, 0.05, 0.95);
  // Shared payers glance at the room first; the others order by the link.
  const std::int64_t before = rng.range(4000, 12'000), after = rng.range(5000, 20'000);
  if (ring.shape == "shared-payer") room.join(member, at - before, at + after, "direct");
  const std::uint32_t product = room.draw_product(rng);
  const Order order = room.place_order(member, product, rng.chance(0.8) ? 1 : rng.range(2, 5), at);
  const std::int64_t paid = at + rng.range(2500, 15'000);
  room.pay(order, paid);
  const std::int64_t weight = room.plan().products[order.product].weight_g * order.quantity;
  if (ring.shape == "refund-loop") {
    room.refund(order, paid + rng.range(20 * kMinuteMs, 20 * kHourMs), "changed-mind");
  } else {
    const bool empty = ring.shape == "empty-parcel";
    const std::uint64_t tracking = empty ? ring.tracking++ : room.new_tracking();
    const std::int64_t grams = empty ? rng.range(12, 45) : weight * rng.range(96, 105) / 100;
    const std::int64_t shipped = paid + rng.range(2 * kHourMs, 20 * kHourMs);
    room.ship(order, shipped, tracking, grams);
    room.deliver(order, shipped + rng.range(18 * kHourMs, 60 * kHourMs), tracking, grams);
  }
  room.truth("order-brushing", "order", order.id, attack);
}

void run_ring(Room& room, std::string_view shape, std::int64_t orders, const Attack& attack, Rng& rng) {
  if (orders <= 0) return;
  Ring ring = make_ring(room, shape, orders, rng);
  for (std::int64_t i = 0; i < orders; ++i) brush(room, ring, ring.members[static_cast<std::size_t>(i % ring.accounts)], attack, rng);
  const std::int64_t used = std::min(ring.accounts, orders);
  for (std::int64_t i = 0; i < used; ++i)
    room.truth("order-brushing", "account", account_text(ring.members[static_cast<std::size_t>(i)].number), attack);
}

// A real purchase, so that the platform lets its account write a review.
Order buy_for_review(Room& room, const Account& who, std::int64_t at, Rng& rng) {
  const std::int64_t from = std::max(at - rng.range(20'000, 300'000), room.start() + 500);
  room.join(who, from, std::min(at + rng.range(5000, 60'000), room.end() - 200), "search");
  const Order order = room.place_order(who, room.draw_product(rng), 1, at);
  room.pay(order, at + rng.range(3000, 60'000));
  return order;
}

std::int64_t send(Room& room, const Order& order, Rng& rng) {
  const std::int64_t shipped = order.placed_ms + rng.range(5 * kHourMs, 40 * kHourMs);
  const std::int64_t delivered = shipped + rng.range(20 * kHourMs, 70 * kHourMs);
  const std::int64_t weight = room.plan().products[order.product].weight_g * rng.range(96, 105) / 100;
  const std::uint64_t tracking = room.new_tracking();
  room.ship(order, shipped, tracking, weight);
  room.deliver(order, delivered, tracking, weight);
  return delivered;
}

}  // namespace

void act_brushing(Room& room, const Attack& attack, Rng& rng) {
  const std::int64_t orders = Room::attackers(room.honest().orders, attack.strength, 6);
  if (attack.shape == "mixed") {
    run_ring(room, "refund-loop", orders / 3, attack, rng);
    run_ring(room, "empty-parcel", orders / 3, attack, rng);
    run_ring(room, "shared-payer", orders - 2 * (orders / 3), attack, rng);
  } else {
    run_ring(room, attack.shape, orders, attack, rng);
  }
  room.truth("order-brushing", "merchant", room.plan().merchant, attack);
}

// hired: a group writes one praise with small changes within two hours; cash-back: real buyers praise for the money
// that a card in the parcel promised, and say so; undelivered: praise before the parcel can have come.
void act_reviews(Room& room, const Attack& attack, Rng& rng) {
  const std::int64_t count = Room::attackers(room.honest().reviews, attack.strength, 4);
  const Texts& texts = room.texts();
  const Batches batches(room, 1 + count / 20, 5, 120, rng);
  const bool cash = attack.shape == "cash-back", undelivered = attack.shape == "undelivered";
  const std::int64_t campaign = room.end() + 7 * kDayMs + rng.range(0, 12 * kHourMs);
  std::map<std::uint32_t, std::string> bases;  // one text for each product
  for (std::int64_t i = 0; i < count; ++i) {
    const Account who = cash ? room.fresh_person(rng) : batches.recruit(room, 0.7, rng);
    if (who.minor) continue;
    const Order order = buy_for_review(room, who, room.moment(rng, 0.05, 0.95), rng);
    const std::pair<std::string_view, std::string_view> arguments[] = {{"product", room.plan().products[order.product].title}};
    std::string& base = bases[order.product];
    if (base.empty()) base = texts.compose("review_hired_base", rng, arguments);
    std::int64_t at = campaign + rng.range(0, 2 * kHourMs);
    std::string text = base + texts.compose("review_hired_tail", rng);
    if (undelivered) {
      at = order.placed_ms + rng.range(10 * kMinuteMs, 3 * kHourMs);
      send(room, order, rng);
    } else {
      const std::int64_t delivered = send(room, order, rng);
      if (cash) {
        text = texts.compose("review_cash_back", rng, arguments);
        at = delivered + rng.range(2 * kHourMs, 4 * kDayMs);
      }
    }
    room.review(order, at, 5, text);
    room.truth("fake-review", "account", account_text(who.number), attack);
  }
}

}  // namespace lw::simulate
