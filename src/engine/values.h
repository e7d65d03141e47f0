// CEL values as bytes, for what is remembered beyond an event.
#pragma once

#include <string>
#include <string_view>

#include "cel/arena.h"
#include "cel/value.h"

namespace lw::engine {

// Errors, types and opaque values are stored as absent.
void put_value(std::string& out, const cel::Value& value);

// Strings are views into the bytes; lists and maps go into the arena. False if the bytes are damaged.
bool take_value(std::string_view& in, cel::Arena& arena, cel::Value& value);

}  // namespace lw::engine
