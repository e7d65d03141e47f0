// Base64 of RFC 4648, the standard alphabet.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lw::cel {

std::string encode_base64(std::string_view bytes);                           // with padding
std::optional<std::string> decode_base64(std::string_view text);  // padding may lack; empty if malformed

}  // namespace lw::cel
