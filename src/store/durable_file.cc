#include "store/durable_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace lw::store {
namespace {

tl::unexpected<Error> failure(const std::string& path) { return fail("{}: cannot be written: {}", path, std::strerror(errno)); }

Status write_all(const std::string& path, int flags, std::string_view bytes) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);
  if (file < 0) return failure(path);
  Status status;
  while (status && !bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) status = failure(path);
    else bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (status && ::fsync(file) != 0) status = failure(path);
  if (::close(file) != 0 && status) status = failure(path);
  return status;
}

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

}  // namespace

Status sync_folder(const std::string& folder) {
  const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return failure(folder);
  const Status status = ::fsync(opened) == 0 ? Status{} : Status(failure(folder));
  ::close(opened);
  return status;
}

Status write_durably(const std::string& path, std::string_view bytes) {
  const std::string part = path + ".part";
  if (Status written = write_all(part, O_TRUNC, bytes); !written) return written;
  if (std::rename(part.c_str(), path.c_str()) != 0) return failure(path);
  return sync_folder(folder_of(path));
}

Status append_durably(const std::string& path, std::string_view bytes) {
  if (Status written = write_all(path, O_APPEND, bytes); !written) return written;
  return sync_folder(folder_of(path));
}

}  // namespace lw::store
