// Appends JSON to a string that the caller reuses: no allocation once the buffer has grown. The bytes are the same on
// every machine: doubles in the shortest form that reads back equal, no locale.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "cel/value.h"

namespace lw::engine::json {

// A quoted string. Always valid UTF-8: what is not becomes U+FFFD.
void append_string(std::string& out, std::string_view text);

void append_int(std::string& out, std::int64_t value);

// NaN and the infinities, which JSON lacks, become null.
void append_double(std::string& out, double value);

// A CEL value: times as RFC 3339 at `zone_minutes`, durations as text ("1h30m"), lists as arrays, maps with string keys
// as objects; absent and errors become null.
void append_value(std::string& out, cel::Value value, int zone_minutes);

void append_strings(std::string& out, std::span<const std::string_view> texts);

// `"name":` with a comma before it unless the buffer ends with an opening bracket. The name must not need escapes: ours and
// those of packs are letters, digits, dots and dashes.
void append_key(std::string& out, std::string_view name);

}  // namespace lw::engine::json
