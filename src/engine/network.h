// The network that an address belongs to: /24 of IPv4, /64 of IPv6.
#pragma once

#include <array>
#include <string_view>

namespace lw::engine {

using NetworkText = std::array<char, 64>;

// "198.51.100.0/24", "2001:db8:1:2::/64"; an IPv4 address written as IPv6 (::ffff:…) is one of IPv4. Empty if the text is no
// address: one that was replaced by a pseudonym, for example. The view is into `out`.
std::string_view network_of(std::string_view address, NetworkText& out);

}  // namespace lw::engine
