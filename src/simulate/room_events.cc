// The events of a room, one function each: what attacks and honest people are built from.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/time.h"
#include "simulate/prelude.h"
#include "simulate/room.h"

namespace lw::simulate {
namespace {

constexpr std::int64_t kSpendReminder = 500'00, kCoolingOff = 2000'00;  // fen: our platform's own settings

// The listed gift whose price is nearest from below.
std::string_view gift_name(const Texts& texts, std::int64_t price) {
  std::string_view best = texts.lines("gift").front();
  for (const std::string& line : texts.lines("gift")) {
    const std::size_t bar = line.find('|');
    if (bar != std::string::npos && std::strtoll(line.c_str() + bar + 1, nullptr, 10) <= price) best = line;
  }
  return best.substr(0, best.find('|'));
}

}  // namespace

void Room::announce(const Account& who, std::int64_t ms, std::string_view extra_key, std::string_view extra) {
  write_account(recorder_, ms, who, extra_key, extra);
}

Account Room::new_account(std::int64_t registered_ms, bool verified, Rng& rng) {
  Account who;
  who.number = account_number(plan_.spec.index + 1, own_accounts_++);
  who.device = new_device();
  who.ip = rng.chance(0.3) ? Ip{Network::kMobile, (std::uint64_t{plan_.spec.index} + 1) << 20 | own_ips_++} : new_ip(Network::kHome);
  who.payer = who.address = (std::uint64_t{1} << 36) + who.number;
  who.registered_ms = registered_ms;
  who.verified = verified;
  who.followers = static_cast<std::int32_t>(rng.pareto(1.0, 1.2, 300.0)) - 1;
  claim(who.number);
  announce(who, std::max(registered_ms, start() - rng.range(2, 39) * 60'000), "age_band", "adult");
  return who;
}

Account Room::new_minor(std::int64_t registered_ms, bool by_birth_date, Rng& rng) {
  Account who;
  who.number = account_number(plan_.spec.index + 1, own_accounts_++);
  who.device = new_device();
  who.ip = new_ip(Network::kHome);
  who.payer = who.address = (std::uint64_t{1} << 36) + who.number;
  who.registered_ms = registered_ms;
  who.minor = true;
  who.followers = static_cast<std::int32_t>(rng.range(0, 40));
  claim(who.number);
  const std::int64_t born = start() - rng.range(9 * 366, 17 * 365) * 86'400'000LL;
  const std::string date = format_rfc3339(Time{born * 1'000'000}).substr(0, 10);
  announce(who, start() - rng.range(2, 39) * 60'000, by_birth_date ? "birth_date" : "age_band", by_birth_date ? date : "minor");
  return who;
}

std::uint64_t Room::new_device() { return device_number(plan_.spec.index + 1, own_devices_++); }

Ip Room::new_ip(Network network) {
  // Exits are rented as four neighbouring /24.
  if (network == Network::kDataCentre) return {network, std::uint64_t{plan_.spec.index} << 10 | (own_exits_++ & 1023)};
  return {network, (std::uint64_t{1} << 26) + (std::uint64_t{plan_.spec.index} << 14) + own_ips_++};
}

void Room::join(const Account& who, std::int64_t from_ms, std::int64_t to_ms, std::string_view referrer) {
  recorder_.add(from_ms, Type::kViewerJoined, static_cast<std::int64_t>(who.number)).actor(who).plain("room", plan_.room)
      .plain("session", plan_.session).plain("referrer", referrer);
  recorder_.add(std::max(to_ms, from_ms + 1), Type::kViewerLeft).actor(who).plain("room", plan_.room).plain("session", plan_.session);
}

void Room::chat(const Account& who, std::int64_t ms, std::string_view text) {
  recorder_.add(ms, Type::kChatPosted).actor(who).plain("room", plan_.room).plain("session", plan_.session).text("text", text)
      .plain("lang", "zh-CN");
}

void Room::like(const Account& who, std::int64_t ms, std::int64_t count) {
  recorder_.add(ms, Type::kLikeSent, count).actor(who).plain("room", plan_.room).number("count", count);
}

void Room::follow(const Account& who, std::int64_t ms) {
  recorder_.add(ms, Type::kFollowAdded).actor(who).plain("room", plan_.room).plain("host", plan_.host);
}

std::string Room::gift(const Account& who, std::int64_t ms, std::int64_t price, std::int64_t quantity) {
  const std::string name = fmt::format("/platforms/{}#{}-{:07}", world_.scenario.platform, plan_.room, recorder_.next_sequence());
  const std::int64_t amount = price * quantity;
  recorder_.add(ms, Type::kGiftSent).actor(who).plain("room", plan_.room).plain("session", plan_.session).plain("host", plan_.host)
      .plain("gift", gift_name(texts(), price)).number("quantity", quantity).number("amount", amount);
  gift_income_ += amount;
  // The platform does its own duty: a reminder, then a pause.
  std::int64_t& sum = given_[who.number];
  const std::int64_t before = sum;
  sum += amount;
  const auto notice = [&](std::int64_t limit, const char* kind) {
    if (before < limit && sum >= limit)
      recorder_.add(ms + 150, Type::kNoticeSent).account(who.number).plain("notice", kind).number("value", sum).plain("by", "platform")
          .plain("room", plan_.room);
  };
  notice(kSpendReminder, "spend-reminder");
  notice(kCoolingOff, "cooling-off");
  return name;
}

void Room::recharge(const Account& who, std::int64_t ms, std::int64_t amount, std::uint64_t payer) {
  recorder_.add(ms, Type::kRechargeMade).actor(who).number("amount", amount).plain("currency", "CNY").hash("payer_hash", payer);
}

void Room::payout(std::string_view account, std::int64_t ms, std::int64_t amount, std::uint64_t payee) {
  recorder_.add(ms, Type::kPayoutMade).plain("account", account).number("amount", amount).plain("currency", "CNY")
      .hash("payee_hash", payee);
}

void Room::speech(std::int64_t ms, std::string_view text, Rng& rng) {
  const std::int64_t from = ms - start();
  recorder_.add(ms + 3000, Type::kSpeechTranscribed).plain("room", plan_.room).plain("session", plan_.session)
      .plain("host", plan_.host).text("text", text).plain("lang", "zh-CN").number("start_ms", from)
      .number("end_ms", from + 2900).decimal("confidence", rng.range(850, 995));
}

void Room::screen(std::int64_t ms, std::string_view text, Rng& rng) {
  recorder_.add(ms, Type::kScreenRecognised).plain("room", plan_.room).plain("session", plan_.session).text("text", text)
      .number("frame_ms", ms - start()).decimal("confidence", rng.range(880, 998));
}

// The opponent's room sends its own events; it is not part of this recording.
void Room::pk(std::int64_t from_ms, std::int64_t to_ms, Rng& rng) {
  const std::string opponent = fmt::format("h9{:05}", rng.range(0, 99'999));
  recorder_.add(from_ms, Type::kPkStarted).plain("room", plan_.room).plain("session", plan_.session).plain("host", plan_.host)
      .plain("opponent", opponent).boolean("penalty", false);
  recorder_.add(to_ms, Type::kPkEnded).plain("room", plan_.room).plain("session", plan_.session).plain("host", plan_.host)
      .plain("opponent", opponent).boolean("penalty", false);
}

void Room::report_inventory(std::int64_t ms, std::uint32_t product, std::int64_t quantity) {
  recorder_.add(ms, Type::kInventoryReported).plain("product", plan_.products[product].id).plain("merchant", plan_.merchant)
      .plain("room", plan_.room).number("quantity", quantity);
}

std::int64_t Room::price_now(std::uint32_t product, std::int64_t ms) const {
  std::int64_t price = plan_.products[product].price;
  for (const auto& [at, change] : price_changes_)
    if (at <= ms && change.first == product) price = change.second;
  return price;
}

// Changes must be made in order of time.
void Room::change_price(std::uint32_t product, std::int64_t ms, std::int64_t amount) {
  price_changes_.push_back({ms, {product, amount}});
  recorder_.add(ms, Type::kPriceChanged).plain("product", plan_.products[product].id).plain("merchant", plan_.merchant)
      .plain("room", plan_.room).plain("session", plan_.session).number("amount", amount);
}

void Room::truth(std::string_view violation, std::string_view kind, std::string_view id, const Attack& attack) {
  truth_ += fmt::format(R"({{"violation":"{}","kind":"{}","id":"{}","shape":"{}/{}")", violation, kind, id, attack.kind, attack.shape);
  if (attack.strength) truth_ += fmt::format(R"(,"strength":{})", attack.strength);
  truth_ += "}\n";
}

void Room::spike(std::string_view shape, std::int64_t from_ms, std::int64_t to_ms) {
  spikes_ += fmt::format(R"({{"room":"{}","merchant":"{}","shape":"{}","from":"{}","to":"{}"}})", plan_.room, plan_.merchant, shape,
                         format_rfc3339(Time{from_ms * 1'000'000}), format_rfc3339(Time{to_ms * 1'000'000}));
  spikes_ += '\n';
}

}  // namespace lw::simulate
