// A recorded evening as if it were this one, for a first look: its times are moved so that some of its broadcasts are over now. What was
// before comes in at once, what comes behind when it is due, so that rooms are on air.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "server/bell.h"
#include "server/ingest.h"

namespace lw::server {

// The line with each RFC 3339 text in it moved by so much, at the offset +08:00.
std::string moved_line(std::string_view line, Duration by);

class Replay {
 public:
  struct Options {
    Ingest* ingest = nullptr;  // outlives it
    desk::Actor speaker;       // who says what the recording holds
    std::string dead_letter;   // path
    std::size_t over = 1;      // broadcasts, the last of which ends now; the whole evening is over where it has fewer
    std::function<Time()> clock;
    std::function<void(const std::string&)> note;  // from the replay's thread
  };
  // Reads the recording whole. Fails where it cannot be read, and with what is no event in it.
  static Result<std::unique_ptr<Replay>> open(const std::string& recording, Options options);
  ~Replay() { stop(); }

  void start();
  void stop();  // before the inlet is closed

 private:
  struct Moment {
    Time due;  // once moved
    std::string line;
  };
  explicit Replay(Options options) : options_(std::move(options)) {}
  void work();
  Status play();

  Options options_;
  std::vector<Moment> moments_;
  std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  std::thread thread_;
};

}  // namespace lw::server
