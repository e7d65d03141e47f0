// What wakes a thread that waits for news: whoever has some rings.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace lw::server {

class Bell {
 public:
  enum class Woke { kByTime, kRung, kEnded };

  // From any thread.
  void ring() {
    const std::lock_guard lock(mutex_);
    rung_ = true;
    changed_.notify_all();
  }
  // For good: the thread is to come to its end.
  void end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }
  bool ended() const {
    const std::lock_guard lock(mutex_);
    return ended_;
  }
  // Until it is rung (or was, since the last wait), ends, or the time is over. One thread waits.
  Woke wait(std::chrono::milliseconds most) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, most, [this] { return rung_ || ended_; });
    if (ended_) return Woke::kEnded;
    return std::exchange(rung_, false) ? Woke::kRung : Woke::kByTime;
  }
  // The whole time, however often it is rung. False once it ended.
  bool pause(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return !changed_.wait_for(lock, time, [this] { return ended_; });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool rung_ = false, ended_ = false;
};

}  // namespace lw::server
