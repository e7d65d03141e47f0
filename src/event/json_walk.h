// Reading JSON values of simdjson's On-Demand without leaving any of it unchecked: what On-Demand skips it does not
// check, so every value is either read or walked.
#pragma once

#include <simdjson.h>

#include <cstring>
#include <string>
#include <string_view>

#include "cel/arena.h"
#include "cel/value.h"
#include "event/event.h"

namespace lw::event {

namespace ondemand = simdjson::ondemand;

// What of an event is wrong. Empty reason: nothing.
struct Fault {
  std::string path;    // "data.amount"; empty for the whole
  std::string reason;  // "expected an integer, found a string"
};

// A value as it lies in the text, its kind known by its first character.
enum class JsonKind : std::uint8_t { kString, kNumber, kObject, kArray, kTrue, kFalse, kNull, kNone };
inline JsonKind kind_of(ondemand::value& value) {
  const std::string_view token = value.raw_json_token();
  if (token.empty()) return JsonKind::kNone;
  switch (token.front()) {
    case '"': return JsonKind::kString;
    case '{': return JsonKind::kObject;
    case '[': return JsonKind::kArray;
    case 't': return JsonKind::kTrue;
    case 'f': return JsonKind::kFalse;
    case 'n': return JsonKind::kNull;
    case '-': return JsonKind::kNumber;
    default: return token.front() >= '0' && token.front() <= '9' ? JsonKind::kNumber : JsonKind::kNone;
  }
}
std::string_view name_of(JsonKind kind);                // "a string", "null"
bool is_json_number(std::string_view token);            // by JSON's grammar alone, however large it is
bool more_after_object(std::string_view line);          // whether the first bracket closes before the line's end
std::string_view reason_of(simdjson::error_code error); // what is wrong with the JSON, for people

// The scalar's text, without the blanks after it.
inline std::string_view token_of(ondemand::value& value) {
  std::string_view token = value.raw_json_token();
  const auto blank = [](char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; };
  while (!token.empty() && blank(token.back())) token.remove_suffix(1);
  return token;
}

// Reads values of one line. `plain`: the line holds no backslash, so that strings need no unescaping.
// Functions return false on a fault and tell it by `fault`.
class JsonReader {
 public:
  JsonReader(cel::Arena& arena, Fault& fault) : arena_(arena), fault_(fault) {}
  void start(bool plain) { plain_ = plain; }

  bool string(ondemand::value& value, std::string_view& out) {
    return plain_ ? plain_string(value, out) : escaped_string(value, out);
  }
  bool integer(ondemand::value& value, std::int64_t& out);
  bool real(ondemand::value& value, double& out);
  bool key(ondemand::field& field, std::string_view& out) {  // the field's name
    return plain_ ? plain_key(field, out) : escaped_key(field, out);
  }
  bool constant(ondemand::value& value, JsonKind kind);     // true, false, null: spelled out whole?

  // Checks a value that nobody reads, `depth` containers deep already.
  bool walk(ondemand::value& value, JsonKind kind, std::size_t depth);
  // Any value as a CEL value (dyn).
  bool any(ondemand::value& value, JsonKind kind, std::size_t depth, cel::Value& out);

  bool refuse(std::string reason);                // puts the reason, returns false
  bool refuse(simdjson::error_code error) { return refuse(std::string(reason_of(error))); }

 private:
  bool plain_string(ondemand::value& value, std::string_view& out) {
    const std::string_view token = token_of(value);
    ondemand::raw_json_string taken;  // or else the iterator would take a string before a colon for a name
    if (const auto error = value.get_raw_json_string().get(taken)) return refuse(error);
    if (token.size() < 2 || token.back() != '"') return refuse(simdjson::UNCLOSED_STRING);
    out = token.substr(1, token.size() - 2);
    return true;
  }
  bool plain_key(ondemand::field& field, std::string_view& out) {
    const char* from = field.key().raw();
    const auto* end = static_cast<const char*>(std::memchr(from, '"', kMaxEventBytes));
    out = {from, static_cast<std::size_t>(end - from)};
    return true;
  }
  bool escaped_string(ondemand::value& value, std::string_view& out);
  bool escaped_key(ondemand::field& field, std::string_view& out);
  bool number(ondemand::value& value, cel::Value& out);
  bool object(ondemand::value& value, std::size_t depth, cel::Value* out);
  bool array(ondemand::value& value, std::size_t depth, cel::Value* out);

  cel::Arena& arena_;
  Fault& fault_;
  bool plain_ = false;
};

}  // namespace lw::event
