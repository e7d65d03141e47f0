#include "cel/network.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "cel/functions.h"

namespace lw::cel {

std::optional<Opaque> parse_ip(std::string_view text) {
  const bool six = text.find(':') != std::string_view::npos;
  if (text.size() > 45 || (six && text.find('.') != std::string_view::npos)) return std::nullopt;
  const std::string terminated(text);
  if (terminated.find('\0') != std::string::npos) return std::nullopt;
  Opaque ip;
  ip.type = Type::ip();
  ip.family = six ? 6 : 4;
  ip.prefix = six ? 128 : 32;
  if (inet_pton(six ? AF_INET6 : AF_INET, terminated.c_str(), ip.address.data()) != 1) return std::nullopt;
  return ip;
}

std::optional<Opaque> parse_cidr(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view bits = text.substr(slash + 1);
  auto cidr = parse_ip(text.substr(0, slash));
  unsigned prefix = 0;
  const auto read = std::from_chars(bits.data(), bits.data() + bits.size(), prefix);
  if (!cidr || read.ec != std::errc() || read.ptr != bits.data() + bits.size() || prefix > cidr->prefix ||
      (bits.size() > 1 && bits[0] == '0'))
    return std::nullopt;
  cidr->type = Type::cidr();
  cidr->prefix = static_cast<std::uint8_t>(prefix);
  return cidr;
}

namespace {

unsigned group(const Opaque& ip, std::size_t i) { return static_cast<unsigned>(ip.address[2 * i] << 8 | ip.address[2 * i + 1]); }

// The longest run of two or more zero groups becomes "::".
std::string format_six(const Opaque& ip) {
  std::size_t best = 8, longest = 1;
  for (std::size_t from = 0; from < 8; ++from) {
    std::size_t to = from;
    while (to < 8 && group(ip, to) == 0) ++to;
    if (to - from > longest) {
      best = from;
      longest = to - from;
    }
  }
  std::string text;
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == best) {
      text += "::";
      i += longest - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    text += fmt::format("{:x}", group(ip, i));
  }
  return text;
}

bool is_mapped(const Opaque& ip) {
  return ip.family == 6 && std::all_of(ip.address.begin(), ip.address.begin() + 10, [](auto b) { return b == 0; }) &&
         ip.address[10] == 0xff && ip.address[11] == 0xff;
}

Value made(Context& c, const Opaque& opaque) {
  Value value;
  value.kind = Kind::kOpaque;
  value.opaque = c.arena.make(opaque);
  return value;
}

Opaque masked_network(Opaque cidr) {
  const std::size_t bytes = cidr.family == 6 ? 16 : 4;
  for (std::size_t i = 0; i < bytes; ++i) {
    const int kept = std::clamp(int{cidr.prefix} - static_cast<int>(8 * i), 0, 8);
    cidr.address[i] = static_cast<std::uint8_t>(cidr.address[i] & (0xff00 >> kept & 0xff));
  }
  return cidr;
}

bool covers(const Opaque& cidr, const Opaque& other) {
  if (cidr.family != other.family || other.prefix < cidr.prefix) return false;
  Opaque cut = other;
  cut.prefix = cidr.prefix;
  return masked_network(cut).address == masked_network(cidr).address;
}

Value bad_ip(Context& c, const Value& text) {
  return c.error(Error::kArgument, fmt::format("'{}' is no IP address", text.text().substr(0, 64)));
}
Value bad_cidr(Context& c, const Value& text) {
  return c.error(Error::kArgument, fmt::format("'{}' is no network such as 10.0.0.0/8", text.text().substr(0, 64)));
}

Value to_ip(Context& c, const Value* a) {
  const auto ip = parse_ip(a[0].text());
  return ip ? made(c, *ip) : bad_ip(c, a[0]);
}
Value to_cidr(Context& c, const Value* a) {
  const auto cidr = parse_cidr(a[0].text());
  return cidr ? made(c, *cidr) : bad_cidr(c, a[0]);
}
Value same(Context&, const Value* a) { return a[0]; }
Value is_ip(Context&, const Value* a) { return Value::of(parse_ip(a[0].text()).has_value()); }
Value is_cidr(Context&, const Value* a) { return Value::of(parse_cidr(a[0].text()).has_value()); }
Value is_canonical(Context& c, const Value* a) {
  const auto ip = parse_ip(a[0].text());
  return ip ? Value::of(format_network(*ip) == a[0].text()) : bad_ip(c, a[0]);
}
Value family(Context&, const Value* a) { return Value::of_int(a[0].opaque->family); }

// The kinds of addresses; an IPv4-mapped one counts as the IPv4 address.
struct Plain {
  bool six;
  std::uint8_t byte[16];
};
Plain plain(const Value& value) {
  const Opaque& ip = *value.opaque;
  Plain p{ip.family == 6 && !is_mapped(ip), {}};
  std::copy_n(ip.address.begin() + (is_mapped(ip) ? 12 : 0), p.six ? 16 : 4, p.byte);
  return p;
}
bool all_zero(const Plain& p, std::size_t count) { return std::all_of(p.byte, p.byte + count, [](auto b) { return b == 0; }); }
bool unspecified(const Plain& p) { return all_zero(p, p.six ? 16 : 4); }
bool loopback(const Plain& p) { return p.six ? all_zero(p, 15) && p.byte[15] == 1 : p.byte[0] == 127; }
bool link_local_unicast(const Plain& p) {
  return p.six ? p.byte[0] == 0xfe && (p.byte[1] & 0xc0) == 0x80 : p.byte[0] == 169 && p.byte[1] == 254;
}
bool link_local_multicast(const Plain& p) {
  return p.six ? p.byte[0] == 0xff && (p.byte[1] & 0x0f) == 2 : p.byte[0] == 224 && p.byte[1] == 0 && p.byte[2] == 0;
}
bool multicast(const Plain& p) { return p.six ? p.byte[0] == 0xff : (p.byte[0] & 0xf0) == 224; }
bool broadcast(const Plain& p) { return !p.six && std::all_of(p.byte, p.byte + 4, [](auto b) { return b == 255; }); }
bool global_unicast(const Plain& p) {
  return !unspecified(p) && !loopback(p) && !multicast(p) && !link_local_unicast(p) && !broadcast(p);
}
template <bool (*kTest)(const Plain&)>
Value test(Context&, const Value* a) { return Value::of(kTest(plain(a[0]))); }

Value contains_ip(Context&, const Value* a) { return Value::of(covers(*a[0].opaque, *a[1].opaque)); }
Value contains_ip_text(Context& c, const Value* a) {
  const auto ip = parse_ip(a[1].text());
  return ip ? Value::of(covers(*a[0].opaque, *ip)) : bad_ip(c, a[1]);
}
Value contains_cidr_text(Context& c, const Value* a) {
  const auto cidr = parse_cidr(a[1].text());
  return cidr ? Value::of(covers(*a[0].opaque, *cidr)) : bad_cidr(c, a[1]);
}
Value address_of(Context& c, const Value* a) {
  Opaque ip = *a[0].opaque;
  ip.type = Type::ip();
  ip.prefix = ip.family == 6 ? 128 : 32;
  return made(c, ip);
}
Value masked(Context& c, const Value* a) { return made(c, masked_network(*a[0].opaque)); }
Value prefix_length(Context&, const Value* a) { return Value::of_int(a[0].opaque->prefix); }

}  // namespace

