// What the entries of a credit account come to: a function of the entries, the policy and a time, and of nothing else. What the store
// holds beside the entries is this, and can be made anew from them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/time.h"
#include "pack/desk.h"

namespace lw::desk {

struct CreditEntry {
  std::uint64_t n = 0;
  std::string credit_class;
  std::int64_t points = 0;      // below 0 taken, above given
  std::string reason;           // the violation, the good conduct or the repair task, by its id
  std::string rule;             // of the decision; empty: none was behind it
  std::uint64_t case_id = 0;
  std::string evidence;
  std::string decided_by;
  Time at;
  std::uint64_t repairs = 0;    // the entry whose points it gives back; 0: none
};

struct Standing {
  std::int64_t score = 0;
  std::string grade;
  std::map<std::string, std::int64_t> classes;  // what is left of the entries of each class that has any
  std::map<std::uint64_t, std::int64_t> after;  // the score right after each entry, by its number
  std::map<std::uint64_t, std::int64_t> left;   // of each entry, by its number; a repair's is within the entry that it repairs
  friend bool operator==(const Standing&, const Standing&) = default;
};

// `entries`: all of the account that are not reversed, by time; each counts from its own time on, and none before an earlier one.
// In their order each adds what is left of it to the score, which stays from 0 to the ceiling. The grade is looked at after
// each entry and after each day on which something faded.
Standing stand(const pack::DeskPolicy& policy, const std::vector<CreditEntry>& entries, Time now);

}  // namespace lw::desk
