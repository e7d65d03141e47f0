// Where events that came over HTTP go: the seam between the server and who owns the event log and the engine.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/time.h"
#include "desk/actor.h"
#include "desk/answer.h"

namespace lw::server {

// Lines of CloudEvents JSON as they were sent, not decoded and not checked: the sink rejects what is no event, and what its actor may not
// tell (a platform tells only of /platforms/ itself).
struct EventLines {
  std::string text;           // each line with its '\n'; none is empty, none has a line break within
  std::uint32_t count = 0;    // of lines, at least 1
  desk::Actor actor;
  Time now;                   // when it came
};

inline constexpr std::size_t kMostReasons = 1'000;  // of rejected events that are listed; of more, how many there are

struct Rejection {
  std::uint64_t index = 0;    // of the line, from 0
  std::string reason;         // for whoever sent it: what was wrong and what would be right
};

// What became of the lines, once it lasts.
struct Taken {
  std::uint64_t accepted = 0;         // durable; repeats among them, which are dropped behind it
  std::vector<Rejection> rejected;    // by index
  std::uint64_t unlisted = 0;         // rejected beyond those
  Status status;                      // failed: nothing is known of those accepted, and the whole may be sent again (503)
};

enum class Offer : std::uint8_t {
  kTaken,  // `done` is called once, from any thread, maybe before submit() returns
  kFull,   // not now: 429. `done` is not called
  kAway,   // not any more, or not yet: 503. `done` is not called
};

class EventSink {
 public:
  virtual ~EventSink() = default;
  // Never waits. From the server's thread. Of one request, lines are submitted in their order; several batches of it may be under way,
  // and how many and how large they are is bounded by the server's limits.
  virtual Offer submit(EventLines lines, std::function<void(Taken)> done) = 0;
};

// POST /v1/decide: one event is taken in and its decisions are waited for.
class DecisionSink {
 public:
  using Done = std::function<void(desk::Answer<desk::Json>)>;  // Verdict of the document: {"answer":"accept","decisions":[…]}
  virtual ~DecisionSink() = default;
  // Never waits. `line` is a line as above, without its '\n'.
  virtual Offer decide(std::string line, const desk::Actor& actor, Time now, Done done) = 0;
};

}  // namespace lw::server
