#include "store/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace lw::store {

Result<FolderLock> FolderLock::take(const std::string& folder, bool to_read) {
  const std::string path = folder + "/lock";
  FolderLock lock(to_read ? ::open(path.c_str(), O_RDONLY | O_CLOEXEC) : ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (lock.descriptor_ < 0 && to_read && errno == ENOENT) return lock;
  if (lock.descriptor_ < 0) return fail("{}: {}", path, std::strerror(errno));
  if (::flock(lock.descriptor_, (to_read ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) return fail("{}: another run uses this state", folder);
  return lock;
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace lw::store
