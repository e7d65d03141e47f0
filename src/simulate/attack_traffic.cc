// Bought audiences, likes and follows.
#include <algorithm>

#include "simulate/attacks.h"
#include "simulate/bots.h"

namespace lw::simulate {
namespace {

constexpr std::int64_t kMinuteMs = 60'000, kHourMs = 3'600'000, kDayMs = 24 * kHourMs;

void name_bot(Room& room, const Account& bot, const Attack& attack) {
  room.truth("fake-traffic", "account", account_text(bot.number), attack);
}

// A bot that does a little more than watch.
void pretend(Room& room, const Account& bot, std::int64_t from_ms, std::int64_t to_ms, Rng& rng) {
  if (to_ms - from_ms < 4000) return;
  const std::int64_t at = rng.range(from_ms + 1000, to_ms - 1);
  if (rng.chance(0.15)) room.like(bot, at, rng.range(1, 10));
  if (rng.chance(0.05)) room.chat(bot, at, room.texts().compose("chat_short", rng));
}

// Racks of phones in one office: each phone shows one account after another.
void device_farm(Room& room, const Attack& attack, std::int64_t count, Rng& rng) {
  const Batches batches(room, 1 + count / 150, 2, 50, rng);
  const std::int64_t per_device = std::min<std::int64_t>(rng.range(8, 16), std::max<std::int64_t>(2, count / 2));
  const Ip offices[] = {room.new_ip(Network::kHome), room.new_ip(Network::kHome), room.new_ip(Network::kHome)};
  const std::int64_t from = room.start() + room.length() * rng.range(3, 15) / 100;
  const std::int64_t window = std::min(room.length() * 7 / 10, rng.range(25, 50) * kMinuteMs);
  const std::int64_t turn = window / per_device;
  const std::int64_t dwell = std::min<std::int64_t>(turn - 4000, rng.range(120, 260) * 1000);
  Shared<std::uint64_t> devices(per_device);
  for (std::int64_t i = 0; i < count; ++i) {
    Account bot = batches.recruit(room, 0.15, rng);
    bot.device = devices.next([&] { return room.new_device(); });
    bot.ip = offices[(i / per_device) % 3];
    const std::int64_t at = from + (i % per_device) * turn + rng.range(0, 3000);
    const std::int64_t stay = std::max<std::int64_t>(2000, dwell + static_cast<std::int64_t>(rng.normal(0, 4000)));
    room.join(bot, at, std::min(at + stay, room.end() - 200), "direct");
    pretend(room, bot, at, std::min(at + stay, room.end() - 200), rng);
    name_bot(room, bot, attack);
  }
}

// Rented exits in a few data-centre networks: an address for each account or two. The machines behind are few, or
// give out made-up device numbers that one tool counts up.
void proxies(Room& room, const Attack& attack, std::int64_t count, bool spoofed, Rng& rng) {
  const Batches batches(room, 1 + count / 200, 1, 30, rng);
  const std::uint64_t spoof = (rng.bits() & 0xffffffffffffULL) & ~0xffffULL;
  Shared<std::uint64_t> devices(rng.range(5, 9));
  Shared<Ip> exits(2);
  const std::int64_t waves = rng.range(2, 4);
  const std::int64_t dwell = rng.range(90, 400) * 1000;
  for (std::int64_t i = 0; i < count; ++i) {
    Account bot = batches.recruit(room, 0.1, rng);
    bot.ip = exits.next([&] { return room.new_ip(Network::kDataCentre); });
    const std::uint64_t real = devices.next([&] { return room.new_device(); });
    bot.device = spoofed ? spoof + static_cast<std::uint64_t>(i) : real;
    // Sold by the wave: each comes within two minutes.
    const std::int64_t wave = i % waves;
    const std::int64_t at = room.start() + room.length() * (1 + wave) / (waves + 1) + rng.range(0, 2 * kMinuteMs);
    const std::int64_t to = std::min(at + dwell + rng.range(-5000, 5000), room.end() - 200);
    room.join(bot, at, to, rng.chance(0.8) ? "direct" : "feed");
    pretend(room, bot, at, to, rng);
    name_bot(room, bot, attack);
  }
}

// The costly kind: aged accounts on their own phones at home, trickling in like everybody else. What gives them away,
// if anything, is that they stay long, say nothing and buy nothing.
void slow_drip(Room& room, const Attack& attack, std::int64_t count, Rng& rng) {
  for (std::int64_t i = 0; i < count; ++i) {
    const bool verified = rng.chance(0.8);
    const Account bot = room.new_account(room.start() - rng.range(30 * kDayMs, 700 * kDayMs), verified, rng);
    const std::int64_t at = room.moment(rng, 0.01, 0.9);
    const auto stay = static_cast<std::int64_t>(rng.lognormal(9.0 * 60'000.0, 0.35));
    room.join(bot, at, std::min(at + stay, room.end() - 200), "feed");
    name_bot(room, bot, attack);
  }
}

}  // namespace

Batches::Batches(const Room& room, std::int64_t count, std::int64_t days_low, std::int64_t days_high, Rng& rng) {
  for (std::int64_t i = 0; i < count; ++i)
    times_.push_back(room.start() - rng.range(days_low * kDayMs, days_high * kDayMs));
}

Account Batches::recruit(Room& room, double verified, Rng& rng) const {
  std::int64_t at = rng.pick(times_);
  at += rng.range(0, 2 * kHourMs);
  return room.new_account(at, rng.chance(verified), rng);
}

void act_viewers(Room& room, const Attack& attack, Rng& rng) {
  const std::int64_t count = room.plan().spec.audience * attack.strength / 100;
  if (count == 0) return;
  if (attack.shape == "device-farm") {
    device_farm(room, attack, count, rng);
  } else if (attack.shape == "proxy-few-devices" || attack.shape == "proxy-spoofed") {
    proxies(room, attack, count, attack.shape == "proxy-spoofed", rng);
  } else if (attack.shape == "slow-drip") {
    slow_drip(room, attack, count, rng);
  } else {
    // Each part keeps its name in the truth, so that what only a slow drip hides can be told apart.
    const auto part = [&](const char* shape) { return Attack{attack.kind, shape, attack.strength}; };
    device_farm(room, part("mixed-device-farm"), count / 3, rng);
    proxies(room, part("mixed-proxy"), count / 3, false, rng);
    slow_drip(room, part("mixed-slow-drip"), count - 2 * (count / 3), rng);
  }
  room.truth("fake-traffic", "room", room.plan().room, attack);
}

// clicker: machines that tap as fast as the platform lets them, evenly; crowd: many accounts that tap a few times.
void act_likes(Room& room, const Attack& attack, Rng& rng) {
  const bool clicker = attack.shape == "clicker";
  const std::int64_t count = Room::attackers(room.honest().likers, attack.strength);
  const Batches batches(room, 1 + count / 100, 1, 60, rng);
  Shared<std::uint64_t> devices(clicker ? rng.range(4, 6) : rng.range(8, 12));
  Shared<Ip> places(clicker ? 30 : 3);
  for (std::int64_t i = 0; i < count; ++i) {
    Account bot = batches.recruit(room, 0.2, rng);
    bot.device = devices.next([&] { return room.new_device(); });
    bot.ip = places.next([&] { return room.new_ip(clicker ? Network::kHome : Network::kDataCentre); });
    const std::int64_t at = room.moment(rng, 0.02, 0.85);
    const std::int64_t taps = clicker ? rng.range(15, 40) : rng.range(2, 4);
    const std::int64_t step = clicker ? 5000 : rng.range(2000, 9000);
    room.join(bot, at, std::min(at + (taps + 1) * step, room.end() - 200), "direct");
    for (std::int64_t tap = 1; tap <= taps && at + tap * step < room.end() - 300; ++tap) {
      const std::int64_t count_now = clicker ? rng.range(95, 100) : rng.range(40, 100);
      room.like(bot, at + tap * step + rng.range(0, 60), count_now);
    }
    name_bot(room, bot, attack);
  }
  room.truth("fake-traffic", "room", room.plan().room, attack);
}

// burst: follows by the interface alone within minutes; drip: a glance at the room, a follow, away.
void act_follows(Room& room, const Attack& attack, Rng& rng) {
  const bool burst = attack.shape == "burst";
  const std::int64_t count = Room::attackers(room.honest().followers, attack.strength);
  const Batches batches(room, 1 + count / 100, 1, 40, rng);
  Shared<std::uint64_t> devices(burst ? rng.range(8, 14) : rng.range(3, 6));
  Shared<Ip> exits(burst ? 5 : 2);
  const std::int64_t from = room.moment(rng, 0.2, 0.7);
  for (std::int64_t i = 0; i < count; ++i) {
    Account bot = batches.recruit(room, 0.1, rng);
    bot.device = devices.next([&] { return room.new_device(); });
    bot.ip = exits.next([&] { return room.new_ip(Network::kDataCentre); });
    const std::int64_t at = burst ? from + rng.range(0, 5 * kMinuteMs) : room.moment(rng, 0.02, 0.95);
    if (!burst) room.join(bot, at - 2500, at + rng.range(800, 4000), "direct");
    room.follow(bot, at);
    name_bot(room, bot, attack);
  }
  room.truth("fake-traffic", "room", room.plan().room, attack);
}

}  // namespace lw::simulate
