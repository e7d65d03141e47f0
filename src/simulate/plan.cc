#include "simulate/plan.h"

#include <fmt/format.h>

#include "simulate/attacks.h"

namespace lw::simulate {
namespace {

Product make_product(const World& world, const RoomPlan& plan, const Ware& ware, std::size_t n, Rng& rng) {
  Product product;
  product.id = fmt::format("sku{}-{}", plan.room, n + 1);
  product.brand = rng.chance(0.5) ? rng.pick(world.scenario.texts.lines("brand")) : "";
  product.title = product.brand + world.scenario.texts.fill(ware.title, rng, {});
  product.card = product.title;
  product.price = rng.range(ware.price_low, ware.price_high);
  product.price -= product.price % 100;
  if (product.price > 1000) product.price -= rng.chance(0.6) ? 10 : 0;  // 29.90 rather than 30.00
  product.charged = product.price;
  product.weight_g = rng.range(ware.weight_low, ware.weight_high);
  product.stock = rng.range(500, 5000);
  if (rng.chance(0.5)) {
    // An honest struck-through price is one at which the goods were sold in the days before.
    product.original = product.price * rng.range(115, 170) / 100;
    product.original -= product.original % 10;
    product.earlier_deal = product.original;
  }
  return product;
}

}  // namespace

bool has_limited_life(std::string_view category) {
  return category.starts_with("food") || category.starts_with("cosmetics") || category.starts_with("maternal");
}

RoomPlan make_plan(const World& world, const RoomSpec& spec) {
  RoomPlan plan;
  plan.spec = spec;
  Rng rng(world.seed, "plan", spec.index);
  plan.room = fmt::format("{}", 10001 + spec.index);
  plan.session = fmt::format("s{}-1", plan.room);
  plan.host = fmt::format("h{}", plan.room);
  plan.op = fmt::format("op{}", plan.room);
  plan.mcn = fmt::format("mcn{}", 1 + rng.below(1 + spec.index / 8));
  plan.merchant = fmt::format("m{}", plan.room);
  // Payees share one space with the accounts' payers; the accounts' own numbers stay below these.
  plan.host_payee = (std::uint64_t{1} << 40) + spec.index * 4ULL;
  plan.merchant_payee = plan.host_payee + 1;
  plan.merchant_hub = plan.host_payee + 2;
  plan.pit_fee = rng.range(5, 200) * 100'00;
  plan.commission_thousandths = rng.range(50, 300);
  plan.host_followers = static_cast<std::int64_t>(rng.pareto(2000, 0.9, 3e6));
  const auto& wares = world.scenario.texts.wares(spec.category);
  const std::size_t count = 3 + rng.below(5);
  for (std::size_t n = 0; n < count; ++n) plan.products.push_back(make_product(world, plan, rng.pick(wares), n, rng));
  for (const Attack& attack : spec.group->attacks)
    if (const AttackKind* kind = find_attack(attack.kind); kind->prepare) kind->prepare(plan, attack, world.scenario.texts, rng);
  plan.first_ms = spec.start_ms - 40 * 60'000;
  return plan;
}

}  // namespace lw::simulate
