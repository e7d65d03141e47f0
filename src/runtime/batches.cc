#include "runtime/batches.h"

namespace lw::runtime {

Batches::Batches(Source& source, Judges& judges, Keeper* keeper, int threads) : source_(source), judges_(judges), keeper_(keeper) {
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
    room_.notify_one();
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
  std::shared_ptr<const pack::Plan> plan;
  std::optional<engine::Listener> listener;
  for (;;) {
    Batch* batch = nullptr;
    {
      std::unique_lock lock(mutex_);
      if (free_.empty()) room_.wait(lock, [&] { return stopped_ || free_.size() >= kBatches / 2; });
      if (stopped_) return;
      batch = free_.front();
      free_.pop_front();
    }
    const auto more = fill(*batch);
    if (more && *more) {
      if (auto now = judges_.plan(); now != plan) {
        listener.emplace(*now);
        plan = std::move(now);
      }
      batch->listen(plan, *listener);
    }
    const std::lock_guard lock(mutex_);
    if (!more) status_ = tl::make_unexpected(more.error());
    over_ = !more || !*more;
    if (!over_) full_.push_back(batch);
    if (waits_ || over_) filled_.notify_one();
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
    if (free_.size() == kBatches / 2) room_.notify_one();
  }
  waits_ = true;
  filled_.wait(lock, [&] { return over_ || !full_.empty(); });
  waits_ = false;
  if (full_.empty()) {
    if (!status_) return tl::make_unexpected(status_.error());
    return nullptr;
  }
  given_ = full_.front();
  full_.pop_front();
  return given_;
}

}  // namespace lw::runtime
