// Where decisions go: one line each, to a file (decision_file.h) or a Kafka topic (kafka_sink.h).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/output_file.h"

namespace lw::runtime {

class Keeper;
class Source;

class DecisionOutput {
 public:
  virtual ~DecisionOutput() = default;
  // `line` with its end.
  virtual Status write(std::string_view line) = 0;
  // Between two events, often: all decisions of those before it are written, none of those behind it. An output that
  // delivers at intervals does so here. `idle`: the next event may be long in coming.
  virtual Status pause(bool idle) = 0;
  // What was written is delivered when it returns.
  virtual Status flush() = 0;
  // The same without waiting, of an output that can: what was written by then is delivered once delivered() says so.
  virtual Status deliver() { return flush(); }
  virtual bool delivered() const { return true; }
  // The same, at the end: what is not delivered shows here at the latest.
  virtual Status close() = 0;
  // The file, which may be cut back to a snapshot; null if it is none.
  virtual store::OutputFile* file() { return nullptr; }
};

// `place`: a file, which is replaced, "-", or kafka://… If `source` reads a topic, its group learns how far it is as soon
// as the decisions are delivered: in the same transaction if they go to Kafka. `source` outlives the output. `note`: of what
// happens meanwhile, a broker that goes or comes back.
// `keeper`, if there is one: goes on where its snapshot was. A file is cut back to there and waits on a full disk; to a topic
// no decision is sent that is in it already.
Result<std::unique_ptr<DecisionOutput>> open_decisions(const std::string& place, Source& source, const Keeper* keeper,
                                                       std::function<void(const std::string&)> note);

}  // namespace lw::runtime
