// Bodies that come compressed: gzip and zstd, a piece at a time, with bounds on what they grow to.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace lw::server {

class Inflater {
 public:
  enum class Flow : std::uint8_t {
    kHungry,    // all of `in` was taken
    kFull,      // `room` bytes were given out; there may be more: call again
    kTooLarge,  // more than `most` bytes in all, or a bomb
    kDamaged,
  };

  // By Content-Encoding ("" and "identity": as it is); null for one that is not known. `most`: bytes in all; `ratio`: of what comes out
  // to what went in, beyond the first MiB.
  static std::unique_ptr<Inflater> of(std::string_view coding, std::uint64_t most, std::uint64_t ratio);
  virtual ~Inflater() = default;

  // Takes from the front of `in`, appends at most `room` bytes to `out`.
  Flow step(std::string_view& in, std::string& out, std::size_t room);
  // Whether the body may end here: not within a stream.
  virtual bool whole() const = 0;

 protected:
  struct Moved {
    std::size_t taken = 0, given = 0;
    bool damaged = false;
  };
  virtual Moved move(std::string_view in, char* out, std::size_t room) = 0;

 private:
  std::uint64_t most_ = 0, ratio_ = 0, in_ = 0, out_ = 0;
};

}  // namespace lw::server
