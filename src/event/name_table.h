// The schema's names for the decoder: found by their first and last eight bytes, without hashing them whole.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "event/vocabulary.h"

namespace lw::event {

class NameTable {
 public:
  static constexpr FieldId kNone = 0xffff;
  struct Slot {
    std::uint64_t head = 0, tail = 0;  // the first eight bytes and, of longer names, the last eight
    const char* name = nullptr;
    std::uint32_t size = 0;
    FieldId field = kNone;
    Form form = Form::kAny;
  };

  explicit NameTable(const Schema& schema);

  // The name's slot, or one with kNone. Eight bytes from the name's beginning may be read, however short it is.
  const Slot& find(std::string_view name) const {
    const std::size_t size = name.size();
    std::uint64_t head = load(name.data());
    if (size < 8) head &= (std::uint64_t{1} << 8 * size) - 1;
    const std::uint64_t tail = size > 8 ? load(name.data() + size - 8) : 0;
    for (std::size_t at = start(head, tail, size);; at = (at + 1) % kSlots) {
      const Slot& slot = slots_[at];
      if (slot.field == kNone) return slot;
      if (slot.head == head && slot.tail == tail && slot.size == size &&
          (size <= 16 || std::memcmp(slot.name + 8, name.data() + 8, size - 16) == 0)) {
        return slot;
      }
    }
  }

 private:
  static constexpr std::size_t kSlots = 1024;

  static std::uint64_t load(const char* from) {
    std::uint64_t word;
    std::memcpy(&word, from, sizeof word);
    return word;
  }
  static std::size_t start(std::uint64_t head, std::uint64_t tail, std::size_t size) {
    const std::uint64_t mixed = (head ^ size) * 0x9E3779B97F4A7C15u ^ tail * 0xC2B2AE3D27D4EB4Fu;
    return (mixed * 0x9E3779B97F4A7C15u) >> 54;
  }

  std::array<Slot, kSlots> slots_{};
};

}  // namespace lw::event
