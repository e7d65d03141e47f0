// Reading JSON values of simdjson's On-Demand without leaving any of it unchecked: what On-Demand skips it does not
// check, so every value is either read or walked.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>

#include "cel/arena.h"
#include "cel/value.h"

namespace lw::event {

namespace ondemand = simdjson::ondemand;

// What of an event is wrong. Empty reason: nothing.
struct Fault {
  std::string path;    // "data.amount"; empty for the whole
  std::string reason;  // "expected an integer, found a string"
};

// A value as it lies in the text, its kind known by its first character.
enum class JsonKind : std::uint8_t { kString, kNumber, kObject, kArray, kTrue, kFalse, kNull, kNone };
JsonKind kind_of(ondemand::value& value);
std::string_view name_of(JsonKind kind);                // "a string", "null"
std::string_view reason_of(simdjson::error_code error); // what is wrong with the JSON, for people
std::string_view token_of(ondemand::value& value);      // the scalar's text, without the blanks after it

// Reads values of one line. `plain`: the line holds no backslash, so that strings need no unescaping.
// Functions return false on a fault and tell it by `fault`.
class JsonReader {
 public:
  JsonReader(cel::Arena& arena, Fault& fault) : arena_(arena), fault_(fault) {}
  void start(bool plain) { plain_ = plain; }

  bool string(ondemand::value& value, std::string_view& out);
  bool integer(ondemand::value& value, std::int64_t& out);
  bool real(ondemand::value& value, double& out);
  bool key(ondemand::field& field, std::string_view& out);  // the field's name
  bool constant(ondemand::value& value, JsonKind kind);     // true, false, null: spelled out whole?

  // Checks a value that nobody reads, `depth` containers deep already.
  bool walk(ondemand::value& value, JsonKind kind, std::size_t depth);
  // Any value as a CEL value (dyn).
  bool any(ondemand::value& value, JsonKind kind, std::size_t depth, cel::Value& out);

  bool refuse(std::string reason);                // puts the reason, returns false
  bool refuse(simdjson::error_code error) { return refuse(std::string(reason_of(error))); }

 private:
  bool number(ondemand::value& value, cel::Value& out);
  bool object(ondemand::value& value, std::size_t depth, cel::Value* out);
  bool array(ondemand::value& value, std::size_t depth, cel::Value* out);

  cel::Arena& arena_;
  Fault& fault_;
  bool plain_ = false;
};

}  // namespace lw::event
