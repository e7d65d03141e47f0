// The dead-letter file: one JSON line for each thing that was no event,
// {"file":"…","line":N,"reason":"…","raw":"…"}. Always valid UTF-8; `raw` is cut after kMaxRawBytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/output_file.h"

namespace lw::runtime {

inline constexpr std::size_t kMaxRawBytes = 2048;

class DeadLetter {
 public:
  // Replaces an existing file.
  static Result<DeadLetter> create(const std::string& path) { return of(store::OutputFile::create(path, "the dead letter")); }
  // Cuts it back to `bytes` and goes on there.
  static Result<DeadLetter> resume(const std::string& path, std::uint64_t bytes) {
    return of(store::OutputFile::resume(path, "the dead letter", bytes));
  }

  Status write(std::string_view file, std::uint64_t line, std::string_view reason, std::string_view raw);
  Status close() { return file_.close(); }  // flushes: a full disk shows here at the latest
  store::OutputFile& file() { return file_; }

 private:
  explicit DeadLetter(store::OutputFile file) : file_(std::move(file)) {}
  static Result<DeadLetter> of(Result<store::OutputFile> file) {
    if (!file) return tl::make_unexpected(file.error());
    return DeadLetter(std::move(*file));
  }
  store::OutputFile file_;
  std::string buffer_;
};

// The line itself, without its end: for those who keep it elsewhere.
void append_dead_letter(std::string& out, std::string_view file, std::uint64_t line, std::string_view reason,
                        std::string_view raw);

}  // namespace lw::runtime
