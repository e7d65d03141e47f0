#include "runtime/decision_output.h"

#include <chrono>

#include "runtime/decision_file.h"
#include "runtime/kafka_sink.h"
#include "runtime/keeper.h"
#include "runtime/source.h"

namespace lw::runtime {
namespace {

// A file whose events come from a topic: tells the group, every few seconds, how far decisions lie in the file.
class CommittingFile : public DecisionOutput {
 public:
  CommittingFile(DecisionFile file, Source& source) : file_(std::move(file)), source_(source) {}

  Status write(std::string_view line) override { return file_.write(line); }
  Status flush() override { return file_.flush(); }
  store::OutputFile* file() override { return file_.file(); }

  Status pause(bool) override {
    const auto now = Clock::now();
    if (now - last_ < kInterval) return {};
    last_ = now;
    KafkaOffsets offsets = source_.kafka_given();
    if (offsets == told_) return {};
    if (Status flushed = file_.flush(); !flushed) return flushed;
    told_ = std::move(offsets);
    return source_.kafka()->commit(told_, false);
  }

  Status close() override {
    if (Status closed = file_.close(); !closed) return closed;
    return source_.kafka()->commit(source_.kafka_given(), true);
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kInterval{2};

  DecisionFile file_;
  Source& source_;
  KafkaOffsets told_;
  Clock::time_point last_ = Clock::now();
};

Result<std::unique_ptr<DecisionOutput>> open_topic(const std::string& place, Source& source, const Keeper* keeper, Note note) {
  const auto address = parse_kafka_output(place);
  if (!address) return tl::make_unexpected(address.error());
  KafkaSinkOptions options;
  options.source = &source;
  options.note = std::move(note);
  if (keeper) options.state = keeper->id();
  auto sink = KafkaSink::open(*address, options);
  if (!sink) return tl::make_unexpected(sink.error());
  if (keeper) {
    const auto committed = KafkaSink::last_committed(*address, source.kafka() ? source.kafka()->group() : "", keeper->id());
    if (!committed) return tl::make_unexpected(committed.error());
    (*sink)->resume(keeper->decisions(), *committed);
  }
  return std::move(*sink);
}

Result<std::unique_ptr<DecisionOutput>> open_file(const std::string& place, Source& source, const Keeper* keeper, Note note) {
  auto file = keeper ? DecisionFile::resume(place, keeper->decision_bytes(place)) : DecisionFile::create(place);
  if (!file) return tl::make_unexpected(file.error());
  if (keeper) file->file()->wait_for_room(std::move(note));
  if (source.kafka()) return std::make_unique<CommittingFile>(std::move(*file), source);
  return std::make_unique<DecisionFile>(std::move(*file));
}

}  // namespace

Result<std::unique_ptr<DecisionOutput>> open_decisions(const std::string& place, Source& source, const Keeper* keeper, Note note) {
  auto out = is_kafka(place) ? open_topic(place, source, keeper, std::move(note)) : open_file(place, source, keeper, std::move(note));
  // While the topic is silent too.
  if (out && source.kafka()) source.kafka()->while_waiting([output = out->get()] { return output->pause(true); });
  return out;
}

}  // namespace lw::runtime
