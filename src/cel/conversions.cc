// Conversions between the types, type() and dyn(), and base64.
#include <re2/re2.h>

#include <cmath>
#include <charconv>

#include "cel/base64.h"
#include "cel/functions.h"
#include "cel/network.h"
#include "cel/number_text.h"
#include "cel/timestamp.h"
#include "cel/utf8.h"

namespace lw::cel {
namespace {

Value same(Context&, const Value* a) { return a[0]; }
Value type_of(Context&, const Value* a) {
  Value value;
  value.kind = Kind::kType;
  value.type = Type::of(a[0]);
  return value;
}

Value range(Context& c, std::string_view type) {
  return c.error(Error::kRange, fmt::format("the value is outside the range of {}", type));
}
Value malformed(Context& c, const Value& text, std::string_view type) {
  return c.error(Error::kArgument, fmt::format("'{}' is no {}", text.text().substr(0, 100), type));
}

Value uint_to_int(Context& c, const Value* a) {
  return a[0].natural > std::uint64_t{std::numeric_limits<std::int64_t>::max()} ? range(c, "int") : Value::of_int(a[0].integer);
}
Value double_to_int(Context& c, const Value* a) {
  // The bounds themselves are refused: doubles next to them are not exact.
  if (!(a[0].real > -0x1p63 && a[0].real < 0x1p63)) return range(c, "int");
  return Value::of_int(static_cast<std::int64_t>(a[0].real));
}
Value int_to_uint(Context& c, const Value* a) { return a[0].integer < 0 ? range(c, "uint") : Value::of_uint(a[0].natural); }
Value double_to_uint(Context& c, const Value* a) {
  if (!(a[0].real >= 0 && a[0].real < 0x1p64)) return range(c, "uint");
  return Value::of_uint(static_cast<std::uint64_t>(a[0].real));
}
template <class T>
std::optional<T> parse_whole(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1), text = text.starts_with('-') ? std::string_view() : text;
  T value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}
Value string_to_int(Context& c, const Value* a) {
  const auto value = parse_whole<std::int64_t>(a[0].text());
  return value ? Value::of_int(*value) : malformed(c, a[0], "int");
}
Value string_to_uint(Context& c, const Value* a) {
  const auto value = parse_whole<std::uint64_t>(a[0].text());
  return value ? Value::of_uint(*value) : malformed(c, a[0], "uint");
}
Value string_to_double(Context& c, const Value* a) {
  if (!c.charge(a[0].size / 4)) return c.exhausted();
  const auto value = parse_double(a[0].text());
  return value ? Value::of_double(*value) : malformed(c, a[0], "double");
}
Value int_to_double(Context&, const Value* a) { return Value::of_double(static_cast<double>(a[0].integer)); }
Value uint_to_double(Context&, const Value* a) { return Value::of_double(static_cast<double>(a[0].natural)); }
Value time_to_int(Context&, const Value* a) { return Value::of_int(a[0].integer); }
Value duration_to_int(Context&, const Value* a) { return Value::of_int(a[0].integer / kSecond); }

Value string_to_bool(Context& c, const Value* a) {
  for (const std::string_view yes : {"1", "t", "T", "true", "True", "TRUE"})
    if (a[0].text() == yes) return Value::of(true);
  for (const std::string_view no : {"0", "f", "F", "false", "False", "FALSE"})
    if (a[0].text() == no) return Value::of(false);
  return malformed(c, a[0], "bool");
}

Value bool_to_string(Context&, const Value* a) { return Value::of_string(a[0].boolean ? "true" : "false"); }
Value int_to_string(Context& c, const Value* a) { return c.string(fmt::format_int(a[0].integer).c_str()); }
Value uint_to_string(Context& c, const Value* a) { return c.string(fmt::format_int(a[0].natural).c_str()); }
Value double_to_string(Context& c, const Value* a) { return c.string(double_to_text(a[0].real)); }
Value bytes_to_string(Context& c, const Value* a) {
  if (!c.charge(a[0].size / 4)) return c.exhausted();
  if (find_invalid(a[0].text()) != std::string_view::npos) return c.error(Error::kArgument, "the bytes are not valid UTF-8");
  return Value::of_string(a[0].text());
}
Value string_to_bytes(Context&, const Value* a) { return Value::of_bytes(a[0].text()); }
Value time_to_string(Context& c, const Value* a) { return c.string(format_instant(Instant::of(a[0]))); }
Value duration_to_string(Context& c, const Value* a) { return c.string(format_seconds(a[0].integer)); }
Value network_to_string(Context& c, const Value* a) { return c.string(format_network(*a[0].opaque)); }

Value string_to_time(Context& c, const Value* a) {
  const auto instant = parse_instant(a[0].text());
  return instant ? instant->value() : malformed(c, a[0], "timestamp of the years 1 to 9999, such as 2025-08-31T11:57:37Z");
}
Value int_to_time(Context& c, const Value* a) {
  const Instant instant{a[0].integer, 0};
  return instant.in_range() ? instant.value() : range(c, "timestamp (years 1 to 9999)");
}
Value string_to_duration(Context& c, const Value* a) {
  if (!c.charge(a[0].size / 4)) return c.exhausted();
  const auto nanos = parse_go_duration(a[0].text());
  return nanos ? Value::of_duration({*nanos}) : malformed(c, a[0], "duration within 290 years, such as 1h30m or 1.5s");
}

Value encode(Context& c, const Value* a) {
  return c.room(std::size_t{a[0].size} * 2) ? c.string(encode_base64(a[0].text())) : c.exhausted();
}
Value decode(Context& c, const Value* a) {
  if (!c.room(a[0].size)) return c.exhausted();
  const auto decoded = decode_base64(a[0].text());
  return decoded ? c.bytes(*decoded) : c.error(Error::kArgument, "the text is not base64");
}

Value match(Context& c, const Value* a) {
  // Patterns known when the expression is compiled do not come here.
  if (!c.charge(50'000 + 2'000 * std::size_t{a[1].size})) return c.exhausted();
  re2::RE2::Options options;
  options.set_max_mem(128 << 10);
  options.set_log_errors(false);
  const re2::RE2 pattern(re2::StringPiece(a[1].chars, a[1].size), options);
  if (!pattern.ok()) return c.error(Error::kArgument, "the pattern is malformed: " + pattern.error());
  return match_pattern(c, a[0].text(), &pattern);
}

}  // namespace

