#include "desk/fields.h"

#include <charconv>

#include "desk/records.h"

namespace lw::desk {
namespace {

constexpr std::size_t kMostId = 256;

}  // namespace

const Json& part_of(const Json& in, std::string_view field) {
  static const Json none;
  if (!in.is_object()) return none;
  const auto found = in.find(field);
  return found == in.end() ? none : *found;
}

std::string text_of(const Json& in, std::string_view field) {
  const Json& part = part_of(in, field);
  return part.is_string() ? part.get_ref<const std::string&>() : std::string();
}

std::int64_t number_of(const Json& in, std::string_view field, std::int64_t otherwise) {
  const Json& part = part_of(in, field);
  return part.is_number_integer() ? part.get<std::int64_t>() : otherwise;
}

std::vector<std::string> texts_of(const Json& in, std::string_view field) {
  std::vector<std::string> out;
  const Json& part = part_of(in, field);
  if (!part.is_array()) return out;
  for (const Json& item : part) {
    if (item.is_string()) out.push_back(item.get_ref<const std::string&>());
  }
  return out;
}

Json parsed(const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_discarded() ? Json() : json;
}

std::string written(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json without_nothing(Json object) {
  for (auto it = object.begin(); it != object.end();) {
    const bool nothing = it->is_null() || (it->is_string() && it->get_ref<const std::string&>().empty());
    it = nothing ? object.erase(it) : std::next(it);
  }
  return object;
}

Answer<Named> asked_entity(const Json& body, std::string_view field) {
  const Json& part = part_of(body, field);
  Named named{text_of(part, "kind"), text_of(part, "id")};
  if (!named.kind.empty() && !named.id.empty() && named.id.size() <= kMostId) return named;
  return refuse_field(std::string(field), fmt::format("{} names whom or what: {{\"kind\": …, \"id\": …}}", field));
}

Answer<std::string> asked_text(const Json& body, std::string_view field, std::size_t most) {
  std::string text = text_of(body, field);
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) return refuse_field(std::string(field), fmt::format("{} has to be given", field));
  if (text.size() > most) return refuse_field(std::string(field), fmt::format("{} has {} bytes, at most {} are taken", field, text.size(), most));
  return text;
}

Answer<std::int64_t> asked_time(const Json& body, std::string_view field) {
  const Json& part = part_of(body, field);
  if (part.is_null()) return 0;
  const auto time = part.is_string() ? parse_rfc3339(part.get_ref<const std::string&>()) : std::nullopt;
  if (!time || millis(*time) == 0) return refuse_field(std::string(field), fmt::format("{} is a time as in RFC 3339", field));
  return millis(*time);
}

std::string asked(const Query& query, std::string_view name) {
  const auto found = query.find(std::string(name));
  return found == query.end() ? std::string() : found->second;
}

std::int64_t asked_number(const Query& query, std::string_view name, std::int64_t otherwise) {
  const std::string text = asked(query, name);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && !text.empty() ? number : otherwise;
}

}  // namespace lw::desk
