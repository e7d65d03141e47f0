#include "engine/network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdint>

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
  std::fill(bytes.s6_addr + 8, bytes.s6_addr + 16, std::uint8_t{0});
  inet_ntop(AF_INET6, &bytes, text, sizeof(text));
  return write(out, text, "/64");
}

}  // namespace lw::engine
