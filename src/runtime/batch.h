// Events read many at a time: what decoded them, and in what order they are given.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/hash.h"
#include "engine/texts.h"
#include "event/decoder.h"
#include "event/event.h"
#include "pack/plan.h"

namespace lw::runtime {

// One event read, and what decoded it.
struct Read {
  explicit Read(const event::Schema& schema) : decoder(schema) {}

  std::string line;  // that it looks into, with padding; unused if it looks into its feed's
  event::Decoder decoder;
  event::Event event;
  Key128 name;       // hash of source and id
  engine::Heard heard;
  std::int32_t part = -1;     // of Kafka: where it lay
  std::uint64_t offset = 0;
};

// Where a snapshot may be taken: all that was accepted was given in this batch and those before it, or is held back.
struct Checkpoint {
  std::uint64_t number = 0;  // of events accepted
  std::string source;        // what the source knows
};

class Batch {
 public:
  // Of `most` events. `keep`: they stay as they are until the batch is filled again, whatever else is read meanwhile; else
  // only until the source fills any batch, and nothing is copied.
  Batch(const event::Schema& schema, std::size_t most, bool keep) : schema_(schema), most_(most), keep_(keep) {}
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  std::span<event::Event* const> events() const { return events_; }  // in the order given; they may be changed
  std::uint64_t accepted = 0;                                        // events in the event log's order, up to the last that was read for it
  std::optional<Checkpoint> checkpoint;                              // behind the last of them
  bool idle = false;                                                 // the next may be long in coming
  bool replayed = false;                                             // they were judged before, from an event log
  std::uint64_t bytes_read = 0;                                      // of all inputs, so far

  // Seeks terms in the texts of the events, for packs that are asked for again before they judge: they may change meanwhile.
  void listen(std::shared_ptr<const pack::Plan> plan, engine::Listener& listener) {
    heard_by_ = std::move(plan);
    heard_.resize(events_.size());
    for (std::size_t i = 0; i < events_.size(); ++i) heard_[i] = listener.hear(*events_[i], of_[i]->heard) ? &of_[i]->heard : nullptr;
  }
  // What was heard in an event by that plan; null if it is to be asked itself.
  const engine::Heard* heard(std::size_t event, const pack::Plan& plan) const { return heard_by_.get() == &plan ? heard_[event] : nullptr; }

 private:
  friend class Source;
  void clear() {
    events_.clear();
    of_.clear();
    used_ = 0;
    checkpoint.reset();
    heard_by_.reset();
  }
  bool full() const { return used_ == most_; }
  // A place to read the next event into; it counts once it is taken.
  std::unique_ptr<Read>& next() {
    if (used_ == reads_.size()) reads_.push_back(std::make_unique<Read>(schema_));
    return reads_[used_];
  }

  const event::Schema& schema_;
  std::size_t most_;
  bool keep_;
  std::vector<std::unique_ptr<Read>> reads_;
  std::size_t used_ = 0;  // of them
  void give(Read& read) {
    events_.push_back(&read.event);
    of_.push_back(&read);
  }
  std::vector<event::Event*> events_;
  std::vector<Read*> of_;  // what each of them is of
  std::shared_ptr<const pack::Plan> heard_by_;
  std::vector<const engine::Heard*> heard_;
};

}  // namespace lw::runtime
