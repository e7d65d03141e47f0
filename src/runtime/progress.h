// A line on the terminal that says how far a run is: bytes, events a second, time left. Nothing where standard error is
// no terminal.
#pragma once

#include <chrono>
#include <cstdint>

namespace lw::runtime {

class Progress {
 public:
  explicit Progress(bool wanted = true);
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `total` 0: not known. Draws at most five times a second.
  void update(std::uint64_t events, std::uint64_t bytes, std::uint64_t total);
  void clear();  // takes the line away

  bool shown() const { return shown_; }

 private:
  using Clock = std::chrono::steady_clock;
  bool shown_;
  bool drawn_ = false;
  Clock::time_point start_ = Clock::now(), last_ = start_;
};

}  // namespace lw::runtime
