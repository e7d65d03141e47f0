// Decisions to a file or standard output, one line each.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/decision_output.h"
#include "store/output_file.h"

namespace lw::runtime {

class DecisionFile : public DecisionOutput {
 public:
  // Replaces an existing file; "-" is standard output.
  static Result<DecisionFile> create(const std::string& path) { return of(store::OutputFile::create(path, "decisions")); }
  // Cuts it back to `bytes` and goes on there.
  static Result<DecisionFile> resume(const std::string& path, std::uint64_t bytes, const store::Disk& disk = store::Disk()) {
    return of(store::OutputFile::resume(path, "decisions", bytes, disk));
  }

  Status write(std::string_view line) override { return file_.write(line); }
  Status pause(bool idle) override { return idle ? flush() : Status{}; }
  Status flush() override { return file_.flush(); }
  Status close() override { return file_.close(); }
  store::OutputFile* file() override { return &file_; }

 private:
  explicit DecisionFile(store::OutputFile file) : file_(std::move(file)) {}
  static Result<DecisionFile> of(Result<store::OutputFile> file) {
    if (!file) return tl::make_unexpected(file.error());
    return DecisionFile(std::move(*file));
  }
  store::OutputFile file_;
};

}  // namespace lw::runtime