std::string format_network(const Opaque& value) {
  const auto& byte = value.address;
  std::string text = value.family == 6 ? format_six(value) : fmt::format("{}.{}.{}.{}", byte[0], byte[1], byte[2], byte[3]);
  if (is_mapped(value)) text = fmt::format("::ffff:{}.{}.{}.{}", byte[12], byte[13], byte[14], byte[15]);
  return value.type == Type::cidr() ? fmt::format("{}/{}", text, value.prefix) : text;
}

void add_network_functions(FunctionTable& t) {
  const auto add = [&](const char* signature, Function function) { t.add(Style::kFunction, signature, Cost::kOne, function); };
  const auto member = [&](const char* signature, Function function) { t.add(Style::kMember, signature, Cost::kOne, function); };
  add("ip(string): ip", to_ip);
  add("ip(ip): ip", same);
  add("cidr(string): cidr", to_cidr);
  add("cidr(cidr): cidr", same);
  add("isIP(string): bool", is_ip);
  add("isCIDR(string): bool", is_cidr);
  add("ip.isCanonical(string): bool", is_canonical);
  member("family(ip): int", family);
  member("isUnspecified(ip): bool", test<unspecified>);
  member("isLoopback(ip): bool", test<loopback>);
  member("isGlobalUnicast(ip): bool", test<global_unicast>);
  member("isLinkLocalUnicast(ip): bool", test<link_local_unicast>);
  member("isLinkLocalMulticast(ip): bool", test<link_local_multicast>);
  member("containsIP(cidr, ip): bool", contains_ip);
  member("containsIP(cidr, string): bool", contains_ip_text);
  member("containsCIDR(cidr, cidr): bool", contains_ip);
  member("containsCIDR(cidr, string): bool", contains_cidr_text);
  member("ip(cidr): ip", address_of);
  member("masked(cidr): cidr", masked);
  member("prefixLength(cidr): int", prefix_length);
}

}  // namespace lw::cel
