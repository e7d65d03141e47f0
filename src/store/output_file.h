// A file that is written from front to back and may be cut back to where it was at a snapshot. Or standard output, which
// may not.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace lw::store {

// Whether an errno says that there is no room: a full disk, a used up quota.
bool is_full_disk(int error);

class OutputFile {
 public:
  // Replaces an existing file; "-" is standard output. `what` names the content in messages: "decisions".
  static Result<OutputFile> create(const std::string& path, std::string what);
  // Cuts the file to its first `bytes` and goes on behind them; refused if it is shorter. With 0 it need not exist.
  static Result<OutputFile> resume(const std::string& path, std::string what, std::uint64_t bytes);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&& other) noexcept;
  ~OutputFile();  // flushes what it can

  // From now on a full disk is no failure: it is waited for. `note` is told once that it is full and once that it is not.
  void wait_for_room(std::function<void(const std::string&)> note) { note_ = std::move(note); }

  Status write(std::string_view bytes);
  Status flush();  // to the operating system: it outlives this process
  // Flushes and closes: a full disk shows here at the latest. Without it what is buffered may be lost.
  Status close();

  std::uint64_t bytes() const { return bytes_; }  // of the file, those in the buffer included
  const std::string& path() const { return path_; }
  int descriptor() const { return descriptor_; }

 private:
  OutputFile(std::string path, std::string what, int descriptor);
  static Result<OutputFile> open(const std::string& path, std::string what, int flags);
  tl::unexpected<Error> failure() const;

  std::string path_, what_, buffer_;
  int descriptor_ = -1;
  std::uint64_t bytes_ = 0;
  std::function<void(const std::string&)> note_;
};

}  // namespace lw::store
