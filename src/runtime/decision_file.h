// Where decisions go: a file or standard output, one line each.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/decision_output.h"

namespace lw::runtime {

class DecisionFile : public DecisionOutput {
 public:
  // Replaces an existing file; "-" is standard output.
  static Result<DecisionFile> create(const std::string& path);

  Status write(std::string_view line) override;
  Status flush() override;
  // Flushes and closes: a full disk shows here at the latest. Without it what is buffered may be lost.
  Status close() override;

 private:
  struct Close {
    void operator()(std::FILE* file) const {
      if (file != stdout) std::fclose(file);
    }
  };
  DecisionFile(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}
  tl::unexpected<Error> failure() const;

  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace lw::runtime
