#include "runtime/decision_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace lw::runtime {
namespace {

constexpr std::size_t kBufferBytes = 1 << 18;

}  // namespace

Result<DecisionFile> DecisionFile::create(const std::string& path) {
  if (path == "-") return DecisionFile(path, stdout);
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return fail("{}: is a directory, not a file for decisions", path);
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (!file) return fail("{}: cannot be written: {}", path, std::strerror(errno));
  std::setvbuf(file, nullptr, _IOFBF, kBufferBytes);
  return DecisionFile(path, file);
}

tl::unexpected<Error> DecisionFile::failure() const {
  return fail("{}: writing decisions failed: {}", path_ == "-" ? "standard output" : path_, std::strerror(errno));
}

Status DecisionFile::write(std::string_view line) {
  if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size()) return failure();
  return {};
}

Status DecisionFile::flush() {
  if (std::fflush(file_.get()) != 0) return failure();
  return {};
}

Status DecisionFile::close() {
  if (!file_) return {};
  std::FILE* file = file_.release();
  const bool written = std::fflush(file) == 0;
  const bool closed = file == stdout || std::fclose(file) == 0;
  if (!written || !closed) return failure();
  return {};
}

}  // namespace lw::runtime
