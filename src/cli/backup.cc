// livewarden backup and restore: all that a service keeps, into a folder and back.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <random>
#include <thread>

#include "base/clock.h"
#include "cli/say.h"
#include "cli/service_config.h"
#include "cli/verbs.h"
#include "server/backup.h"
#include "store/folder_lock.h"

namespace lw::cli {
namespace {

namespace fs = std::filesystem;
constexpr std::chrono::milliseconds kLook{100};

struct Options {
  std::string config, data, folder;
};

// "20261126T213000Z"
std::string name_of(Time now) {
  std::string out;
  for (const char c : format_rfc3339(now, 0).substr(0, 19)) {
    if (c != '-' && c != ':') out += c;
  }
  return out + "Z";
}

// Files of another owner's would be in the way of the service.
Status check_owner(const std::string& data) {
  struct stat is {};
  if (::stat(data.c_str(), &is) == 0 && is.st_uid != ::geteuid()) {
    return fail("{}: belongs to another user: run this as the service's user, as in sudo -u livewarden livewarden backup", data);
  }
  std::error_code unknown;
  return fs::exists(data + "/state/log", unknown) ? Status{} : fail("{}: holds no data of a service; --data or the configuration names its folder", data);
}

Result<server::Backup> ask_service(const server::Config& config, const std::string& folder) {
  const std::string id = std::to_string(std::random_device()()) + "-" + std::to_string(::getpid());
  if (Status asked = server::ask_for_backup(config.data, id, folder); !asked) return tl::make_unexpected(asked.error());
  for (;;) {
    const bool ended = store::FolderLock::take(config.data + "/state", true).has_value();
    if (auto answer = server::backup_answer(config.data, id)) return std::move(*answer);
    if (ended) return fail("{}: the service ended before the backup was made; ask again", config.data);
    std::this_thread::sleep_for(kLook);
  }
}

Result<server::Backup> make_backup(const server::Config& config, const std::string& folder) {
  if (!store::FolderLock::take(config.data + "/state", true)) return ask_service(config, folder);
  runtime::KeeperOptions keeping;
  keeping.folder = config.data + "/state";
  keeping.note = [](const std::string& text) { say::note(text); };
  const auto keeper = runtime::Keeper::open(std::move(keeping));
  return keeper ? server::write_backup(config, **keeper, folder, wall_clock()) : tl::make_unexpected(keeper.error());
}

int tell(const server::Backup& backup, std::string_view where) {
  for (const std::string& path : backup.left_out) say::note(fmt::format("not in it: {}; {}", path, where));
  return say::result(fmt::format("{}: {} files, {} bytes\n", backup.folder, backup.files, backup.bytes));
}

int run_backup(const Options& options) {
  const auto config = service_config(options.config, options.data);
  if (!config) return say::failed(2, config.error());
  if (const Status good = check_owner(config->data); !good) return say::failed(2, good.error());
  const std::string folder = options.folder.empty() ? config->data + "/backups/" + name_of(wall_clock()) : options.folder;
  const auto made = make_backup(*config, fs::absolute(folder).lexically_normal().string());
  return made ? tell(*made, "keep it elsewhere (docs/security.md)") : say::failed(3, made.error());
}

int run_restore(const Options& options) {
  const auto config = service_config(options.config, options.data);
  if (!config) return say::failed(2, config.error());
  const auto restored = server::restore_backup(options.folder, *config);
  return restored ? tell(*restored, "put it where the service looks for it, if it needs it") : say::failed(2, restored.error());
}

void add_places(CLI::App& verb, Options& options) {
  verb.add_option("--config", options.config, "settings of the service, a YAML file; LIVEWARDEN_* in the environment go before it")->type_name("FILE");
  verb.add_option("--data", options.data, "its data folder (default: as the settings say, or livewarden-data)")->type_name("DIR");
}

}  // namespace

CLI::App* add_backup(CLI::App& app, int& exit_code) {
  CLI::App* verb = app.add_subcommand("backup", "copies all that a service keeps, while it runs or not");
  auto options = std::make_shared<Options>();
  add_places(*verb, *options);
  verb->add_option("--out", options->folder, "a new folder (default: DATA/backups/TIME)")->type_name("DIR");
  verb->footer("The service writes it, so that its user must be able to. All that was acknowledged before is in it.\n\n"
               "  livewarden backup --config livewarden.yaml\n"
               "  livewarden backup --data /var/lib/livewarden --out /mnt/backups/monday");
  verb->callback([options, &exit_code] { exit_code = run_backup(*options); });
  return verb;
}

CLI::App* add_restore(CLI::App& app, int& exit_code) {
  CLI::App* verb = app.add_subcommand("restore", "puts a backup into a new data folder, after a look at every file");
  auto options = std::make_shared<Options>();
  verb->add_option("BACKUP", options->folder, "the folder that backup made")->required();
  add_places(*verb, *options);
  verb->footer("  livewarden restore /mnt/backups/monday --config livewarden.yaml && livewarden serve --config livewarden.yaml");
  verb->callback([options, &exit_code] { exit_code = run_restore(*options); });
  return verb;
}

}  // namespace lw::cli
