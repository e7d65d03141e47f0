#include "event/name_table.h"

namespace lw::event {

NameTable::NameTable(const Schema& schema) {
  for (FieldId field = 0; field < schema.size(); ++field) {
    const std::string_view name = schema.name(field);
    std::size_t at = start(name);
    while (slots_[at].field != kNone) at = (at + 1) % kSlots;
    slots_[at] = {name, field};
  }
}

}  // namespace lw::event
