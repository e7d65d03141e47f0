#include "simulate/identity.h"

#include <fmt/format.h>

#include <iterator>

#include "simulate/random.h"

namespace lw::simulate {
namespace {

// A bijection of the lowest `bits` bits: odd multiplications and shifts, both invertible modulo 2^bits.
std::uint64_t scramble(std::uint64_t value, int bits) {
  const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
  value = (value * 0x9e3779b97f4a7c15ULL + 0x1234567) & mask;
  value ^= value >> (bits / 2);
  value = (value * 0xbf58476d1ce4e5b9ULL) & mask;
  value ^= value >> (bits / 2 - 1);
  return (value * 0x94d049bb133111ebULL) & mask;
}

constexpr int kDomainShift = 26;  // 67 million accounts in a domain

void append_hex(std::string& out, std::uint64_t value, int digits) {
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out.push_back("0123456789abcdef"[(value >> shift) & 15]);
}

}  // namespace

std::uint64_t account_number(std::uint64_t domain, std::uint64_t n) { return scramble(domain << kDomainShift | n, 40); }
std::uint64_t device_number(std::uint64_t domain, std::uint64_t n) { return scramble(domain << kDomainShift | n, 48); }

void append_account(std::string& out, std::uint64_t number) {
  out.push_back('u');
  fmt::format_to(std::back_inserter(out), FMT_STRING("{}"), number);
}

void append_device(std::string& out, std::uint64_t device) {
  out.push_back('d');
  append_hex(out, device, 12);
}

void append_ip(std::string& out, const Ip& ip) {
  const std::uint64_t n = ip.number;
  std::uint64_t address = 0;
  switch (ip.network) {
    case Network::kHome: address = 0xf0000000ULL | scramble(n & 0x7ffffff, 27); break;
    case Network::kCampus: address = 0xf8000000ULL | scramble(n & 0xffffff, 24); break;
    case Network::kCarrier: address = 0x64400000ULL | scramble(n & 0x3fffff, 22); break;
    case Network::kDataCentre: address = 0xc6120000ULL | (n & 0x1ffff); break;  // not scrambled: rented in blocks
    case Network::kMobile: {
      const std::uint64_t host = mix(n + 0x5eed);
      fmt::format_to(std::back_inserter(out), FMT_STRING("2001:db8:{:x}:{:x}:{:x}:{:x}:{:x}:{:x}"), (n >> 16) & 0xffff,
                     n & 0xffff, host & 0xffff, (host >> 16) & 0xffff, (host >> 32) & 0xffff, 1 + ((host >> 48) & 0x7fff));
      return;
    }
  }
  fmt::format_to(std::back_inserter(out), FMT_STRING("{}.{}.{}.{}"), address >> 24, (address >> 16) & 255,
                 (address >> 8) & 255, address & 255);
}

void append_hash(std::string& out, std::uint64_t value) { append_hex(out, mix(value + 0x9e3779b97f4a7c15ULL), 16); }

std::string account_text(std::uint64_t number) {
  std::string out;
  append_account(out, number);
  return out;
}

std::string hash_text(std::uint64_t value) {
  std::string out;
  append_hash(out, value);
  return out;
}

}  // namespace lw::simulate
