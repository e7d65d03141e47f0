// One run at a time may use a folder of state; those who only read it shut a run out, and one another not.
#pragma once

#include <string>
#include <utility>

#include "base/result.h"

namespace lw::store {

class FolderLock {
 public:
  // To write: the file `lock` is made in the folder. To read: without one nobody ever ran there, and nothing is locked.
  static Result<FolderLock> take(const std::string& folder, bool to_read);
  FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FolderLock& operator=(FolderLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~FolderLock();

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace lw::store
