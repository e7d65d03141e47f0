// livewarden rules: what can be done with packs.
#include "cli/verbs.h"

namespace lw::cli {

CLI::App* add_rules(CLI::App& app, int& exit_code) {
  CLI::App* verb = app.add_subcommand("rules", "check, list, test and compare packs of rules");
  verb->require_subcommand(1);
  add_rules_check(*verb, exit_code);
  add_rules_list(*verb, exit_code);
  add_rules_test(*verb, exit_code);
  add_rules_backtest(*verb, exit_code);
  return verb;
}

}  // namespace lw::cli
