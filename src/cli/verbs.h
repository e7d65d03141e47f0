// The verbs of the command, one file each: add_<verb>() registers a subcommand whose callback does the work and sets
// exit_code as the command's contract tells (0 done, 1 findings, 2 wrong usage or input, 3 internal or I/O failure).
#pragma once

#include <CLI/CLI.hpp>

namespace lw::cli {

CLI::App* add_audit(CLI::App& app, int& exit_code);
CLI::App* add_privacy(CLI::App& app, int& exit_code);
CLI::App* add_run(CLI::App& app, int& exit_code);
CLI::App* add_serve(CLI::App& app, int& exit_code);
CLI::App* add_backup(CLI::App& app, int& exit_code);
CLI::App* add_restore(CLI::App& app, int& exit_code);
CLI::App* add_rules(CLI::App& app, int& exit_code);
CLI::App* add_rules_check(CLI::App& rules, int& exit_code);
CLI::App* add_rules_list(CLI::App& rules, int& exit_code);
CLI::App* add_rules_test(CLI::App& rules, int& exit_code);
CLI::App* add_rules_backtest(CLI::App& rules, int& exit_code);
CLI::App* add_log(CLI::App& app, int& exit_code);
CLI::App* add_evidence(CLI::App& app, int& exit_code);
CLI::App* add_eval(CLI::App& app, int& exit_code);
CLI::App* add_simulate(CLI::App& app, int& exit_code);
CLI::App* add_cel(CLI::App& app, int& exit_code);
CLI::App* add_bench(CLI::App& app, int& exit_code);
CLI::App* add_bench_capacity(CLI::App& bench, int& exit_code);
CLI::App* add_bench_cel(CLI::App& bench, int& exit_code);
CLI::App* add_bench_latency(CLI::App& bench, int& exit_code);
CLI::App* add_bench_rules(CLI::App& bench, int& exit_code);
CLI::App* add_bench_state(CLI::App& bench, int& exit_code);
CLI::App* add_completion(CLI::App& app, int& exit_code);
CLI::App* add_man(CLI::App& app, int& exit_code);

}  // namespace lw::cli
