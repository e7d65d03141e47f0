#include "report/summary.h"

#include <algorithm>
#include <tuple>

namespace lw::report {
namespace {

using event::Event;
using event::Type;
namespace field = event::field;

std::string_view text(const Event& event, event::FieldId id) {
  const cel::Value value = event.get(id);
  return value.is(cel::Kind::kString) ? value.text() : std::string_view{};
}

std::optional<std::int64_t> integer(const Event& event, event::FieldId id) {
  const cel::Value value = event.get(id);
  return value.is(cel::Kind::kInt) ? std::optional{value.integer} : std::nullopt;
}

Key128 key_of(std::string_view platform, std::string_view a, std::string_view b = {}) {
  const Key128 first = hash128(platform), second = hash128(a, first.low), third = hash128(b, second.low);
  return {third.low ^ first.high, third.high ^ second.high};
}

std::int64_t minute_of(Time time) {
  return time.ns >= 0 ? time.ns / kMinute : -((-time.ns + kMinute - 1) / kMinute);
}

void raise(Count& figure, std::int64_t value) { figure = std::max(figure.value_or(value), value); }

}  // namespace

std::uint32_t Summary::room_of(std::string_view platform, std::string_view room, std::string_view session, Time time) {
  const Key128 room_key = key_of(platform, room);
  if (session.empty()) {
    if (const auto at = current_.find(room_key); at != current_.end()) return at->second;
  }
  const auto [at, fresh] = by_room_session_.try_emplace(key_of(platform, room, session), static_cast<std::uint32_t>(rooms_.size()));
  if (fresh) {
    Room& made = rooms_.emplace_back();
    made.shown.platform = platform;
    made.shown.room = room;
    made.shown.session = session;
    made.shown.from = made.shown.to = time;
  }
  current_[room_key] = at->second;
  return at->second;
}

void Summary::see(const Event& event) {
  const std::string_view platform = event.platform, room_id = text(event, field::kRoom);
  auto& holds = platforms_.try_emplace(std::string(platform)).first->second.holds;
  const bool of_order = event.type == Type::kOrderPlaced || event.type == Type::kOrderPaid ||
                        event.type == Type::kOrderCancelled || event.type == Type::kOrderRefunded;
  if (of_order) holds[kOrders] = true;
  if (room_id.empty()) {
    const auto at = of_order ? orders_.find(key_of(platform, text(event, field::kOrder))) : orders_.end();
    if (at != orders_.end()) see_order(event, at->second.room, minute_of(event.time));
    return;
  }
  const std::uint32_t index = room_of(platform, room_id, text(event, field::kSession), event.time);
  Room& room = rooms_[index];
  const std::int64_t at = minute_of(event.time);
  if (room.shown.host.empty()) room.shown.host = text(event, field::kHost);
  if (room.shown.operator_.empty()) room.shown.operator_ = text(event, field::kOperator);
  if (room.shown.mcn.empty()) room.shown.mcn = text(event, field::kMcn);
  if (!room.started) room.shown.from = std::min(room.shown.from, event.time);
  if (!room.ended) room.shown.to = std::max(room.shown.to, event.time);

  switch (event.type) {
    case Type::kSessionScheduled:
    case Type::kSessionStarted:
    case Type::kSessionEnded: see_session(event, room); break;
    case Type::kViewerJoined:
      holds[kJoins] = true;
      if (const auto account = text(event, field::kAccount); !account.empty())
        room.viewers.try_emplace(key_of(platform, account), at);
      break;
    case Type::kAudienceReported:
      if (const auto online = integer(event, field::kOnline)) {
        holds[kReports] = true;
        raise(room.displayed_peak, *online);
        auto& minute = room.shown.minutes[at];
        minute.displayed = std::max(minute.displayed, *online);
      }
      break;
    case Type::kChatPosted:
      holds[kChats] = true;
      ++room.chats;
      ++room.shown.minutes[at].chats;
      break;
    case Type::kGiftSent: {
      holds[kGifts] = true;
      auto& minute = room.shown.minutes[at];
      const std::int64_t quantity = integer(event, field::kQuantity).value_or(1), amount = integer(event, field::kAmount).value_or(0);
      room.gifts += quantity;
      if (event.has(field::kAmount)) room.gift_amount = room.gift_amount.value_or(0) + amount;
      minute.gifts += quantity;
      minute.gift_amount += amount;
      break;
    }
    case Type::kOrderPlaced:
    case Type::kOrderPaid:
    case Type::kOrderCancelled:
    case Type::kOrderRefunded: see_order(event, index, at); break;
    default: break;
  }
}

void Summary::see_session(const Event& event, Room& room) {
  if (event.type == Type::kSessionScheduled) {
    if (const auto fee = integer(event, field::kPitFee)) room.pit_fee = fee;
  } else if (event.type == Type::kSessionStarted) {
    room.shown.from = event.time;
    room.started = true;
  } else {
    room.shown.to = event.time;
    room.ended = true;
  }
}

void Summary::see_order(const Event& event, std::uint32_t room, std::int64_t minute) {
  const std::string_view id = text(event, field::kOrder);
  if (id.empty()) return;
  const auto [at, fresh] = orders_.try_emplace(key_of(event.platform, id));
  Order& order = at->second;
  if (fresh) {
    order.room = room;
    order.minute = minute;
  }
  const auto amount = integer(event, field::kAmount);
  if (event.type == Type::kOrderRefunded) {
    order.refunded += amount.value_or(order.amount);
    if (order.has_amount) order.refunded = std::min(order.refunded, order.amount);
  } else if (event.type == Type::kOrderCancelled) {
    order.cancelled = true;
  } else if (amount && (event.type == Type::kOrderPlaced || !order.has_amount)) {
    order.amount = *amount;
    order.has_amount = true;
  }
}

void Summary::see(const DecisionView& decision) {
  if (decision.shadow || decision.severity == "info") return;
  if (decision.target_kind == "order" && decision.violation == "order-brushing") {
    if (const auto at = orders_.find(key_of(decision.platform, decision.target_id)); at != orders_.end()) at->second.suspect = true;
  }
  if (decision.room.empty()) return;
  Room& room = rooms_[room_of(decision.platform, decision.room, decision.session, decision.time)];
  ++room.shown.violations[std::string(decision.violation)];
  ++room.shown.minutes[minute_of(decision.time)].decisions;
  if (decision.violation == "fake-traffic" && decision.target_kind == "account")
    room.suspects.insert(key_of(decision.platform, decision.target_id));
}

std::vector<RoomSummary> Summary::rooms() const {
  std::vector<RoomSummary> out;
  out.reserve(rooms_.size());
  for (const Room& room : rooms_) {
    RoomSummary shown = room.shown;
    const auto& holds = platforms_.find(shown.platform)->second.holds;
    if (holds[kJoins]) {
      shown.viewers_seen = static_cast<std::int64_t>(room.viewers.size());
      shown.viewers_suspect = 0;
      for (const auto& [account, minute] : room.viewers) {
        const bool suspect = room.suspects.contains(account);
        *shown.viewers_suspect += suspect;
        auto& at = shown.minutes[minute];
        ++(suspect ? at.suspect_viewers : at.viewers);
      }
    }
    shown.displayed_peak = room.displayed_peak;
    if (holds[kChats]) shown.chats = room.chats;
    if (holds[kGifts]) {
      shown.gifts = room.gifts;
      shown.gift_amount = room.gift_amount;
    }
    if (holds[kOrders])
      for (Count* figure : {&shown.orders_placed, &shown.orders_suspect, &shown.orders_refunded, &shown.orders_cancelled,
                            &shown.gross, &shown.refunded_amount, &shown.suspect_amount, &shown.net})
        *figure = 0;
    shown.pit_fee = room.pit_fee;
    out.push_back(std::move(shown));
  }
  // Sums of integers: the map's order cannot show.
  for (const auto& [key, order] : orders_) {
    RoomSummary& room = out[order.room];
    // A cancelled order was never sold: no figure of money holds it, so that net is gross less what comes after it.
    const std::int64_t sold = order.cancelled ? 0 : order.amount, back = order.cancelled ? 0 : order.refunded;
    const std::int64_t suspect = order.suspect ? sold - back : 0;
    ++*room.orders_placed;
    *room.orders_refunded += order.refunded > 0;
    *room.orders_cancelled += order.cancelled;
    *room.orders_suspect += order.suspect;
    *room.gross += sold;
    *room.refunded_amount += back;
    *room.suspect_amount += suspect;
    *room.net += sold - back - suspect;
    auto& minute = room.minutes[order.minute];
    ++(order.suspect ? minute.suspect_orders : minute.orders);
    minute.order_amount += sold;
  }
  for (RoomSummary& room : out)
    if (room.net && room.pit_fee && *room.pit_fee > 0)
      room.return_on_fee = static_cast<double>(*room.net) / static_cast<double>(*room.pit_fee);
  std::sort(out.begin(), out.end(), [](const RoomSummary& a, const RoomSummary& b) {
    return std::tie(a.platform, a.room, a.from, a.session) < std::tie(b.platform, b.room, b.from, b.session);
  });
  return out;
}

}  // namespace lw::report
