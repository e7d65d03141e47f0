// What the loader makes of packs and what the engine runs: every name resolved to a number, every expression compiled,
// the visits of each event type in order. Immutable once made; shared by all shards. docs/packs.md explains the terms.
//
// An event is judged over one array of cel::Value, the *slots*: event fields, derived values, text lists and features each
// have one. The engine fills them on the event's journey; rules read them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "cel/cel.h"
#include "event/vocabulary.h"
#include "feature/state.h"
#include "feature/terms.h"

namespace lw::pack {

using Slot = std::uint16_t;
inline constexpr Slot kNoSlot = 0xffff;

using Index = std::uint32_t;  // into one of the plan's vectors
inline constexpr Index kNone = 0xffffffff;

// A compiled expression with the text that it was written as (shown in explanations).
struct Expression {
  std::string text;
  cel::Program program;
};
using Optional = std::unique_ptr<Expression>;  // null: not given

struct Localised {
  std::string zh, en;
};

// A message with {CEL} in it: literal pieces and expressions in turn.
struct Template {
  struct Piece {
    std::string literal;
    Optional expression;  // null: the literal alone
  };
  std::vector<Piece> pieces;
};

struct Parameter {
  std::string name;
  cel::Value value;  // strings and lists live in Plan::constants
  const cel::Type* type;
  Localised doc;
};

enum class Builtin : std::uint8_t { kNone, kTextKey, kTextSize, kLocalHour, kLocalDay, kWeekday };

struct Derived {
  std::string name;
  Slot slot;
  Builtin builtin = Builtin::kNone;
  Optional value;  // set if builtin is kNone
};

// State of one kind of entity; keys that share an `of` share a table. A row is the states of the table's features, laid
// out one after another.
struct Table {
  std::string name;
  std::vector<Index> features;        // with state, in row order
  std::uint32_t row_bytes = 0;
};

// How an event names an entity. The entity's state key is hash128 of platform and the values, each with its length before it.
struct Key {
  std::string name;
  Index table;
  std::vector<Slot> parts;            // string, int or bool slots; all must be present. Empty: one row for each platform
};

struct Feature {
  std::string id;                     // KEY.NAME
  Index key;                          // the key it is declared on
  Index table;
  feature::Spec spec;                 // aggregate, window, value type; spec.op is kGet for a stateless expression
  std::uint32_t offset = 0;           // of its state in the row
  Optional where, value, probe;       // probe: `value` of a `seen`
  event::FieldId fills = event::kFieldLimit;  // kFieldLimit: none
  const cel::Type* type;
  Localised doc;
};

// One step of an event's journey: look the entity up, feed the features in order, put those that somebody reads into slots.
struct Visit {
  Index key;
  bool creates = true;                // false: only reads, an unknown entity gets no row
  struct Update {
    Index feature;
  };
  std::vector<Index> updates;         // features of the key's table fed by this event type, in dependency order
  struct Read {
    Index feature;
    Slot slot;                        // a feature read through two keys has two slots
  };
  std::vector<Read> reads;
  // Reads that an update's where or value needs happen before that update: `steps` is the exact order.
  struct Step {
    bool update;
    std::uint32_t at;                 // index into updates or reads
  };
  std::vector<Step> steps;
};

struct Basis {
  std::string instrument, article;
  char known;                         // S, N, T, M
  std::optional<Time> from, to;       // in force in [from, to)
};

enum class Severity : std::uint8_t { kInfo, kLow, kMedium, kHigh, kCritical };

struct Target {
  std::string kind;                   // as in the contract: account, room, …
  Slot slot = kNoSlot;                // whose value is the id; or
  Index members = kNone;              // the set feature whose members are named
  Index members_key = kNone;          // by which key it is read
};

struct Deadline {
  std::optional<Duration> after;      // or
  std::uint32_t working_days = 0;
  Optional from;                      // timestamp expression; null: the event's time
  Index key;                          // of trigger and disarming event
  struct Unless {
    std::vector<event::Type> on;
    Optional when;
  };
  std::optional<Unless> unless;
  bool rearm = false;
};

struct Rule {
  std::string id, obligation, violation, lead, pack;  // pack: "id@version"
  Localised title, duty;
  std::vector<std::string> assist, actions;
  std::vector<event::Type> on;
  Optional when;
  struct Signal {
    std::string name;
    Expression expression;
  };
  std::uint32_t needs = 0;            // of signals
  std::vector<Signal> signals;
  Target target;
  std::vector<std::pair<std::string, Slot>> liable;  // (kind, slot): the first known
  Severity severity;
  Optional score;
  std::vector<Basis> basis;
  std::optional<Time> from, to;
  std::optional<Duration> cooldown;   // empty: ever
  bool shadow = false;
  Template zh, en;
  std::optional<Deadline> deadline;
  std::vector<std::pair<std::string, Slot>> shown;   // features and text lists that its expressions read, by name: Decision.features
  std::string file;
  std::uint32_t line = 0;
};

// All that happens to one event type, in order.
struct Journey {
  std::vector<Index> derived;         // computed before the first visit
  bool text = false;                  // scan the text fields
  std::vector<event::FieldId> text_fields;
  std::vector<Visit> visits;
  std::vector<Index> rules;           // by id
  std::vector<Index> disarms;         // rules with a deadline whose `unless` this type may be
};

struct Plan {
  std::string name;                   // "cn-live-commerce@1.0.0", several joined by "+"
  event::Schema schema;
  int zone_minutes = 480;
  std::size_t slot_count = 0;
  // Where each event field, attribute and text list goes; kNoSlot if nobody reads it.
  std::array<Slot, event::kFieldLimit> field_slots;
  Slot id_slot = kNoSlot, source_slot = kNoSlot, type_slot = kNoSlot, time_slot = kNoSlot, platform_slot = kNoSlot;
  std::vector<Slot> text_slots;       // by list of `terms`
  std::unique_ptr<feature::Terms> terms;
  std::vector<Parameter> params;
  std::vector<Derived> derived;
  std::vector<Table> tables;
  std::vector<Key> keys;
  std::vector<Feature> features;
  std::vector<Rule> rules;            // by id
  std::array<Journey, event::kTypeCount> journeys;
  std::vector<std::int32_t> days_off, days_worked;  // days since the epoch: holidays; weekend days worked
  std::unique_ptr<cel::Arena> constants;
};

}  // namespace lw::pack
