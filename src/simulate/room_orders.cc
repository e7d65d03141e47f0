// An order's life, from the click to the review.
#include <fmt/format.h>

#include <algorithm>

#include "simulate/room.h"

namespace lw::simulate {
namespace {

constexpr std::int64_t kMinuteMs = 60'000, kHourMs = 3'600'000, kDayMs = 24 * kHourMs;

double usual_returns(std::string_view category) {
  if (category == "apparel") return 0.25;
  if (category.starts_with("food") || category == "agriculture") return 0.03;
  return 0.08;
}

}  // namespace

std::uint32_t Room::draw_product(Rng& rng) const { return static_cast<std::uint32_t>(rng.zipf(plan_.products.size())); }

std::uint64_t Room::new_tracking() {
  const std::uint64_t n = ++tracking_ + plan_.spec.index * 100'000ULL;
  return plan_.spec.index % 3 == 0 ? 100'000'000'000ULL + n : mix(n) % 900'000'000'000ULL;
}

Order Room::place_order(const Account& buyer, std::uint32_t product, std::int64_t quantity, std::int64_t ms) {
  Order order;
  order.id = fmt::format("o{}{:06}", plan_.room, mix(plan_.spec.index * 1'000'000ULL) % 7 + 7 * orders_++);
  order.buyer = buyer;
  order.product = product;
  order.quantity = quantity;
  const Product& goods = plan_.products[product];
  const std::int64_t unit = price_now(product, ms) + (goods.charged - goods.price);
  order.amount = unit * quantity;
  order.placed_ms = ms;
  recorder_.add(ms, Type::kOrderPlaced, order.amount).plain("order", order.id).actor(buyer).plain("room", plan_.room)
      .plain("session", plan_.session).plain("merchant", plan_.merchant).plain("product", goods.id).number("quantity", quantity)
      .number("amount", order.amount).hash("address_hash", buyer.address).hash("payer_hash", buyer.payer);
  return order;
}

void Room::pay(const Order& order, std::int64_t ms) {
  recorder_.add(ms, Type::kOrderPaid, order.amount).plain("order", order.id).number("amount", order.amount);
  sales_ += order.amount;
}

void Room::cancel(const Order& order, std::int64_t ms, std::string_view reason) {
  recorder_.add(ms, Type::kOrderCancelled).plain("order", order.id).number("amount", order.amount).plain("reason", reason);
}

void Room::refund(const Order& order, std::int64_t ms, std::string_view reason) {
  recorder_.add(ms, Type::kOrderRefunded).plain("order", order.id).number("amount", order.amount).plain("reason", reason);
  sales_ -= order.amount;
}

void Room::ship(const Order& order, std::int64_t ms, std::uint64_t tracking, std::int64_t weight_g) {
  recorder_.add(ms, Type::kOrderShipped).plain("order", order.id).text("tracking", fmt::format("YT{:013}", tracking))
      .number("weight_g", weight_g);
}

void Room::deliver(const Order& order, std::int64_t ms, std::uint64_t tracking, std::int64_t weight_g) {
  recorder_.add(ms, Type::kOrderDelivered).plain("order", order.id).text("tracking", fmt::format("YT{:013}", tracking))
      .number("weight_g", weight_g);
}

void Room::review(const Order& order, std::int64_t ms, std::int64_t rating, std::string_view text) {
  recorder_.add(ms, Type::kReviewPosted).plain("order", order.id).account(order.buyer.number)
      .plain("product", plan_.products[order.product].id).plain("merchant", plan_.merchant).number("rating", rating).text("text", text);
}

void Room::honest_order(const Account& buyer, std::int64_t ms, Rng& rng) {
  Account as = buyer;
  // To the office, where the colleagues' parcels go too; now and then somebody else's present.
  if (rng.chance(0.02)) as.address = (std::uint64_t{1} << 41) + rng.below(40);
  else if (rng.chance(0.02)) as.address = rng.bits() >> 24;
  const std::int64_t quantity = rng.chance(0.82) ? 1 : rng.range(2, 4);
  const Order order = place_order(as, draw_product(rng), quantity, ms);
  ++honest_.orders;
  honest_fate(order, rng);
}

void Room::honest_fate(const Order& order, Rng& rng) {
  if (rng.chance(0.07)) {
    cancel(order, order.placed_ms + (rng.chance(0.5) ? 30 * kMinuteMs : rng.range(20'000, 20 * kMinuteMs)), "unpaid");
    return;
  }
  const std::int64_t paid = order.placed_ms + rng.range(2500, 120'000);
  pay(order, paid);
  if (rng.chance(0.025)) {  // changed their mind before it left
    refund(order, paid + rng.range(5 * kMinuteMs, 4 * kHourMs), "changed-mind");
    return;
  }
  const std::int64_t shipped = paid + rng.range(4 * kHourMs, 44 * kHourMs);
  const std::int64_t delivered = shipped + rng.range(20 * kHourMs, 80 * kHourMs);
  const std::int64_t weight = plan_.products[order.product].weight_g * order.quantity * rng.range(96, 105) / 100;
  const std::uint64_t tracking = new_tracking();
  ship(order, shipped, tracking, weight);
  deliver(order, delivered, tracking, weight);
  const double returns = rates().returns >= 0.0 ? rates().returns : usual_returns(plan_.spec.category);
  if (rng.chance(returns)) {
    const std::int64_t asked = delivered + rng.range(2 * kHourMs, 6 * kDayMs);
    const std::string& reason = rng.pick(texts().lines("return_reason"));
    recorder_.add(asked, Type::kReturnRequested).plain("order", order.id).account(order.buyer.number).text("reason", reason);
    const std::int64_t decided = asked + rng.range(10 * kMinuteMs, 20 * kHourMs);
    recorder_.add(decided, Type::kReturnDecided).plain("order", order.id).account(order.buyer.number).plain("outcome", "accepted");
    refund(order, decided + rng.range(kDayMs, 4 * kDayMs), "returned");
    return;
  }
  if (rng.chance(rates().reviews)) {
    const bool content = rng.chance(0.9);
    const std::int64_t rating = content ? (rng.chance(0.8) ? 5 : 4) : rng.range(1, 3);
    const std::pair<std::string_view, std::string_view> arguments[] = {{"product", plan_.products[order.product].title}};
    const std::int64_t at = delivered + rng.range(kHourMs, 6 * kDayMs);
    review(order, at, rating, texts().compose(content ? "review" : "review_poor", rng, arguments));
    ++honest_.reviews;
  }
}

}  // namespace lw::simulate
