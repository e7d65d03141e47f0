// A vector of 16 bytes: millions of rows hold several, most of them empty.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace lw::feature {

// Elements are moved in memory as bytes (all that is kept here may be); destructors run when they leave.
template <class T>
class Array {
 public:
  Array() = default;
  Array(Array&& other) noexcept { swap(other); }
  Array& operator=(Array&& other) noexcept {
    Array moved(std::move(other));
    swap(moved);
    return *this;
  }
  ~Array() { release(); }

  void swap(Array& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

  std::uint32_t size() const { return size_; }
  std::uint32_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }
  T& operator[](std::uint32_t at) { return data_[at]; }
  const T& operator[](std::uint32_t at) const { return data_[at]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  T& back() { return data_[size_ - 1]; }
  std::size_t heap_bytes() const { return std::size_t{capacity_} * sizeof(T); }

  T& push_back(T&& value) { return insert(size_, std::move(value)); }

  T& insert(std::uint32_t at, T&& value) {
    if (size_ == capacity_) reserve(capacity_ ? capacity_ * 2 : 2);
    move(data_ + at + 1, data_ + at, size_ - at);
    ++size_;
    return *new (data_ + at) T(std::move(value));
  }

  void erase(std::uint32_t at) {
    data_[at].~T();
    move(data_ + at, data_ + at + 1, size_ - at - 1);
    --size_;
  }

  void pop_back() { data_[--size_].~T(); }

  void assign(std::uint32_t count, const T& value) {
    clear();
    reserve(count);
    while (size_ < count) new (data_ + size_++) T(value);
  }

  void reserve(std::uint32_t capacity) {
    if (capacity <= capacity_) return;
    T* const grown = static_cast<T*>(std::malloc(capacity * sizeof(T)));
    if (!grown) throw std::bad_alloc();
    move(grown, data_, size_);
    std::free(data_);
    data_ = grown;
    capacity_ = capacity;
  }

  void clear() {
    while (size_) pop_back();
  }
  void release() {
    clear();
    std::free(data_);
    data_ = nullptr;
    capacity_ = 0;
  }

 private:
  static_assert(alignof(T) <= alignof(std::max_align_t));
  static void move(T* to, const T* from, std::uint32_t count) {
    if (count) std::memmove(static_cast<void*>(to), static_cast<const void*>(from), count * sizeof(T));
  }

  T* data_ = nullptr;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
};

}  // namespace lw::feature
