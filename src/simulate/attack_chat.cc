// Written by machines or by the hired: praise, adverts, and contacts that lead buyers away.
#include <fmt/format.h>

#include <algorithm>

#include "simulate/attacks.h"
#include "simulate/bots.h"

namespace lw::simulate {
namespace {

constexpr std::int64_t kMinuteMs = 60'000, kDayMs = 86'400'000;

Evasion evasion_of(const Attack& attack) { return *parse_evasion(attack.shape.substr(attack.shape.find('-') + 1)); }

}  // namespace

// Group-controlled phones that keep a room lively. copy: all say one line, then all the next; template: slots are
// filled anew; near-duplicate: one sentence with other endings and marks.
void act_chat(Room& room, const Attack& attack, Rng& rng) {
  const std::int64_t count = Room::attackers(room.honest().chatters, attack.strength);
  const Batches batches(room, 1 + count / 80, 1, 60, rng);
  Shared<std::uint64_t> devices(rng.range(3, 6));
  Shared<Ip> places(12);
  const std::pair<std::string_view, std::string_view> arguments[] = {{"product", room.plan().products.front().title}};
  const Texts& texts = room.texts();
  std::vector<std::string> bases;
  for (int i = 0; i < 4; ++i) bases.push_back(texts.compose("chat_bot_base", rng, arguments));
  for (std::int64_t i = 0; i < count; ++i) {
    Account bot = batches.recruit(room, 0.25, rng);
    const std::uint64_t shared = devices.next([&] { return room.new_device(); });
    const Ip place = places.next([&] { return room.new_ip(Network::kHome); });
    if (rng.chance(0.75)) {
      bot.device = shared;
      bot.ip = place;
    }
    const std::int64_t lines = rng.range(5, 12);
    const std::int64_t at = room.moment(rng, 0.02, 0.7);
    const std::int64_t step = rng.range(25, 70) * 1000;
    std::int64_t now = at;
    for (std::int64_t line = 0; line < lines && now + step < room.end() - 1000; ++line) {
      now += step * rng.range(80, 120) / 100;
      const std::size_t phase = static_cast<std::size_t>((now - room.start()) * 4 / room.length());
      const std::string& base = bases[std::min<std::size_t>(phase, 3)];
      std::string text;
      if (attack.shape == "copy") text = base;
      else if (attack.shape == "template") text = texts.compose("chat_bot_template", rng, arguments);
      else text = base + texts.compose("chat_bot_tail", rng);
      room.chat(bot, std::min(now, room.end() - 900), text);
    }
    room.join(bot, at, std::min(now + step, room.end() - 200), "share");
    room.truth("fake-traffic", "account", account_text(bot.number), attack);
  }
  room.truth("fake-traffic", "room", room.plan().room, attack);
}

// Adverts for something else, again and again, by accounts that came for nothing but that.
void act_spam(Room& room, const Attack& attack, Rng& rng) {
  const std::int64_t count = Room::attackers(room.honest().chatters, attack.strength);
  const Batches batches(room, 1 + count / 40, 1, 20, rng);
  Shared<std::uint64_t> devices(2);
  std::vector<std::string> campaigns;
  for (int i = 0; i < 3; ++i) campaigns.push_back(room.texts().compose("spam_ad", rng));
  for (std::int64_t i = 0; i < count; ++i) {
    Account bot = batches.recruit(room, 0.3, rng);
    bot.device = devices.next([&] { return room.new_device(); });
    const std::string& base = rng.pick(campaigns);
    std::int64_t at = room.moment(rng, 0.02, 0.8);
    const std::int64_t from = at - 3000;
    const std::int64_t lines = rng.range(5, 10);
    for (std::int64_t line = 0; line < lines && at < room.end() - 2000; ++line, at += rng.range(15, 60) * 1000)
      room.chat(bot, at, rng.chance(0.5) ? base : base + room.texts().compose("chat_bot_tail", rng));
    room.join(bot, from, std::min(at + 5000, room.end() - 200), "feed");
    room.truth("spam", "account", account_text(bot.number), attack);
  }
}

// A handful of people, each with an own phone, who drop a contact under the host's words.
void act_divert_viewer(Room& room, const Attack& attack, Rng& rng) {
  const bool homophone = attack.shape.starts_with("homophone");
  const std::int64_t count = rng.range(4, 9);
  for (std::int64_t i = 0; i < count; ++i) {
    const bool verified = rng.chance(0.8);
    const Account who = room.new_account(room.start() - rng.range(1, 500) * kDayMs, verified, rng);
    std::int64_t at = room.moment(rng, 0.03, 0.85);
    const std::int64_t from = at - rng.range(4000, 40'000);
    room.join(who, std::max(from, room.start() + 500), std::min(at + 6 * kMinuteMs, room.end() - 200), "feed");
    if (rng.chance(0.5)) room.chat(who, std::max(from + 1500, room.start() + 1500), room.texts().compose("chat_short", rng));
    const std::int64_t lines = rng.range(2, 4);
    for (std::int64_t line = 0; line < lines && at < room.end() - 1000; ++line, at += rng.range(20, 80) * 1000)
      room.chat(who, at, room.texts().compose(homophone ? "divert_viewer_homophone" : "divert_viewer", rng, {}, evasion_of(attack)));
    room.truth("off-platform-diversion", "account", account_text(who.number), attack);
  }
}

}  // namespace lw::simulate
