// How simulated things are named. Names must not tell who is honest: numbers of one kind go through a bijection, so
// that consecutive ones look unrelated, and never repeat. Addresses are taken from ranges that belong to nobody
// (240.0.0.0/5 for homes, 248.0.0.0/8 for campuses, 100.64.0.0/10 for carriers, 198.18.0.0/15 for data centres,
// 2001:db8::/32 for mobile IPv6).
#pragma once

#include <cstdint>
#include <string>

namespace lw::simulate {

enum class Network : std::uint8_t { kHome, kCampus, kCarrier, kDataCentre, kMobile };

struct Ip {
  Network network = Network::kHome;
  std::uint64_t number = 0;  // within the network
  friend bool operator==(const Ip&, const Ip&) = default;
};

// What acts: an account with the device, the address and the purse it uses.
struct Account {
  std::uint64_t number = 0;  // unique over the whole simulation
  std::uint64_t device = 0;  // 48 bits
  Ip ip;
  std::uint64_t payer = 0;    // whose money
  std::uint64_t address = 0;  // where parcels go
  std::int64_t registered_ms = 0;
  std::int32_t followers = 0;
  bool verified = true;
  bool minor = false;
};

// A unique account or device number for the n-th of a domain (0 the population, room index + 1 its own people).
std::uint64_t account_number(std::uint64_t domain, std::uint64_t n);
std::uint64_t device_number(std::uint64_t domain, std::uint64_t n);

void append_account(std::string& out, std::uint64_t number);  // "u…"
void append_device(std::string& out, std::uint64_t device);   // "d" and 12 hexadecimal digits
void append_ip(std::string& out, const Ip& ip);
void append_hash(std::string& out, std::uint64_t value);      // 16 hexadecimal digits of a mix of the value

std::string account_text(std::uint64_t number);
std::string hash_text(std::uint64_t value);

}  // namespace lw::simulate
