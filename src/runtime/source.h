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
#include "runtime/deadletter.h"
#include "runtime/kafka_feed.h"

namespace lw::runtime {

struct SourceOptions {
  std::vector<std::string> inputs;         // files; "-" is standard input; or one topic, kafka://…
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

class Source {
 public:
  // Refuses what cannot be opened, a directory, an unknown form, a bad mapping or key: nothing is read then.
  // `schema` outlives the source; `dead_letter` may be null and outlives it too.
  static Result<Source> open(const event::Schema& schema, const SourceOptions& options, DeadLetter* dead_letter);
  Source(Source&&) noexcept;
  Source& operator=(Source&&) noexcept;
  ~Source();

  // The next event, null at the end. It may be changed (fields filled) and is valid until the next call. Fails only if
  // the dead letter cannot be written.
  Result<event::Event*> next();

  // Events are read many at a time where nothing has to be put in order. Right after the next() that read some: all of
  // them, its own first, in the order in which they will be given. Else empty.
  std::span<event::Event* const> batch() const;

  // Between two events: all that was read ahead was given out.
  bool settled() const;
  // The topic that is read; null if it is none.
  KafkaInput* kafka() const;
  // When settled: behind the records whose events were given out or are held back to be put in order; and behind those
  // alone that were given out, with all before them.
  KafkaOffsets kafka_accepted() const;
  KafkaOffsets kafka_given() const;

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
