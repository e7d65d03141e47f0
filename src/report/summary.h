// What an audit tells of each room, gathered event by event: was the audience real, were the sales, what broke which law.
// A figure that the stream does not hold is unknown (empty), never zero: a kind of event that a platform's stream never
// carries leaves its figures empty in all of that platform's rooms.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/time.h"
#include "event/event.h"

namespace lw::report {

using Count = std::optional<std::int64_t>;

// One minute of a room (event time). Amounts in minor units. Viewers count in the minute that they were first seen in.
struct Minute {
  std::int64_t viewers = 0, suspect_viewers = 0, chats = 0, gifts = 0, gift_amount = 0, orders = 0, order_amount = 0, suspect_orders = 0;
  std::int64_t displayed = -1;  // highest figure shown in this minute; -1: none
  std::int64_t decisions = 0;
};

// One broadcast of one room; a room without session ids has one.
struct RoomSummary {
  std::string platform, room, session, host, operator_, mcn;
  Time from, to;
  Count viewers_seen, viewers_suspect, displayed_peak, chats, gifts, gift_amount;
  Count orders_placed, orders_suspect, orders_refunded, orders_cancelled, gross, refunded_amount, suspect_amount, net, pit_fee;
  // gross: orders that were not cancelled; suspect_amount: of suspect ones, what was not refunded yet;
  // net: gross − refunded_amount − suspect_amount.
  std::optional<double> return_on_fee;              // net ÷ pit fee
  std::map<std::string, std::int64_t> violations;   // decisions by violation, shadow and info apart
  std::map<std::int64_t, Minute> minutes;           // by minutes since the epoch
};

// A decision as the summary and the report need it. `json` is the whole record.
struct DecisionView {
  std::string_view platform, room, session, rule, violation, severity, target_kind, target_id;
  bool shadow = false;
  Time time;
  std::string_view json;
};

class Summary {
 public:
  // `event` as the engine leaves it: what links tell of it (an order's room) is filled in.
  void see(const event::Event& event);
  void see(const DecisionView& decision);

  // Closes the figures. Rooms in order of platform, room and start.
  std::vector<RoomSummary> rooms() const;

 private:
  enum Family : std::uint8_t { kJoins, kReports, kChats, kGifts, kOrders, kFamilies };
  struct Order {
    std::uint32_t room = 0;
    std::int64_t amount = 0, refunded = 0, minute = 0;
    bool has_amount = false, cancelled = false, suspect = false;
  };
  struct Room {
    RoomSummary shown;
    absl::flat_hash_map<Key128, std::int64_t, Key128::Hasher> viewers;  // account → minute it was first seen
    absl::flat_hash_set<Key128, Key128::Hasher> suspects;
    bool started = false, ended = false;
    std::int64_t chats = 0, gifts = 0;
    Count gift_amount;  // of those with a price, if any has one
    Count displayed_peak, pit_fee;
  };
  struct Platform {
    std::array<bool, kFamilies> holds{};
  };

  std::uint32_t room_of(std::string_view platform, std::string_view room, std::string_view session, Time time);
  void see_order(const event::Event& event, std::uint32_t room, std::int64_t minute);
  void see_session(const event::Event& event, Room& room);

  std::vector<Room> rooms_;
  absl::flat_hash_map<Key128, std::uint32_t, Key128::Hasher> by_room_session_, current_;  // current_: a room's latest session
  absl::flat_hash_map<Key128, Order, Key128::Hasher> orders_;
  std::map<std::string, Platform, std::less<>> platforms_;
};

}  // namespace lw::report
