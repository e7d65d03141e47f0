// Memory for the values of one evaluation: bump allocation, everything freed at once by reset().
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "cel/value.h"

namespace lw::cel {

// Not thread-safe: one per thread. Holds no memory until the first allocation and keeps what it has over reset().
// Past `limit` bytes programs end in an error value (Error::kLimit); the host's own calls here are not limited.
class Arena {
 public:
  static constexpr std::size_t kDefaultLimit = std::size_t{64} << 20;
  explicit Arena(std::size_t limit = kDefaultLimit) : limit_(limit) {}
  Arena(Arena&&) noexcept = default;
  Arena& operator=(Arena&&) noexcept = default;

  // Uninitialised, aligned to 16. Never null.
  void* allocate(std::size_t bytes) {
    bytes = (bytes + 15) & ~std::size_t{15};
    if (bytes > static_cast<std::size_t>(end_ - next_)) return grow(bytes);
    std::byte* at = next_;
    next_ += bytes;
    used_ += bytes;
    return at;
  }
  template <class T>
  T* array(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    return static_cast<T*>(allocate(count * sizeof(T)));
  }
  template <class T>
  T* make(const T& value) {
    return new (allocate(sizeof(T))) T(value);
  }
  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    char* chars = array<char>(text.size());
    std::memcpy(chars, text.data(), text.size());
    return {chars, text.size()};
  }

  bool fits(std::size_t bytes) const { return bytes <= limit_ && used_ <= limit_ - bytes; }
  std::size_t used() const { return used_; }
  void reset();

 private:
  struct Block {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size;
  };
  void* grow(std::size_t bytes);

  std::byte* next_ = nullptr;
  std::byte* end_ = nullptr;
  std::size_t used_ = 0;
  std::size_t limit_;
  std::vector<Block> blocks_;
};

}  // namespace lw::cel
