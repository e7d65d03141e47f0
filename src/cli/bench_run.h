// What benchmarks share: the events that they are run on, and one run of the whole pipeline over them.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/judging.h"
#include "engine/engine.h"
#include "pack/plan.h"
#include "runtime/decision_file.h"
#include "runtime/drive.h"
#include "runtime/judges.h"

namespace lw::cli {

// A file, or a folder with all in it, that goes when it is no longer needed.
struct Scratch {
  std::string path;
  Scratch() = default;
  Scratch(Scratch&& other) noexcept : path(std::move(other.path)) { other.path.clear(); }
  Scratch& operator=(Scratch&& other) noexcept {
    std::swap(path, other.path);
    return *this;
  }
  ~Scratch();
  static Scratch file(std::string_view kind);    // a new name among the temporary files
  static Scratch folder(std::string_view kind);  // a new folder there
};

// Options of the events: --input, --scenario, --seed.
struct BenchInput {
  std::string input, scenario;
  std::uint64_t seed = 1;
  Scratch made;

  void add_to(CLI::App& verb);
  // The file of events; simulated first if none was named, and then gone with this object.
  Result<std::string> prepare();
};

// What judges in a run that is kept. Empty: the errors were said.
std::optional<runtime::Lineup> load_lineup(const PackOptions& packs);

double now();  // seconds since some moment
double median(std::vector<double> values);

// What `run` does: reads, judges, writes decisions. The engine is a new one, and is there to be asked afterwards.
Result<runtime::RunSummary> run_through(const pack::Plan& plan, const std::string& input, const std::string& decisions, engine::Engine& engine);

}  // namespace lw::cli
