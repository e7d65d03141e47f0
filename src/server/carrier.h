// From the lines of a feed to the inlet: they are gathered, checked, handed in while there is room, and it tells how far they last. What
// is no event, or may not be said by whoever says it, goes to a dead letter. Of one thread, whose bell rings when something lasts.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "desk/actor.h"
#include "event/feed.h"
#include "runtime/deadletter.h"
#include "server/bell.h"
#include "server/ingest.h"

namespace lw::server {

class Carrier {
 public:
  struct Options {
    Ingest* ingest = nullptr;              // outlives it
    desk::Actor speaker;                   // who says what the feed holds
    std::string place;                     // of the feed, for the dead letter; "/PARTITION" is put behind where a line has one
    std::string dead_letter;               // path; gone on behind what it holds
    std::size_t most_under_way = 8 << 20;  // bytes handed in that do not last yet; so that others find room in the inlet too
  };
  Carrier(Options options, std::shared_ptr<Bell> bell);
  Carrier(const Carrier&) = delete;
  Carrier& operator=(const Carrier&) = delete;

  // A copy of the line.
  void take(const event::Line& line);
  // Time to hand in.
  bool full() const;
  // What was taken. Waits for room. Fails where the dead letter cannot be written, the log cannot, or the bell ended.
  Status hand_in();
  // So many hand-ins there were, and so many of them, from the first on, outlive a loss of power with what was put aside before.
  std::uint64_t handed() const { return handed_; }
  Result<std::uint64_t> lasting();
  // Until all of them do.
  Status wait();

  std::uint64_t good() const { return good_; }
  std::uint64_t bad() const { return bad_; }
  const std::string& last_reason() const { return last_reason_; }  // why the last bad one was

 private:
  struct Way {  // shared with the inlet, which may tell when the carrier is gone
    std::mutex mutex;
    std::uint64_t lasting = 0;
    std::size_t bytes = 0;
    std::string failure;
  };
  struct Taken {
    std::size_t begin, size;  // in bytes_
    std::uint64_t number;
    std::int32_t part;
    std::string fault;
  };
  Status put_aside(const Taken& line, std::string_view reason);
  Status wait_for_room();

  Options options_;
  std::shared_ptr<Bell> bell_;
  std::shared_ptr<Way> way_ = std::make_shared<Way>();
  runtime::DeadLetter dead_letter_;
  std::string bytes_;
  std::vector<Taken> taken_;
  std::uint64_t handed_ = 0, good_ = 0, bad_ = 0;
  std::string last_reason_;
};

}  // namespace lw::server
