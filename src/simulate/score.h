// Scores decisions against the ground truth, as the wire contract tells: decisions in shadow or of severity info do
// not count; a decision matches the truth line of its violation, target kind and id; a room of the truth is also found
// by decisions on other targets seen in that room, while precision of rooms counts only decisions on rooms.
#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace lw::simulate {

struct TruthLine {
  std::string violation, kind, id, shape;
  double strength = 0;  // 0: none
};

struct DecisionLine {
  std::string violation, kind, id, room, severity, mode;
  std::int64_t ns = 0;  // event time
};

// An honest event that must raise no fraud alarm.
struct SpikeLine {
  std::string room, merchant, shape;
  std::int64_t from_ns = 0, to_ns = 0;
};

// `name` stands in errors, which tell the line. Empty lines are skipped; anything else malformed is an error.
Result<std::vector<TruthLine>> read_truth(std::istream& in, const std::string& name);
Result<std::vector<DecisionLine>> read_decisions(std::istream& in, const std::string& name);
Result<std::vector<SpikeLine>> read_spikes(std::istream& in, const std::string& name);

// One violation and target kind. Targets are counted once, however often they were decided.
struct ScoreRow {
  std::string violation, kind;
  std::int64_t truth = 0;    // true targets
  std::int64_t decided = 0;  // targets decided
  std::int64_t correct = 0;  // decided and true
  std::int64_t found = 0;    // true and found
  std::optional<double> precision, recall, f1;  // empty where undefined
};

struct RecallRow {
  std::string violation, kind, shape;
  double strength = 0;
  std::int64_t truth = 0, found = 0;
  double recall = 0.0;
};

struct SpikeRow {
  std::string shape;
  std::int64_t spikes = 0, alarmed = 0;
};

struct Scores {
  std::vector<ScoreRow> rows;         // by violation, then kind
  std::vector<RecallRow> by_shape;    // by violation, kind, shape, strength
  std::vector<SpikeRow> spikes;       // by shape; empty if no spikes were given
  std::int64_t fraud_alarms = 0;      // targets with a fraud decision above low and no truth line of any violation
  std::int64_t counted = 0, ignored = 0;  // decisions
  std::optional<double> spike_alarm_share() const;
};

// Targets whose shape holds `excepted` (if not empty) count neither as true nor as decided in `rows`; `by_shape` shows
// them all the same.
Scores score(const std::vector<DecisionLine>& decisions, const std::vector<TruthLine>& truth,
             const std::vector<SpikeLine>& spikes = {}, const std::string& excepted = {});

std::string to_table(const Scores& scores);
std::string to_json(const Scores& scores);

}  // namespace lw::simulate
