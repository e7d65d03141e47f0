// Aggregates of one window that only grows: count, sum, avg, min, max, first, last, since. A window kind wraps a cell
// (window.h); sliding windows have forms of their own (sliding.h). Every cell offers
//   add(spec, time, datum, origin)   read(spec, watermark, arena)   fresh(): as newly constructed   clear()
//   merge(spec, earlier): joins a session before it   approximate()   save/load   heap_bytes()
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>

#include "cel/arena.h"
#include "cel/value.h"
#include "feature/codec.h"
#include "feature/datum.h"
#include "feature/moment.h"
#include "feature/state.h"

namespace lw::feature {

// Sums of 2^64 int64 values, exactly. Aligned to 8 so that small states stay small.
__extension__ typedef __int128 Wide __attribute__((aligned(8)));

template <class Number>
struct Accumulator;
template <>
struct Accumulator<std::int64_t> {
  Wide sum = 0;
};
template <>
struct Accumulator<double> {
  double sum = 0;
};

inline std::int64_t saturate(Wide sum) {
  if (sum > std::numeric_limits<std::int64_t>::max()) return std::numeric_limits<std::int64_t>::max();
  if (sum < std::numeric_limits<std::int64_t>::min()) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(sum);
}

struct CountCell {
  std::uint64_t events = 0;

  void add(const Spec&, std::int64_t, const Datum&, const Origin&) { ++events; }
  cel::Value read(const Spec&, Time, cel::Arena&) const { return cel::Value::of_int(static_cast<std::int64_t>(events)); }
  bool fresh() const { return events == 0; }
  bool approximate() const { return false; }
  void clear() { events = 0; }
  void merge(const Spec&, CountCell& earlier) { events += earlier.events; }
  void save(const Spec&, std::string& out) const { put(out, events); }
  void load(const Spec&, Reader& in) { events = in.number(); }
  std::size_t heap_bytes() const { return 0; }
};

// Ints are summed in 128 bits (read() gives the nearest int64), doubles in the order in which they came.
template <class Number>
struct SumCell : Accumulator<Number> {
  static constexpr bool kReal = std::is_same_v<Number, double>;
  using Accumulator<Number>::sum;

  void add(const Spec&, std::int64_t, const Datum& datum, const Origin&) { add(datum); }
  void add(const Datum& datum) {
    if constexpr (kReal)
      sum += datum.real();
    else
      sum += datum.bits;
  }
  cel::Value read(const Spec&, Time, cel::Arena&) const { return value(); }
  cel::Value value() const {
    if constexpr (kReal)
      return cel::Value::of_double(sum);
    else
      return cel::Value::of_int(saturate(sum));
  }
  double mean(std::uint64_t events) const { return static_cast<double>(sum) / static_cast<double>(events); }
  bool fresh() const { return sum == 0; }
  bool approximate() const { return false; }
  void clear() { sum = 0; }
  void merge(const Spec&, SumCell& earlier) { sum = earlier.sum + sum; }
  void save(const Spec&, std::string& out) const {
    if constexpr (kReal) {
      put_word(out, std::bit_cast<std::uint64_t>(sum));
    } else {
      put_word(out, static_cast<std::uint64_t>(sum));
      put_signed(out, static_cast<std::int64_t>(sum >> 64));
    }
  }
  void load(const Spec&, Reader& in) {
    const std::uint64_t low = in.word();
    if constexpr (kReal)
      sum = std::bit_cast<double>(low);
    else
      sum = static_cast<Wide>(in.signed_number()) * (static_cast<Wide>(1) << 64) + low;
  }
  std::size_t heap_bytes() const { return 0; }
};

template <class Number>
struct MeanCell {
  SumCell<Number> total;
  std::uint64_t events = 0;

  void add(const Spec&, std::int64_t, const Datum& datum, const Origin&) {
    total.add(datum);
    ++events;
  }
  cel::Value read(const Spec&, Time, cel::Arena&) const {
    return events ? cel::Value::of_double(total.mean(events)) : cel::Value{};
  }
  bool fresh() const { return events == 0; }
  bool approximate() const { return false; }
  void clear() { *this = {}; }
  void merge(const Spec& spec, MeanCell& earlier) {
    total.merge(spec, earlier.total);
    events += earlier.events;
  }
  void save(const Spec& spec, std::string& out) const {
    put(out, events);
    total.save(spec, out);
  }
  void load(const Spec& spec, Reader& in) {
    events = in.number();
    total.load(spec, in);
  }
  std::size_t heap_bytes() const { return 0; }
};

// Whether a beats b, strictly, in a min or a max.
inline bool beats(const Spec& spec, std::int64_t a, std::int64_t b) {
  if (spec.op == Op::kMax) std::swap(a, b);
  return spec.value == ValueKind::kDouble ? std::bit_cast<double>(a) < std::bit_cast<double>(b) : a < b;
}

struct ExtremeCell {
  std::int64_t bits = 0;
  bool any = false;

  void add(const Spec& spec, std::int64_t, const Datum& datum, const Origin&) { offer(spec, datum.bits); }
  void offer(const Spec& spec, std::int64_t value) {
    if (!any || beats(spec, value, bits)) bits = value;
    any = true;
  }
  cel::Value read(const Spec& spec, Time, cel::Arena&) const { return any ? give(spec.value, bits) : cel::Value{}; }
  bool fresh() const { return !any; }
  bool approximate() const { return false; }
  void clear() { *this = {}; }
  void merge(const Spec& spec, ExtremeCell& earlier) {
    if (earlier.any) offer(spec, earlier.bits);
  }
  void save(const Spec&, std::string& out) const {
    put(out, any);
    if (any) put_word(out, static_cast<std::uint64_t>(bits));
  }
  void load(const Spec&, Reader& in) {
    any = in.number() != 0;
    if (any) bits = static_cast<std::int64_t>(in.word());
  }
  std::size_t heap_bytes() const { return 0; }
};

inline bool wants_first(const Spec& spec) { return spec.op == Op::kFirst || (spec.op == Op::kSince && spec.since_first); }

// The first or the last value by event time; of equal times the one that came first, or last. A `since` keeps Nothing
// but the time.
template <class Kept>
struct EdgeCell {
  std::int64_t time = kNever;
  [[no_unique_address]] Kept kept;

  void add(const Spec& spec, std::int64_t at, const Datum& datum, const Origin&) {
    if (!fresh() && (wants_first(spec) ? at >= time : at < time)) return;
    time = at;
    kept.set(datum);
  }
  cel::Value read(const Spec& spec, Time watermark, cel::Arena& arena) const {
    if (fresh()) return {};
    return std::is_same_v<Kept, Nothing> ? cel::Value::of_duration(watermark - Time{time}) : kept.get(spec.value, arena);
  }
  bool fresh() const { return time == kNever; }
  bool approximate() const { return false; }
  void clear() { time = kNever; }
  void merge(const Spec& spec, EdgeCell& earlier) {
    if (earlier.fresh()) return;
    if (!fresh() && (wants_first(spec) ? earlier.time > time : earlier.time <= time)) return;
    time = earlier.time;
    std::swap(kept, earlier.kept);
  }
  void save(const Spec&, std::string& out) const {
    put_signed(out, time);
    if (!fresh()) kept.save(out);
  }
  void load(const Spec&, Reader& in) {
    time = in.signed_number();
    if (!fresh()) kept.load(in);
  }
  std::size_t heap_bytes() const { return kept.heap_bytes(); }
};

}  // namespace lw::feature
