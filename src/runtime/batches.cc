#include "runtime/batches.h"

namespace lw::runtime {

Batches::Batches(Source& source, Keeper* keeper, int threads) : source_(source), keeper_(keeper) {
  const bool ahead = threads > 1;
  for (std::size_t i = 0; i < (ahead ? kBatches : 1); ++i) {
    batches_.emplace_back(source.schema(), ahead ? kEventsAhead : kEvents, ahead);
    free_.push_back(&batches_.back());
  }
  if (ahead) reader_ = std::thread([this] { read_all(); });
}

Batches::~Batches() {
  if (!reader_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  reader_.join();
}

Result<bool> Batches::fill(Batch& batch) {
  auto more = source_.fill(batch);
  if (!more || !keeper_) return more;
  const Status kept = *more ? keeper_->visit(batch) : keeper_->end_of_input();
  if (!kept) return tl::make_unexpected(kept.error());
  return more;
}

void Batches::read_all() {
  for (;;) {
    Batch* batch = nullptr;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopped_ || !free_.empty(); });
      if (stopped_) return;
      batch = free_.front();
      free_.pop_front();
    }
    const auto more = fill(*batch);
    const std::lock_guard lock(mutex_);
    if (!more) status_ = tl::make_unexpected(more.error());
    over_ = !more || !*more;
    if (!over_) full_.push_back(batch);
    changed_.notify_all();
    if (over_) return;
  }
}

Result<Batch*> Batches::next() {
  if (!reader_.joinable()) {
    const auto more = fill(batches_.front());
    if (!more) return tl::make_unexpected(more.error());
    return *more ? &batches_.front() : nullptr;
  }
  std::unique_lock lock(mutex_);
  if (given_) {
    free_.push_back(given_);
    given_ = nullptr;
    changed_.notify_all();
  }
  changed_.wait(lock, [&] { return over_ || !full_.empty(); });
  if (full_.empty()) {
    if (!status_) return tl::make_unexpected(status_.error());
    return nullptr;
  }
  given_ = full_.front();
  full_.pop_front();
  return given_;
}

}  // namespace lw::runtime
