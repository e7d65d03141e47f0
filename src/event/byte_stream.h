// The bytes of an input: a file or standard input, plain, gzip or zstd, told apart by their first bytes and not by a name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace lw::event {

// An input that grows by more than kMaxRatio times beyond kFreeBytes is refused as a decompression bomb.
inline constexpr std::uint64_t kMaxRatio = 400;
inline constexpr std::uint64_t kFreeBytes = 256 << 20;
inline constexpr std::size_t kPeekBytes = 64 << 10;

class ByteStream {
 public:
  // "-" is standard input. Refuses what is missing, a directory, or not permitted, in words for people.
  static Result<std::unique_ptr<ByteStream>> open(const std::string& path);
  // From memory, for tests and fuzzers; the bytes outlive the stream.
  static std::unique_ptr<ByteStream> of(std::string_view bytes);
  ~ByteStream();

  // The input's first kPeekBytes, all of it if it has fewer; they are still to be read. Before the first read only. Of a
  // pipe whose first line is a JSON object, what has come so far: the rest may be hours away.
  std::string_view peek();
  // Up to `size` bytes; 0 at the end or on a fault, then and ever after.
  std::size_t read(char* to, std::size_t size);
  // Why reading ended early (damaged, cut short, a bomb, a read error); empty if it did not.
  const std::string& fault() const;

  std::uint64_t bytes_read() const;   // of the input as it lies there
  std::uint64_t bytes_total() const;  // 0 if not known

  struct Impl;

 private:
  std::size_t fresh(char* to, std::size_t size);  // behind what was peeked at
  explicit ByteStream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lw::event
