// An audit's results: the JSON of `audit --json`, and report.html, one file that needs nothing else.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "report/summary.h"

namespace lw::report {

// Decisions beyond this many stay out of report.html, least severe and latest first; it says so.
inline constexpr std::size_t kMaxShownDecisions = 3000;
// A room's chart has at most this many points; minutes are joined beyond.
inline constexpr std::size_t kMaxPoints = 240;

struct Totals {
  std::int64_t events = 0, bad_events = 0, late_events = 0, duplicate_events = 0;
  std::int64_t unknown_types = 0;  // among the events
  std::int64_t undecided = 0;      // deadlines that lie after the input's end
  std::int64_t decisions = 0;
  std::string pack, version;
  std::vector<std::string> files;
  double elapsed_s = 0;
};

// What the report says of a rule that decided.
struct RuleShown {
  std::string id, violation, severity, lead;
  nlohmann::ordered_json title, duty, basis;
  std::int64_t count = 0;
};

// A decision kept for the report: the record, and the line of the event that triggered it.
struct Kept {
  nlohmann::ordered_json record;
  std::string trigger_raw;
};

// Gathers what the report shows while the audit runs; keeps the most severe within kMaxShownDecisions.
class Gathered {
 public:
  // `record`: one line of decisions.ndjson, whole; `trigger_raw`: the triggering event's line, empty for a timer.
  void add(std::string_view record, std::string_view trigger_raw);
  const std::vector<Kept>& decisions() const { return kept_; }
  const std::map<std::string, RuleShown>& rules() const { return rules_; }
  const std::map<std::string, std::int64_t>& by_severity() const { return by_severity_; }
  std::int64_t total() const { return total_; }  // shadow apart

 private:
  std::vector<Kept> kept_;
  std::map<std::string, RuleShown> rules_;
  std::map<std::string, std::int64_t> by_severity_;
  std::array<std::int64_t, 5> kept_of_{};
  std::int64_t total_ = 0;
};

// The form of `audit --json` (docs/cli.md).
nlohmann::ordered_json to_json(const Totals& totals, const std::vector<RoomSummary>& rooms);

std::string to_html(const Totals& totals, const std::vector<RoomSummary>& rooms, const Gathered& gathered);

// The summary that `audit` prints for people.
std::string to_table(const Totals& totals, const std::vector<RoomSummary>& rooms, const Gathered& gathered);

}  // namespace lw::report
