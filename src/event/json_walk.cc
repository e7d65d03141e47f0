#include "event/json_walk.h"

#include <algorithm>
#include <cmath>

#include "base/json_depth.h"
#include "cel/collection.h"

namespace lw::event {

using simdjson::error_code;

std::string_view name_of(JsonKind kind) {
  switch (kind) {
    case JsonKind::kString: return "a string";
    case JsonKind::kNumber: return "a number";
    case JsonKind::kObject: return "an object";
    case JsonKind::kArray: return "an array";
    case JsonKind::kTrue:
    case JsonKind::kFalse: return "a boolean";
    case JsonKind::kNull: return "null";
    case JsonKind::kNone: break;
  }
  return "no JSON value";
}

std::string_view reason_of(error_code error) {
  switch (error) {
    case simdjson::UTF8_ERROR: return "invalid UTF-8";
    case simdjson::EMPTY: return "empty";
    case simdjson::UNCLOSED_STRING: return "not JSON: a string is not closed";
    case simdjson::UNESCAPED_CHARS: return "not JSON: a control character in a string";
    case simdjson::STRING_ERROR: return "not JSON: a malformed escape in a string";
    case simdjson::NUMBER_ERROR: return "not JSON: a malformed number";
    case simdjson::T_ATOM_ERROR:
    case simdjson::F_ATOM_ERROR:
    case simdjson::N_ATOM_ERROR: return "not JSON: a malformed value";
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT: return "not JSON: truncated, a bracket is not closed";
    case simdjson::TAPE_ERROR: return "not JSON: a comma, colon, bracket or value is missing or misplaced";
    case simdjson::MEMALLOC:
    case simdjson::CAPACITY: return "too large";
    default: return "not JSON";
  }
}

bool is_json_number(std::string_view token) {
  const auto digits = [&] {
    const std::size_t end = std::min(token.find_first_not_of("0123456789"), token.size());
    token.remove_prefix(end);
    return end > 0;
  };
  if (token.starts_with('-')) token.remove_prefix(1);
  if (token.starts_with('0')) token.remove_prefix(1);
  else if (!digits()) return false;
  if (token.starts_with('.')) {
    token.remove_prefix(1);
    if (!digits()) return false;
  }
  if (token.starts_with('e') || token.starts_with('E')) {
    token.remove_prefix(1);
    if (token.starts_with('+') || token.starts_with('-')) token.remove_prefix(1);
    if (!digits()) return false;
  }
  return token.empty();
}

bool more_after_object(std::string_view line) {
  bool more = false;
  for_each_bracket(line, [&](std::size_t depth, std::size_t at) {
    if (depth > 0) return true;
    more = line.find_first_not_of(" \t\r\n", at + 1) != std::string_view::npos;
    return false;
  });
  return more;
}

bool JsonReader::refuse(std::string reason) {
  if (fault_.reason.empty()) fault_.reason = std::move(reason);
  return false;
}

bool JsonReader::escaped_string(ondemand::value& value, std::string_view& out) {
  if (const error_code error = value.get_string().get(out)) return refuse(error);
  return true;
}

bool JsonReader::escaped_key(ondemand::field& field, std::string_view& out) {
  if (const error_code error = field.unescaped_key().get(out)) return refuse(error);
  return true;
}

bool JsonReader::integer(ondemand::value& value, std::int64_t& out) {
  if (value.get_int64().get(out) == simdjson::SUCCESS) return true;
  const std::string_view token = token_of(value);
  if (token.find_first_not_of("0123456789", token.front() == '-') == std::string_view::npos && token.size() > 18) {
    return refuse("a number outside the 64-bit integers");
  }
  cel::Value read;
  if (!number(value, read)) return false;
  return refuse("expected an integer, found a fraction");
}

bool JsonReader::real(ondemand::value& value, double& out) {
  cel::Value read;
  if (!number(value, read)) return false;
  out = read.is(cel::Kind::kInt) ? static_cast<double>(read.integer) : read.real;
  return true;
}

bool JsonReader::number(ondemand::value& value, cel::Value& out) {
  ondemand::number read;
  if (const error_code error = value.get_number().get(read)) {
    // A well-formed number past uint64 or double ends here too.
    const std::string_view token = token_of(value);
    const bool whole = token.find_first_not_of("0123456789", token.front() == '-') == std::string_view::npos;
    if (whole && token.size() > 18) return refuse("a number outside the 64-bit integers");
    return refuse(error);
  }
  if (read.is_double()) {
    if (!std::isfinite(read.get_double())) return refuse("a number that is not finite");
    out = cel::Value::of_double(read.get_double());
    return true;
  }
  if (read.is_uint64()) return refuse("a number outside the 64-bit integers");
  out = cel::Value::of_int(read.get_int64());
  return true;
}

bool JsonReader::constant(ondemand::value& value, JsonKind kind) {
  const std::string_view expected = kind == JsonKind::kTrue ? "true" : kind == JsonKind::kFalse ? "false" : "null";
  return token_of(value) == expected || refuse("not JSON: a malformed value");
}

bool JsonReader::walk(ondemand::value& value, JsonKind kind, std::size_t depth) {
  switch (kind) {
    case JsonKind::kString: {
      std::string_view ignored;
      return string(value, ignored);
    }
    case JsonKind::kNumber: return is_json_number(token_of(value)) || refuse(simdjson::NUMBER_ERROR);
    case JsonKind::kObject: return object(value, depth + 1, nullptr);
    case JsonKind::kArray: return array(value, depth + 1, nullptr);
    case JsonKind::kNone: return refuse(simdjson::TAPE_ERROR);
    default: return constant(value, kind);
  }
}

bool JsonReader::any(ondemand::value& value, JsonKind kind, std::size_t depth, cel::Value& out) {
  switch (kind) {
    case JsonKind::kString: {
      std::string_view text;
      if (!string(value, text)) return false;
      out = cel::Value::of_string(text);
      return true;
    }
    case JsonKind::kNumber: return number(value, out);
    case JsonKind::kObject: return object(value, depth + 1, &out);
    case JsonKind::kArray: return array(value, depth + 1, &out);
    case JsonKind::kNone: return refuse(simdjson::TAPE_ERROR);
    case JsonKind::kNull: out = cel::Value::null(); break;
    default: out = cel::Value::of(kind == JsonKind::kTrue); break;
  }
  return constant(value, kind);
}

bool JsonReader::object(ondemand::value& value, std::size_t depth, cel::Value* out) {
  if (depth > kMaxDepth) return refuse(fmt::format("nested deeper than {}", kMaxDepth));
  ondemand::object object;
  if (const error_code error = value.get_object().get(object)) return refuse(error);
  cel::MapBuilder map(arena_);
  for (auto entry : object) {
    ondemand::field field;
    if (const error_code error = std::move(entry).get(field)) return refuse(error);
    std::string_view name;
    if (!key(field, name)) return false;
    ondemand::value inner = field.value();
    const JsonKind kind = kind_of(inner);
    if (!out) {
      if (!walk(inner, kind, depth)) return false;
      continue;
    }
    cel::Value read;
    if (!any(inner, kind, depth, read)) return false;
    if (!map.add(cel::Value::of_string(name), read)) return refuse(fmt::format("the name \"{}\" is given twice", name));
  }
  if (out) *out = map.finish();
  return true;
}

bool JsonReader::array(ondemand::value& value, std::size_t depth, cel::Value* out) {
  if (depth > kMaxDepth) return refuse(fmt::format("nested deeper than {}", kMaxDepth));
  ondemand::array array;
  if (const error_code error = value.get_array().get(array)) return refuse(error);
  cel::ListBuilder list(arena_);
  for (auto entry : array) {
    ondemand::value inner;
    if (const error_code error = std::move(entry).get(inner)) return refuse(error);
    const JsonKind kind = kind_of(inner);
    if (!out) {
      if (!walk(inner, kind, depth)) return false;
      continue;
    }
    cel::Value read;
    if (!any(inner, kind, depth, read)) return false;
    list.add(read);
  }
  if (out) *out = list.finish();
  return true;
}

}  // namespace lw::event
