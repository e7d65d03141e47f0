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

  explicit NameTable(const Schema& schema);

  FieldId find(std::string_view name) const {
    for (std::size_t at = start(name);; at = (at + 1) % kSlots) {
      const Slot& slot = slots_[at];
      if (slot.field == kNone) return kNone;
      if (slot.name.size() == name.size() && std::memcmp(slot.name.data(), name.data(), name.size()) == 0) return slot.field;
    }
  }

 private:
  static constexpr std::size_t kSlots = 1024;
  struct Slot {
    std::string_view name;
    FieldId field = kNone;
  };

  static std::size_t start(std::string_view name) {
    const std::size_t size = name.size();
    std::uint64_t head = 0, tail = 0;
    std::memcpy(&head, name.data(), size < 8 ? size : 8);
    if (size > 8) std::memcpy(&tail, name.data() + size - 8, 8);
    const std::uint64_t mixed = (head ^ size) * 0x9E3779B97F4A7C15u ^ tail * 0xC2B2AE3D27D4EB4Fu;
    return (mixed * 0x9E3779B97F4A7C15u) >> 54;
  }

  std::array<Slot, kSlots> slots_{};
};

}  // namespace lw::event
