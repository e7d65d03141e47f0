#include "engine/network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace lw::engine {
namespace {

// The bytes before the last of four numbers from 0 to 255; 0 if it is not such an address.
std::size_t ipv4_prefix(std::string_view text) {
  std::size_t last_dot = 0;
  int dots = 0, digits = 0, number = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.') {
      if (digits == 0) return 0;
      ++dots;
      last_dot = i;
      digits = number = 0;
      continue;
    }
    if (text[i] < '0' || text[i] > '9') return 0;
    number = number * 10 + (text[i] - '0');
    if (++digits > 3 || number > 255) return 0;
  }
  return dots == 3 && digits > 0 ? last_dot : 0;
}

std::string_view write(NetworkText& out, std::string_view network, std::string_view rest) {
  rest.copy(network.copy(out.data(), network.size()) + out.data(), rest.size());
  return {out.data(), network.size() + rest.size()};
}

// As RFC 5952 writes it: no run of zero groups before the last half can be longer than that half.
std::string_view ipv6_network(const in6_addr& address, NetworkText& out) {
  const auto group = [&](int at) { return static_cast<unsigned>(address.s6_addr[2 * at] << 8 | address.s6_addr[2 * at + 1]); };
  int groups = 4;
  while (groups > 0 && group(groups - 1) == 0) --groups;
  char* to = out.data();
  for (int at = 0; at < groups; ++at) {
    to = std::to_chars(to, out.data() + out.size(), group(at), 16).ptr;
    if (at + 1 < groups) *to++ = ':';
  }
  constexpr std::string_view kRest = "::/64";
  to = std::ranges::copy(kRest, to).out;
  return {out.data(), static_cast<std::size_t>(to - out.data())};
}

}  // namespace

std::string_view network_of(std::string_view address, NetworkText& out) {
  if (const std::size_t prefix = ipv4_prefix(address)) return write(out, address.substr(0, prefix), ".0/24");
  char text[INET6_ADDRSTRLEN];
  if (address.size() >= sizeof(text) || address.find(':') == address.npos) return {};
  text[address.copy(text, sizeof(text) - 1)] = '\0';
  in6_addr bytes;
  if (inet_pton(AF_INET6, text, &bytes) != 1) return {};
  if (IN6_IS_ADDR_V4MAPPED(&bytes)) {
    inet_ntop(AF_INET, bytes.s6_addr + 12, text, sizeof(text));
    return write(out, std::string_view(text).substr(0, std::string_view(text).rfind('.')), ".0/24");
  }
  return ipv6_network(bytes, out);
}

}  // namespace lw::engine
