#include "engine/entities.h"

#include <algorithm>

#include "engine/network.h"

namespace lw::engine {
namespace {

constexpr std::size_t kSweptPerNewRow = 4;
// Events ahead of the one in hand: far enough for memory to answer, near enough for its answer to be still in the cache.
constexpr std::size_t kNamedAhead = 16, kFetchedAhead = 8;
// Further ahead, events that another core wrote: itself, then the line that it looks into. Batches of one thread are shorter.
constexpr std::size_t kEventAhead = 40, kLineAhead = 28;

// Texts, numbers and truths are told apart by their seeds.
bool hash_value(const cel::Value& value, Key128& out) {
  switch (value.kind) {
    case cel::Kind::kString: out = hash128(value.text(), 1); return true;
    case cel::Kind::kInt: out = hash128({reinterpret_cast<const char*>(&value.integer), sizeof(value.integer)}, 2); return true;
    case cel::Kind::kBool: out = hash128({}, value.boolean ? 3 : 4); return true;
    default: return false;
  }
}

}  // namespace

Entities::Entities(const pack::Plan& plan, State& state) : state_(state), tables_(plan.tables.size()) {
  const auto builtin = std::ranges::find(plan.derived, pack::Builtin::kNetwork, &pack::Derived::builtin);
  const pack::Slot network = builtin == plan.derived.end() ? pack::kNoSlot : builtin->slot;
  for (const pack::Key& key : plan.keys) {
    auto parts = std::ranges::find(parts_, key.parts, &Parts::slots);
    if (parts == parts_.end()) {
      Parts added;
      added.slots = key.parts;
      for (const pack::Slot slot : key.parts) {
        const auto field = std::ranges::find(plan.field_slots, slot);
        if (slot == network) added.own.push_back(own_value(kNetwork));
        if (field != plan.field_slots.end()) added.own.push_back(own_value(static_cast<event::FieldId>(field - plan.field_slots.begin())));
      }
      parts = parts_.insert(parts, std::move(added));
    }
    const auto at = static_cast<std::uint32_t>(parts - parts_.begin());
    parts_of_.push_back(at);
    for (pack::Index table = 0; table < tables_; ++table) {
      place_of_.push_back(plan.tables[table].of == key.table ? add_place(table, at) : pack::kNone);
    }
  }
}

std::uint32_t Entities::add_place(pack::Index table, std::uint32_t parts) {
  auto place = std::ranges::find_if(places_, [&](const Place& p) { return p.table == table && p.parts == parts; });
  if (place == places_.end()) {
    Place added;
    added.table = table;
    added.rows = &state_.rows(table);
    added.parts = parts;
    place = places_.insert(place, added);
  }
  return static_cast<std::uint32_t>(place - places_.begin());
}

std::uint32_t Entities::own_value(event::FieldId field) {
  const auto found = std::ranges::find(own_, field, &Own::field);
  if (found != own_.end()) return static_cast<std::uint32_t>(found - own_.begin());
  own_.push_back({field, 0, false, {}});
  return static_cast<std::uint32_t>(own_.size() - 1);
}

void Entities::name_platform(std::string_view platform) {
  if (platform == platform_ && named_platform_) return;
  platform_ = platform;
  named_platform_ = true;
  platform_key_ = hash128(platform);
}

const Entities::Own& Entities::hash_own(std::uint32_t value, const event::Event& event) {
  Own& own = own_[value];
  if (own.stamp == own_stamp_) return own;
  own.stamp = own_stamp_;
  if (own.field != kNetwork) {
    own.named = hash_value(event.get(own.field), own.key);
    return own;
  }
  const std::string_view text = network_into(event, networks_[named_.size()]);
  own.named = !text.empty() && hash_value(cel::Value::of_string(text), own.key);
  naming_network_ = static_cast<std::uint32_t>(text.size());
  return own;
}

std::string_view Entities::network_into(const event::Event& event, NetworkText& out) {
  const cel::Value ip = event.get(event::field::kIp);
  return ip.is(cel::Kind::kString) ? network_of(ip.text(), out) : std::string_view{};
}

std::string_view Entities::network(const event::Event& event) {
  if (network_.empty()) network_ = network_into(event, own_network_);
  return network_;
}

// False if the event does not say all of them itself.
bool Entities::hash_own(Parts& parts, const event::Event& event) {
  if (parts.own_stamp == own_stamp_) return parts.own_named;
  parts.own_stamp = own_stamp_;
  parts.own_named = false;
  parts.own_key = platform_key_;
  for (const std::uint32_t value : parts.own) {
    const Own& own = hash_own(value, event);
    if (!own.named) return false;
    parts.own_key = join(parts.own_key, own.key);
  }
  return parts.own_named = parts.own.size() == parts.slots.size();
}

void Entities::announce(std::span<event::Event* const> events, WantedOf wanted_of, const void* context) {
  coming_ = events;
  wanted_of_ = wanted_of;
  context_ = context;
  named_.clear();
  known_.clear();
  begun_ = fetched_ = 0;
  if (networks_.size() < events.size()) networks_.resize(events.size());
}

void Entities::name_next() {
  const event::Event& event = *coming_[named_.size()];
  Named named{static_cast<std::uint32_t>(known_.size()), 0};
  name_platform(event.platform);
  ++own_stamp_;
  naming_network_ = 0;
  for (const Wanted& wanted : wanted_of_(context_, event.type)) {
    const std::uint32_t at = place_of(wanted.key, wanted.table);
    Parts& parts = parts_[places_[at].parts];
    if (!hash_own(parts, event)) continue;
    known_.push_back({at, wanted.from, wanted.to, nullptr, parts.own_key});
    places_[at].rows->prefetch(parts.own_key);
  }
  named.last = static_cast<std::uint32_t>(known_.size());
  named.network = naming_network_;
  named_.push_back(named);
}

void Entities::fetch_next() {
  const Named& named = named_[fetched_++];
  for (std::uint32_t i = named.first; i < named.last; ++i) {
    Known& known = known_[i];
    known.row = places_[known.place].rows->guess(known.key);
    if (known.row) Rows::prefetch_row(known.row, known.from, known.to);
  }
}

void Entities::begin(const event::Event& event) {
  ++stamp_;
  if (begun_ < coming_.size() && coming_[begun_] != &event) announce({}, wanted_of_, context_);  // not what was told
  const std::size_t left = coming_.size() - begun_;
  if (left > kEventAhead) coming_[begun_ + kEventAhead]->prefetch();
  if (left > kLineAhead) coming_[begun_ + kLineAhead]->prefetch_line();
  while (named_.size() < begun_ + std::min(left, kNamedAhead)) name_next();
  while (fetched_ < begun_ + std::min(left, kFetchedAhead)) fetch_next();
  name_platform(event.platform);
  network_ = {};
  if (left == 0) return;
  const Named& named = named_[begun_++];
  if (named.network) network_ = {networks_[begun_ - 1].data(), named.network};
  for (std::uint32_t i = named.first; i < named.last; ++i) {
    const Known& known = known_[i];
    Place& place = places_[known.place];
    Parts& parts = parts_[place.parts];
    parts.stamp = stamp_;
    parts.named = true;
    parts.key = known.key;
    if (!known.row || !Rows::is(known.row, known.key)) continue;  // made, or dropped, since
    place.stamp = stamp_;
    place.grown = 0;
    place.found = {known.key, place.rows, known.row};
  }
}

bool Entities::hash_parts(const std::vector<pack::Slot>& slots, const Scene& scene, Key128& out) {
  out = platform_key_;
  Key128 value;
  for (const pack::Slot slot : slots) {
    if (!hash_value(scene.slot(slot), value)) return false;
    out = join(out, value);
  }
  return true;
}

bool Entities::hash(pack::Index key, const Scene& scene, Key128& out) {
  return hash_parts(parts_[parts_of_[key]].slots, scene, out);
}

void Entities::look_up(Place& place, const Scene& scene) {
  Parts& parts = parts_[place.parts];
  if (parts.stamp != stamp_) {
    parts.named = hash_parts(parts.slots, scene, parts.key);
    if (parts.named) parts.stamp = stamp_;  // what is absent now may be filled later
  }
  place.found = {};
  if (!parts.named) return;
  place.stamp = stamp_;
  place.grown = grown_.size();
  place.found.key = parts.key;
  place.found.rows = place.rows;
  place.found.row = place.found.rows->find(parts.key);
}

std::byte* Entities::row_for_update(Found& found, Time watermark) {
  if (!found.row) {
    // Two places may name one entity of one table: host and account may be the same person.
    found.row = found.rows->find(found.key);
    if (!found.row) {
      found.row = found.rows->insert(found.key, watermark);
      grown_.push_back(found.rows);
    }
  }
  Rows::touch(found.row, state_.epoch());
  return found.row;
}

void Entities::sweep(Time watermark) {
  for (Rows* rows : grown_) rows->sweep(kSweptPerNewRow, watermark);
  grown_.clear();
}

}  // namespace lw::engine
