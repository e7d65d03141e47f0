// Drives an engine over a source: every event judged, every decision written. One thread, or one that reads and one that
// judges: the decisions are the same.
//
//   auto source = Source::open(plan.schema, options, &dead_letter);
//   Engine engine(plan);
//   auto file = DecisionFile::create("decisions.ndjson");
//   auto summary = drive(*source, engine, {.out = &*file, .observer = &observer});
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "engine/engine.h"
#include "runtime/decision_output.h"
#include "runtime/judges.h"
#include "runtime/keeper.h"
#include "runtime/progress.h"
#include "runtime/source.h"

namespace lw::runtime {

// Sees all that happens, in order: an event's decisions come before the event itself, those of timers before the event
// that moved the watermark. The views live for the call only.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void see(const event::Event& event) { static_cast<void>(event); }  // after its journey: links are filled in
  // `json` is the record as written, one line without its end.
  virtual void see(const engine::Decision& decision, std::string_view json) { static_cast<void>(decision), static_cast<void>(json); }
  // Between two events: what was seen rests on so many events that were accepted, in the order of the event log.
  virtual void see_accepted(std::uint64_t accepted) { static_cast<void>(accepted); }
};

struct RunSummary {
  Counts counts;
  std::uint64_t decisions = 0;
  std::uint64_t undecided = 0;  // deadlines that lie after the input's end
  Time watermark;
  double elapsed_s = 0;
};

// Each may be null.
struct Driving {
  DecisionOutput* out = nullptr;
  Observer* observer = nullptr;
  Progress* progress = nullptr;
  Keeper* keeper = nullptr;
  int threads = 1;
  bool goes_on = false;  // the input's end is a pause, not the end of the stream: nothing is finished, windows and deadlines stay open
};

// Runs to the end of the input, then finishes the engine. Fails if the decisions, the dead letter or the state cannot be
// written; what was written before stays.
Result<RunSummary> drive(Source& source, Judges& judges, const Driving& driving);
// The same with one engine throughout.
Result<RunSummary> drive(Source& source, engine::Engine& engine, const Driving& driving);

}  // namespace lw::runtime
