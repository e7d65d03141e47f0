// livewarden serve: the supervision service.
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "cli/hang_up.h"
#include "cli/judging.h"
#include "cli/say.h"
#include "cli/service_config.h"
#include "cli/verbs.h"
#include "server/files.h"
#include "server/log.h"
#include "server/service.h"

namespace lw::cli {
namespace {

struct Options {
  std::string config, data;
  std::vector<std::string> listen;
  PackOptions packs;
  bool check = false, demo = false;
};

Result<server::Config> configuration(const Options& options) {
  auto config = service_config(options.config, options.data);
  if (!config) return config;
  if (!options.listen.empty()) config->listen = options.listen;
  std::error_code unknown;
  if (config->console.empty()) config->console = server::default_console(std::filesystem::read_symlink("/proc/self/exe", unknown).string());
  if (options.demo) config->pseudonyms.off = true;  // its people are made up, and are easier to look at by their names
  if (Status good = server::check_config(*config); !good) return tl::make_unexpected(good.error());
  return config;
}

std::optional<runtime::Lineup> load(const Options& options, const server::Config& config) {
  pack::LoadOptions given = options.packs.load;
  if (given.dirs.empty()) given.dirs = config.packs;
  runtime::Lineup lineup{load_kept_packs(given, true), {}};
  if (!lineup.enforced) return std::nullopt;
  return lineup;
}

// SIGINT and SIGTERM end the service; a thread of their own waits for them, since a handler may do next to nothing.
class EndSignals {
 public:
  static void hold() {
    const sigset_t ends = set();
    ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  }
  explicit EndSignals(server::Service& service) : thread_([this, &service] {
    const sigset_t ends = set();
    int signal = 0;
    ::sigwait(&ends, &signal);
    if (!over_) service.stop();
  }) {}
  ~EndSignals() {
    over_ = true;
    ::pthread_kill(thread_.native_handle(), SIGTERM);  // blocked everywhere: it wakes the waiting thread alone
    thread_.join();
  }

 private:
  static sigset_t set() {
    sigset_t out;
    ::sigemptyset(&out);
    ::sigaddset(&out, SIGINT);
    ::sigaddset(&out, SIGTERM);
    return out;
  }
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

constexpr std::size_t kOver = 2;  // of six broadcasts; each kind of finding is there then, and some are still to come

// People with passwords for one login, and the recorded evening that comes with the program.
int make_demo(server::Service& service) {
  const auto people = service.make_demo_people();
  if (!people) return say::failed(3, people.error());
  std::string text;
  for (const server::DemoPerson& one : *people) text += fmt::format("{:<16} {:<28} {:<18} {}\n", one.name, one.password, one.body, one.role);
  const std::filesystem::path sample = std::filesystem::path(pack::shipped_root()).parent_path() / "samples/sessions/demo.ndjson.zst";
  if (const Status taken = service.replay(sample.string(), kOver); !taken) return say::failed(3, taken.error());
  if (text.empty()) return 0;
  return say::result(fmt::format("http://127.0.0.1:{}\n\n{:<16} {:<28} {:<18} {}\n{}", service.ports().front(), "name", "password", "of", "as", text));
}

int run_serve(const Options& options) {
  const auto config = configuration(options);
  if (!config) return say::failed(2, config.error());
  const auto lineup = load(options, *config);
  if (!lineup) return 2;
  if (options.check) {
    say::note("the configuration and the packs are good");
    return 0;
  }
  ::signal(SIGPIPE, SIG_IGN);
  HangUp::hold();
  EndSignals::hold();
  server::log::start(config->log.level, config->log.format);
  auto service = server::Service::open({*config, [&] { return load(options, *config); }});
  if (!service) return say::failed(3, service.error());
  if (options.demo) {
    if (const int code = make_demo(**service); code != 0) return code;
  }
  const HangUp hang_up([&] { (*service)->reload(); });
  const EndSignals ends(**service);
  const Status served = (*service)->run();
  if (!served) return say::failed(3, served.error());
  return 0;
}

}  // namespace

CLI::App* add_serve(CLI::App& app, int& exit_code) {
  CLI::App* verb = app.add_subcommand("serve", "the service: events in over HTTP; cases, credit, evidence and people around them");
  auto options = std::make_shared<Options>();
  verb->add_option("--config", options->config, "settings, a YAML file (docs/operations.md); LIVEWARDEN_* in the environment go before it")->type_name("FILE");
  verb->add_option("--data", options->data, "the folder that keeps everything (default: livewarden-data)")->type_name("DIR");
  verb->add_option("--listen", options->listen, "where it is reached: 127.0.0.1:8080, [::1]:8080, :8080; may be given several times")->type_name("ADDR")->allow_extra_args(false);
  verb->add_flag("--check", options->check, "only looks whether configuration and packs are good");
  verb->add_flag("--demo", options->demo, "makes people of two departments and a platform, tells their passwords, and plays a recorded evening as if it were now");
  options->packs.add_to(*verb);
  verb->footer("  livewarden serve --demo --data /tmp/livewarden-demo    a first case to handle within a minute\n"
               "  livewarden serve --config livewarden.yaml --check\n"
               "  kill -HUP PID      # packs are read again and, if they are good, judge from the next event on");
  verb->callback([options, &exit_code] { exit_code = run_serve(*options); });
  return verb;
}

}  // namespace lw::cli
