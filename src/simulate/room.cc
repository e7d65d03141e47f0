#include "simulate/room.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/time.h"
#include "simulate/attacks.h"
#include "simulate/prelude.h"

namespace lw::simulate {
namespace {

constexpr std::int64_t kMinuteMs = 60'000, kHourMs = 3'600'000, kDayMs = 24 * kHourMs;

std::int64_t scaled(double value) { return static_cast<std::int64_t>(value); }

}  // namespace

ArrivalCurve::ArrivalCurve(std::int64_t start_ms, std::int64_t end_ms, Rng& rng) : start_ms_(start_ms), end_ms_(end_ms) {
  const auto bins = static_cast<std::size_t>((end_ms - start_ms + kBinMs - 1) / kBinMs);
  std::vector<double> weight(bins);
  const double ramp = static_cast<double>(bins) * 0.08;
  for (std::size_t i = 0; i < bins; ++i) {
    const double at = static_cast<double>(i);
    weight[i] = std::min(1.0, 0.3 + at / ramp) * (0.7 + 0.6 * rng.uniform());
    if (i + 1 > bins - bins / 10) weight[i] *= 0.4;  // few come near the end
  }
  const std::int64_t bursts = 1 + rng.poisson(2.0);
  for (std::int64_t burst = 0; burst < bursts; ++burst) {
    const std::size_t at = rng.below(bins);
    double height = rng.pareto(1.5, 1.2, 15.0);
    const double decay = 0.7 + 0.25 * rng.uniform();
    for (std::size_t i = at; i < bins && height > 0.05; ++i, height *= decay) weight[i] += height;
  }
  double sum = 0.0;
  for (const double w : weight) cumulative_.push_back(sum += w);
}

std::int64_t ArrivalCurve::draw(Rng& rng) const {
  const double at = rng.uniform() * cumulative_.back();
  const auto bin = std::upper_bound(cumulative_.begin(), cumulative_.end() - 1, at) - cumulative_.begin();
  return std::min(start_ms_ + bin * kBinMs + rng.range(0, kBinMs - 1), end_ms_ - 3000);
}

Room::Room(const World& world, const RoomPlan& plan)
    : world_(world),
      plan_(plan),
      rng_(world.seed, "organic", plan.spec.index),
      curve_(plan.spec.start_ms + 1000, plan.spec.end_ms, rng_) {}

void Room::run() {
  broadcast();
  Rng talk_rng(world_.seed, "talk", plan_.spec.index);
  talk(talk_rng);
  std::int64_t viewers = plan_.spec.audience;
  const RoomGroup& group = *plan_.spec.group;
  for (const Attack& attack : group.attacks)
    if (attack.kind == "viewers") viewers -= plan_.spec.audience * attack.strength / 100;
  if (!group.spike.empty()) {
    Rng rng(world_.seed, "spike", plan_.spec.index);
    const std::int64_t brought = viewers * spike_share_percent(group.spike) / 100;
    act_spike(*this, group.spike, brought, rng);
    viewers -= honest_.viewers;
  }
  audience(viewers);
  side_doors(rng_);
  for (std::size_t i = 0; i < group.attacks.size(); ++i) {
    Rng rng(world_.seed, plan_.spec.index, 1000 + i);
    find_attack(group.attacks[i].kind)->act(*this, group.attacks[i], rng);
  }
  after(rng_);
  finish();
}

std::int64_t Room::moment(Rng& rng, double from, double to) const {
  const auto whole = static_cast<double>(length());
  return start() + rng.range(scaled(whole * from), scaled(whole * to));
}

std::int64_t Room::attackers(std::int64_t honest, int strength, std::int64_t least) {
  return std::max(least, (honest * strength + (100 - strength) / 2) / (100 - strength));
}

const Account& Room::fresh_person(Rng& rng) {
  for (int tries = 0; tries < 200; ++tries) {
    const std::size_t index = world_.people.draw(rng);
    if (claim(world_.people.at(index).number)) return world_.people.at(index);
  }
  return world_.people.at(world_.people.draw(rng));  // a tiny population: the same people come again
}

void Room::audience(std::int64_t viewers) {
  std::int64_t misses = 0;
  while (viewers > 0 && misses < 10'000) {
    const std::size_t index = world_.people.draw(rng_);
    const Account& who = world_.people.at(index);
    if (!claim(who.number)) {
      ++misses;
      continue;
    }
    const std::int64_t join_ms = curve_.draw(rng_);
    visit_honestly(who, join_ms, rng_.pick(texts().lines("referrer")), rng_);
    --viewers;
    company(index, join_ms, viewers, rng_);
  }
}

// Who sits beside a viewer often watches too: the rest of a family, the next table of a café.
void Room::company(std::size_t index, std::int64_t join_ms, std::int64_t& left, Rng& rng) {
  const Place& place = world_.people.place_of(index);
  std::int64_t friends = 0, span_ms = 5 * kMinuteMs;
  switch (place.kind) {
    case PlaceKind::kHousehold: friends = rng.chance(0.15) ? place.count - 1 : 0; break;
    case PlaceKind::kCafe: friends = rng.chance(0.25) ? rng.range(1, 8) : 0; span_ms = 40 * kMinuteMs; break;
    case PlaceKind::kPhoneShop: friends = rng.chance(0.25) ? rng.range(1, 10) : 0; span_ms = kHourMs; break;
    case PlaceKind::kCampus:
    case PlaceKind::kCarrier: friends = rng.chance(0.08) ? rng.range(1, 3) : 0; break;
  }
  for (std::int64_t i = 1; i <= friends && left > 0; ++i) {
    const std::size_t other = place.first + (index - place.first + static_cast<std::size_t>(i)) % place.count;
    const Account& who = world_.people.at(other);
    if (!claim(who.number)) continue;
    const std::int64_t at = std::clamp(join_ms + rng.range(-span_ms / 4, span_ms), start() + 1000, end() - 3000);
    visit_honestly(who, at, "share", rng);
    --left;
  }
}

void Room::visit_honestly(const Account& who, std::int64_t join_ms, std::string_view referrer, Rng& rng) {
  // Most swipe on within a minute, some stay for hours.
  const std::int64_t dwell = scaled(rng.lognormal(45'000.0, 1.5));
  const Visit visit{who, join_ms, std::min(join_ms + std::max<std::int64_t>(dwell, 1200), end() - 500)};
  join(who, visit.from_ms, visit.to_ms, referrer);
  behave(visit, rng);
  if (rng.chance(0.07) && visit.to_ms + 2 * kMinuteMs < end()) {
    const std::int64_t again = visit.to_ms + rng.range(20'000, end() - visit.to_ms - kMinuteMs);
    const std::int64_t more = std::max<std::int64_t>(scaled(rng.lognormal(40'000.0, 1.3)), 1200);
    join(who, again, std::min(again + more, end() - 500), "follow");
  }
}

void Room::behave(const Visit& visit, Rng& rng) {
  const Rates& rate = rates();
  const std::int64_t dwell = visit.to_ms - visit.from_ms;
  const auto somewhere = [&] { return rng.range(visit.from_ms + 800, visit.to_ms - 1); };
  const auto seconds = static_cast<double>(dwell) / 1000.0;
  ++honest_.viewers;
  if (dwell < 2500) return;
  if (rng.chance(0.3 * rate.likes)) {
    ++honest_.likers;
    const std::int64_t times = 1 + std::min<std::int64_t>(rng.poisson(seconds / 200.0 * rate.likes), 30);
    const bool fervent = rng.chance(0.02);
    for (std::int64_t i = 0; i < times; ++i) {
      const std::int64_t at = somewhere();
      like(visit.who, at, 1 + scaled(rng.exponential(8.0)));
    }
    // Some tap for minutes without a pause.
    for (std::int64_t at = visit.from_ms + 3000; fervent && at < std::min(visit.to_ms, visit.from_ms + 2 * kMinuteMs); at += 5000)
      like(visit.who, at, rng.range(60, 99));
  }
  if (dwell > 8000 && rng.chance(0.16 * rate.chat)) {
    ++honest_.chatters;
    const std::int64_t times = 1 + std::min<std::int64_t>(rng.poisson(seconds / 300.0 * rate.chat), 25);
    for (std::int64_t i = 0; i < times; ++i) {
      const char* list = rng.chance(0.35) ? "chat_short" : rng.chance(0.03) ? "chat_near_miss" : "chat";
      const Product& product = plan_.products[draw_product(rng)];
      const std::pair<std::string_view, std::string_view> arguments[] = {{"product", product.title}};
      const std::int64_t at = somewhere();
      chat(visit.who, at, texts().compose(list, rng, arguments));
    }
  }
  if (dwell > 15'000 && rng.chance(0.04 * rate.follows)) {
    follow(visit.who, somewhere());
    ++honest_.followers;
  }
  if (visit.who.minor) return;
  if (dwell > 20'000 && visit.who.verified && rng.chance(0.03 * rate.gifts)) {
    ++honest_.tippers;
    gift_honestly(visit.who, visit.from_ms + 1000, visit.to_ms, rng);
  }
  if (dwell > 20'000 && rng.chance(rate.orders)) {
    const std::int64_t at = rng.range(visit.from_ms + 10'000, visit.to_ms - 1);
    honest_order(visit.who, at, rng);
    // Another colour, another size, something else.
    for (int more = 0; more < 4 && rng.chance(0.14); ++more)
      honest_order(visit.who, std::min(at + rng.range(20'000, 240'000), end() - 1000), rng);
  }
}

void Room::gift_honestly(const Account& who, std::int64_t from_ms, std::int64_t to_ms, Rng& rng) {
  const std::int64_t times = 1 + std::min<std::int64_t>(rng.poisson(0.8), 6);
  const std::int64_t scale = rng.chance(0.03) ? 8 : 1;  // few are generous
  std::int64_t at = from_ms;
  if (rng.chance(0.5)) {
    recharge(who, at, rng.pick(std::vector<std::int64_t>{600, 3000, 3000, 6800, 9800, 19800}) * scale, who.payer);
    at += rng.range(400, 8000);
  }
  for (std::int64_t i = 0; i < times && at < to_ms; ++i) {
    const auto price = scaled(rng.pareto(10.0, 0.9, 20'000.0)) * scale;
    const std::string name = gift(who, at, price, rng.chance(0.8) ? 1 : rng.range(2, 10));
    if (rng.chance(0.004)) {  // a slip of the finger, taken back
      const std::int64_t when = at + rng.range(20'000, 300'000);
      recorder_.add(when, Type::kGiftRefunded).account(who.number).plain("room", plan_.room).plain("host", plan_.host)
          .number("amount", price).text("of", name);
    }
    at += rng.range(2000, 90'000);
  }
}

void Room::broadcast() {
  const auto who_airs = [&](Data data) -> void {
    data.plain("session", plan_.session).plain("room", plan_.room).plain("host", plan_.host).plain("operator", plan_.op)
        .plain("mcn", plan_.mcn);
  };
  who_airs(recorder_.add(start(), Type::kSessionStarted));
  who_airs(recorder_.add(end(), Type::kSessionEnded));
  for (std::int64_t at = start() + 2000; at < end(); at += 30 * kMinuteMs) {
    recorder_.add(at, Type::kRoomDescribed).plain("room", plan_.room).plain("session", plan_.session)
        .list("labels", {plan_.spec.category, "电商"}).boolean("synthetic_host", false).boolean("ai_label_visible", false)
        .boolean("shows_operator", true).boolean("shows_seller", true).boolean("shows_ad_mark", true).number("hops", 1);
  }
  std::int64_t listed_ms = start() + 5000;
  for (std::size_t n = 0; n < plan_.products.size(); ++n) {
    const Product& product = plan_.products[n];
    {
      Data data = recorder_.add(listed_ms, Type::kProductListed);
      data.plain("room", plan_.room).plain("session", plan_.session).plain("product", product.id)
          .plain("merchant", plan_.merchant).plain("category", plan_.spec.category).number("amount", product.price);
      if (product.original) data.number("original_amount", product.original);
      data.text("text", product.card);
    }
    std::int64_t stock = product.stock;
    for (std::int64_t at = listed_ms + 500; at < end(); at += 10 * kMinuteMs) {
      report_inventory(at, static_cast<std::uint32_t>(n), stock);
      stock = std::max<std::int64_t>(stock - rng_.range(0, 15), 200);
    }
    listed_ms += 400;
  }
  for (std::int64_t at = start() + rng_.range(30'000, 200'000); at < end(); at += rng_.range(4, 12) * kMinuteMs) {
    // The pattern on a box may look a little like a code.
    const std::int64_t code = rng_.chance(0.06) ? rng_.range(200, 480) : 0;
    recorder_.add(at, Type::kFrameDetected).plain("room", plan_.room).plain("session", plan_.session)
        .raw("labels", fmt::format(R"([{{"label":"person","score":0.97}},{{"label":"product","score":0.91}}{}])",
                                   code ? fmt::format(R"(,{{"label":"qr-code","score":0.{}}})", code) : ""))
        .number("frame_ms", at - start()).decimal("confidence", 960);
  }
  const std::int64_t step = world_.scenario.report_seconds * 1000LL;
  for (std::int64_t at = start() + step; at < end(); at += step) recorder_.reserve(at, Type::kAudienceReported);
}

void Room::talk(Rng& rng) {
  const std::string own = "speech_" + plan_.spec.category;
  for (std::int64_t at = start() + 6000; at < end() - 15'000; at += rng.range(7000, 16'000)) {
    const std::uint32_t n = draw_product(rng);
    const std::int64_t price = price_now(n, at);
    const std::string yuan = fmt::format("{}", price % 100 ? fmt::format("{}.{}", price / 100, price % 100 / 10) : fmt::format("{}", price / 100));
    const std::pair<std::string_view, std::string_view> arguments[] = {{"product", plan_.products[n].title}, {"price", yuan}};
    const double u = rng.uniform();
    const std::string_view list = u < 0.05 ? "speech_near_miss" : u < 0.4 && texts().has(own) ? std::string_view(own) : "speech";
    speech(at, texts().compose(list, rng, arguments), rng);
  }
  for (std::int64_t at = start() + 20'000; at < end(); at += rng.range(100'000, 300'000)) {
    const std::pair<std::string_view, std::string_view> arguments[] = {{"product", plan_.products[0].title}};
    screen(at, texts().compose(rng.chance(0.1) ? "screen_near_miss" : "screen", rng, arguments), rng);
  }
  if (rng.chance(0.1) && plan_.spec.group->spike != "pk-edge") {
    const std::int64_t at = moment(rng, 0.2, 0.7);
    pk(at, at + 5 * kMinuteMs, rng);
  }
}

// Honest people who come by ways that cheats use too: buyers who order from the shelf without watching, and a
// broadcaster of another room who tips a colleague out of what was paid out to her.
void Room::side_doors(Rng& rng) {
  for (std::int64_t orders = honest_.orders / 30; orders > 0; --orders) {
    const Account& who = fresh_person(rng);
    if (!who.minor) honest_order(who, moment(rng), rng);
  }
  if (rng.chance(0.3)) {
    Account colleague = new_account(start() - rng.range(100 * kDayMs, 900 * kDayMs), true, rng);
    colleague.payer = plan_.host_payee + 4;  // the next room's host
    const std::int64_t at = moment(rng, 0.1, 0.7);
    join(colleague, at, at + rng.range(3, 8) * kMinuteMs, "follow");
    ++honest_.viewers;
    ++honest_.tippers;
    recharge(colleague, at + 2000, 20'000, colleague.payer);
    gift(colleague, at + 15'000, 5200, 1);
    gift(colleague, at + 40'000, 9900, 1);
  }
}

// Records kept, and money paid out once the days of waiting are over.
void Room::after(Rng& rng) {
  std::int64_t at = end() + rng.range(60'000, 600'000);
  for (const char* kind : {"content", "replay", "log", "transaction"}) {
    recorder_.add(at, Type::kRecordStored).text("record", fmt::format("rec-{}-{}", plan_.session, kind)).plain("kind", kind)
        .text("subject", fmt::format("session/{}", plan_.session)).plain("room", plan_.room).plain("session", plan_.session)
        .time("retain_until", at + 1130 * kDayMs);
    at += 1000;
  }
  if (gift_income_ > 0) payout(plan_.host, end() + rng.range(15 * kDayMs, 17 * kDayMs), gift_income_ / 2, plan_.host_payee);
  if (sales_ > 0) payout(plan_.merchant, end() + rng.range(16 * kDayMs, 18 * kDayMs), sales_ * 9 / 10, plan_.merchant_payee);
}

// Adds up what was counted, in order of time, and writes what the platform displays: never above the count unless
// the operator inflates it.
void Room::finish() {
  recorder_.sort();
  absl::flat_hash_set<std::uint64_t> seen;
  std::int64_t online = 0, joins = 0, likes = 0, follows = 0, placed = 0, placed_sum = 0, paid = 0, paid_sum = 0;
  for (std::size_t i = 0; i < recorder_.drafts().size(); ++i) {
    const Draft draft = recorder_.drafts()[i];
    switch (draft.type) {
      case Type::kViewerJoined: ++online; ++joins; seen.insert(static_cast<std::uint64_t>(draft.value)); break;
      case Type::kViewerLeft: --online; break;
      case Type::kLikeSent: likes += draft.value; break;
      case Type::kFollowAdded: ++follows; break;
      case Type::kOrderPlaced: ++placed; placed_sum += draft.value; break;
      case Type::kOrderPaid: ++paid; paid_sum += draft.value; break;
      case Type::kAudienceReported: {
        const auto shown = [](std::int64_t honest, std::int64_t most, double factor) {
          return factor > 1.0 ? scaled(static_cast<double>(most) * factor + 0.999) : honest;
        };
        recorder_.fill(i).plain("room", plan_.room).plain("session", plan_.session)
            .number("online", shown(online, online, inflation_.audience))
            .number("total_views", shown(static_cast<std::int64_t>(seen.size()), joins, inflation_.audience))
            .number("likes", shown(likes, likes, inflation_.likes))
            .number("followers", shown(plan_.host_followers + follows, plan_.host_followers + follows, inflation_.followers))
            .number("sales_shown", shown(paid_sum, placed_sum, inflation_.sales))
            .number("orders_shown", shown(paid, placed, inflation_.sales));
        break;
      }
      default: break;
    }
  }
}

}  // namespace lw::simulate
