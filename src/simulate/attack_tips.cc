// Tips that are not tips: money that goes in a circle, tips taken back for show, tips by those who may not.
#include <algorithm>

#include "simulate/attacks.h"
#include "simulate/bots.h"

namespace lw::simulate {
namespace {

constexpr std::int64_t kMinuteMs = 60'000, kHourMs = 3'600'000, kDayMs = 24 * kHourMs;

Account tipper(Room& room, const Batches& batches, Shared<std::uint64_t>& devices, Rng& rng) {
  Account who = batches.recruit(room, 1.0, rng);
  if (rng.chance(0.6)) who.device = devices.next([&] { return room.new_device(); });
  return who;
}

// There from the first minutes to the last.
void attend(Room& room, const Account& who, std::string_view referrer, Rng& rng) {
  const std::int64_t from = room.start() + rng.range(5000, room.length() / 20);
  room.join(who, from, room.end() - rng.range(300, 60'000), referrer);
}

void gifts(Room& room, const Account& who, std::int64_t at, std::int64_t purse, std::int64_t most, Rng& rng) {
  const std::int64_t times = rng.range(1 + most / 3, most);
  for (std::int64_t i = 0; i < times && at < room.end() - 1000; ++i) {
    room.gift(who, at, std::max<std::int64_t>(10, purse / times), 1);
    at += rng.range(3000, 40'000);
  }
}

// Members' purses are filled by the payee of the host's own payouts.
void fund(Room& room, std::int64_t count, std::int64_t cycles, std::vector<Account>& army, Rng& rng) {
  const Batches batches(room, 1 + count / 25, 5, 80, rng);
  Shared<std::uint64_t> devices(3);
  for (std::int64_t i = 0; i < count; ++i) army.push_back(tipper(room, batches, devices, rng));
  for (const Account& who : army) attend(room, who, "share", rng);
  for (std::int64_t cycle = 0; cycle < cycles; ++cycle) {
    std::int64_t sum = 0;
    const double low = 0.06 + 0.9 * static_cast<double>(cycle) / static_cast<double>(cycles);
    const double high = low + 0.55 / static_cast<double>(cycles);
    for (const Account& who : army) {
      const std::int64_t purse = rng.range(100, 900) * 100;
      const std::int64_t at = room.moment(rng, low, high);
      room.recharge(who, at, purse, room.plan().host_payee);
      gifts(room, who, at + rng.range(2000, 30'000), purse, 7, rng);
      sum += purse;
    }
    // The circle closes within the broadcast: what was tipped is paid out and comes back as the next purse.
    if (cycles > 1) room.payout(room.plan().host, room.moment(rng, high + 0.01, high + 0.05), sum / 2, room.plan().host_payee);
  }
}

// Big tips for all to see, taken back a few minutes later, again and again.
void take_back(Room& room, std::int64_t count, bool by_host, std::vector<Account>& out, Rng& rng) {
  const Batches batches(room, 1 + count / 25, 5, 200, rng);
  Shared<std::uint64_t> devices(3);
  for (std::int64_t i = 0; i < count; ++i) {
    const Account who = tipper(room, batches, devices, rng);
    attend(room, who, "feed", rng);
    const std::int64_t price = rng.range(100, 520) * 100;
    room.recharge(who, room.moment(rng, 0.06, 0.08), price * 2, by_host ? room.plan().host_payee : who.payer);
    std::int64_t at = room.moment(rng, 0.09, 0.3);
    const std::int64_t rounds = rng.range(4, 7);
    for (std::int64_t round = 0; round < rounds && at < room.end() - 1000; ++round) {
      const std::string name = room.gift(who, at, price, 1);
      const std::int64_t back = at + rng.range(60'000, 6 * kMinuteMs);
      room.out().add(back, Type::kGiftRefunded).account(who.number).plain("room", room.plan().room).plain("host", room.plan().host)
          .number("amount", price).text("of", name);
      at = back + rng.range(20'000, 3 * kMinuteMs);
    }
    out.push_back(who);
  }
}

}  // namespace

void act_tips(Room& room, const Attack& attack, Rng& rng) {
  const std::int64_t count = Room::attackers(room.honest().tippers, attack.strength, 4);
  std::vector<Account> members;
  bool host_behind = true;
  if (attack.shape == "funded-by-host" || attack.shape == "payout-cycle") {
    fund(room, count, attack.shape == "payout-cycle" ? 3 : 1, members, rng);
  } else if (attack.shape == "refund-by-host" || attack.shape == "refund-alone") {
    host_behind = attack.shape == "refund-by-host";
    take_back(room, count, host_behind, members, rng);
  } else {  // unverified: the platform failed to ask who they are
    host_behind = false;
    for (std::int64_t i = 0; i < count; ++i) {
      const Account who = room.new_account(room.start() - rng.range(1, 900) * kDayMs, false, rng);
      const std::int64_t at = room.moment(rng, 0.02, 0.9);
      room.join(who, at, std::min(at + rng.range(60'000, 20 * kMinuteMs), room.end() - 200), "feed");
      room.recharge(who, at + 500, 6800, who.payer);
      gifts(room, who, at + 1500, rng.range(10, 60) * 100, 4, rng);
      members.push_back(who);
    }
  }
  for (const Account& who : members) room.truth("tipping-breach", "account", account_text(who.number), attack);
  if (host_behind) room.truth("tipping-breach", "room", room.plan().room, attack);
}

// Children who tip small sums out of a parent's purse, for longer and more often than they would be let.
void act_minors(Room& room, const Attack& attack, Rng& rng) {
  const std::int64_t count = Room::attackers(room.honest().tippers, attack.strength, 4);
  for (std::int64_t i = 0; i < count; ++i) {
    const Account who = room.new_minor(room.start() - rng.range(1, 700) * kDayMs, attack.shape == "birth-date", rng);
    const std::int64_t at = room.moment(rng, 0.02, 0.85);
    room.join(who, at, std::min(at + rng.range(5 * kMinuteMs, kHourMs), room.end() - 200), "feed");
    if (rng.chance(0.6)) room.recharge(who, at + 900, rng.range(6, 98) * 100, who.payer);
    const std::int64_t purse = rng.range(5, 90) * 100;
    gifts(room, who, at + rng.range(2000, 20'000), purse, 6, rng);
    room.truth("minor-protection", "account", account_text(who.number), attack);
  }
}

}  // namespace lw::simulate
