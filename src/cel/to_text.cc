// CEL's own text of a value, for people: messages, explanations, tests.
#include <fmt/format.h>

#include "cel/cel.h"
#include "cel/collection.h"
#include "cel/network.h"
#include "cel/number_text.h"
#include "cel/timestamp.h"

namespace lw::cel {
namespace {

std::string quoted(std::string_view text, bool bytes) {
  std::string out = bytes ? "b\"" : "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out += fmt::format("\\{}", c);
    else if (c == '\n') out += "\\n";
    else if (c == '\r') out += "\\r";
    else if (c == '\t') out += "\\t";
    else if (byte < 0x20 || byte == 0x7f || (bytes && byte > 0x7f)) out += fmt::format("\\{:03o}", byte);
    else out += c;
  }
  return out + '"';
}

std::string real_text(double real) {
  const std::string text = double_to_text(real);
  // A whole number keeps its point, so that it reads back as a double.
  return text.find_first_not_of("-0123456789") == std::string::npos ? text + ".0" : text;
}

// Small values may hold the same parts many times over, so that their text is without bound.
constexpr std::size_t kMost = std::size_t{1} << 20;

void append(std::string& out, const Value& value);

void append_list(std::string& out, const List& list) {
  out += '[';
  for (const Value& item : list.span()) {
    if (&item != list.items) out += ", ";
    append(out, item);
    if (out.size() > kMost) return;
  }
  out += ']';
}

void append_map(std::string& out, const Map& map) {
  out += '{';
  for (const Map::Entry& entry : map.span()) {
    if (&entry != map.entries) out += ", ";
    append(out, entry.key);
    out += ": ";
    append(out, entry.value);
    if (out.size() > kMost) return;
  }
  out += '}';
}

std::string scalar_text(const Value& value) {
  switch (value.kind) {
    case Kind::kAbsent: return "(absent)";
    case Kind::kError: return fmt::format("error: {}", value.error->message);
    case Kind::kNull: return "null";
    case Kind::kBool: return value.boolean ? "true" : "false";
    case Kind::kInt: return fmt::to_string(value.integer);
    case Kind::kUint: return fmt::format("{}u", value.natural);
    case Kind::kDouble: return real_text(value.real);
    case Kind::kString: return quoted(value.text(), false);
    case Kind::kBytes: return quoted(value.text(), true);
    case Kind::kTimestamp: return fmt::format("timestamp(\"{}\")", format_instant({value.integer, value.size}));
    case Kind::kDuration: return fmt::format("duration(\"{}\")", format_seconds(value.integer));
    case Kind::kType: return value.type->to_text();
    case Kind::kOpaque: return fmt::format("{}(\"{}\")", value.opaque->type->to_text(), format_network(*value.opaque));
    case Kind::kList:
    case Kind::kMap:
    case Kind::kOptional: break;
  }
  return {};
}

void append(std::string& out, const Value& value) {
  if (value.is(Kind::kList)) return append_list(out, *value.list);
  if (value.is(Kind::kMap)) return append_map(out, *value.map);
  if (!value.is(Kind::kOptional)) {
    out += scalar_text(value);
  } else if (!value.pointer) {
    out += "optional.none()";
  } else {
    out += "optional.of(";
    append(out, *value.pointer);
    out += ')';
  }
}

}  // namespace

std::string to_text(Value value) {
  std::string out;
  append(out, value);
  if (out.size() <= kMost) return out;
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xc0) == 0x80) --end;  // not within a character
  return out.substr(0, end) + "…";
}

}  // namespace lw::cel
