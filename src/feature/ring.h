// The entries of a sliding window, oldest first: a ring buffer whose first entry lies in place, since most windows of most
// entities hold one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace lw::feature {

// Entries are moved in memory as bytes; destructors run when they leave.
template <class Entry>
class Ring {
 public:
  Ring() = default;
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  ~Ring() { clear(); }

  std::uint32_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Entry& operator[](std::uint32_t at) { return *slot(at); }
  const Entry& operator[](std::uint32_t at) const { return *const_cast<Ring*>(this)->slot(at); }
  Entry& front() { return *slot(0); }
  Entry& back() { return *slot(size_ - 1); }
  const Entry& front() const { return (*this)[0]; }
  const Entry& back() const { return (*this)[size_ - 1]; }
  std::size_t heap_bytes() const { return capacity_ > 1 ? capacity_ * sizeof(Entry) : 0; }

  void push_back(Entry&& entry) {
    if (size_ == capacity_) resize(capacity_ * 2);
    ++size_;
    new (slot(size_ - 1)) Entry(std::move(entry));
  }

  void pop_front() {
    slot(0)->~Entry();
    head_ = (head_ + 1) & (capacity_ - 1);
    --size_;
    if (capacity_ > kKept && size_ <= capacity_ / 8) resize(capacity_ / 4);
  }

  void pop_back() {
    slot(size_ - 1)->~Entry();
    --size_;
  }

  // Before entry `at`; what follows moves back by one. Late events land near the end.
  void insert(std::uint32_t at, Entry&& entry) {
    if (size_ == capacity_) resize(capacity_ * 2);
    for (std::uint32_t i = size_; i > at; --i) relocate(slot(i), slot(i - 1));
    ++size_;
    new (slot(at)) Entry(std::move(entry));
  }

  void erase(std::uint32_t at) {
    slot(at)->~Entry();
    for (std::uint32_t i = at + 1; i < size_; ++i) relocate(slot(i - 1), slot(i));
    --size_;
  }

  void clear() {
    while (size_) pop_back();
    if (capacity_ > 1) std::free(heap());
    capacity_ = 1;
    head_ = 0;
  }

 private:
  static constexpr std::uint32_t kKept = 4;  // a capacity that is not given back

  Entry* heap() const {
    Entry* at;
    std::memcpy(&at, place_, sizeof(at));
    return at;
  }
  Entry* slot(std::uint32_t at) {
    if (capacity_ == 1) return reinterpret_cast<Entry*>(place_);
    return heap() + ((head_ + at) & (capacity_ - 1));
  }
  static void relocate(Entry* to, const Entry* from) {
    std::memcpy(static_cast<void*>(to), static_cast<const void*>(from), sizeof(Entry));
  }
  void resize(std::uint32_t capacity) {
    Entry* const moved = static_cast<Entry*>(std::malloc(capacity * sizeof(Entry)));
    if (!moved) throw std::bad_alloc();
    for (std::uint32_t i = 0; i < size_; ++i) relocate(moved + i, slot(i));
    if (capacity_ > 1) std::free(heap());
    std::memcpy(place_, &moved, sizeof(moved));
    capacity_ = capacity;
    head_ = 0;
  }

  static_assert(alignof(Entry) <= 8 && sizeof(Entry) >= sizeof(Entry*));
  alignas(8) std::byte place_[sizeof(Entry)];  // the entry while capacity_ is 1, then the pointer to the heap
  std::uint32_t capacity_ = 1;                 // a power of two
  std::uint32_t head_ = 0;
  std::uint32_t size_ = 0;
};

}  // namespace lw::feature
