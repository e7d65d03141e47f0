#include "store/output_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace lw::store {
namespace {

constexpr std::size_t kBufferBytes = 1 << 18;

}  // namespace

OutputFile::OutputFile(std::string path, std::string what, std::FILE* file)
    : path_(std::move(path)), what_(std::move(what)), file_(file) {
  if (file != stdout) std::setvbuf(file, nullptr, _IOFBF, kBufferBytes);
}

Result<OutputFile> OutputFile::create(const std::string& path, std::string what) {
  if (path == "-") return OutputFile(path, std::move(what), stdout);
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return fail("{}: is a directory, not a file for {}", path, what);
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (!file) return fail("{}: cannot be written: {}", path, std::strerror(errno));
  return OutputFile(path, std::move(what), file);
}

Result<OutputFile> OutputFile::resume(const std::string& path, std::string what, std::uint64_t bytes) {
  if (path == "-") return fail("standard output cannot be cut back to a snapshot; name a file for {}", what);
  if (bytes == 0) return create(path, std::move(what));
  std::FILE* file = std::fopen(path.c_str(), "r+b");
  if (!file) return fail("{}: cannot be opened: {}; the state knows {} bytes of {} in it", path, std::strerror(errno), bytes, what);
  OutputFile out(path, std::move(what), file);
  std::fseek(file, 0, SEEK_END);
  const auto size = static_cast<std::uint64_t>(std::ftell(file));
  if (size < bytes) return fail("{}: holds {} bytes of {}, the state knows {}; put the file back, or begin with a new folder for the state", path, size, out.what_, bytes);
  if (size > bytes && ::ftruncate(::fileno(file), static_cast<off_t>(bytes)) != 0) return out.failure();
  std::fseek(file, 0, SEEK_END);
  out.bytes_ = bytes;
  return out;
}

tl::unexpected<Error> OutputFile::failure() const {
  return fail("{}: writing {} failed: {}", path_ == "-" ? "standard output" : path_, what_, std::strerror(errno));
}

Status OutputFile::write(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) return failure();
  bytes_ += bytes.size();
  return {};
}

Status OutputFile::flush() {
  if (std::fflush(file_.get()) != 0) return failure();
  return {};
}

Status OutputFile::close() {
  if (!file_) return {};
  std::FILE* file = file_.release();
  const bool written = std::fflush(file) == 0;
  const bool closed = file == stdout || std::fclose(file) == 0;
  if (!written || !closed) return failure();
  return {};
}

}  // namespace lw::store
