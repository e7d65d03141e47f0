// livewarden rules test: runs the tests written beside the rules.
#include <fmt/format.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/say.h"
#include "cli/verbs.h"
#include "pack/load.h"
#include "runtime/trial.h"

namespace lw::cli {
namespace {

struct Options {
  std::vector<std::string> dirs;
  std::string only;
  bool json = false;
};

// Plans by the parameters that tests override: most override none.
class Plans {
 public:
  explicit Plans(const Options& options) {
    load_.dirs = options.dirs;
    load_.enable_all = true;
  }
  const pack::Loaded* with(const std::vector<std::string>& params) {
    auto at = plans_.find(params);
    if (at == plans_.end()) {
      load_.params = params;
      auto loaded = pack::load(load_);
      if (!loaded) {
        for (const Error& error : loaded.error()) say::error(error);
        return nullptr;
      }
      at = plans_.emplace(params, std::move(*loaded)).first;
    }
    return &at->second;
  }

 private:
  pack::LoadOptions load_;
  std::map<std::vector<std::string>, pack::Loaded> plans_;
};

int run_rules_test(const Options& options) {
  Plans plans(options);
  const pack::Loaded* loaded = plans.with({});
  if (!loaded) return 1;
  std::size_t passed = 0, failed = 0;
  nlohmann::ordered_json failures = nlohmann::ordered_json::array();
  for (const pack::TestCase& test : loaded->tests) {
    if (!options.only.empty() && test.rule.find(options.only) == std::string::npos) continue;
    const pack::Loaded* own = plans.with(test.params);
    if (!own) return 1;
    const auto verdict = runtime::try_rule(own->plan, test);
    if (verdict && verdict->passed) {
      ++passed;
      continue;
    }
    ++failed;
    const std::string why = verdict ? verdict->difference : "    " + verdict.error().message + "\n";
    say::error(fmt::format("{}:{}: {}: \"{}\" fails\n{}", test.file, test.line, test.rule, test.name, why));
    failures.push_back({{"rule", test.rule}, {"test", test.name}, {"file", test.file}, {"line", test.line}, {"difference", why}});
  }
  const std::string text = options.json ? nlohmann::ordered_json{{"passed", passed}, {"failed", failed}, {"failures", failures}}.dump() + "\n"
                                        : fmt::format("{} passed, {} failed\n", passed, failed);
  const int code = say::result(text);
  return code ? code : failed > 0;
}

}  // namespace

CLI::App* add_rules_test(CLI::App& rules, int& exit_code) {
  CLI::App* verb = rules.add_subcommand("test", "runs the tests written beside the rules");
  auto options = std::make_shared<Options>();
  verb->add_option("DIR", options->dirs, "directories of packs")->required();
  verb->add_option("--only", options->only, "only rules whose id holds this text")->type_name("TEXT");
  verb->add_flag("--json", options->json, "JSON instead of text");
  verb->footer("  livewarden rules test packs/cn-live-commerce\n"
               "  livewarden rules test my-pack --only fake-traffic/");
  verb->callback([options, &exit_code] { exit_code = run_rules_test(*options); });
  return verb;
}

}  // namespace lw::cli
