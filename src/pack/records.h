// The record clock: until when an event has to be kept, by the terms of packs. All of it goes by the events' own days in
// the pack's zone; the machine's clock is not looked at here.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pack/plan.h"

namespace lw::pack {

class RecordClock {
 public:
  static constexpr std::uint32_t kForEver = 0xffffffff;

  struct Kept {
    std::string_view term;          // the longest that holds for the event; empty: none does. Lives as long as the clock
    std::uint32_t until = kForEver; // the first day on which it may go, in days since 1970; kForEver if no term holds
  };

  RecordClock() = default;          // no terms: all is kept for ever
  explicit RecordClock(const Plan& plan);

  // Remembers the answer of the last day asked about of each type: not for several threads at once.
  Kept of(event::Type type, Time time);

  // The day that a time lies in, in days since 1970; 0 for those before.
  std::uint32_t day_of(Time time) const;

 private:
  // When a term holds, in days; each basis for itself.
  struct Span {
    std::uint32_t from, to;
  };
  struct Term {
    std::string id;
    std::uint32_t months, days;
    std::vector<Span> holds;
  };
  struct Known {
    std::uint32_t day = kForEver;
    Kept kept;
  };
  Kept longest(event::Type type, std::uint32_t day) const;

  std::int64_t zone_ns_ = 0;
  std::vector<Term> terms_;
  std::array<std::vector<std::uint32_t>, event::kTypeCount + 1> of_;  // terms, by type
  std::array<Known, event::kTypeCount + 1> known_;
};

}  // namespace lw::pack
