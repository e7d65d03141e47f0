#include "engine/network.h"

#include <gtest/gtest.h>

namespace lw::engine {
namespace {

TEST(Network, OfAnAddress) {
  const struct {
    std::string_view address, network;
  } kCases[] = {
      {"198.51.100.7", "198.51.100.0/24"},
      {"0.0.0.0", "0.0.0.0/24"},
      {"255.255.255.255", "255.255.255.0/24"},
      {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
      {"2001:0DB8:0001:0002::", "2001:db8:1:2::/64"},
      {"2001:db8::9", "2001:db8::/64"},
      {"2001:db8:0:5::1", "2001:db8:0:5::/64"},
      {"0:0:0:5::1", "0:0:0:5::/64"},
      {"::1", "::/64"},
      {"::", "::/64"},
      {"::ffff:198.51.100.7", "198.51.100.0/24"},
      {"::ffff:c633:6407", "198.51.100.0/24"},
      {"64:ff9b::198.51.100.7", "64:ff9b::/64"},
      {"", ""},
      {"198.51.100", ""},
      {"198.51.100.256", ""},
      {"198.51..7", ""},
      {"198.51.100.7.1", ""},
      {"1000.1.1.1", ""},
      {"198.51.100.7 ", ""},
      {"2001:db8:::1", ""},
      {"2001:db8:1:2:3:4:5:6:7", ""},
      {"12345::", ""},
      {"not an address", ""},
      {"p:6f1ed002ab5595859014ebf0951522d9", ""},  // as a pseudonym may look
  };
  for (const auto& [address, network] : kCases) {
    NetworkText out;
    EXPECT_EQ(network_of(address, out), network) << address;
  }
}

}  // namespace
}  // namespace lw::engine
