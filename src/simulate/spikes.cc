// Honest events that look like fraud: crowds that come at once, say the same words, share an address or a device, or
// send everything back.
#include <fmt/format.h>

#include <algorithm>

#include "simulate/attacks.h"
#include "simulate/room.h"

namespace lw::simulate {
namespace {

constexpr std::int64_t kMinuteMs = 60'000, kHourMs = 3'600'000, kDayMs = 24 * kHourMs;

Visit arrive(Room& room, const Account& who, std::int64_t at, std::int64_t stay, std::string_view referrer, Rng& rng) {
  const Visit visit{who, at, std::min(at + std::max<std::int64_t>(stay, 3000), room.end() - 300)};
  room.join(who, visit.from_ms, visit.to_ms, referrer);
  room.behave(visit, rng);
  return visit;
}

std::int64_t stay_of(Rng& rng, double minutes) { return static_cast<std::int64_t>(rng.lognormal(minutes * 60'000.0, 0.9)); }

// Someone famous ends a broadcast and sends the audience over; some registered for that evening.
void raid(Room& room, std::int64_t viewers, Rng& rng) {
  const std::int64_t at = room.moment(rng, 0.35, 0.55);
  const std::string from = fmt::format("room/2{:04}", rng.range(0, 9999));
  const std::string cheer = room.texts().compose("chat_raid", rng);
  for (std::int64_t i = 0; i < viewers; ++i) {
    const std::int64_t join = at + static_cast<std::int64_t>(rng.exponential(50'000.0));
    if (join > room.end() - 5000) continue;
    const bool verified = rng.chance(0.5);
    const Account who = rng.chance(0.12) ? room.new_account(room.start() - rng.range(45 * kMinuteMs, 10 * kHourMs), verified, rng)
                                         : room.fresh_person(rng);
    const Visit visit = arrive(room, who, join, stay_of(rng, 3.0), from, rng);
    if (rng.chance(0.3)) room.chat(who, std::min(join + rng.range(1500, 30'000), visit.to_ms), cheer);
  }
  room.spike("raid", at, room.end());
}

// A minute in which everybody taps and types the password of the red packet.
void red_packet(Room& room, std::int64_t viewers, Rng& rng) {
  const std::int64_t at = room.moment(rng, 0.4, 0.6);
  const std::string password = room.texts().compose("chat_red_packet", rng);
  const std::string lottery = fmt::format("l{}", room.plan().room);
  room.out().add(at - 4 * kMinuteMs, Type::kLotteryConfigured).plain("room", room.plan().room).plain("session", room.plan().session)
      .plain("lottery", lottery).number("prize_amount", 880'00).decimal("odds", 20).boolean("published", true);
  std::vector<std::string> winners;
  for (std::int64_t i = 0; i < viewers; ++i) {
    const Account& who = room.fresh_person(rng);
    const std::int64_t join = at - rng.range(0, 3 * kMinuteMs);
    const std::string_view referrer = rng.chance(0.6) ? "share" : "feed";
    const Visit visit = arrive(room, who, join, 4 * kMinuteMs + stay_of(rng, 1.0), referrer, rng);
    const std::int64_t minute = std::min(at + kMinuteMs, visit.to_ms - 1);
    for (std::int64_t tap = rng.range(1, 4); tap > 0; --tap) {
      const std::int64_t when = rng.range(at, minute);
      room.like(who, when, rng.range(10, 90));
    }
    for (std::int64_t line = rng.range(0, 3); line > 0; --line) room.chat(who, rng.range(at, minute), password);
    if (winners.size() < 10 && rng.chance(0.05)) winners.push_back(account_text(who.number));
  }
  room.out().add(at + 70'000, Type::kLotteryDrawn).plain("room", room.plan().room).plain("session", room.plan().session)
      .plain("lottery", lottery).list("winners", winners);
  room.spike("red-packet", at - 4 * kMinuteMs, room.end());
}

// A real price cut on a real small stock: a minute of orders, and the host says truly how many are left.
void flash_sale(Room& room, std::int64_t viewers, Rng& rng) {
  const std::int64_t at = room.moment(rng, 0.45, 0.65);
  const Product& product = room.plan().products.front();
  room.change_price(0, at, product.price * 6 / 10);
  std::int64_t stock = viewers / 3 + 20;
  for (std::int64_t i = 0; i < viewers; ++i) {
    const Account& who = room.fresh_person(rng);
    const std::int64_t join = at - rng.range(5000, 8 * kMinuteMs);
    const std::string_view referrer = rng.chance(0.4) ? "follow" : "feed";
    const Visit visit = arrive(room, who, join, at - join + stay_of(rng, 1.5), referrer, rng);
    if (who.minor || stock <= 12 || !rng.chance(0.3) || visit.to_ms < at + 2000) continue;
    const std::int64_t when = std::min(at + 800 + static_cast<std::int64_t>(rng.exponential(25'000.0)), visit.to_ms - 1);
    const Order order = room.place_order(who, 0, 1, when);
    room.honest_fate(order, rng);
    --stock;
  }
  const std::int64_t say = at + 90'000;
  room.report_inventory(say, 0, 12);
  const std::pair<std::string_view, std::string_view> arguments[] = {{"left", "12"}, {"product", product.title}};
  room.speech(say + 500, room.texts().compose("speech_scarce_true", rng, arguments), rng);
  room.spike("flash-sale", at - 8 * kMinuteMs, room.end() + 14 * kDayMs);
}

// One dormitory network, hundreds of students, coupons for newcomers.
void campus(Room& room, std::int64_t viewers, Rng& rng) {
  const std::int64_t at = room.moment(rng, 0.2, 0.4);
  const Place* place = room.world().people.draw_place(PlaceKind::kCampus, rng);
  const Ip nat = place ? room.world().people.at(place->first).ip : room.new_ip(Network::kCampus);
  const std::string cheer = room.texts().compose("chat_campus", rng);
  for (std::int64_t i = 0; i < viewers; ++i) {
    Account who;
    if (place && i < place->count && rng.chance(0.65)) {
      who = room.world().people.at(place->first + static_cast<std::size_t>(i));
      if (!room.claim(who.number)) continue;
    } else {
      const bool verified = rng.chance(0.7);
      who = room.new_account(room.start() - rng.range(45 * kMinuteMs, 9 * kHourMs), verified, rng);
      who.ip = nat;
    }
    const std::int64_t join = at + rng.range(0, 15 * kMinuteMs);
    if (join > room.end() - 5000) continue;
    const Visit visit = arrive(room, who, join, stay_of(rng, 4.0), "share", rng);
    if (rng.chance(0.15)) room.chat(who, std::min(join + rng.range(2000, 60'000), visit.to_ms), cheer);
  }
  room.spike("campus", at, room.end());
}

// A charity evening: a long line that half the room copies and pastes, some of them many times.
void chant(Room& room, std::int64_t viewers, Rng& rng) {
  const std::int64_t at = room.moment(rng, 0.3, 0.5);
  const std::string line = room.texts().compose("chat_chant", rng);
  for (std::int64_t i = 0; i < viewers; ++i) {
    const Account& who = room.fresh_person(rng);
    const std::int64_t join = at - rng.range(0, 10 * kMinuteMs);
    const Visit visit = arrive(room, who, std::max(join, room.start() + 1000), at - join + stay_of(rng, 6.0), "follow", rng);
    if (visit.to_ms < at + 5000) continue;
    for (std::int64_t n = 1 + rng.poisson(1.5); n > 0; --n)
      room.chat(who, std::min(rng.range(at, at + 8 * kMinuteMs), visit.to_ms - 1), line);
  }
  room.spike("chant", at - 10 * kMinuteMs, room.end());
}

// Staff of a shop, or guests of a café, sign in on the same few machines one after another.
void shared_machines(Room& room, std::string_view shape, std::int64_t viewers, std::int64_t per_device, Rng& rng) {
  const bool shop = shape == "phone-shop";
  const Ip ip = room.new_ip(Network::kHome);
  const std::int64_t from = room.moment(rng, 0.05, 0.2);
  const std::int64_t window = std::min(room.end() - from - 2 * kMinuteMs, 70 * kMinuteMs);
  std::uint64_t device = 0;
  for (std::int64_t i = 0; i < viewers; ++i) {
    if (i % per_device == 0) device = room.new_device();
    const bool fresh = rng.chance(shop ? 0.5 : 0.1);
    const bool verified = rng.chance(0.8);
    Account who = room.new_account(fresh ? room.start() - rng.range(45 * kMinuteMs, 20 * kHourMs) : draw_registered_ms(room.start() - kHourMs, 0.05, rng),
                                   verified, rng);
    who.device = device;
    who.ip = ip;
    const std::int64_t join = from + window * (i % per_device) / per_device + rng.range(0, window / per_device / 2);
    arrive(room, who, join, std::min(stay_of(rng, shop ? 1.0 : 5.0), window / per_device), shop ? "search" : "feed", rng);
  }
  room.spike(shape, from, room.end());
}

// A company buys for its staff: one address, mostly one purse, real parcels to people who watched.
void group_buy(Room& room, std::int64_t viewers, Rng& rng) {
  const std::int64_t at = room.moment(rng, 0.3, 0.6);
  const std::uint64_t office = (std::uint64_t{1} << 41) + 1000 + room.plan().spec.index;
  const std::uint64_t purse = office + 100'000;
  const Ip ip = room.new_ip(Network::kHome);
  const std::int64_t buyers = std::clamp<std::int64_t>(viewers, 12, 40);
  for (std::int64_t i = 0; i < buyers; ++i) {
    Account who = room.fresh_person(rng);
    if (who.minor) continue;
    who.ip = ip;
    who.address = office;
    if (rng.chance(0.6)) who.payer = purse;
    const std::int64_t join = at + rng.range(0, 12 * kMinuteMs);
    const Visit visit = arrive(room, who, join, 2 * kMinuteMs + stay_of(rng, 3.0), "share", rng);
    const std::int64_t when = rng.range(visit.from_ms + 20'000, visit.to_ms - 1);
    const Order order = room.place_order(who, 0, rng.range(1, 2), when);
    room.honest_fate(order, rng);
  }
  room.spike("group-buy", at, room.end() + 14 * kDayMs);
}

// As many battles as the peak hours allow, and more on either side of them.
void pk_edge(Room& room, Rng& rng) {
  const std::int64_t midnight = (room.start() + 8 * kHourMs) / kDayMs * kDayMs - 8 * kHourMs;
  const std::int64_t peak = midnight + 20 * kHourMs, over = peak + 2 * kHourMs;
  for (const std::int64_t at : {peak - 8 * kMinuteMs, peak - rng.range(1000, 50'000), peak + 30 * kMinuteMs, over - rng.range(9, 30) * kMinuteMs,
                                over + 20'000, over + 8 * kMinuteMs})
    if (at > room.start() && at < room.end() - kMinuteMs) room.pk(at, at + 4 * kMinuteMs, rng);
  room.spike("pk-edge", room.start(), room.end());
}

}  // namespace

void act_spike(Room& room, std::string_view name, std::int64_t viewers, Rng& rng) {
  if (name == "raid") raid(room, viewers, rng);
  else if (name == "red-packet") red_packet(room, viewers, rng);
  else if (name == "flash-sale") flash_sale(room, viewers, rng);
  else if (name == "campus") campus(room, viewers, rng);
  else if (name == "chant") chant(room, viewers, rng);
  else if (name == "phone-shop") shared_machines(room, name, std::min<std::int64_t>(viewers, 60), 20, rng);
  else if (name == "internet-cafe") shared_machines(room, name, std::min<std::int64_t>(viewers, 120), 6, rng);
  else if (name == "group-buy") group_buy(room, viewers, rng);
  else if (name == "pk-edge") pk_edge(room, rng);
  else room.spike(name, room.start(), room.end() + 18 * kDayMs);  // high-return: the rates make it
}

}  // namespace lw::simulate
