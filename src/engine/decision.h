// A decision: a rule fired. The record of docs/events.md (`live.decision.made`), explained: rule, law, values, events.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"
#include "pack/plan.h"

namespace lw::engine {

inline constexpr std::size_t kMaxEvidence = 64;  // names of events in one decision

struct Entity {
  std::string_view kind, id;  // both empty: unknown
};

// Views into the engine's buffers: valid until the sink returns. An empty text is an unknown one.
struct Decision {
  const pack::Rule* rule = nullptr;
  Time time;               // event time of the trigger; the deadline of what did not happen
  Time judged;             // event time of the trigger: what law was in force
  std::string_view platform;
  Entity target, liable;
  std::string_view room, session, host, operator_, mcn, merchant;
  double score = 1;
  std::string_view features;     // JSON object: name → value, what is unknown left out
  std::string_view approximate;  // JSON array: those of `features` that are estimates; empty if none
  std::string_view hits;         // JSON array of {list, term, text, field, at}: the original words; empty if none
  std::string_view trigger;      // source#id
  std::span<const std::string_view> evidence;
  std::string_view zh, en;

  bool shadow() const { return rule->shadow; }
};

class DecisionSink {
 public:
  virtual ~DecisionSink() = default;
  virtual void decide(const Decision& decision) = 0;
};

// Hash of rule, mode, target (with its platform), room and trigger, nothing else: the same decision has the same id in
// every run. 32 hexadecimal digits.
std::string decision_id(const Decision& decision);

// Whether a basis holds at a time.
inline bool in_force(const pack::Basis& basis, Time at) {
  return (!basis.from || *basis.from <= at) && (!basis.to || at < *basis.to);
}

// Writes decisions as CloudEvents lines, keys in the contract's order. What a rule says of itself is written once.
class DecisionWriter {
 public:
  explicit DecisionWriter(const pack::Plan& plan);  // which must outlive it

  // Appends the line, with its end. The decision is by one of the plan's rules.
  void append(const Decision& decision, std::string& out) const;

 private:
  struct Written {  // members of `data`, by where they come
    std::string name, severity, actions, law;
    std::vector<std::string> basis;
  };
  void append_data(const Decision& decision, const Written& rule, std::string& out) const;

  const pack::Plan& plan_;
  std::vector<Written> rules_;
};

}  // namespace lw::engine
