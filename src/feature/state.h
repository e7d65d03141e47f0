// Streaming aggregates. A feature's state lives inside a row that the engine owns: so many bytes at such an alignment, made
// by construct(), moved by nobody, ended by destroy(). There are no virtual calls: a Spec says what the bytes are.
//
// All functions take the Spec that the state was constructed with. Times are event times; the watermark is the largest
// time released so far and never goes back: from one call on a state to the next it may only grow. What a state answers
// is a function of the calls to add() (and of the watermark), never of when it was read, saved or asked to be empty.
// docs/features.md tells each aggregate's accuracy and memory.
#pragma once

#include <absl/functional/function_ref.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "cel/arena.h"
#include "cel/type.h"
#include "cel/value.h"

namespace lw::feature {

enum class Op : std::uint8_t {
  kCount, kSum, kAvg, kMin, kMax, kFirst, kLast, kDistinct, kRate, kQuantile, kShare, kSeen, kSince, kGet,
};

// What add() takes. An int is taken as a double where kDouble is asked; any other value of another kind is not taken.
enum class ValueKind : std::uint8_t { kNone, kInt, kDouble, kBool, kString, kTimestamp, kDuration };

struct Window {
  enum Kind : std::uint8_t {
    kEver,
    kSliding,   // (watermark - width, watermark], ties and late events in their place; with a step, whole steps leave at once
    kTumbling,  // [start, start + width), aligned to the epoch in the zone
    kMonth,     // a calendar month of the zone
    kSession,   // until `width` passes without an event. An event later than `width` is not counted
  };
  Kind kind = kEver;
  Duration width;         // of kSliding, kTumbling; the gap of kSession
  Duration step;          // of kSliding: 0 for exact
  int zone_minutes = 480; // of kTumbling, kMonth: minutes east of UTC
};

struct Spec {
  Op op = Op::kCount;
  Window window;
  ValueKind value = ValueKind::kNone;  // none for kCount, kRate, kSince, kGet
  std::uint32_t cap = 4096;            // distinct, share, seen: kept exactly up to here; at least 1
  std::uint32_t top = 1;               // share: how many of the most frequent values
  double q = 0.5;                      // quantile: in [0, 1]
  bool members = false;                // distinct: keep the members' names
  bool since_first = false;            // since: the first event, else the last
};

inline constexpr std::uint32_t kMaxCap = 1 << 20;
inline constexpr std::uint32_t kMaxPanes = 100'000;  // width / step

// Which event a value came from; the names that members keep. Views need to live for the call only.
struct Origin {
  std::string_view room;
  std::string_view event_name;  // "source#id"
};

// Whether the aggregate, its window and its value fit together; the error is a sentence for the pack's author.
Status check(const Spec& spec);

// The CEL type of what read() gives when it is not absent. kSeen: bool. Not for kGet.
const cel::Type* result_type(const Spec& spec);

std::size_t state_bytes(const Spec& spec);  // a multiple of state_align; 0 for kGet
std::size_t state_align(const Spec& spec);

void construct(const Spec& spec, std::byte* state);
void destroy(const Spec& spec, std::byte* state);
bool owns_memory(const Spec& spec);  // destroy() has something to do

// Counts one event of that time. `value` is not looked at by kCount, kRate, kSince. An event that its window does not
// hold any more at the watermark changes nothing.
void add(const Spec& spec, std::byte* state, Time event_time, Time watermark, const cel::Value& value,
         const Origin& origin);

// The aggregate at the watermark; absent (Kind::kAbsent) where docs/packs.md says so. Strings are copied into the arena.
// kSeen has no value of its own: absent, use probe().
cel::Value read(const Spec& spec, std::byte* state, Time watermark, cel::Arena& arena);

// kSeen: whether the value is among those seen. Absent if `value` is not of the spec's kind.
cel::Value probe(const Spec& spec, std::byte* state, Time watermark, const cel::Value& value);

// Whether read() gives an estimate: a distinct or share past its cap, a seen that had to forget. (A quantile always is one,
// within its 1 %; false here.)
bool approximate(const Spec& spec, const std::byte* state);

// The watermark from which nothing is left in its windows, so that no event could tell this state from a newly constructed
// one, except by the ordinals of members, which begin anew: whoever remembers an ordinal forgets it with the row. Before all
// time if nothing was recorded, after all time if it stays for ever.
Time idle_from(const Spec& spec, const std::byte* state);
inline bool empty(const Spec& spec, const std::byte* state, Time watermark) { return idle_from(spec, state) <= watermark; }

// One member of a distinct: a value as it was seen in one room.
struct Member {
  std::uint64_t ordinal;        // ascending in the order in which members entered
  std::string_view value;       // an int or bool as CEL prints it
  std::string_view room;        // empty if the events named none
  std::string_view event_name;  // of the event that brought it in
  Time last;                    // the latest event of this member
};

// The members within the window at the watermark with ordinal >= since, by ordinal. A member that left the window and
// comes back has a new ordinal. At most `cap` are kept: what enters a full set is counted but not named. The views live
// until the next add(), destroy() or load(). Only for specs with `members`.
void for_each_member(const Spec& spec, std::byte* state, Time watermark, std::uint64_t since,
                     absl::FunctionRef<void(const Member&)> visit);

// Above every ordinal given so far: remember it, and ask with it as `since` the next time.
std::uint64_t next_ordinal(const Spec& spec, const std::byte* state);

// Appends the state in a portable form with its version; what the watermark has pushed out of the window is left out, so
// equal contents give equal bytes. load() takes a newly constructed state and removes what it read from `in`; it refuses
// damaged bytes and leaves the state newly constructed then.
void save(const Spec& spec, std::byte* state, Time watermark, std::string& out);
Status load(const Spec& spec, std::byte* state, std::string_view& in);

// Bytes that the state holds beyond its own: as asked of the allocator, without the allocator's overhead.
std::size_t heap_bytes(const Spec& spec, const std::byte* state);

}  // namespace lw::feature
