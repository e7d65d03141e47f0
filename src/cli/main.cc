// The command: one file for each verb; this one only gathers them.
#include <algorithm>
#include <exception>
#include <string>

#include "cli/say.h"
#include "cli/verbs.h"

namespace {

// What was wrong with the command line; an unknown verb is named.
std::string refusal(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  std::string text = error.what();
  const auto verbs = app.get_subcommands([](const CLI::App*) { return true; });
  if (app.get_subcommands().empty()) {
    const auto first = std::find_if(argv + 1, argv + argc, [](const char* argument) { return argument[0] != '-'; });
    std::string names;
    for (const CLI::App* verb : verbs) names += (names.empty() ? "" : ", ") + verb->get_name();
    if (first != argv + argc) text = "unknown verb \"" + std::string(*first) + "\"; expected one of " + names;
  }
  return text + "\nRun with --help for more information.";
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Livewarden supervises live-streaming commerce while it happens: events in, explained decisions out.", "livewarden"};
  app.set_version_flag("--version", "livewarden " LW_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  std::string log_format = "text";
  app.add_option("--log-format", log_format, "notes and errors on standard error as text or as JSON lines")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str()
      ->each([](const std::string& format) { lw::cli::say::as_json(format == "json"); });
  app.footer("First steps:\n"
             "  livewarden audit samples/sessions/demo.ndjson.zst --out report   a recorded session to report/report.html\n"
             "  livewarden rules list packs/cn-live-commerce                     what it looks for, and under which law\n"
             "  livewarden VERB --help                                           each verb, by example");
  int exit_code = 0;
  for (const auto add : {lw::cli::add_audit, lw::cli::add_run, lw::cli::add_serve, lw::cli::add_backup, lw::cli::add_restore, lw::cli::add_rules, lw::cli::add_log,
                         lw::cli::add_evidence, lw::cli::add_eval, lw::cli::add_simulate, lw::cli::add_privacy, lw::cli::add_cel, lw::cli::add_bench, lw::cli::add_completion, lw::cli::add_man}) {
    add(app, exit_code);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    lw::cli::say::error(refusal(app, error, argc, argv));
    return 2;
  } catch (const std::exception& error) {
    lw::cli::say::error(error.what());
    return 3;
  }
  return exit_code;
}
