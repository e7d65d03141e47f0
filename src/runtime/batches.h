// The batches of a source in order: read when asked for, or ahead by a thread of their own.
#pragma once

#include <array>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "base/result.h"
#include "runtime/batch.h"
#include "runtime/judges.h"
#include "runtime/keeper.h"
#include "runtime/source.h"

namespace lw::runtime {

class Batches {
 public:
  // `keeper` may be null. `threads`: 1, or more for a reading thread, which seeks terms in texts too, for the packs that
  // `judges` has in force. From here to its end the source is this object's.
  Batches(Source& source, Judges& judges, Keeper* keeper, int threads);
  ~Batches();
  Batches(const Batches&) = delete;
  Batches& operator=(const Batches&) = delete;

  // Valid until the next call; null at the end.
  Result<Batch*> next();

 private:
  Result<bool> fill(Batch& batch);
  void read_all();

  // Events in a batch, and batches that a reading thread may be ahead: enough that neither waits for the other's breath,
  // little enough that what one wrote is still in the cache when the other reads it.
  static constexpr std::size_t kEvents = 32, kEventsAhead = 128, kBatches = 8;

  Source& source_;
  Judges& judges_;
  Keeper* keeper_;
  std::deque<Batch> batches_;
  Batch* given_ = nullptr;  // to the caller

  std::mutex mutex_;
  std::condition_variable room_, filled_;  // batches are free, or full
  bool waits_ = false;                      // the caller, for a full one
  std::deque<Batch*> free_, full_;
  bool over_ = false, stopped_ = false;
  Status status_;
  std::thread reader_;
};

}  // namespace lw::runtime
