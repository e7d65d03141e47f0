// The engine's one ordered input: opens files, finds their form, decompresses, adapts, decodes, merges, reorders, drops
// repeats. What is no event goes to the dead letter and counts; it stops nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "event/event.h"
#include "event/feed.h"
#include "runtime/batch.h"
#include "runtime/deadletter.h"
#include "runtime/inlet.h"
#include "runtime/kafka_feed.h"

namespace lw::runtime {

struct SourceOptions {
  std::vector<std::string> inputs;         // files; "-" is standard input; or one topic, kafka://…
  Inlet* inlet = nullptr;                  // instead of them; outlives the source
  std::string format = "auto";             // auto, cloudevents, bililive-xml, twitch-json or a mapping's path (.yaml, .yml)
  Duration lateness{0};                    // of the reorder buffer; 0: the input's own order (several inputs: merged)
  std::string pseudonym_key;               // file with the key (at least 16 bytes); empty: ids pass as they are
  std::uint64_t repeat_horizon = 3'600'000;  // a repeated source#id is found if at most so many events ago; 13 to 27 bytes each
  std::string kafka_position;              // of the topic's records: see KafkaInput::open
  Note note;                               // of what happens while a topic is read: a broker goes, or comes back
};

struct Counts {
  std::uint64_t events = 0;         // good ones, given out
  std::uint64_t bad = 0;            // sent to the dead letter
  std::uint64_t late = 0;           // behind the watermark; among `events`
  std::uint64_t duplicates = 0;     // dropped repeats of source#id
  std::uint64_t unknown_types = 0;  // among `events`
  std::uint64_t broken_inputs = 0;  // ended early: damaged, or a read error; each is one of `bad` too and has a note
};

// Who keeps what was accepted: each event that is no repeat, in the order in which the engine will be asked to put them.
class Intake {
 public:
  virtual ~Intake() = default;
  virtual Status accept(const event::Event& event, const Key128& name) = 0;
  // It is one already; nothing else will be heard of it.
  virtual void repeated(const event::Event& event) { static_cast<void>(event); }
  // The inputs stand right behind what was accepted: mark() may be asked. `idle`: it may be long until the next.
  virtual Status settle(bool idle) = 0;
  // The source is about to go.
  virtual void leave() = 0;
};

class Source {
 public:
  // Refuses what cannot be opened, a directory, an unknown form, a bad mapping or key: nothing is read then.
  // `schema` outlives the source; `dead_letter` may be null and outlives it too.
  static Result<Source> open(const event::Schema& schema, const SourceOptions& options, DeadLetter* dead_letter);
  Source(Source&&) noexcept;
  Source& operator=(Source&&) noexcept;
  ~Source();

  // The next events in order, at least one; false at the end. Waits for the first, not for a full batch. Fails only if the
  // dead letter or the intake does.
  Result<bool> fill(Batch& batch);

  // From now on `intake` is told what is accepted. It outlives the source.
  void tell(Intake* intake);

  // Where each input stands, and what was not accepted so far: text, for an event log. Only when an intake is told to
  // settle, or between fills. What was written to the dead letter before is flushed.
  Result<std::string> mark();
  // What the last mark tells of the dead letter outlives a loss of power when this returns. From any thread. `full`: it failed
  // for want of room.
  Status force_dead_letter(bool& full);
  // What it knows beside the mark, for a snapshot.
  void save(std::string& out) const;
  // Between fills: all that was accepted was given out or is held back, none is to be replayed. Only then save().
  bool settled() const;

  // Before the first fill(): goes on where another source with save() and then mark() stopped. Inputs are read from where
  // they stood; those not known there from their beginning, standard input too, for what comes again is a repeat. `replay`
  // gives first what was accepted after save(), `names` tells those accepted before.
  Status resume(std::string_view saved, std::string_view mark, std::unique_ptr<event::Feed> replay);
  void know(std::span<const Key128> names);

  // The topic that is read; null if it is none.
  KafkaInput* kafka() const;
  // Between fills: behind the records whose events were given out or are held back to be put in order; and behind those
  // alone that were given out, with all before them.
  KafkaOffsets kafka_accepted() const;
  KafkaOffsets kafka_given() const;

  const event::Schema& schema() const;
  const Counts& counts() const;
  Time watermark() const;                        // the largest time given out
  const std::vector<std::string>& notes() const; // for people: what was broken, detected forms that were doubtful
  std::uint64_t bytes_read() const;              // of the files as they lie on disk
  std::uint64_t bytes_total() const;             // 0 if not known (standard input)

  struct Impl;

 private:
  explicit Source(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lw::runtime
