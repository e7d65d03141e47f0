#include "event/event.h"

namespace lw::event {

void Event::set(FieldId field, cel::Value value) {
  if (const std::uint8_t at = index_[field]) {
    values_[at - 1] = value;
    return;
  }
  if (count_ == kMaxFields) return;
  present_[count_] = field;
  values_[count_] = value;
  index_[field] = static_cast<std::uint8_t>(++count_);
}

void Event::clear() {
  for (const FieldId field : fields()) index_[field] = 0;
  count_ = 0;
  id = source = subject = type_name = platform = raw = {};
  type = Type::kUnknown;
  time = {};
}

}  // namespace lw::event
