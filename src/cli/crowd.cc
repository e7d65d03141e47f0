#include "cli/crowd.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>

#include "cel/collection.h"
#include "pack/load.h"
#include "simulate/population.h"
#include "simulate/scenario.h"

namespace lw::cli {
namespace {

using event::Type;
namespace field = event::field;

constexpr std::int64_t kMinuteMs = 60'000, kHourMs = 60 * kMinuteMs, kDayMs = 24 * kHourMs;
constexpr std::int64_t kMidnightMs = 1'794'326'400'000;  // 2026-11-11T00:00:00+08:00
constexpr std::int64_t kRegisterFromMs = kMidnightMs - 13 * kHourMs, kRegisterToMs = kMidnightMs - 10 * kHourMs;
constexpr std::int64_t kPapersFromMs = kMidnightMs - 9 * kHourMs, kPapersToMs = kMidnightMs - 6 * kHourMs;
constexpr std::int64_t kSlotMs = 3 * kHourMs, kLargestFromMs = kMidnightMs + 20 * kHourMs, kLargestMs = 4 * kHourMs;
constexpr std::int64_t kOpeningMs = 2 * kMinuteMs, kClosingMs = 5 * kMinuteMs;  // of a slot: rooms open; nobody comes any more
constexpr std::array<std::uint64_t, 8> kSlotPercent = {3, 1, 6, 12, 16, 16, 24, 22};
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::uint32_t kProducts = 3, kPaperKinds = 13 + 4 * kProducts;
constexpr std::string_view kSource = "/platforms/alpha", kPlatform = "alpha";
constexpr std::array<std::int64_t, 11> kDelayMs = {5'000, 10'000, 20'000, 60'000, 90'000, 2 * kMinuteMs, 5 * kMinuteMs, 10 * kMinuteMs, 40 * kMinuteMs,
                                                   3 * kHourMs - kOpeningMs, 4 * kHourMs - kOpeningMs};
constexpr std::array<std::string_view, 4> kCategories = {"apparel", "home", "electronics", "pet"};
constexpr std::array<std::string_view, 6> kReferrers = {"feed", "feed", "follow", "search", "share", "recommend"};

std::string_view category_of(std::uint32_t room) { return kCategories[room % kCategories.size()]; }

// Of a time within the three hours, or four, of the room.
bool on_air(std::uint32_t room, std::int64_t ms) {
  if (room == 0) return ms < kLargestFromMs + kLargestMs - kOpeningMs;
  return (ms - kMidnightMs) % kSlotMs > kOpeningMs && (ms - kMidnightMs) % kSlotMs < kSlotMs - kOpeningMs;
}

// The n-th of `count` in a shuffled order: `prime` is larger than any count and divides none.
std::uint64_t shuffled(std::uint64_t n, std::uint64_t count, std::uint64_t prime) { return (n * prime + 12'345) % count; }

std::int64_t between(std::int64_t from, std::int64_t to, std::uint64_t n, std::uint64_t of) {
  return from + static_cast<std::int64_t>(static_cast<double>(to - from) * (static_cast<double>(n) / static_cast<double>(of)));
}

}  // namespace

class Crowd::Fill {
 public:
  Fill(event::Event& event, cel::Arena& arena) : event_(event), arena_(arena) {}

  Fill& text(event::FieldId field, std::string_view text) {
    event_.add_text(field, arena_.copy(text));
    return *this;
  }
  template <class... Args>
  Fill& format(event::FieldId field, fmt::format_string<Args...> form, Args&&... args) {
    char out[64];
    const auto written = fmt::format_to_n(out, sizeof(out), form, std::forward<Args>(args)...);
    return text(field, {out, std::min(written.size, sizeof(out))});
  }
  Fill& hash(event::FieldId field, std::uint64_t value) {
    text_.clear();
    simulate::append_hash(text_, value);
    return text(field, text_);
  }
  Fill& number(event::FieldId field, std::int64_t value) { return put(field, cel::Value::of_int(value)); }
  Fill& boolean(event::FieldId field, bool value) { return put(field, cel::Value::of(value)); }
  Fill& real(event::FieldId field, double value) { return put(field, cel::Value::of_double(value)); }
  Fill& time(event::FieldId field, std::int64_t ms) { return put(field, cel::Value::of_time(Time{ms * 1'000'000})); }
  Fill& list(event::FieldId field, std::initializer_list<std::string_view> texts) {
    std::vector<cel::Value> items;
    for (const std::string_view text : texts) items.push_back(cel::Value::of_string(arena_.copy(text)));
    return put(field, cel::make_list(arena_, items));
  }
  Fill& put(event::FieldId field, cel::Value value) {
    event_.add(field, value);
    return *this;
  }

 private:
  event::Event& event_;
  cel::Arena& arena_;
  std::string text_;
};

CrowdSpec CrowdSpec::scaled_to(std::uint64_t to) const {
  CrowdSpec out = *this;
  out.accounts = to;
  out.rooms = std::max<std::uint64_t>(20, rooms * to / accounts);
  out.largest = std::max<std::uint64_t>(1, largest * to / accounts);
  return out;
}

Result<std::unique_ptr<Crowd>> Crowd::open(const CrowdSpec& spec) {
  const auto path = std::filesystem::path(pack::shipped_root()).parent_path() / "scenarios" / "million.yaml";
  const auto scenario = simulate::load_scenario(path.string());
  if (!scenario) return tl::make_unexpected(scenario.error());
  constexpr int kLines = 5'000;
  simulate::Rng rng(spec.seed, "words");
  std::vector<std::string> chat, speech;
  const std::pair<std::string_view, std::string_view> arguments[] = {{"product", "收纳盒"}, {"price", "69"}};
  for (int i = 0; i < kLines; ++i) {
    chat.push_back(scenario->texts.compose(rng.chance(0.35) ? "chat_short" : "chat", rng, arguments));
    speech.push_back(scenario->texts.compose("speech", rng, arguments));
  }
  return std::unique_ptr<Crowd>(new Crowd(spec, std::move(chat), std::move(speech)));
}

Crowd::Crowd(const CrowdSpec& spec, std::vector<std::string> chat, std::vector<std::string> speech)
    : spec_(spec), chat_(std::move(chat)), speech_(std::move(speech)), rng_(spec.seed, "crowd"), counted_(spec.rooms) {
  std::uint64_t percent = 0;
  for (std::size_t slot = 0; slot <= kSlotPercent.size(); ++slot) {
    first_room_[slot] = 1 + (spec.rooms - 1) * percent / 100;  // room 0 is the largest
    first_visit_[slot] = spec.accounts * percent / 100;
    if (slot < kSlotPercent.size()) percent += kSlotPercent[slot];
  }
  for (std::size_t i = 0; i < kBatch; ++i) events_.push_back(std::make_unique<event::Event>());
  now_ms_ = kRegisterFromMs;
}

bool Crowd::in_last_hour() const { return now_ms_ >= kMidnightMs + 23 * kHourMs; }
bool Crowd::described() const { return now_ms_ >= kMidnightMs; }

std::span<event::Event* const> Crowd::next() {
  batch_.clear();
  arena_.reset();
  while (batch_.size() < kBatch && make(*events_[batch_.size()])) batch_.push_back(events_[batch_.size()].get());
  return batch_;
}

Crowd::Fill Crowd::begin(event::Event& event, Type type, std::int64_t ms) {
  event.clear();
  event.type = type;
  event.type_name = event::name_of(type);
  event.time = {ms * 1'000'000};
  event.source = kSource;
  event.platform = kPlatform;
  char id[24];
  event.id = arena_.copy({id, static_cast<std::size_t>(fmt::format_to_n(id, sizeof(id), "c{}", made_++).out - id)});
  return {event, arena_};
}

// The earliest of all that comes next.
bool Crowd::make(event::Event& event) {
  const auto starts = [&] {
    std::size_t slot = 0;
    while (slot < kSlotPercent.size() && started_ + 1 >= first_room_[slot + 1]) ++slot;
    if (slot == kSlotPercent.size()) return kNever;
    return between(0, kOpeningMs, started_ + 1 - first_room_[slot], first_room_[slot + 1] - first_room_[slot]) + kMidnightMs +
           static_cast<std::int64_t>(slot) * kSlotMs;
  };
  constexpr std::size_t kRegister = 0, kPapers = 1, kStart = 2, kStartLargest = 3, kVisit = 4, kVisitLargest = 5, kFirstQueue = 6;
  std::array<std::int64_t, kFirstQueue + kDelays> due;
  due[kRegister] = registered_ < spec_.accounts ? between(kRegisterFromMs, kRegisterToMs, registered_, spec_.accounts) : kNever;
  due[kPapers] = papers_ < spec_.rooms * kPaperKinds ? between(kPapersFromMs, kPapersToMs, papers_, spec_.rooms * kPaperKinds) : kNever;
  due[kStart] = starts();
  due[kStartLargest] = largest_visits_ == 0 ? kLargestFromMs : kNever;
  due[kVisit] = visits_ < spec_.accounts ? visit_ms(visits_) : kNever;
  due[kVisitLargest] = largest_visits_ > 0 && largest_visits_ <= spec_.largest ? largest_ms(largest_visits_ - 1) : kNever;
  for (std::size_t i = 0; i < kDelays; ++i) due[kFirstQueue + i] = queues_[i].empty() ? kNever : queues_[i].front().ms;
  const std::size_t from = static_cast<std::size_t>(std::ranges::min_element(due) - due.begin());
  const std::int64_t ms = due[from];
  if (ms >= kMidnightMs + kDayMs) return false;
  now_ms_ = std::max(now_ms_, ms);
  switch (from) {
    case kRegister: register_account(event, ms); break;
    case kPapers: file_paper(event, ms); break;
    case kStart: start_room(event, ms); break;
    case kStartLargest: start_room(event, ms); break;
    case kVisit: {
      const std::uint64_t who = shuffled(visits_++, spec_.accounts, 2'654'435'761);
      visit(event, ms, who, draw_room(ms));
      break;
    }
    case kVisitLargest: {
      const std::uint64_t who = shuffled(largest_visits_++ - 1, spec_.largest, 2'246'822'519);
      visit(event, ms, who, 0);
      break;
    }
    default: {
      const Pending pending = queues_[from - kFirstQueue].front();
      queues_[from - kFirstQueue].pop_front();
      follow_up(event, pending);
    }
  }
  return true;
}

void Crowd::push(Delay delay, std::int64_t ms, std::uint64_t who, std::uint32_t room, What what, std::uint64_t number) {
  queues_[delay].push_back({ms + kDelayMs[delay], static_cast<std::uint32_t>(who), room, static_cast<std::uint32_t>(number), what});
}

// As in simulate/population.h: two to a household, who share its address and now and then a device; a third out on the
// mobile network, an eighth behind a carrier's exits.
simulate::Account Crowd::person(std::uint64_t n) const {
  const std::uint64_t mixed = simulate::mix(n ^ spec_.seed << 40), home = n / 2;
  simulate::Account who;
  who.number = simulate::account_number(0, n);
  who.device = simulate::device_number(0, n % 2 == 1 && mixed % 100 < 15 ? n - 1 : n);
  const std::uint64_t net = mixed >> 8 & 255;
  if (net < 80) who.ip = {simulate::Network::kMobile, n};
  else if (net < 112) who.ip = {simulate::Network::kCarrier, n / 375};
  else who.ip = {simulate::Network::kHome, home};
  who.payer = mixed >> 16 & 3 ? n : home * 2;
  who.address = home * 2;
  who.verified = (mixed >> 20 & 127) < 118;
  who.minor = (mixed >> 28 & 127) < 4;
  return who;
}

std::int64_t Crowd::visit_ms(std::uint64_t visit) const {
  std::size_t slot = 0;
  while (visit >= first_visit_[slot + 1]) ++slot;
  const std::int64_t start = kMidnightMs + static_cast<std::int64_t>(slot) * kSlotMs;
  return between(start + 2 * kOpeningMs, start + kSlotMs - kClosingMs, visit - first_visit_[slot], first_visit_[slot + 1] - first_visit_[slot]);
}
std::int64_t Crowd::largest_ms(std::uint64_t visit) const {
  return between(kLargestFromMs + 2 * kOpeningMs, kLargestFromMs + kLargestMs - kClosingMs, visit, spec_.largest);
}

std::uint32_t Crowd::draw_room(std::int64_t ms) {
  const auto slot = static_cast<std::size_t>((ms - kMidnightMs) / kSlotMs);
  const std::uint64_t rooms = first_room_[slot + 1] - first_room_[slot];
  return static_cast<std::uint32_t>(first_room_[slot] + (rooms ? rng_.zipf(rooms) : 0));
}

std::int64_t Crowd::price_of(std::uint32_t room, std::uint32_t product) const {
  return 1'990 + static_cast<std::int64_t>(simulate::mix(room * 8ULL + product) % 300) * 100;
}

void Crowd::act(Fill& fill, std::uint64_t n) {
  const simulate::Account who = person(n);
  text_.clear();
  simulate::append_account(text_, who.number);
  fill.text(field::kAccount, text_);
  text_.clear();
  simulate::append_device(text_, who.device);
  fill.text(field::kDevice, text_);
  text_.clear();
  simulate::append_ip(text_, who.ip);
  fill.text(field::kIp, text_);
}

void Crowd::air(Fill& fill, std::uint32_t room) const {
  fill.format(field::kSession, "s{}-1", room).format(field::kRoom, "{}", room).format(field::kHost, "h{}", room)
      .format(field::kOperator, "op{}", room).format(field::kMcn, "mcn{}", room / 8);
}

void Crowd::register_account(event::Event& event, std::int64_t ms) {
  const std::uint64_t n = registered_++;
  const simulate::Account who = person(n);
  simulate::Rng rng(spec_.seed, n);
  text_.clear();
  simulate::append_account(text_, who.number);
  Fill fill = begin(event, Type::kAccountRegistered, ms);
  fill.text(field::kAccount, text_).text(field::kRole, "viewer").boolean(field::kRealNameVerified, who.verified);
  if (who.verified) fill.hash(field::kIdentityHash, (std::uint64_t{1} << 42) + who.number);
  fill.text(field::kAgeBand, who.minor ? "minor" : "adult").number(field::kFollowers, rng.range(0, 50))
      .time(field::kRegisteredAt, simulate::draw_registered_ms(kMidnightMs, 0.05, rng));
}

// What is filed of a room before it goes on air, one paper after another.
void Crowd::file_paper(event::Event& event, std::int64_t ms) {
  const auto room = static_cast<std::uint32_t>(papers_ / kPaperKinds);
  auto paper = static_cast<std::uint32_t>(papers_++ % kPaperKinds);
  const std::string host = fmt::format("h{}", room), op = fmt::format("op{}", room), merchant = fmt::format("m{}", room);
  const std::string session = fmt::format("s{}-1", room);
  const auto sku = [&](std::uint32_t product) { return fmt::format("sku{}-{}", room, product + 1); };
  const std::int64_t later = ms + 400 * kDayMs;
  const auto party = [&](std::string_view account, std::string_view role, std::uint64_t identity) {
    Fill fill = begin(event, Type::kAccountRegistered, ms);
    fill.text(field::kAccount, account).text(field::kRole, role).boolean(field::kRealNameVerified, true).hash(field::kIdentityHash, identity)
        .text(field::kAgeBand, "adult").number(field::kFollowers, 5'000).time(field::kRegisteredAt, ms - 700 * kDayMs);
  };
  const auto verified = [&](std::string_view account, std::string_view method, std::uint64_t identity) {
    begin(event, Type::kAccountVerified, ms).text(field::kAccount, account).text(field::kMethod, method).text(field::kOutcome, "passed")
        .hash(field::kIdentityHash, identity).time(field::kValidUntil, later);
  };
  const std::uint64_t identity = (std::uint64_t{1} << 41) + room * 4ULL;
  switch (paper) {
    case 0: return party(op, "operator", identity);
    case 1: return verified(op, "licence", identity);
    case 2: return party(merchant, "merchant", identity + 1);
    case 3: return verified(merchant, "licence", identity + 1);
    case 4: return party(host, "host", identity + 2);
    case 5: return verified(host, "document", identity + 2);
    case 6: return verified(host, "live-face", identity + 2);
    case 7:
      begin(event, Type::kHostQualified, ms).text(field::kHost, host).list(field::kQualifications, {category_of(room), "live-marketing"}).time(field::kValidUntil, later);
      return;
    case 8: begin(event, Type::kTrainingCompleted, ms).text(field::kAccount, host).text(field::kCourse, "live-commerce").time(field::kValidUntil, later); return;
    case 9:
      begin(event, Type::kMerchantRegistered, ms).text(field::kMerchant, merchant).format(field::kLicence, "91{:016}", room)
          .time(field::kLicenceExpires, later).list(field::kCategories, {category_of(room)});
      return;
    case 10:
      begin(event, Type::kSessionScheduled, ms).text(field::kSession, session).format(field::kRoom, "{}", room).text(field::kHost, host).text(field::kOperator, op)
          .format(field::kMcn, "mcn{}", room / 8).list(field::kProducts, {sku(0), sku(1), sku(2)}).text(field::kScript, speech_[room % speech_.size()])
          .time(field::kStartsAt, kMidnightMs).number(field::kPitFee, 500'000).real(field::kCommissionRate, 0.1);
      return;
    case 11: begin(event, Type::kRosterFiled, ms).text(field::kSession, session).format(field::kRoom, "{}", room).list(field::kAccounts, {host, op}); return;
    case 12:
      begin(event, Type::kPreflightSigned, ms).text(field::kSession, session).format(field::kRoom, "{}", room).text(field::kReviewer, "rv1")
          .list(field::kProducts, {sku(0), sku(1), sku(2)}).text(field::kOutcome, "approved");
      return;
    default: break;
  }
  paper -= 13;
  const std::uint32_t product = paper / 4;
  const std::string id = sku(product);
  switch (paper % 4) {
    case 0:
      begin(event, Type::kProductSubmitted, ms).text(field::kProduct, id).text(field::kMerchant, merchant).text(field::kTitle, "青禾收纳盒")
          .text(field::kCategory, category_of(room)).number(field::kAmount, price_of(room, product)).text(field::kBrand, "青禾")
          .text(field::kManufacturer, "江苏木兮家居有限公司").text(field::kManufacturerAddress, "江苏省南通市通州区木兮大道120号")
          .time(field::kProductionDate, ms - 60 * kDayMs).format(field::kQualityCertificate, "QC{:010}", room).text(field::kLabelText, "青禾收纳盒");
      return;
    case 1:
      begin(event, Type::kBrandAuthorised, ms).text(field::kProduct, id).text(field::kMerchant, merchant).text(field::kBrand, "青禾").time(field::kValidUntil, later);
      return;
    case 2:
      begin(event, Type::kEndorsementContracted, ms).text(field::kAccount, host).text(field::kProduct, id).boolean(field::kSampled, true).number(field::kFee, 500'000);
      return;
    default:
      begin(event, Type::kRecordStored, ms).format(field::kRecord, "rec-{}", id).text(field::kKind, "supplier").format(field::kSubject, "product/{}", id)
          .text(field::kProduct, id).time(field::kRetainUntil, ms + 1'200 * kDayMs);
  }
}

void Crowd::start_room(event::Event& event, std::int64_t ms) {
  const bool largest = ms >= kLargestFromMs && largest_visits_ == 0;
  if (largest) ++largest_visits_;  // the next is the first viewer
  else ++started_;
  const auto room = static_cast<std::uint32_t>(largest ? 0 : started_);
  Fill fill = begin(event, Type::kSessionStarted, ms);
  air(fill, room);
  push(k5s, ms, 0, room, kDescribed);
  for (std::uint32_t product = 0; product < kProducts; ++product) push(k10s, ms, 0, room, kListed, product);
  push(k2min, ms, 0, room, kSpeech);
  push(k5min, ms, 0, room, kReport);
  push(largest ? k4h : k3h, ms, 0, room, kEnded);
}

void Crowd::visit(event::Event& event, std::int64_t ms, std::uint64_t who, std::uint32_t room) {
  Fill fill = begin(event, Type::kViewerJoined, ms);
  act(fill, who);
  fill.format(field::kRoom, "{}", room).format(field::kSession, "s{}-1", room).text(field::kReferrer, kReferrers[rng_.below(kReferrers.size())]);
  ++counted_[room].online, ++counted_[room].joins;
  const std::size_t stay = rng_.below(10);
  push(stay < 4 ? k20s : stay < 7 ? k2min : stay < 9 ? k10min : k40min, ms, who, room, kLeave);
  if (rng_.chance(0.10)) push(k10s, ms, who, room, kLike, 1 + rng_.below(20));
  if (rng_.chance(0.05)) push(k10s, ms, who, room, kChat, rng_.below(chat_.size()));
  if (stay < 4) return;
  if (rng_.chance(0.017)) push(k20s, ms, who, room, kFollow);
  if (rng_.chance(0.033)) push(k90s, ms, who, room, kOrder, orders_++);
  if (rng_.chance(0.010)) push(k20s, ms, who, room, rng_.chance(0.5) ? kRecharge : kGift, 100 * (1 + rng_.below(60)));
}

void Crowd::order(Fill& fill, const Pending& pending) {
  const simulate::Account who = person(pending.who);
  const std::uint32_t room = pending.room, product = pending.number % kProducts;
  fill.format(field::kOrder, "o{}", pending.number);
  act(fill, pending.who);
  fill.format(field::kRoom, "{}", room).format(field::kSession, "s{}-1", room).format(field::kMerchant, "m{}", room)
      .format(field::kProduct, "sku{}-{}", room, product + 1).number(field::kQuantity, 1).number(field::kAmount, price_of(room, product))
      .hash(field::kAddressHash, who.address).hash(field::kPayerHash, who.payer);
  ++counted_[room].orders, counted_[room].sales += price_of(room, product);
}

void Crowd::follow_up(event::Event& event, const Pending& pending) {
  const std::int64_t ms = pending.ms;
  const std::uint32_t room = pending.room;
  Counted& counted = counted_[room];
  const auto of_viewer = [&](Type type) {
    Fill fill = begin(event, type, ms);
    act(fill, pending.who);
    return fill;
  };
  switch (pending.what) {
    case kLeave:
      of_viewer(Type::kViewerLeft).format(field::kRoom, "{}", room).format(field::kSession, "s{}-1", room);
      --counted.online;
      break;
    case kLike:
      of_viewer(Type::kLikeSent).format(field::kRoom, "{}", room).number(field::kCount, pending.number);
      counted.likes += pending.number;
      break;
    case kChat:
      of_viewer(Type::kChatPosted).format(field::kRoom, "{}", room).format(field::kSession, "s{}-1", room).text(field::kText, chat_[pending.number])
          .text(field::kLang, "zh-CN");
      break;
    case kFollow:
      of_viewer(Type::kFollowAdded).format(field::kRoom, "{}", room).format(field::kHost, "h{}", room);
      ++counted.follows;
      break;
    case kRecharge:
      of_viewer(Type::kRechargeMade).number(field::kAmount, pending.number).text(field::kCurrency, "CNY").hash(field::kPayerHash, person(pending.who).payer);
      push(k10s, ms, pending.who, room, kGift, pending.number);
      break;
    case kGift:
      of_viewer(Type::kGiftSent).format(field::kRoom, "{}", room).format(field::kSession, "s{}-1", room).format(field::kHost, "h{}", room)
          .text(field::kGift, "鲜花").number(field::kQuantity, 1).number(field::kAmount, pending.number);
      break;
    case kOrder: {
      Fill fill = begin(event, Type::kOrderPlaced, ms);
      order(fill, pending);
      push(k20s, ms, pending.who, room, kPaid, pending.number);
      break;
    }
    case kPaid:
      begin(event, Type::kOrderPaid, ms).format(field::kOrder, "o{}", pending.number).number(field::kAmount, price_of(room, pending.number % kProducts));
      break;
    case kDescribed:
      begin(event, Type::kRoomDescribed, ms).format(field::kRoom, "{}", room).format(field::kSession, "s{}-1", room).list(field::kLabels, {category_of(room), "电商"})
          .boolean(field::kSyntheticHost, false).boolean(field::kAiLabelVisible, false).boolean(field::kShowsOperator, true)
          .boolean(field::kShowsSeller, true).boolean(field::kShowsAdMark, true).number(field::kHops, 1);
      break;
    case kListed:
      begin(event, Type::kProductListed, ms).format(field::kRoom, "{}", room).format(field::kSession, "s{}-1", room).format(field::kProduct, "sku{}-{}", room, pending.number + 1)
          .format(field::kMerchant, "m{}", room).text(field::kCategory, category_of(room)).number(field::kAmount, price_of(room, pending.number)).text(field::kText, "青禾收纳盒");
      break;
    case kReport:
      begin(event, Type::kAudienceReported, ms).format(field::kRoom, "{}", room).format(field::kSession, "s{}-1", room).number(field::kOnline, counted.online)
          .number(field::kTotalViews, counted.joins).number(field::kLikes, counted.likes).number(field::kFollowers, 5'000 + counted.follows)
          .number(field::kSalesShown, counted.sales).number(field::kOrdersShown, counted.orders);
      if (on_air(room, ms + kDelayMs[k5min])) push(k5min, ms, 0, room, kReport);
      break;
    case kSpeech:
      begin(event, Type::kSpeechTranscribed, ms).format(field::kRoom, "{}", room).format(field::kSession, "s{}-1", room).format(field::kHost, "h{}", room)
          .text(field::kText, speech_[rng_.below(speech_.size())]).number(field::kStartMs, 0).number(field::kEndMs, 3'000).real(field::kConfidence, 0.96);
      if (on_air(room, ms + kDelayMs[k2min])) push(k2min, ms, 0, room, kSpeech);
      break;
    case kEnded: {
      Fill fill = begin(event, Type::kSessionEnded, ms);
      air(fill, room);
    }
  }
}

}  // namespace lw::cli
