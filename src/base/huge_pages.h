// Memory that is visited at random: on large pages a visit costs one miss less, and under a hypervisor several.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <new>

namespace lw {

inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

// To be freed with std::free; begins on a cache line. Pages come into being when they are first written.
inline void* allocate_huge(std::size_t bytes) {
  const bool huge = bytes >= kHugePage;
  const std::size_t align = huge ? kHugePage : 64;
  const std::size_t whole = (bytes + align - 1) & ~(align - 1);  // or what is left over lies on small pages
  void* const out = std::aligned_alloc(align, whole);
  if (!out) throw std::bad_alloc();
  if (huge) ::madvise(out, whole, MADV_HUGEPAGE);
  return out;
}

// For containers.
template <class T>
struct HugePages {
  using value_type = T;
  HugePages() = default;
  template <class U>
  HugePages(const HugePages<U>&) {}
  T* allocate(std::size_t count) { return static_cast<T*>(allocate_huge(count * sizeof(T))); }
  void deallocate(T* at, std::size_t) { std::free(at); }
  friend bool operator==(const HugePages&, const HugePages&) { return true; }
};

}  // namespace lw
