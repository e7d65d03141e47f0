#include "runtime/drive.h"

#include <chrono>
#include <string>

#include "runtime/batches.h"

namespace lw::runtime {
namespace {

constexpr std::uint64_t kEventsBetweenProgress = 4096;

// Writes each decision once, for the file and the observer alike.
class Writer : public engine::DecisionSink {
 public:
  Writer(const pack::Plan& plan, DecisionOutput* out, Observer* observer, std::uint64_t decisions)
      : written_(plan), out_(out), observer_(observer), decisions_(decisions) {}

  void decide(const engine::Decision& decision) override {
    ++decisions_;
    if (!out_ && !observer_) return;
    line_.clear();
    written_.append(decision, line_);
    if (out_ && status_) status_ = out_->write(line_);
    if (observer_) observer_->see(decision, std::string_view(line_).substr(0, line_.size() - 1));
  }

  std::uint64_t decisions() const { return decisions_; }
  const Status& status() const { return status_; }

 private:
  engine::DecisionWriter written_;
  DecisionOutput* out_;
  Observer* observer_;
  std::string line_;
  std::uint64_t decisions_;
  Status status_;
};

}  // namespace

Result<RunSummary> drive(Source& source, engine::Engine& engine, DecisionOutput* out, Observer* observer, Progress* progress,
                         Keeper* keeper, int threads) {
  const auto start = std::chrono::steady_clock::now();
  const std::uint64_t bytes_total = source.bytes_total();
  std::uint64_t told = 0;  // events, to the progress
  Writer writer(engine.plan(), out, observer, keeper ? keeper->decisions() : 0);
  Batches batches(source, keeper, threads);
  for (;;) {
    const auto next = batches.next();
    if (!next) return tl::make_unexpected(next.error());
    if (!*next) break;
    const Batch& batch = **next;
    engine.announce(batch.events());
    for (event::Event* event : batch.events()) {
      engine.process(*event, writer);
      if (observer) observer->see(*event);
    }
    if (!writer.status()) return tl::make_unexpected(writer.status().error());
    if (out) {
      if (Status paused = out->pause(batch.idle); !paused) return tl::make_unexpected(paused.error());
    }
    if (batch.checkpoint) {
      if (Status taken = keeper->take(*batch.checkpoint, engine, writer.decisions()); !taken) return tl::make_unexpected(taken.error());
    }
    if (progress && engine.events() - told >= kEventsBetweenProgress) {
      told = engine.events();
      progress->update(told, batch.bytes_read, bytes_total);
    }
  }
  engine.finish(writer);
  if (progress) progress->clear();
  if (!writer.status()) return tl::make_unexpected(writer.status().error());
  if (Status kept = keeper ? keeper->finish(engine, writer.decisions()) : Status{}; !kept) return tl::make_unexpected(kept.error());
  if (Status closed = out ? out->close() : Status{}; !closed) return tl::make_unexpected(closed.error());
  RunSummary summary;
  summary.counts = source.counts();
  summary.decisions = writer.decisions();
  summary.undecided = engine.undecided();
  summary.watermark = engine.watermark();
  summary.elapsed_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return summary;
}

}  // namespace lw::runtime
