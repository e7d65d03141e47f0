// Which packs judged from which event on, kept with a run's state: an event that is judged again, after a crash, is judged
// by the packs that judged it first. docs/formats/packs.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/judges.h"

namespace lw::runtime {

class PackHistory {
 public:
  // One lineup judges the events from `from` on, counted from 0 as they are judged, up to the next one's.
  struct Entry {
    std::uint64_t from = 0;
    std::string packs, shadow;  // prints; `shadow` is empty if there is none
  };

  // Of the run whose state is in `folder`, which is there.
  static Result<PackHistory> open(const std::string& folder);

  // The entry in force for the event after `judged` others, and those that follow; empty if none is known.
  std::vector<Entry> since(std::uint64_t judged) const;

  // Makes the plans of an entry again.
  Result<Lineup> lineup(const Entry& entry) const;

  // From `from` on; entries from there on are forgotten. Outlives a loss of power when it returns.
  Status add(std::uint64_t from, const Lineup& lineup);

 private:
  explicit PackHistory(std::string folder) : folder_(std::move(folder)) {}
  std::string path_of(const std::string& print) const;
  Result<Packs> packs(const std::string& print, bool enforced) const;
  Status keep(const Packs& packs) const;
  void note(Entry entry);

  std::string folder_;
  std::vector<Entry> entries_;  // by `from`
};

}  // namespace lw::runtime
