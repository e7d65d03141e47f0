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
    bool money = false;   // minor units, shown as major ones: 12950 as 129.50
  };
  std::vector<Piece> pieces;
};

struct Parameter {
  std::string name;
  cel::Value value;  // strings and lists live in Plan::constants
  const cel::Type* type = nullptr;
  Localised doc;
};

enum class Builtin : std::uint8_t { kCel, kTextKey, kTextSize, kLocalHour, kLocalDay, kWeekday, kNetwork };

struct Derived {
  std::string name;
  Slot slot;
  Builtin builtin = Builtin::kCel;
  Optional value;  // set if builtin is kCel
};

// State of one kind of entity; keys that share an `of` share a table. A row is the states of the table's features, laid
// out one after another. A wide row is split: what different events feed lies in tables of its own, so that an account that
// never tips has no place for tips.
struct Table {
  std::string name;
  Index of = kNone;                   // the table that keys name: itself, or the one that this is split from
  std::vector<Index> features;        // those with state that somebody reads, in row order
  std::uint32_t row_bytes = 0;
};

// How an event names an entity. The entity's state key joins the hashes of the platform and of each value.
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
  std::vector<event::Type> on;        // what feeds it
  const cel::Type* type = nullptr;
  Localised doc;
};

// One stop of an event's journey: look the entity up, then do the steps in order.
// - An unknown entity gets a row only when one of its updates holds (its `where` is true and its value is known); a visit
//   without updates never makes a row. A read of an entity without a row gives what an empty state gives: 0 for count,
//   sum, distinct, rate and share, false for seen, absent for the rest.
// - The same key may be visited twice: what the second visit needs came in between.
struct Visit {
  Index key;
  Index table;                        // of the steps' features
  struct Step {
    Index feature;
    Slot slot = kNoSlot;              // kNoSlot: update the state; else read it into this slot. A feature read through
                                      // two keys has two slots. A `seen` is read by its `probe`, a `get` by its `value`
    bool update() const { return slot == kNoSlot; }
  };
  std::vector<Step> steps;
  std::vector<event::FieldId> wanted;  // of a link: the fields that its features fill; skip the visit if all are present
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
  Index key = kNone;                  // of trigger and disarming event
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
  std::vector<Slot> words;            // text lists: `when` is false where all of these are empty; none: it may hold without
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
  std::vector<std::pair<std::string, Slot>> shown;   // features, text lists and derived values that its expressions
                                                     // read, by name: the decision's `features`
  std::string file;
  std::uint32_t line = 0;
};

// All that happens to one event type, in this order:
//   fields into slots → texts → links → derived → visits → disarms → rules → (where one fires or arms: record_links) → decision
struct Journey {
  // Visits that only read. Each feature read has `fills`: its value goes into that field's slot if the slot is absent and
  // the value is neither absent nor the empty string.
  std::vector<Visit> links;           // for fields that keys, features or conditions read
  std::vector<Visit> record_links;    // for fields that only messages, `liable` and the decision's own record read
  std::vector<Index> lists;           // term lists that somebody reads on this type; the others are absent
  std::vector<event::FieldId> text_fields;  // the fields that these lists are sought in
  std::vector<Index> derived;         // in order
  std::vector<Visit> visits;
  std::vector<Index> disarms;         // rules with a deadline whose `unless` this type may be
  std::vector<Index> rules;           // by id
  bool empty() const { return visits.empty() && rules.empty() && disarms.empty(); }
};

// How long records of some types are kept. Of those that hold for an event the longest counts.
struct RecordTerm {
  std::string id;                     // "trade"
  std::vector<event::Type> on;        // empty: all, those outside the vocabulary too
  std::uint32_t months = 0, days = 0; // from the event's own day, by the calendar
  std::vector<Basis> basis;
  std::optional<Time> from, to;       // of the events that it holds for
};

struct DeskPolicy;                    // pack/desk.h

struct Plan {
  std::string name;                   // "cn-live-commerce@1.0.0", several joined by "+"; packs named by `uses` alone are left out
  event::Schema schema;
  int zone_minutes = 480;
  std::size_t slot_count = 0;
  // Where each event field, attribute and text list goes; kNoSlot if nobody reads it. The fields of a decision's record
  // (room, session, host, operator, mcn, merchant) always have one.
  std::array<Slot, event::kFieldLimit> field_slots;
  Slot id_slot = kNoSlot, source_slot = kNoSlot, type_slot = kNoSlot, time_slot = kNoSlot, platform_slot = kNoSlot;
  std::vector<Slot> text_slots;       // by list of `terms`
  std::unique_ptr<feature::Terms> terms;
  std::vector<Parameter> params;
  std::vector<Derived> derived;
  std::vector<Table> tables;
  std::vector<Key> keys;
  std::vector<Feature> features;
  std::vector<Rule> rules;            // by id; only those that are on
  std::array<Journey, event::kTypeCount> journeys;
  // The same for events whose texts hit no term, as most: without the rules and updates that ask for one. Not there where
  // it would be the same, or where a link may give the text.
  std::array<std::optional<Journey>, event::kTypeCount> quiet;
  std::vector<RecordTerm> records;    // by id; empty: nothing says how long events are kept
  std::vector<std::int32_t> days_off, days_worked;  // days since the epoch: holidays; weekend days worked
  std::shared_ptr<const DeskPolicy> desk;           // null: no pack has a section `desk`
  std::unique_ptr<cel::Arena> constants;
};

}  // namespace lw::pack
