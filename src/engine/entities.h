// Which entities the event in hand names, and where their rows are. An entity's hash is taken once for each event, and
// its row looked for once, however many stops of the journey ask.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/network.h"
#include "engine/scene.h"
#include "engine/state.h"

namespace lw::engine {

class Entities {
 public:
  Entities(const pack::Plan& plan, State& state);

  struct Found {
    Key128 key;
    Rows* rows = nullptr;      // null: the event does not name such an entity
    std::byte* row = nullptr;  // null: nothing is known of it
  };

  // A key that events of a type ask for, in which of its tables, and which bytes of the row.
  struct Wanted {
    pack::Index key, table;
    std::uint32_t from, to;
  };

  // Events that will be judged soon, in this order: while one is, what the next few name by fields of their own is hashed
  // and brought nearer. `wanted_of` gives what events of a type ask for; that, and the events, live until they were judged.
  // Replaces what was announced before.
  using WantedOf = const std::vector<Wanted>& (*)(const void* context, event::Type type);
  void announce(std::span<event::Event* const> events, WantedOf wanted_of, const void* context);

  void begin(const event::Event& event);  // a new event: each that is judged, in its turn

  // The network of the event's address, derived.network; empty if it has none. Valid until the next begin().
  std::string_view network(const event::Event& event);

  // The entity that `key` names, in one of the key's tables; looked up when first asked for. Valid until the next begin().
  Found& find(pack::Index key, pack::Index table, const Scene& scene) {
    Place& place = places_[place_of(key, table)];
    if (place.stamp != stamp_ || (!place.found.row && place.grown != grown_.size())) look_up(place, scene);
    return place.found;
  }
  // The row of an entity that an update is about to feed.
  std::byte* row_for_update(Found& found, Time watermark);

  // The hash that the key has over the slots as they are now; false if one of its parts is absent.
  bool hash(pack::Index key, const Scene& scene, Key128& out);

  // After the event: drops idle rows, four looked at for each that was made, so that memory stays within a small multiple
  // of what is alive.
  void sweep(Time watermark);

 private:
  struct Place {  // a table and the slots that name its entity: several keys may share it
    pack::Index table;
    Rows* rows;
    std::uint32_t parts;  // index into parts_
    std::uint32_t stamp = 0;
    std::size_t grown = 0;  // rows made before it was looked up: another place may have made this one's since
    Found found;
  };
  struct Parts {
    std::vector<pack::Slot> slots;
    std::vector<std::uint32_t> own;  // those of the slots that are fields of the event, or its network: indices into own_
    std::uint32_t stamp = 0;
    bool named = false;
    Key128 key;
    std::uint64_t own_stamp = 0;  // of the event being named, as in Own: several tables ask for the same
    bool own_named = false;
    Key128 own_key;
  };
  struct Named {  // an announced event
    std::uint32_t first, last;  // of known_
    std::uint32_t network = 0;  // bytes of its text; 0: not known
  };
  struct Known {
    std::uint32_t place;
    std::uint32_t from, to;  // bytes of the row
    std::byte* row;          // a guess
    Key128 key;
  };
  static constexpr event::FieldId kNetwork = event::kFieldLimit;
  struct Own {  // what an event says itself, hashed once for each event that is announced
    event::FieldId field;  // or kNetwork
    std::uint64_t stamp;
    bool named;
    Key128 key;
  };
  void name_next();
  void fetch_next();
  std::uint32_t own_value(event::FieldId field);
  const Own& hash_own(std::uint32_t value, const event::Event& event);
  static std::string_view network_into(const event::Event& event, NetworkText& out);
  bool hash_own(Parts& parts, const event::Event& event);
  std::uint32_t add_place(pack::Index table, std::uint32_t parts);
  void look_up(Place& place, const Scene& scene);
  void name_platform(std::string_view platform);
  bool hash_parts(const std::vector<pack::Slot>& slots, const Scene& scene, Key128& out);

  State& state_;
  std::uint32_t place_of(pack::Index key, pack::Index table) const { return place_of_[key * tables_ + table]; }

  std::size_t tables_;
  std::vector<std::uint32_t> place_of_;  // by key and table; kNone if the key does not name rows of that table
  std::vector<std::uint32_t> parts_of_;  // by key
  std::vector<Place> places_;
  std::vector<Parts> parts_;
  std::vector<Rows*> grown_;  // where this event made rows
  std::uint32_t stamp_ = 0;
  std::span<event::Event* const> coming_;
  WantedOf wanted_of_ = nullptr;
  const void* context_ = nullptr;
  std::vector<Named> named_;  // the first of those that come
  std::vector<NetworkText> networks_;  // by event that comes
  std::string_view network_;           // of the event in hand, if it was announced
  NetworkText own_network_;
  std::uint32_t naming_network_ = 0;   // bytes of that of the event being named
  std::vector<Known> known_;
  std::size_t fetched_ = 0, begun_ = 0;  // of those that come
  std::vector<Own> own_;
  std::uint64_t own_stamp_ = 0;
  std::string platform_;
  bool named_platform_ = false;
  Key128 platform_key_;
};

}  // namespace lw::engine
