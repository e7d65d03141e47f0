// What an expression's type may become in an event.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cel/type.h"
#include "event/vocabulary.h"
#include "mapping/definition.h"

namespace lw::mapping {

const std::vector<std::string_view>& as_names();  // the first is "itself"
As to_as(std::string_view name);

// Why an expression of this type, taken so, can never be a value of that form; empty if it can.
std::string mismatch(const cel::Type& type, As as, event::Form form);

}  // namespace lw::mapping