void add_conversions(FunctionTable& t) {
  const auto add = [&](const char* signature, Function function, Cost cost = Cost::kOne) {
    t.add(Style::kFunction, signature, cost, function);
  };
  add("type(A): type(A)", type_of);
  add("dyn(A): dyn", same);
  add("bool(bool): bool", same);
  add("bool(string): bool", string_to_bool);
  add("int(int): int", same);
  add("int(uint): int", uint_to_int);
  add("int(double): int", double_to_int);
  add("int(string): int", string_to_int);
  add("int(timestamp): int", time_to_int);
  add("int(duration): int", duration_to_int);
  add("uint(uint): uint", same);
  add("uint(int): uint", int_to_uint);
  add("uint(double): uint", double_to_uint);
  add("uint(string): uint", string_to_uint);
  add("double(double): double", same);
  add("double(int): double", int_to_double);
  add("double(uint): double", uint_to_double);
  add("double(string): double", string_to_double);
  add("string(string): string", same, Cost::kLinear);
  add("string(bool): string", bool_to_string);
  add("string(int): string", int_to_string);
  add("string(uint): string", uint_to_string);
  add("string(double): string", double_to_string);
  add("string(bytes): string", bytes_to_string, Cost::kLinear);
  add("string(timestamp): string", time_to_string);
  add("string(duration): string", duration_to_string);
  add("string(ip): string", network_to_string);
  add("string(cidr): string", network_to_string);
  add("bytes(bytes): bytes", same, Cost::kLinear);
  add("bytes(string): bytes", string_to_bytes, Cost::kLinear);
  add("timestamp(timestamp): timestamp", same);
  add("timestamp(string): timestamp", string_to_time);
  add("timestamp(int): timestamp", int_to_time);
  add("duration(duration): duration", same);
  add("duration(string): duration", string_to_duration);
  add("base64.encode(bytes): string", encode, Cost::kLinear);
  add("base64.decode(string): bytes", decode, Cost::kLinear);
  add("matches(string, string): bool", match, Cost::kLinear);
  t.add(Style::kMember, "matches(string, string): bool", Cost::kLinear, match);
}

}  // namespace lw::cel
