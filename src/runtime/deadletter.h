// The dead-letter file: one JSON line for each thing that was no event,
// {"file":"…","line":N,"reason":"…","raw":"…"}. Always valid UTF-8; `raw` is cut after kMaxRawBytes.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace lw::runtime {

inline constexpr std::size_t kMaxRawBytes = 2048;

class DeadLetter {
 public:
  // Replaces an existing file.
  static Result<DeadLetter> create(const std::string& path);

  Status write(std::string_view file, std::uint64_t line, std::string_view reason, std::string_view raw);
  Status close();  // flushes: a full disk shows here at the latest

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  DeadLetter(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}

  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
  std::string buffer_;
};

// The line itself, without its end: for those who keep it elsewhere.
void append_dead_letter(std::string& out, std::string_view file, std::uint64_t line, std::string_view reason,
                        std::string_view raw);

}  // namespace lw::runtime
