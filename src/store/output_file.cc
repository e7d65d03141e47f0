#include "store/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>
#include <utility>

namespace lw::store {
namespace {

constexpr std::size_t kBufferBytes = 1 << 18;
constexpr std::chrono::milliseconds kFullDiskPause{500};

}  // namespace

bool is_full_disk(int error) { return error == ENOSPC || error == EDQUOT; }

OutputFile::OutputFile(std::string path, std::string what, int descriptor)
    : path_(std::move(path)), what_(std::move(what)), descriptor_(descriptor) {}

OutputFile::OutputFile(OutputFile&& other) noexcept { *this = std::move(other); }

OutputFile& OutputFile::operator=(OutputFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(what_, other.what_);
  std::swap(buffer_, other.buffer_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(bytes_, other.bytes_);
  std::swap(note_, other.note_);
  return *this;
}

OutputFile::~OutputFile() {
  note_ = nullptr;  // it is not the time to wait
  static_cast<void>(close());
}

Result<OutputFile> OutputFile::open(const std::string& path, std::string what, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
  if (descriptor < 0) return fail("{}", std::strerror(errno));
  return OutputFile(path, std::move(what), descriptor);
}

Result<OutputFile> OutputFile::create(const std::string& path, std::string what) {
  if (path == "-") return OutputFile(path, std::move(what), STDOUT_FILENO);
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return fail("{}: is a directory, not a file for {}", path, what);
  auto file = open(path, std::move(what), O_WRONLY | O_CREAT | O_TRUNC);
  if (!file) return fail("{}: cannot be written: {}", path, file.error().message);
  return file;
}

Result<OutputFile> OutputFile::resume(const std::string& path, std::string what, std::uint64_t bytes) {
  if (path == "-") return fail("standard output cannot be cut back to a snapshot; name a file for {}", what);
  if (bytes == 0) return create(path, std::move(what));
  auto file = open(path, what, O_RDWR);
  if (!file) return fail("{}: cannot be opened: {}; the state knows {} bytes of {} in it", path, file.error().message, bytes, what);
  const off_t end = ::lseek(file->descriptor_, 0, SEEK_END);
  const auto size = static_cast<std::uint64_t>(end < 0 ? 0 : end);
  if (size < bytes) return fail("{}: holds {} bytes of {}, the state knows {}; put the file back, or begin with a new folder for the state", path, size, what, bytes);
  if (size > bytes && ::ftruncate(file->descriptor_, static_cast<off_t>(bytes)) != 0) return file->failure();
  ::lseek(file->descriptor_, 0, SEEK_END);
  file->bytes_ = bytes;
  return file;
}

tl::unexpected<Error> OutputFile::failure() const {
  return fail("{}: writing {} failed: {}", path_ == "-" ? "standard output" : path_, what_, std::strerror(errno));
}

Status OutputFile::write(std::string_view bytes) {
  bytes_ += bytes.size();
  buffer_ += bytes;
  return buffer_.size() < kBufferBytes ? Status{} : flush();
}

Status OutputFile::flush() {
  bool told = false;
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t size = ::write(descriptor_, rest.data(), rest.size());
    if (size >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(size));
    } else if (note_ && is_full_disk(errno)) {
      if (!std::exchange(told, true)) note_(path_ + ": the disk is full; the run waits until there is room");
      std::this_thread::sleep_for(kFullDiskPause);
    } else if (errno != EINTR) {
      const tl::unexpected<Error> failed = failure();
      buffer_.erase(0, buffer_.size() - rest.size());
      return failed;
    }
  }
  buffer_.clear();
  if (told) note_(path_ + ": there is room again");
  return {};
}

Status OutputFile::close() {
  if (descriptor_ < 0) return {};
  const Status written = flush();
  const int descriptor = std::exchange(descriptor_, -1);
  if (descriptor != STDOUT_FILENO && ::close(descriptor) != 0 && written) return failure();
  return written;
}

}  // namespace lw::store
