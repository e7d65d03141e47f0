// What `audit`, `run` and others share: which packs judge, and which input is judged.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "pack/load.h"
#include "runtime/judges.h"
#include "runtime/source.h"

namespace lw::cli {

// Options of packs: --pack, --param, --params, --enable.
struct PackOptions {
  pack::LoadOptions load;
  void add_to(CLI::App& verb);
};

// Loads the packs, the shipped one if none is named. Empty: the errors were said. `read`: what they were made of.
std::optional<pack::Loaded> load_packs(pack::LoadOptions options, pack::Bundle* read = nullptr);

// The same as a run that is kept wants them; empty as above. Not `enforced`: in shadow mode.
runtime::Packs load_kept_packs(const pack::LoadOptions& options, bool enforced);

// Options of the input: --format, --lateness, --repeat-horizon, --pseudonym-key.
struct InputOptions {
  runtime::SourceOptions source;
  std::string lateness = "0s";
  void add_to(CLI::App& verb);
  Status finish();  // reads the texts; refuses what is malformed
};

// Refuses an output that is one of the inputs, or another output, under whatever name.
Status outputs_apart(const std::vector<std::string>& inputs, const std::vector<std::string>& outputs);

// 2 if inputs broke off and nothing could be read of any, else 0.
int exit_code_of(const runtime::Counts& counts);

// "1,234 events, 2 bad, …": how a run went, for standard error.
std::string describe(const runtime::Counts& counts);

}  // namespace lw::cli
