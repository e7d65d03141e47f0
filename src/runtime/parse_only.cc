#include "runtime/parse_only.h"

#include <simdjson.h>

namespace lw::runtime {
namespace {

namespace on = simdjson::ondemand;

std::uint64_t take(std::string_view text) { return text.size() + (text.empty() ? 0 : static_cast<unsigned char>(text.back())); }

std::uint64_t read(on::value value) {
  std::uint64_t sum = 0;
  switch (value.type()) {
    case on::json_type::object:
      for (auto field : value.get_object()) {
        sum += take(field.unescaped_key().value());
        sum += read(field.value());
      }
      return sum;
    case on::json_type::array:
      for (auto item : value.get_array()) sum += read(item.value());
      return sum;
    case on::json_type::string: return take(value.get_string().value());
    case on::json_type::boolean: return value.get_bool().value();
    case on::json_type::null: return value.is_null() ? 1 : 0;
    case on::json_type::number: {
      const on::number number = value.get_number().value();
      return number.is_int64() ? static_cast<std::uint64_t>(number.get_int64()) : static_cast<std::uint64_t>(number.as_double() != 0);
    }
  }
  return sum;
}

}  // namespace

Result<Parsed> parse_only(const std::string& path) {
  Parsed out;
  try {
    const simdjson::padded_string text = simdjson::padded_string::load(path);
    on::parser parser;
    parser.threaded = false;  // the same thread as the rest
    on::document_stream lines = parser.iterate_many(text);
    for (auto line : lines) {
      on::object object = line.value().get_object();
      for (auto field : object) {
        out.checksum += take(field.unescaped_key().value());
        out.checksum += read(field.value());
      }
      ++out.events;
    }
  } catch (const simdjson::simdjson_error& error) {
    return fail("{}: event {}: {}", path, out.events + 1, error.what());
  }
  return out;
}

}  // namespace lw::runtime
