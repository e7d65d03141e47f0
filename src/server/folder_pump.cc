#include "server/folder_pump.h"

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <utility>

#include "event/recording.h"
#include "server/carrier.h"
#include "store/disk.h"

namespace lw::server {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLookEvery{1000};

std::string path_of(const std::string& folder, const std::string& name) { return (fs::path(folder) / name).string(); }

}  // namespace

Status FolderPump::start() {
  for (const char* name : {"done", "failed"}) {
    if (Status made = store::Disk().make_folder(path_of(options_.folder, name)); !made) return made;
  }
  thread_ = std::thread([this] { work(); });
  return {};
}

void FolderPump::stop() {
  bell_->end();
  if (thread_.joinable()) thread_.join();
}

void FolderPump::work() {
  do look();
  while (bell_->wait(kLookEvery) != Bell::Woke::kEnded);
}

void FolderPump::look() {
  std::map<std::string, Seen> files;
  for (const std::string& name : store::Disk().list(options_.folder)) {
    struct stat is {};
    if (name.starts_with('.') || ::stat(path_of(options_.folder, name).c_str(), &is) != 0 || !S_ISREG(is.st_mode)) continue;
    Seen now{static_cast<std::uint64_t>(is.st_size), is.st_mtim.tv_sec * kSecond + is.st_mtim.tv_nsec, Clock::now()};
    const auto before = files_.find(name);
    files.emplace(name, before != files_.end() && before->second.same(now) ? before->second : now);
  }
  files_ = std::move(files);
  for (auto& [name, seen] : files_) {
    if (bell_->ended()) return;
    if (seen.stuck || Clock::now() - seen.since < options_.settle) continue;
    const Status done = pump(name, seen);
    if (done) {
      in_trouble_ = false;
      continue;
    }
    if (!bell_->ended() && !std::exchange(in_trouble_, true)) options_.note(fmt::format("{}; it is tried again", done.error().message));
    return;
  }
}

// Fails where it has to be tried again.
Status FolderPump::pump(const std::string& name, const Seen& seen) {
  const std::string path = path_of(options_.folder, name);
  auto recording = event::open_recording(path, "auto");
  std::string reason = recording ? "" : recording.error().message;
  std::uint64_t good = 0, bad = 0;
  if (recording) {
    Carrier carrier({options_.ingest, options_.speaker, path, options_.dead_letter}, bell_);
    event::Line line;
    while (reason.empty() && recording->feed->next(line)) {
      carrier.take(line);
      if (line.broken) reason = fmt::format("line {}: {}", line.number, line.fault);
      if (!carrier.full()) continue;
      if (Status handed = carrier.hand_in(); !handed) return handed;
    }
    if (Status handed = carrier.hand_in(); !handed) return handed;
    if (Status lasts = carrier.wait(); !lasts) return lasts;
    good = carrier.good();
    bad = carrier.bad();
    if (reason.empty() && good == 0 && bad > 0) reason = fmt::format("nothing in it is an event that may be taken in; the last of {} lines: {}", bad, carrier.last_reason());
  }
  struct stat is {};
  if (::stat(path.c_str(), &is) != 0) return {};  // whoever put it there took it away
  if (static_cast<std::uint64_t>(is.st_size) != seen.size || is.st_mtim.tv_sec * kSecond + is.st_mtim.tv_nsec != seen.changed) return {};  // it goes on: all of it once more
  const Status moved = move(name, reason.empty() ? "done" : "failed", reason);
  if (moved) {
    options_.note(reason.empty() ? fmt::format("{}: {} events taken in, {} lines put aside", path, good, bad) : fmt::format("{}: {}; {} events taken in before", path, reason, good));
    return {};
  }
  files_.at(name).stuck = true;
  options_.note(fmt::format("{}: is taken in, but cannot be put away: {}", path, moved.error().message));
  return {};
}

Status FolderPump::move(const std::string& name, const std::string& to, const std::string& reason) {
  const store::Disk disk;
  const std::string folder = path_of(options_.folder, to);
  std::string free = name;  // of the same name there may be one already
  for (int i = 2; disk.exists(path_of(folder, free)); ++i) free = fmt::format("{}.{}", name, i);
  if (!reason.empty()) {
    if (Status written = disk.write(path_of(folder, free + ".reason"), reason + "\n"); !written) return written;
  }
  if (Status renamed = disk.rename(path_of(options_.folder, name), path_of(folder, free)); !renamed) return renamed;
  if (Status forced = disk.force_folder(folder); !forced) return forced;
  return disk.force_folder(options_.folder);
}

}  // namespace lw::server
