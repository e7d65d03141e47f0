#include "event/name_table.h"

namespace lw::event {

NameTable::NameTable(const Schema& schema) {
  for (FieldId field = 0; field < schema.size(); ++field) {
    const std::string_view name = schema.name(field);
    Slot filled{0, 0, name.data(), static_cast<std::uint32_t>(name.size()), field, schema.form(field)};
    std::memcpy(&filled.head, name.data(), name.size() < 8 ? name.size() : 8);
    if (name.size() > 8) filled.tail = load(name.data() + name.size() - 8);
    std::size_t at = start(filled.head, filled.tail, name.size());
    while (slots_[at].field != kNone) at = (at + 1) % kSlots;
    slots_[at] = filled;
  }
}

}  // namespace lw::event
