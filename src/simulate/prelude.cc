#include "simulate/prelude.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/time.h"

namespace lw::simulate {
namespace {

constexpr std::int64_t kMinuteMs = 60'000, kHourMs = 3'600'000, kDayMs = 24 * kHourMs;

std::string licence_number(Rng& rng) { return fmt::format("91{:016}", rng.range(0, 9'999'999'999'999'999)); }

void write_platform(const World& world, const std::int64_t at, Recorder& out) {
  const std::string& platform = world.scenario.platform;
  Rng rng(world.seed, "platform");
  out.add(at, Type::kPlatformRegistered).text("platform", platform).plain("licence", licence_number(rng))
      .time("licence_expires", at + 700 * kDayMs).time("launched_at", at - 1500 * kDayMs);
  for (const char* kind : {"icp", "public-security", "audiovisual", "culture"})
    out.add(at, Type::kLicenceFiled).text("target", "platform/" + platform).plain("licence_kind", kind)
        .plain("number", licence_number(rng)).list("scope", {"live", "commerce"}).time("valid_until", at + 700 * kDayMs);
  // The half-year and the quarter that lie behind.
  const std::string today = format_rfc3339(Time{at * 1'000'000});
  const int year = std::stoi(today.substr(0, 4)), month = std::stoi(today.substr(5, 2));
  const int quarter = (month - 1) / 3;
  const std::string last_quarter = quarter ? fmt::format("{}-Q{}", year, quarter) : fmt::format("{}-Q4", year - 1);
  const auto file = [&](const char* filing, const std::string& period, const char* department) {
    out.add(at, Type::kFilingMade).text("platform", platform).plain("filing", filing).plain("period", period).plain("department", department);
  };
  file("identity", fmt::format("{}-{}", year, month < 7 ? "01" : "07"), "samr");
  file("tax", last_quarter, "sta");
  file("security-assessment", fmt::format("{}", year), "cac");
}

void write_people(const World& world, std::int64_t from, std::int64_t to, Recorder& out) {
  const auto& all = world.people.accounts();
  const auto count = static_cast<std::int64_t>(all.size());
  for (std::int64_t i = 0; i < count; ++i) {
    const Account& who = all[static_cast<std::size_t>(i)];
    write_account(out, from + (to - from) * i / count, who, "age_band", who.minor ? "minor" : "adult");
  }
}

void write_party(Recorder& out, std::int64_t at, std::string_view account, std::string_view role, std::uint64_t identity, Rng& rng) {
  out.add(at, Type::kAccountRegistered).plain("account", account).plain("role", role).boolean("real_name_verified", true)
      .hash("identity_hash", identity).number("followers", 0).time("registered_at", at - rng.range(60, 1500) * kDayMs);
  out.add(at + 1, Type::kAccountVerified).plain("account", account).plain("method", "licence").plain("outcome", "passed")
      .hash("identity_hash", identity).time("valid_until", at + 150 * kDayMs);
}

void write_host(const RoomPlan& plan, const std::int64_t at, Recorder& out, Rng& rng) {
  const std::uint64_t identity = plan.host_payee;
  out.add(at, Type::kAccountRegistered).plain("account", plan.host).plain("role", "host").boolean("real_name_verified", true)
      .hash("identity_hash", identity).plain("birth_date", fmt::format("19{}-06-15", rng.range(80, 99)))
      .number("followers", plan.host_followers).time("registered_at", at - rng.range(60, 1500) * kDayMs);
  for (const char* method : {"document", "live-face"})
    out.add(at, Type::kAccountVerified).plain("account", plan.host).plain("method", method).plain("outcome", "passed")
        .hash("identity_hash", identity).time("valid_until", at + 150 * kDayMs);
  out.add(at, Type::kHostQualified).plain("host", plan.host).list("qualifications", {plan.spec.category, "live-marketing"})
      .time("valid_until", at + 300 * kDayMs);
  for (const char* course : {"live-commerce", "food-safety"})
    out.add(at, Type::kTrainingCompleted).plain("account", plan.host).plain("course", course).time("valid_until", at + 300 * kDayMs);
  out.add(at, Type::kPayoutMade).plain("account", plan.host).number("amount", rng.range(1000, 90'000) * 100)
      .plain("currency", "CNY").hash("payee_hash", plan.host_payee);
}

void write_licence(Recorder& out, std::int64_t at, std::string target, std::string_view kind, const std::string& scope, Rng& rng) {
  out.add(at, Type::kLicenceFiled).text("target", target).plain("licence_kind", kind).plain("number", licence_number(rng))
      .list("scope", {scope}).time("valid_until", at + 500 * kDayMs);
}

void write_merchant(const RoomPlan& plan, std::int64_t at, Recorder& out, Rng& rng) {
  const std::string& category = plan.spec.category;
  out.add(at, Type::kMerchantRegistered).plain("merchant", plan.merchant).plain("licence", licence_number(rng))
      .time("licence_expires", at + 900 * kDayMs).list("categories", {category});
  if (category.starts_with("food") || category == "agriculture") {
    write_licence(out, at, "merchant/" + plan.merchant, "food", category, rng);
    write_licence(out, at, "operator/" + plan.op, "food", category, rng);
  }
  if (category.starts_with("cosmetics")) write_licence(out, at, "merchant/" + plan.merchant, "cosmetics", category, rng);
  out.add(at, Type::kPayoutMade).plain("account", plan.merchant).number("amount", rng.range(5000, 400'000) * 100)
      .plain("currency", "CNY").hash("payee_hash", plan.merchant_payee);
}

void write_product(const World& world, const RoomPlan& plan, const Product& product, std::int64_t at, Recorder& out, Rng& rng) {
  const Texts& texts = world.scenario.texts;
  const std::string& category = plan.spec.category;
  {
    Data data = out.add(at, Type::kProductSubmitted);
    data.plain("product", product.id).plain("merchant", plan.merchant).text("title", product.title).plain("category", category)
        .number("amount", product.price);
    if (product.original) data.number("original_amount", product.original);
    if (!product.brand.empty()) data.text("brand", product.brand);
    if (product.manufacturer) data.text("manufacturer", rng.pick(texts.lines("manufacturer")));
    if (product.address) data.text("manufacturer_address", rng.pick(texts.lines("manufacturer_address")));
    if (product.dates) data.time("production_date", at - rng.range(15, 90) * kDayMs);
    if (product.dates && has_limited_life(category)) data.time("expires", at + rng.range(150, 700) * kDayMs);
    if (product.certificate) data.text("quality_certificate", fmt::format("QC{:010}", rng.range(0, 9'999'999'999)));
    if (has_limited_life(category) || category == "agriculture") data.plain("licence", licence_number(rng));
    data.text("label_text", product.title);
  }
  if (category.starts_with("cosmetics")) write_licence(out, at + 1, "product/" + product.id, "cosmetics", category, rng);
  if (!product.brand.empty())
    out.add(at + 2, Type::kBrandAuthorised).plain("product", product.id).plain("merchant", plan.merchant).text("brand", product.brand)
        .time("valid_until", at + 400 * kDayMs);
  out.add(at + 3, Type::kEndorsementContracted).plain("account", plan.host).plain("product", product.id).boolean("sampled", true)
      .number("fee", plan.pit_fee);
}

// Deals of the days before, at the price then asked: what a struck-through price may refer to.
void write_deals(const World& world, const RoomPlan& plan, const Product& product, std::int64_t at, Recorder& out, Rng& rng) {
  if (!product.earlier_deal) return;
  for (int i = 0; i < 2; ++i) {
    const Account* buyer = &world.people.at(world.people.draw(rng));
    while (buyer->minor) buyer = &world.people.at(world.people.draw(rng));
    const std::string order = fmt::format("e{}-{}", product.id, i + 1);
    out.add(at, Type::kOrderPlaced).plain("order", order).actor(*buyer).plain("merchant", plan.merchant).plain("product", product.id)
        .number("quantity", 1).number("amount", product.earlier_deal).hash("address_hash", buyer->address)
        .hash("payer_hash", buyer->payer);
    out.add(at + 20'000, Type::kOrderPaid).plain("order", order).number("amount", product.earlier_deal);
    const std::string tracking = fmt::format("YT{:013}", mix(rng.bits()) % 900'000'000'000ULL);
    const std::int64_t shipped = at + rng.range(5 * kHourMs, 40 * kHourMs);
    out.add(shipped, Type::kOrderShipped).plain("order", order).plain("tracking", tracking).number("weight_g", product.weight_g);
    out.add(shipped + rng.range(20 * kHourMs, 70 * kHourMs), Type::kOrderDelivered).plain("order", order)
        .plain("tracking", tracking).number("weight_g", product.weight_g);
    at += rng.range(kMinuteMs, 60 * kMinuteMs);
  }
}

void write_session(const World& world, const RoomPlan& plan, std::int64_t at, Recorder& out, Rng& rng) {
  std::vector<std::string> products;
  for (const Product& product : plan.products) products.push_back(product.id);
  const std::pair<std::string_view, std::string_view> arguments[] = {{"product", plan.products.front().title}, {"price", "69"}};
  out.add(at, Type::kSessionScheduled).plain("session", plan.session).plain("room", plan.room).plain("host", plan.host)
      .plain("operator", plan.op).plain("mcn", plan.mcn).list("products", products)
      .text("script", world.scenario.texts.compose("speech", rng, arguments)).time("starts_at", plan.spec.start_ms)
      .number("pit_fee", plan.pit_fee).decimal("commission_rate", plan.commission_thousandths);
  out.add(at + 1, Type::kRosterFiled).plain("session", plan.session).plain("room", plan.room).list("accounts", {plan.host, plan.op});
  out.add(at + 2, Type::kPreflightSigned).plain("session", plan.session).plain("room", plan.room)
      .text("reviewer", fmt::format("rv{}", 1 + rng.below(9))).list("products", products).plain("outcome", "approved");
  out.add(at + 3, Type::kPageCaptured).plain("room", plan.room).plain("operator", plan.op).list("labels", {plan.spec.category, "电商"})
      .boolean("shows_operator", true).boolean("shows_seller", true).boolean("shows_ad_mark", true).number("hops", 1);
}

void write_room(const World& world, const RoomPlan& plan, std::int64_t at, Recorder& out) {
  Rng rng(world.seed, "papers", plan.spec.index);
  write_party(out, at, plan.op, "operator", plan.host_payee + 3, rng);
  write_party(out, at + 10, plan.merchant, "merchant", plan.merchant_payee, rng);
  write_party(out, at + 20, plan.mcn, "mcn", mix(plan.mcn.size() + plan.spec.index), rng);
  write_host(plan, at + 30, out, rng);
  write_merchant(plan, at + 50, out, rng);
  at += 100;
  for (const Product& product : plan.products) {
    write_product(world, plan, product, at, out, rng);
    write_deals(world, plan, product, at + 5 * kMinuteMs, out, rng);
    at += 10;
  }
  write_session(world, plan, at + 100, out, rng);
}

void write_reviewers(const std::vector<RoomPlan>& plans, Recorder& out) {
  std::int64_t from = plans.front().spec.start_ms, to = plans.front().spec.end_ms;
  for (const RoomPlan& plan : plans) {
    from = std::min(from, plan.spec.start_ms);
    to = std::max(to, plan.spec.end_ms);
  }
  for (std::int64_t at = from - 10 * kMinuteMs; at < to; at += 5 * kMinuteMs) {
    std::int64_t open = 0;
    for (const RoomPlan& plan : plans) open += plan.spec.start_ms <= at && at < plan.spec.end_ms;
    out.add(at, Type::kModeratorsReported).number("on_duty", 2 + open / 25).number("rooms_open", open);
  }
}

}  // namespace

void write_account(Recorder& out, std::int64_t ms, const Account& who, std::string_view age_key, std::string_view age) {
  Data data = out.add(ms, Type::kAccountRegistered);
  data.account(who.number).plain("role", "viewer").boolean("real_name_verified", who.verified);
  if (who.verified) data.hash("identity_hash", (std::uint64_t{1} << 42) + who.number);
  data.plain(age_key, age).number("followers", who.followers).time("registered_at", who.registered_ms);
}

void write_prelude(const World& world, const std::vector<RoomPlan>& plans, Recorder& out) {
  const std::int64_t day = world.scenario.start_ms;
  write_platform(world, day - 14 * kHourMs, out);
  std::int64_t first = plans.front().first_ms;
  for (const RoomPlan& plan : plans) first = std::min(first, plan.first_ms);
  write_people(world, day - 13 * kHourMs, std::min(day - 10 * kHourMs, first), out);
  const auto count = static_cast<std::int64_t>(plans.size());
  for (std::int64_t i = 0; i < count; ++i)
    write_room(world, plans[static_cast<std::size_t>(i)], day - 9 * kHourMs + i * 3 * kHourMs / count, out);
  write_reviewers(plans, out);
  out.sort();
}

}  // namespace lw::simulate
