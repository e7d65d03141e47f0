// livewarden simulate: labelled event streams for demonstrations and tests.
#include "simulate/simulate.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "cli/verbs.h"

namespace lw::cli {
namespace {

struct Options {
  std::string scenario, truth, spikes;
  std::uint64_t seed = 0;
  bool seeded = false;
};

struct Closer {
  void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};
using File = std::unique_ptr<std::FILE, Closer>;

// Lines to nowhere, where nobody asked for the truth.
class Discard final : public simulate::LineWriter {
 public:
  Status write(std::string_view) override { return {}; }
};

int complain(int code, const Error& error) {
  fmt::print(stderr, "{}\n", error.to_string());
  return code;
}

// What comes after the digits' sign would be taken modulo 2^64 otherwise.
std::string whole_number(const std::string& text) {
  const bool good = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  return good ? std::string() : fmt::format("should be a whole number from 0, such as 7, but is {}", text);
}

int run_simulate(const Options& options) {
  const auto scenario = simulate::load_scenario(options.scenario);
  if (!scenario) return complain(2, scenario.error());
  Discard discard;
  File truth_file, spikes_file;
  std::unique_ptr<simulate::FileWriter> truth, spikes;
  const auto open = [&](const std::string& path, File& file, std::unique_ptr<simulate::FileWriter>& writer) {
    if (path.empty()) return true;
    file.reset(std::fopen(path.c_str(), "wb"));
    if (file) writer = std::make_unique<simulate::FileWriter>(file.get(), path);
    else fmt::print(stderr, "{}: {}\n", path, std::strerror(errno));
    return file != nullptr;
  };
  if (!open(options.truth, truth_file, truth) || !open(options.spikes, spikes_file, spikes)) return 3;
  simulate::FileWriter out(stdout, "standard output");
  simulate::LineWriter& truth_to = truth ? static_cast<simulate::LineWriter&>(*truth) : discard;
  Status status = simulate::simulate(*scenario, options.seeded ? options.seed : scenario->seed, out, truth_to, spikes.get());
  if (status) status = out.flush();
  if (status && truth) status = truth->flush();
  if (status && spikes) status = spikes->flush();
  return status ? 0 : complain(3, status.error());
}

}  // namespace

CLI::App* add_simulate(CLI::App& app, int& exit_code) {
  CLI::App* verb = app.add_subcommand("simulate", "labelled event streams for demonstrations and tests");
  auto options = std::make_shared<Options>();
  verb->add_option("--scenario", options->scenario, "the scenario, a YAML file")->required()->check(CLI::ExistingFile);
  CLI::Option* seed = verb->add_option("--seed", options->seed, "another seed than the scenario's own, a whole number from 0")->check(whole_number);
  verb->add_option("--truth", options->truth, "write the true violations here, one JSON object a line");
  verb->add_option("--spikes", options->spikes, "write the honest spikes here, one JSON object a line (for eval --spikes)");
  verb->footer("Events go to standard output, in order of time. The same scenario and seed give the same bytes.\n\n"
               "  livewarden simulate --scenario scenarios/demo.yaml --truth truth.ndjson > events.ndjson\n"
               "  livewarden run --input events.ndjson --decisions decisions.ndjson\n"
               "  livewarden eval --decisions decisions.ndjson --truth truth.ndjson");
  verb->callback([options, seed, &exit_code] {
    options->seeded = seed->count() > 0;
    exit_code = run_simulate(*options);
  });
  return verb;
}

}  // namespace lw::cli
