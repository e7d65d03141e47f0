#include "store/output_file.h"

#include <fcntl.h>
#include <rocksdb/env.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <utility>

namespace lw::store {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBufferBytes = 1 << 18;
constexpr std::chrono::milliseconds kFullDiskPause{500};

// Standard output, a pipe, a device: what cannot be cut back.
class Stream : public rocksdb::WritableFile {
 public:
  explicit Stream(int descriptor) : descriptor_(descriptor) {}
  ~Stream() override { static_cast<void>(Close()); }
  using WritableFile::Append;
  rocksdb::Status Append(const rocksdb::Slice& data) override {
    std::string_view rest(data.data(), data.size());
    while (!rest.empty()) {
      const ssize_t size = ::write(descriptor_, rest.data(), rest.size());
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return rocksdb::Status::IOError(std::strerror(errno));
      rest.remove_prefix(static_cast<std::size_t>(size));
    }
    return rocksdb::Status::OK();
  }
  rocksdb::Status Flush() override { return rocksdb::Status::OK(); }
  rocksdb::Status Sync() override { return rocksdb::Status::OK(); }
  rocksdb::Status Close() override {
    const int descriptor = std::exchange(descriptor_, -1);
    if (descriptor <= STDERR_FILENO || ::close(descriptor) == 0) return rocksdb::Status::OK();
    return rocksdb::Status::IOError(std::strerror(errno));
  }

 private:
  int descriptor_;
};

bool is_stream(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored) && !fs::is_regular_file(path, ignored);
}

}  // namespace

OutputFile::OutputFile(std::string path, std::string what, const Disk& disk, std::unique_ptr<rocksdb::WritableFile> file)
    : path_(std::move(path)), what_(std::move(what)), disk_(disk), file_(std::move(file)) {}

OutputFile::OutputFile(OutputFile&& other) noexcept { *this = std::move(other); }

OutputFile& OutputFile::operator=(OutputFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(what_, other.what_);
  std::swap(buffer_, other.buffer_);
  std::swap(disk_, other.disk_);
  std::swap(file_, other.file_);
  std::swap(bytes_, other.bytes_);
  std::swap(written_, other.written_);
  std::swap(named_, other.named_);
  std::swap(note_, other.note_);
  return *this;
}

OutputFile::~OutputFile() {
  note_ = nullptr;  // it is not the time to wait
  static_cast<void>(close());
}

// Writes go to the end, wherever that is: after a write that was cut short the file is cut back.
Result<OutputFile> OutputFile::open(const std::string& path, std::string what, const Disk& disk) {
  std::unique_ptr<rocksdb::WritableFile> file;
  if (const auto opened = disk.env().ReopenWritableFile(path, &file, rocksdb::EnvOptions()); !opened.ok()) return fail("{}", opened.ToString());
  return OutputFile(path, std::move(what), disk, std::move(file));
}

Result<OutputFile> OutputFile::create(const std::string& path, std::string what, const Disk& disk) {
  if (path == "-") return OutputFile(path, std::move(what), disk, std::make_unique<Stream>(STDOUT_FILENO));
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return fail("{}: is a directory, not a file for {}", path, what);
  if (is_stream(path)) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) return fail("{}: cannot be written: {}", path, std::strerror(errno));
    return OutputFile(path, std::move(what), disk, std::make_unique<Stream>(descriptor));
  }
  std::unique_ptr<rocksdb::WritableFile> emptied;
  const auto made = disk.env().NewWritableFile(path, &emptied, rocksdb::EnvOptions());
  if (!made.ok()) return fail("{}: cannot be written: {}", path, made.ToString());
  emptied.reset();
  auto file = open(path, std::move(what), disk);
  if (!file) return fail("{}: cannot be written: {}", path, file.error().message);
  return file;
}

Result<OutputFile> OutputFile::resume(const std::string& path, std::string what, std::uint64_t bytes, const Disk& disk) {
  if (path == "-") return fail("standard output cannot be cut back to a snapshot; name a file for {}", what);
  if (bytes == 0) return create(path, std::move(what), disk);
  const auto size = disk.size(path);
  if (!size) return fail("{}; the state knows {} bytes of {} in it", size.error().message, bytes, what);
  if (*size < bytes) return fail("{}: holds {} bytes of {}, the state knows {}; put the file back, or begin with a new folder for the state", path, *size, what, bytes);
  if (*size > bytes) {
    if (Status cut = disk.cut(path, bytes); !cut) return tl::make_unexpected(cut.error());
  }
  auto file = open(path, what, disk);
  if (!file) return fail("{}: cannot be opened: {}; the state knows {} bytes of {} in it", path, file.error().message, bytes, what);
  file->bytes_ = file->written_ = bytes;
  return file;
}

tl::unexpected<Error> OutputFile::failure(const rocksdb::Status& status) const {
  return fail("{}: writing {} failed: {}", path_ == "-" ? "standard output" : path_, what_, status.ToString());
}

Status OutputFile::write(std::string_view bytes) {
  bytes_ += bytes.size();
  buffer_ += bytes;
  return buffer_.size() < kBufferBytes ? Status{} : flush();
}

Status OutputFile::flush() {
  bool told = false;
  while (!buffer_.empty()) {
    const rocksdb::Status done = file_->Append(buffer_);
    if (done.ok()) {
      written_ += buffer_.size();
      buffer_.clear();
      break;
    }
    const bool waits = note_ && done.IsNoSpace();
    if (!waits) {
      buffer_.clear();  // a part may have got there: once more would be twice
      return failure(done);
    }
    if (!std::exchange(told, true)) note_(path_ + ": the disk is full; the run waits until there is room");
    if (const auto cut = file_->Truncate(written_); !cut.ok()) return failure(cut);  // a part may have got there
    disk_.sleep(kFullDiskPause);
  }
  if (told) note_(path_ + ": there is room again");
  return {};
}

Status OutputFile::force(bool& full) const {
  const rocksdb::Status done = file_->Fsync();
  full = done.IsNoSpace();
  if (!done.ok()) return failure(done);
  if (named_ || path_ == "-" || is_stream(path_)) return {};
  const std::string folder = fs::path(path_).parent_path().string();
  const Status named = disk_.force_folder(folder.empty() ? "." : folder);
  named_ = named.has_value();
  return named;
}

Status OutputFile::close() {
  if (!file_) return {};
  const Status written = flush();
  const auto file = std::exchange(file_, nullptr);
  const rocksdb::Status closed = file->Close();
  if (!closed.ok() && written) return failure(closed);
  return written;
}

}  // namespace lw::store
