#include "cel/arena.h"

#include <algorithm>

namespace lw::cel {

void* Arena::grow(std::size_t bytes) {
  constexpr std::size_t kFirst = std::size_t{4} << 10, kLargest = std::size_t{1} << 20;
  const std::size_t wanted = blocks_.empty() ? kFirst : std::min(kLargest, 2 * blocks_.back().size);
  const std::size_t size = std::max(bytes, wanted);
  blocks_.push_back({std::unique_ptr<std::byte[]>(new std::byte[size]), size});
  next_ = blocks_.back().bytes.get();
  end_ = next_ + size;
  return allocate(bytes);
}

void Arena::reset() {
  if (used_ == 0) return;  // most expressions make nothing
  used_ = 0;
  next_ = blocks_.front().bytes.get();
  if (blocks_.size() == 1) return;
  // The largest block is kept, so that a steady load settles on one block and allocates nothing.
  auto largest = std::max_element(blocks_.begin(), blocks_.end(),
                                  [](const Block& a, const Block& b) { return a.size < b.size; });
  std::swap(*largest, blocks_.front());
  blocks_.erase(blocks_.begin() + 1, blocks_.end());
  next_ = blocks_.front().bytes.get();
  end_ = next_ + blocks_.front().size;
}

}  // namespace lw::cel
