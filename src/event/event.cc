#include "event/event.h"

namespace lw::event {

void Event::clear() {
  for (const FieldId field : fields()) index_[field] = 0;
  count_ = 0;
  id = source = subject = type_name = platform = raw = {};
  type = Type::kUnknown;
  time = {};
}

}  // namespace lw::event
