#include "engine/json.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>

#include "cel/cel.h"
#include "cel/collection.h"

namespace lw::engine::json {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool plain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; }

// Bytes of the text up to the first that is not plain, eight at a time.
std::size_t plain_prefix(std::string_view text) {
  constexpr std::uint64_t kEach = 0x0101'0101'0101'0101, kTop = 0x80 * kEach;
  const auto below = [](std::uint64_t word, std::uint64_t limit) { return (word - limit * kEach) & ~word & kTop; };
  std::size_t at = 0;
  for (std::uint64_t word; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    if (below(word, 0x20) | below(word ^ '"' * kEach, 1) | below(word ^ '\\' * kEach, 1)) break;
  }
  while (at < text.size() && plain(text[at])) ++at;
  return at;
}

void append_escape(std::string& out, unsigned char c) {
  switch (c) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    default: fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
  }
}

void append_valid(std::string& out, std::string_view text) {
  for (;;) {
    const std::size_t size = plain_prefix(text);
    out.append(text, 0, size);
    if (size == text.size()) return;
    append_escape(out, static_cast<unsigned char>(text[size]));
    text.remove_prefix(size + 1);
  }
}

// Bytes of the UTF-8 sequence at the start, if it could be one; its validity is checked by the caller.
std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xC0) return 1;
  if (lead < 0xE0) return 2;
  return lead < 0xF0 ? 3 : 4;
}

void append_repaired(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(static_cast<unsigned char>(text[0]));
    if (length <= text.size() && simdjson::validate_utf8(text.data(), length)) {
      append_valid(out, text.substr(0, length));
      text.remove_prefix(length);
    } else {
      out += kReplacement;
      text.remove_prefix(1);
    }
  }
}

void append_time(std::string& out, cel::Value value, int zone_minutes) {
  constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max() / kSecond - 1;  // what Time can hold
  if (value.integer < -kLast || value.integer > kLast) return append_string(out, cel::to_text(value));
  append_string(out, format_rfc3339({value.integer * kSecond + value.size}, zone_minutes));
}

void append_map(std::string& out, const cel::Map& map, int zone_minutes) {
  out += '{';
  for (const cel::Map::Entry& entry : map.span()) {
    if (&entry != map.entries) out += ',';
    append_string(out, entry.key.is(cel::Kind::kString) ? std::string(entry.key.text()) : cel::to_text(entry.key));
    out += ':';
    append_value(out, entry.value, zone_minutes);
  }
  out += '}';
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  out += '"';
  if (simdjson::validate_utf8(text.data(), text.size())) {
    append_valid(out, text);
  } else {
    append_repaired(out, text);
  }
  out += '"';
}

void append_int(std::string& out, std::int64_t value) {
  const fmt::format_int digits(value);
  out.append(digits.data(), digits.size());
}

void append_double(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
  } else {
    fmt::format_to(std::back_inserter(out), "{}", value);
  }
}

void append_value(std::string& out, cel::Value value, int zone_minutes) {
  using cel::Kind;
  switch (value.kind) {
    case Kind::kBool: out += value.boolean ? "true" : "false"; break;
    case Kind::kInt: append_int(out, value.integer); break;
    case Kind::kUint: out += fmt::format_int(value.natural).str(); break;
    case Kind::kDouble: append_double(out, value.real); break;
    case Kind::kString: append_string(out, value.text()); break;
    case Kind::kTimestamp: append_time(out, value, zone_minutes); break;
    case Kind::kDuration: append_string(out, format_duration({value.integer})); break;
    case Kind::kList:
      out += '[';
      for (const cel::Value& item : value.list->span()) {
        if (&item != value.list->items) out += ',';
        append_value(out, item, zone_minutes);
      }
      out += ']';
      break;
    case Kind::kMap: append_map(out, *value.map, zone_minutes); break;
    case Kind::kOptional: append_value(out, value.pointer ? *value.pointer : cel::Value{}, zone_minutes); break;
    case Kind::kBytes:
    case Kind::kType:
    case Kind::kOpaque: append_string(out, cel::to_text(value)); break;
    case Kind::kAbsent:
    case Kind::kError:
    case Kind::kNull: out += "null"; break;
  }
}

void append_strings(std::string& out, std::span<const std::string_view> texts) {
  out += '[';
  for (const std::string_view& text : texts) {
    if (&text != texts.data()) out += ',';
    append_string(out, text);
  }
  out += ']';
}

void append_key(std::string& out, std::string_view name) {
  if (!out.empty() && out.back() != '{' && out.back() != '[') out += ',';
  out += '"';
  out += name;
  out += "\":";
}

}  // namespace lw::engine::json
