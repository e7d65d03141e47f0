// simulate(): a scenario and a seed give one stream of events, ordered by (time, source, id), with its ground truth.
// The same scenario and seed give the same bytes on every machine.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "base/result.h"
#include "simulate/scenario.h"

namespace lw::simulate {

// Where lines go. The line holds no line end.
class LineWriter {
 public:
  virtual ~LineWriter() = default;
  virtual Status write(std::string_view line) = 0;
};
using EventWriter = LineWriter;
using TruthWriter = LineWriter;

// Buffered lines to a C stream that outlives it; call flush() at the end, it reports what could not be written.
class FileWriter final : public LineWriter {
 public:
  explicit FileWriter(std::FILE* file, std::string name) : file_(file), name_(std::move(name)) {}
  Status write(std::string_view line) override;
  Status flush();

 private:
  std::FILE* file_;
  std::string name_;
  std::string buffer_;
};

// Writes every event to `out` and every violation to `truth`; the honest spikes, one JSON object a line, to `spikes`
// if it is not null. Memory: the population, and the events of the rooms on air together with their aftermath.
Status simulate(const Scenario& scenario, std::uint64_t seed, EventWriter& out, TruthWriter& truth, LineWriter* spikes = nullptr);

}  // namespace lw::simulate
