// SIGHUP, the signal by which services are told to read their settings again.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

namespace lw::cli {

// Calls `on_signal` for each SIGHUP, on a thread of its own, as long as it lives. Where standard error is a terminal the
// signal means that the terminal is gone, and ends the program as ever.
class HangUp {
 public:
  // Keeps the signal from this thread and those that it makes from now on; what comes before the object is made waits for it.
  static void hold();
  explicit HangUp(std::function<void()> on_signal);
  ~HangUp();
  HangUp(const HangUp&) = delete;
  HangUp& operator=(const HangUp&) = delete;

 private:
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

}  // namespace lw::cli
