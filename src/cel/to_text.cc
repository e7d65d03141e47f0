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

std::string list_text(const List& list) {
  std::string out = "[";
  for (const Value& item : list.span()) out += (out.size() > 1 ? ", " : "") + to_text(item);
  return out + ']';
}

std::string map_text(const Map& map) {
  std::string out = "{";
  for (const auto& [key, value] : map.span()) out += fmt::format("{}{}: {}", out.size() > 1 ? ", " : "", to_text(key), to_text(value));
  return out + '}';
}

std::string real_text(double real) {
  const std::string text = double_to_text(real);
  // A whole number keeps its point, so that it reads back as a double.
  return text.find_first_not_of("-0123456789") == std::string::npos ? text + ".0" : text;
}

}  // namespace

std::string to_text(Value value) {
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
    case Kind::kList: return list_text(*value.list);
    case Kind::kMap: return map_text(*value.map);
    case Kind::kType: return value.type->to_text();
    case Kind::kOptional: return value.pointer ? fmt::format("optional.of({})", to_text(*value.pointer)) : "optional.none()";
    case Kind::kOpaque: return fmt::format("{}(\"{}\")", value.opaque->type->to_text(), format_network(*value.opaque));
  }
  return {};
}

}  // namespace lw::cel
