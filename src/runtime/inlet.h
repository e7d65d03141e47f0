// Where a running service hands events in, from any thread: lines of CloudEvents JSON, which a Source reads as a feed in the order in
// which they came. Each hand-in is told of when all of it outlives a loss of power.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/result.h"
#include "event/feed.h"

namespace lw::runtime {

class Inlet {
 public:
  // On the inlet's thread; failed: the log can be written no more, or the service ended before.
  using Done = std::function<void(const Status& durable)>;

  // `most_bytes` of lines wait to be read; what comes beyond is turned away.
  explicit Inlet(std::size_t most_bytes) : most_bytes_(most_bytes) {}
  ~Inlet();
  Inlet(const Inlet&) = delete;
  Inlet& operator=(const Inlet&) = delete;

  // `lines`: each with its end; `count` of them, at least one. False if there is no room now, or it was closed: nothing was taken then,
  // and `lines` are as they were. `next`: somebody waits for what is decided about them, and they pass by what waits to be read, the rest
  // of a hand-in that is being read too.
  bool submit(std::string&& lines, std::size_t count, Done done, bool next = false);
  // No more is taken in; what was is read, and then the feed ends.
  void close();

  std::size_t waiting_bytes() const { return waiting_bytes_.load(std::memory_order_relaxed); }
  std::size_t most_bytes() const { return most_bytes_; }

  // For the Source, once. The inlet outlives it.
  std::unique_ptr<event::Feed> feed();

  // For the Keeper, on the thread that reads the feed: all lines that the feed gave out are in the log below `end`, or were put aside.
  void handed_over(std::uint64_t end);
  // How to wait until the log is durable below a number. Once, before the feed is read; until stop().
  void start(std::function<Status(std::uint64_t end)> wait);
  // Whoever waits still is told that it failed.
  void stop();

 private:
  class InletFeed;
  struct Block {
    std::string lines;  // with padding
    std::size_t size;   // without
    std::size_t count;  // lines
    Done done;
  };
  struct Ticket {
    std::uint64_t last;  // its last line, as the feed gives them out, counted from 1
    Done done;
  };
  struct Mark {
    std::uint64_t given, end;
  };
  void wait_and_tell();

  const std::size_t most_bytes_;
  std::atomic<std::size_t> waiting_bytes_{0};
  std::atomic<std::size_t> next_count_{0};  // of next_, for whoever reads and does not take the mutex
  std::atomic<bool> closed_{false};
  std::uint64_t given_ = 0;  // lines, by the feed; the reading thread's own

  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<Block> blocks_, next_;  // those of `next_` first

  std::mutex told_mutex_;  // taken alone, or after mutex_
  std::condition_variable marked_;
  std::deque<Ticket> tickets_;
  std::deque<Mark> marks_;
  bool stopped_ = false;
  std::function<Status(std::uint64_t)> wait_;
  std::thread teller_;
};

}  // namespace lw::runtime
