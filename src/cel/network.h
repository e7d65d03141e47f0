// Addresses and networks, from and to text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cel/collection.h"

namespace lw::cel {

// IPv4 in dotted decimals without leading zeros, or IPv6 without a zone and without an IPv4 tail.
std::optional<Opaque> parse_ip(std::string_view text);
std::optional<Opaque> parse_cidr(std::string_view text);  // "address/bits", bits without sign or leading zeros
std::string format_network(const Opaque& value);          // canonical (RFC 5952); a cidr with its bits

}  // namespace lw::cel
