// Events that come as files: what is dropped into a folder is read once it is complete, handed in, and put into `done/` beneath it when
// all of it lasts; what cannot be read goes to `failed/` with a NAME.reason beside it. A file is any that `run` reads of its own accord:
// CloudEvents lines or a known recording, plain, gzip or zstd. Names that begin with a dot are passed over: who writes slowly writes under
// such a name and renames. After a crash in the middle a file is read again from its beginning; what comes twice is dropped as a repeat.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "desk/actor.h"
#include "server/bell.h"
#include "server/ingest.h"

namespace lw::server {

class FolderPump {
 public:
  struct Options {
    Ingest* ingest = nullptr;                 // outlives it
    std::string folder;
    desk::Actor speaker;                      // who says what lies there
    std::string dead_letter;                  // path of a file that does not lie in the folder itself; for lines that are no events
    std::function<void(const std::string&)> note;  // from the pump's thread
    std::chrono::milliseconds settle{3000};   // a file that did not change for so long is complete
  };
  explicit FolderPump(Options options) : options_(std::move(options)) {}
  ~FolderPump() { stop(); }
  FolderPump(const FolderPump&) = delete;
  FolderPump& operator=(const FolderPump&) = delete;

  // Makes the folders. It is looked into every second.
  Status start();
  // Before the inlet is closed. A file that is under way stays where it is.
  void stop();

 private:
  struct Seen {
    std::uint64_t size = 0;
    std::int64_t changed = 0;
    std::chrono::steady_clock::time_point since;
    bool stuck = false;  // it was done with, but cannot be moved
    bool same(const Seen& other) const { return size == other.size && changed == other.changed; }
  };
  void work();
  void look();
  Status pump(const std::string& name, const Seen& seen);
  Status move(const std::string& name, const std::string& to, const std::string& reason);

  Options options_;
  std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  std::map<std::string, Seen> files_;  // by name: those that were there when it last looked
  bool in_trouble_ = false;
  std::thread thread_;
};

}  // namespace lw::server
