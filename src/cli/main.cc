// The command: one file for each verb; this one only gathers them.
#include <exception>

#include "cli/verbs.h"

int main(int argc, char** argv) {
  CLI::App app{"Livewarden supervises live-streaming commerce while it happens.", "livewarden"};
  app.set_version_flag("--version", "livewarden " LW_VERSION);
  app.require_subcommand(1);
  int exit_code = 0;
  lw::cli::add_cel(app, exit_code);
  lw::cli::add_simulate(app, exit_code);
  lw::cli::add_eval(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "livewarden: %s\n", error.what());
    return 3;
  }
  return exit_code;
}
