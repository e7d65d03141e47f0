#include "runtime/drive.h"

#include <chrono>
#include <functional>
#include <string>

#include "runtime/batches.h"

namespace lw::runtime {
namespace {

constexpr std::uint64_t kEventsBetweenProgress = 4096;

// Writes each decision once, for the file and the observer alike.
class Writer : public DecisionLines {
 public:
  Writer(DecisionOutput* out, Observer* observer, std::uint64_t decisions)
      : out_(out), observer_(observer), decisions_(decisions) {}

  void decide(const engine::Decision& decision, const engine::DecisionWriter& writer) override {
    ++decisions_;
    if (!out_ && !observer_) return;
    line_.clear();
    writer.append(decision, line_);
    if (out_ && status_) status_ = out_->write(line_);
    if (observer_) observer_->see(decision, std::string_view(line_).substr(0, line_.size() - 1));
  }

  std::uint64_t decisions() const { return decisions_; }
  const Status& status() const { return status_; }

 private:
  DecisionOutput* out_;
  Observer* observer_;
  std::string line_;
  std::uint64_t decisions_;
  Status status_;
};

}  // namespace

Result<RunSummary> drive(Source& source, Judges& judges, const Driving& driving) {
  const auto [out, observer, progress, keeper, threads, goes_on] = driving;
  const auto start = std::chrono::steady_clock::now();
  const std::uint64_t bytes_total = source.bytes_total();
  std::uint64_t told = 0;  // events, to the progress
  Writer writer(out, observer, keeper ? keeper->decisions() : 0);
  std::function<void(const event::Event&)> seen;
  if (observer) seen = [watcher = observer](const event::Event& event) { watcher->see(event); };
  Batches batches(source, judges, keeper, threads);
  for (;;) {
    const auto next = batches.next();
    if (!next) return tl::make_unexpected(next.error());
    if (!*next) break;
    const Batch& batch = **next;
    if (Status judged = judges.judge(batch, writer, seen); !judged) return tl::make_unexpected(judged.error());
    if (!writer.status()) return tl::make_unexpected(writer.status().error());
    if (observer) observer->see_accepted(batch.accepted);
    if (out) {
      if (Status paused = out->pause(batch.idle); !paused) return tl::make_unexpected(paused.error());
    }
    if (batch.checkpoint) {
      if (Status taken = keeper->take(*batch.checkpoint, judges, writer.decisions()); !taken) return tl::make_unexpected(taken.error());
    }
    const std::uint64_t events = judges.enforced().events();
    if (progress && events - told >= kEventsBetweenProgress) {
      told = events;
      progress->update(told, batch.bytes_read, bytes_total);
    }
  }
  if (!goes_on) judges.finish(writer);
  if (progress) progress->clear();
  if (!writer.status()) return tl::make_unexpected(writer.status().error());
  if (Status kept = keeper ? keeper->finish(judges, writer.decisions()) : Status{}; !kept) return tl::make_unexpected(kept.error());
  if (Status closed = out ? out->close() : Status{}; !closed) return tl::make_unexpected(closed.error());
  RunSummary summary;
  summary.counts = source.counts();
  summary.decisions = writer.decisions();
  summary.undecided = judges.enforced().undecided();
  summary.watermark = judges.enforced().watermark();
  summary.elapsed_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return summary;
}

Result<RunSummary> drive(Source& source, engine::Engine& engine, const Driving& driving) {
  Judges judges(engine, source.schema());
  return drive(source, judges, driving);
}

}  // namespace lw::runtime
