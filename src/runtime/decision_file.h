// Where decisions go: a file or standard output, one line each.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/output_file.h"

namespace lw::runtime {

class DecisionFile {
 public:
  // Replaces an existing file; "-" is standard output.
  static Result<DecisionFile> create(const std::string& path) { return of(store::OutputFile::create(path, "decisions")); }
  // Cuts it back to `bytes` and goes on there.
  static Result<DecisionFile> resume(const std::string& path, std::uint64_t bytes) {
    return of(store::OutputFile::resume(path, "decisions", bytes));
  }

  Status write(std::string_view line) { return file_.write(line); }  // with its end
  Status flush() { return file_.flush(); }
  // Flushes and closes: a full disk shows here at the latest. Without it what is buffered may be lost.
  Status close() { return file_.close(); }
  store::OutputFile& file() { return file_; }

 private:
  explicit DecisionFile(store::OutputFile file) : file_(std::move(file)) {}
  static Result<DecisionFile> of(Result<store::OutputFile> file) {
    if (!file) return tl::make_unexpected(file.error());
    return DecisionFile(std::move(*file));
  }
  store::OutputFile file_;
};

}  // namespace lw::runtime
