#include "cli/bench_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "pack/load.h"
#include "simulate/simulate.h"

namespace lw::cli {
namespace {

namespace fs = std::filesystem;

class Discard final : public simulate::LineWriter {
 public:
  Status write(std::string_view) override { return {}; }
};

Status simulate_to(const std::string& path, const std::string& scenario_path, std::uint64_t seed) {
  const auto scenario = simulate::load_scenario(scenario_path);
  if (!scenario) return tl::make_unexpected(scenario.error());
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (!file) return fail("{}: cannot be written", path);
  simulate::FileWriter out(file, path);
  Discard discard;
  Status status = simulate::simulate(*scenario, seed, out, discard, nullptr);
  if (status) status = out.flush();
  std::fclose(file);
  return status;
}

}  // namespace

Scratch::~Scratch() {
  std::error_code ignored;
  if (!path.empty()) fs::remove_all(path, ignored);
}

Scratch Scratch::file(std::string_view kind) {
  Scratch scratch;
  scratch.path = (fs::temp_directory_path() / fmt::format("livewarden-bench-{}.{}", now(), kind)).string();
  return scratch;
}

Scratch Scratch::folder(std::string_view kind) {
  Scratch scratch = file(kind);
  fs::create_directories(scratch.path);
  return scratch;
}

void BenchInput::add_to(CLI::App& verb) {
  auto* named = verb.add_option("--input", input, "a plain file of events")->check(CLI::ExistingFile)->type_name("FILE");
  verb.add_option("--scenario", scenario, "what is simulated instead (default: scenarios/million.yaml)")->excludes(named)->check(CLI::ExistingFile);
  verb.add_option("--seed", seed, "of the simulation")->capture_default_str();
}

Result<std::string> BenchInput::prepare() {
  if (!input.empty()) return input;
  if (scenario.empty()) scenario = (fs::path(pack::shipped_root()).parent_path() / "scenarios" / "million.yaml").string();
  made = Scratch::file("ndjson");
  if (const Status status = simulate_to(made.path, scenario, seed); !status) return tl::make_unexpected(status.error());
  return made.path;
}

std::optional<runtime::Lineup> load_lineup(const PackOptions& packs) {
  runtime::Packs loaded = load_kept_packs(packs.load, true);
  if (!loaded) return std::nullopt;
  return runtime::Lineup{std::move(loaded), {}};
}

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

Result<runtime::RunSummary> run_through(const pack::Plan& plan, const std::string& input, const std::string& decisions, engine::Engine& engine) {
  runtime::SourceOptions options;
  options.inputs = {input};
  auto source = runtime::Source::open(plan.schema, options, nullptr);
  if (!source) return tl::make_unexpected(source.error());
  auto file = runtime::DecisionFile::create(decisions);
  if (!file) return tl::make_unexpected(file.error());
  return runtime::drive(*source, engine, {.out = &*file});
}

}  // namespace lw::cli
