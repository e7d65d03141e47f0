// Quantiles with a relative error: a DDSketch whose bins are a 35th of an octave wide, so that a bin's representative is
// within tanh(ln 2 / 70) = 0.99 % of all that it holds. Bins come from exact arithmetic alone, no logarithm: the same value
// falls into the same bin on every machine.
#pragma once

#include <cstdint>
#include <string>

#include "cel/arena.h"
#include "cel/value.h"
#include "feature/array.h"
#include "feature/codec.h"
#include "feature/datum.h"
#include "feature/state.h"

namespace lw::feature {

// Magnitudes in [2^-64, 2^64) have bins; below, a value counts as 0; above, as the largest bin.
inline constexpr int kBinsPerOctave = 35;
inline constexpr std::int32_t kTopBin = 128 * kBinsPerOctave;  // bins are -kTopBin … kTopBin, 0 for zero

std::int32_t bin_of(double value);
double value_of(std::int32_t bin);  // within 1 % of every value of the bin

class QuantileCell {
 public:
  void add(const Spec& spec, std::int64_t, const Datum& datum, const Origin&) { add(spec, datum); }
  std::uint32_t add(const Spec&, const Datum& datum);
  void remove(std::uint32_t place, std::uint64_t events) { change(bin_at(place), 0 - events); }

  // The value of rank floor(q (n - 1)), within 1 %; absent of none.
  cel::Value read(const Spec& spec, Time, cel::Arena&) const;
  bool fresh() const { return events_ == 0; }
  bool approximate() const { return false; }
  void clear();
  void merge(const Spec&, QuantileCell& earlier);
  void save(const Spec&, std::string& out) const;
  void load(const Spec&, Reader& in);
  std::size_t heap_bytes() const { return bins_.heap_bytes(); }

  // A place is a bin counted from the lowest.
  std::uint32_t saved_place(std::uint32_t place) const { return place; }
  std::uint32_t place_limit() const { return 2 * kTopBin + 1; }
  std::uint64_t events_at(std::uint32_t place) const;
  std::uint64_t events() const { return events_; }

 private:
  struct Bin {
    std::int32_t bin;
    std::uint64_t events;
  };
  static std::int32_t bin_at(std::uint32_t place) { return static_cast<std::int32_t>(place) - kTopBin; }
  std::uint32_t find(std::int32_t bin) const;  // the first that is not below
  void change(std::int32_t bin, std::uint64_t events);

  Array<Bin> bins_;  // ascending, none of them empty
  std::uint64_t events_ = 0;
};

}  // namespace lw::feature
