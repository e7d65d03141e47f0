// The dead-letter file: one JSON line for each thing that was no event,
// {"file":"…","line":N,"reason":"…","raw":"…"}. Always valid UTF-8; `raw` is cut after kMaxRawBytes.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/output_file.h"

namespace lw::runtime {

inline constexpr std::size_t kMaxRawBytes = 2048;

class DeadLetter {
 public:
  // The file is touched by open(), or when the first thing is written. `bytes`: of it, that stay and are gone on behind.
  explicit DeadLetter(std::string path, std::uint64_t bytes = 0, const store::Disk& disk = store::Disk()) : path_(std::move(path)), bytes_(bytes), disk_(disk) {}

  // On a full disk it waits, and says so.
  void wait_for_room(std::function<void(const std::string&)> note) { note_ = std::move(note); }
  Status open();  // replaces an existing file
  Status write(std::string_view file, std::uint64_t line, std::string_view reason, std::string_view raw);
  Status flush();
  // What was flushed outlives a loss of power. From any thread. `full`: it failed for want of room.
  Status force(bool& full);
  Status close() { return file_ ? file_->close() : Status{}; }  // flushes: a full disk shows here at the latest

  const std::string& path() const { return path_; }
  std::uint64_t bytes() const { return file_ ? file_->bytes() : bytes_; }

 private:
  std::string path_;
  std::uint64_t bytes_;
  store::Disk disk_;
  std::optional<store::OutputFile> file_;
  std::string buffer_;
  std::mutex opening_;                // of the file, against force()
  std::atomic<bool> forced_ = true;  // nothing was flushed since
  std::function<void(const std::string&)> note_;
};

// The line itself, without its end: for those who keep it elsewhere.
void append_dead_letter(std::string& out, std::string_view file, std::uint64_t line, std::string_view reason,
                        std::string_view raw);

}  // namespace lw::runtime
