// The vocabulary of docs/events.md: event types, and the fields of `data` with their types. One table each, in
// vocabulary.cc; a Schema adds the fields of a platform's own that a pack names.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/written_key.h"

namespace lw::cel {
class Type;
}

namespace lw::event {

using FieldId = std::uint16_t;
inline constexpr FieldId kFieldLimit = 256;  // vocabulary and extension fields together

// Generated from the table in types.inc by an X-macro: kViewerJoined for "live.viewer.joined", and so on.
enum class Type : std::uint8_t {
#define LW_EVENT_TYPE(name, text) name,
#include "event/types.inc"
#undef LW_EVENT_TYPE
  kUnknown,
};
inline constexpr std::size_t kTypeCount = static_cast<std::size_t>(Type::kUnknown);

Type type_from_name(std::string_view name);  // kUnknown if it is not in the vocabulary
const std::vector<std::string_view>& type_names();  // of all types, as declared
std::string_view name_of(Type type);

// The JSON form a field must have; anything else makes a bad event.
enum class Form : std::uint8_t {
  kString,
  kInteger,  // within int64; 3.0 is not an integer
  kMoney,    // an integer of minor units
  kNumber,   // integer or fraction: a double
  kBoolean,
  kTime,     // RFC 3339; a bare date "2026-03-01" is its first instant at +08:00: a timestamp
  kUntil,    // as kTime, but a bare date is its last nanosecond: "valid until 2026-03-01" includes that day
  kStrings,  // array of strings
  kLabels,   // array of strings or of objects {label, score}: list(dyn)
  kTarget,   // "kind/id", or {"kind": "...", "id": "..."}, which becomes "kind/id": a string
  kAny,      // any JSON: dyn
};
std::string_view description(Form form);  // what to tell people: "an integer", "an array of strings"

namespace field {
// Constants for the fields that the engine itself reads, e.g. field::kAccount; from fields.inc.
#define LW_EVENT_FIELD(name, text, form) name,
enum : FieldId {
#include "event/fields.inc"
  kVocabularySize
};
#undef LW_EVENT_FIELD
}  // namespace field

// Names to numbers: the vocabulary, then extension fields in the order they were added (form kAny, CEL type dyn).
// Immutable while a Decoder uses it.
class Schema {
 public:
  // What is known of a name, found by its first and last eight bytes and not by a hash of the whole.
  struct Known {
    std::uint64_t head = 0, tail = 0;  // the first eight bytes and, of longer names, the last eight
    std::uint32_t size = 0;
    FieldId field = kNone;
    Form form = Form::kAny;
    WrittenKey written;
  };
  static constexpr FieldId kNone = 0xffff;

  Schema();  // the vocabulary
  std::optional<FieldId> find(std::string_view name) const;
  // As find(), for the decoder: kNone if it is unknown. Eight bytes from the name's beginning may be read, however short
  // it is.
  const Known& find_padded(std::string_view name) const {
    const std::size_t size = name.size();
    std::uint64_t head = load(name.data());
    if (size < 8) head &= (std::uint64_t{1} << 8 * size) - 1;
    const std::uint64_t tail = size > 8 ? load(name.data() + size - 8) : 0;
    for (std::size_t at = start(head, tail, size);; at = (at + 1) % kSlots) {
      const Known& known = table_[at];
      if (known.field == kNone) return known;
      if (known.head == head && known.tail == tail && known.size == size &&
          (size <= 16 || std::memcmp(entries_[known.field].name.data() + 8, name.data() + 8, size - 16) == 0)) {
        return known;
      }
    }
  }
  // The number it has if it is known already; empty once kFieldLimit names are taken.
  std::optional<FieldId> add_extension(std::string_view name);
  std::string_view name(FieldId field) const;
  Form form(FieldId field) const;
  const cel::Type* type(FieldId field) const;    // its CEL type
  std::size_t size() const;

 private:
  static constexpr std::size_t kSlots = 2 * kFieldLimit;
  struct Entry {
    std::string name;
    Form form;
  };
  static std::uint64_t load(const char* from) {
    std::uint64_t word;
    std::memcpy(&word, from, sizeof word);
    return word;
  }
  static std::size_t start(std::uint64_t head, std::uint64_t tail, std::size_t size) {
    const std::uint64_t mixed = (head ^ size) * 0x9E3779B97F4A7C15u ^ tail * 0xC2B2AE3D27D4EB4Fu;
    return (mixed * 0x9E3779B97F4A7C15u >> 40) % kSlots;
  }
  void index(FieldId field);

  std::vector<Entry> entries_;
  std::vector<Known> table_;  // open addressing
};

}  // namespace lw::event
