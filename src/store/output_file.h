// A file that is written from front to back and may be cut back to where it was at a snapshot. Or standard output, which
// may not.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace lw::store {

class OutputFile {
 public:
  // Replaces an existing file; "-" is standard output. `what` names the content in messages: "decisions".
  static Result<OutputFile> create(const std::string& path, std::string what);
  // Cuts the file to its first `bytes` and goes on behind them; refused if it is shorter. With 0 it need not exist.
  static Result<OutputFile> resume(const std::string& path, std::string what, std::uint64_t bytes);

  Status write(std::string_view bytes);
  Status flush();  // to the operating system: it outlives this process
  // Flushes and closes: a full disk shows here at the latest. Without it what is buffered may be lost.
  Status close();

  std::uint64_t bytes() const { return bytes_; }  // of the file, those in the buffer included
  const std::string& path() const { return path_; }
  int descriptor() const { return ::fileno(file_.get()); }

 private:
  struct Close {
    void operator()(std::FILE* file) const {
      if (file != stdout) std::fclose(file);
    }
  };
  OutputFile(std::string path, std::string what, std::FILE* file);
  tl::unexpected<Error> failure() const;

  std::string path_, what_;
  std::unique_ptr<std::FILE, Close> file_;
  std::uint64_t bytes_ = 0;
};

}  // namespace lw::store
