// One CloudEvents 1.0 event, decoded: attributes, and the fields of `data` that somebody may read, by number.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/time.h"
#include "cel/value.h"
#include "event/vocabulary.h"

namespace lw::event {

// Limits of one event; past them it goes to the dead letter with its reason.
inline constexpr std::size_t kMaxEventBytes = 1 << 20;
inline constexpr std::size_t kMaxIdBytes = 128;
inline constexpr std::size_t kMaxFields = kFieldLimit - 1;  // fields of one event that the schema knows
inline constexpr std::size_t kMaxDepth = 32;                // nesting of the whole event

// Valid until its Decoder reads the next event, or its owner says otherwise: every view points into the line it was
// read from or into the decoder's arena. Reused from event to event: nothing is allocated.
class alignas(64) Event {
 public:
  std::string_view id, source, subject;  // subject is empty if absent
  std::string_view type_name;            // as written
  std::string_view platform;             // data.platform, else from source "/platforms/{platform}"; may be empty
  std::string_view raw;                  // the whole line: unknown fields are kept here
  Type type = Type::kUnknown;
  Time time;

  // A field of `data`, Kind::kAbsent if absent or null. Money and counts are int, labels and lists are CEL lists.
  cel::Value get(FieldId field) const {
    const std::uint8_t at = index_[field];
    return at ? values_[at - 1] : cel::Value{};
  }
  bool has(FieldId field) const { return index_[field] != 0; }
  std::span<const FieldId> fields() const { return {present_.data(), count_}; }
  std::span<const cel::Value> values() const { return {values_.data(), count_}; }  // of fields(), in its order

  void set(FieldId field, cel::Value value) {  // replaces; ignored past kMaxFields
    if (const std::uint8_t at = index_[field]) {
      values_[at - 1] = value;
      return;
    }
    add(field, value);
  }
  void add(FieldId field, cel::Value value) {  // one that is known to be absent: nothing is looked up
    if (count_ == kMaxFields) return;
    present_[count_] = field;
    values_[count_] = value;
    index_[field] = static_cast<std::uint8_t>(++count_);
  }
  // As add(), written part by part into its place: a value put together on the stack and then copied as a whole waits
  // until its parts are written, and most fields are texts.
  void add_text(FieldId field, std::string_view text) {
    if (count_ == kMaxFields) return;
    present_[count_] = field;
    cel::Value& value = values_[count_];
    value.kind = cel::Kind::kString;
    value.size = static_cast<std::uint32_t>(text.size());
    value.chars = text.data();
    index_[field] = static_cast<std::uint8_t>(++count_);
  }
  // What another core wrote is on its way when it is needed: its parts that most events have.
  void prefetch() const {
    const char* at = reinterpret_cast<const char*>(this);
    for (std::size_t line = 0; line < 12; ++line) __builtin_prefetch(at + 64 * line);
    const char* values = reinterpret_cast<const char*>(values_.data());
    for (std::size_t line = 0; line < 4; ++line) __builtin_prefetch(values + 64 * line);
  }
  void prefetch_line() const {
    for (std::size_t at = 0; at < raw.size() + 64; at += 64) __builtin_prefetch(raw.data() + at);
  }

  void clear() {
    for (const FieldId field : fields()) index_[field] = 0;
    count_ = 0;
    id = {};
    source = {};
    subject = {};
    type_name = {};
    platform = {};
    raw = {};
    type = Type::kUnknown;
    time = {};
  }

 private:
  // What every event touches lies together, what few events reach is last.
  std::size_t count_ = 0;
  std::array<std::uint8_t, kFieldLimit> index_{};
  std::array<FieldId, kMaxFields> present_{};
  std::array<cel::Value, kMaxFields> values_{};
};

}  // namespace lw::event
