#include "runtime/drive.h"

#include <chrono>
#include <string>

namespace lw::runtime {
namespace {

constexpr std::uint64_t kEventsBetweenProgress = 4096;

// Writes each decision once, for the file and the observer alike.
class Writer : public engine::DecisionSink {
 public:
  Writer(const pack::Plan& plan, DecisionOutput* out, Observer* observer) : written_(plan), out_(out), observer_(observer) {}

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
  std::uint64_t decisions_ = 0;
  Status status_;
};

}  // namespace

Result<RunSummary> drive(Source& source, engine::Engine& engine, DecisionOutput* out, Observer* observer, Progress* progress) {
  const auto start = std::chrono::steady_clock::now();
  Writer writer(engine.plan(), out, observer);
  for (;;) {
    const Result<event::Event*> next = source.next();
    if (!next) return tl::make_unexpected(next.error());
    if (!*next) break;
    if (const auto batch = source.batch(); !batch.empty()) engine.announce(batch);
    engine.process(**next, writer);
    if (!writer.status()) return tl::make_unexpected(writer.status().error());
    if (observer) observer->see(**next);
    if (out && source.settled()) {
      if (Status paused = out->pause(); !paused) return tl::make_unexpected(paused.error());
    }
    if (progress && engine.events() % kEventsBetweenProgress == 0) {
      progress->update(engine.events(), source.bytes_read(), source.bytes_total());
    }
  }
  engine.finish(writer);
  if (progress) progress->clear();
  if (!writer.status()) return tl::make_unexpected(writer.status().error());
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
