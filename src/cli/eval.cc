// livewarden eval: decisions against the ground truth.
#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <memory>

#include "cli/verbs.h"
#include "simulate/score.h"

namespace lw::cli {
namespace {

struct Options {
  std::string decisions, truth, spikes, excepted;
  bool json = false;
};

int complain(int code, const Error& error) {
  fmt::print(stderr, "{}\n", error.to_string());
  return code;
}

template <class Line>
Result<std::vector<Line>> read(const std::string& path, Result<std::vector<Line>> (*reader)(std::istream&, const std::string&)) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail("{}: cannot be opened", path);
  return reader(in, path);
}

int run_eval(const Options& options) {
  const auto truth = read(options.truth, simulate::read_truth);
  if (!truth) return complain(2, truth.error());
  const auto decisions = read(options.decisions, simulate::read_decisions);
  if (!decisions) return complain(2, decisions.error());
  std::vector<simulate::SpikeLine> spikes;
  if (!options.spikes.empty()) {
    auto lines = read(options.spikes, simulate::read_spikes);
    if (!lines) return complain(2, lines.error());
    spikes = std::move(*lines);
  }
  const simulate::Scores scores = simulate::score(*decisions, *truth, spikes, options.excepted);
  const std::string text = options.json ? simulate::to_json(scores) + "\n" : simulate::to_table(scores);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    fmt::print(stderr, "standard output: cannot be written\n");
    return 3;
  }
  return 0;
}

}  // namespace

CLI::App* add_eval(CLI::App& app, int& exit_code) {
  CLI::App* verb = app.add_subcommand("eval", "precision and recall of decisions against the ground truth");
  auto options = std::make_shared<Options>();
  verb->add_option("--decisions", options->decisions, "what run or audit decided, one event a line")->required()->check(CLI::ExistingFile);
  verb->add_option("--truth", options->truth, "what simulate --truth wrote")->required()->check(CLI::ExistingFile);
  verb->add_option("--spikes", options->spikes, "what simulate --spikes wrote: also tells how many honest spikes raised a fraud alarm")
      ->check(CLI::ExistingFile);
  verb->add_option("--except", options->excepted,
                   "leave targets whose shape holds this text (such as slow-drip) out of the first table; the second still shows them");
  verb->add_flag("--json", options->json, "JSON instead of tables");
  verb->footer("  livewarden eval --decisions decisions.ndjson --truth truth.ndjson --spikes spikes.ndjson");
  verb->callback([options, &exit_code] { exit_code = run_eval(*options); });
  return verb;
}

}  // namespace lw::cli
