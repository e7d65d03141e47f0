#include "server/schema.h"

#include <fmt/ranges.h>

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <algorithm>
#include <vector>

#include "base/time.h"

namespace lw::server {
namespace {

using desk::Json;

constexpr int kDeepestRefs = 32;

// "[liable]" as valijson writes a step of a path.
std::string_view bare(std::string_view step) {
  if (step.starts_with('[') && step.ends_with(']')) step = step.substr(1, step.size() - 2);
  return step;
}

// What the schema says of a value at that path; null where it says nothing.
const Json* within(const Json& schema, const std::vector<std::string>& path, std::size_t at) {
  if (at == path.size()) return &schema;
  const std::string step(bare(path[at]));
  if (const auto properties = schema.find("properties"); properties != schema.end() && properties->contains(step)) {
    return within(properties->at(step), path, at + 1);
  }
  if (const auto items = schema.find("items"); items != schema.end() && items->is_object()) return within(*items, path, at + 1);
  for (const char* way : {"allOf", "anyOf", "oneOf"}) {
    const auto some = schema.find(way);
    if (some == schema.end()) continue;
    for (const Json& one : *some) {
      if (const Json* found = within(one, path, at)) return found;
    }
  }
  return nullptr;
}

std::string names_of(const Json& values) {
  std::vector<std::string> out;
  for (const Json& value : values) out.push_back(value.is_string() ? value.get<std::string>() : value.dump());
  return fmt::format("{}", fmt::join(out, ", "));
}

std::string bounds(const Json& schema, const char* least, const char* most, std::string_view of) {
  if (schema.contains(least) && schema.contains(most)) return fmt::format(" of {} to {}{}", schema[least].dump(), schema[most].dump(), of);
  if (schema.contains(most)) return fmt::format(" of at most {}{}", schema[most].dump(), of);
  return schema.contains(least) ? fmt::format(" of at least {}{}", schema[least].dump(), of) : "";
}

// What would be right.
std::string wanted(const Json& schema) {
  if (schema.contains("const")) return schema["const"].is_string() ? schema["const"].get<std::string>() : schema["const"].dump();
  if (schema.contains("enum")) return "one of " + names_of(schema["enum"]);
  const std::string type = schema.value("type", "");
  if (type == "integer") return "a whole number" + bounds(schema, "minimum", "maximum", "");
  if (type == "number") return "a number" + bounds(schema, "minimum", "maximum", "");
  if (type == "boolean") return "true or false";
  if (type == "array") return "an array" + bounds(schema, "minItems", "maxItems", " items") + (schema.value("uniqueItems", false) ? ", each once" : "");
  if (type == "object") return "an object";
  if (type != "string") return "something else";
  if (schema.value("format", "") == "date-time") return "a time such as 2026-01-31T08:00:00+08:00";
  std::string text = "a text" + bounds(schema, "minLength", "maxLength", " characters");
  if (schema.contains("pattern")) text += fmt::format(" that matches {}", schema["pattern"].get<std::string>());
  return text;
}

std::string between_quotes(std::string_view text) {
  const std::size_t from = text.find('\''), to = text.rfind('\'');
  return from == to ? std::string() : std::string(text.substr(from + 1, to - from - 1));
}

Fault fault_of(const Json& schema, const valijson::ValidationResults::Error& error) {
  const std::vector<std::string> path(error.context.begin() + 1, error.context.end());
  std::string field;
  for (const std::string& step : path) field += (field.empty() ? "" : ".") + std::string(bare(step));
  const auto inner = [&](std::string_view name) { return field + (field.empty() ? "" : ".") + std::string(name); };

  const std::string name = between_quotes(error.description);
  if (error.description.starts_with("Missing required property")) return {inner(name), fmt::format("{} is missing", inner(name))};
  const Json* here = within(schema, path, 0);
  if (error.description.starts_with("Object contains a property") || error.description.find("additional properties") != std::string::npos) {
    std::vector<std::string> known;
    if (here && here->contains("properties")) {
      for (const auto& [key, value] : here->at("properties").items()) known.push_back(key);
    }
    return {field, fmt::format("{} has a field that is not known here; there are: {}", field.empty() ? "the body" : field, fmt::join(known, ", "))};
  }
  const std::string subject = field.empty() ? "the value" : field;
  if (here && here->value("type", "") == "object" && here->contains("minProperties")) return {field, fmt::format("{} must have a field at least", subject)};
  if (here && here->contains("anyOf") && here->value("type", "") == "object") {
    std::vector<std::string> ways;
    for (const Json& way : here->at("anyOf")) ways.push_back(names_of(way.value("required", Json::array())));
    return {field, fmt::format("{} must have {}", subject, fmt::join(ways, " or "))};
  }
  return {field, here ? fmt::format("{} must be {}", subject, wanted(*here)) : fmt::format("{} is not right: {}", subject, error.description)};
}

// valijson asks a regular expression of the standard library for times; those that it lets through may still be none.
std::optional<Fault> bad_time(const Json& schema, const Json& value, const std::string& field) {
  if (value.is_string() && schema.value("format", "") == "date-time" && !parse_rfc3339(value.get_ref<const std::string&>())) {
    return Fault{field, fmt::format("{} must be {}", field.empty() ? "the value" : field, wanted(schema))};
  }
  const auto properties = schema.find("properties");
  if (!value.is_object() || properties == schema.end()) return std::nullopt;
  for (const auto& [key, inner] : value.items()) {
    const auto found = properties->find(key);
    if (found == properties->end()) continue;
    if (auto fault = bad_time(*found, inner, field.empty() ? key : field + "." + key)) return fault;
  }
  return std::nullopt;
}

}  // namespace

struct Schema::Compiled {
  valijson::Schema schema;
};

Schema::Schema(Json schema, std::unique_ptr<Compiled> compiled) : schema_(std::move(schema)), compiled_(std::move(compiled)) {}
Schema::~Schema() = default;

Result<std::shared_ptr<const Schema>> Schema::compile(Json schema) {
  auto compiled = std::make_unique<Compiled>();
  try {
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(schema), compiled->schema);
  } catch (const std::exception& exception) {
    return fail("a schema that is none: {}", exception.what());
  }
  return std::shared_ptr<const Schema>(new Schema(std::move(schema), std::move(compiled)));
}

std::optional<Fault> Schema::fault(const Json& value) const {
  // It keeps the patterns that it has met, and so is no two threads'.
  thread_local valijson::Validator validator;
  valijson::ValidationResults results;
  try {
    if (validator.validate(compiled_->schema, valijson::adapters::NlohmannJsonAdapter(value), &results)) return bad_time(schema_, value, "");
  } catch (const std::exception& exception) {
    return Fault{"", fmt::format("cannot be checked: {}", exception.what())};
  }
  if (results.begin() == results.end()) return Fault{"", "the value is not what is wanted here"};
  // Of several ways that were all tried, none alone is to blame.
  const auto of_ways = std::find_if(results.begin(), results.end(), [](const auto& error) { return error.description.find("anyOf constraint") != std::string::npos; });
  return fault_of(schema_, of_ways == results.end() ? *results.begin() : *of_ways);
}

std::optional<Fault> beyond_bounds(const Json& value) {
  const auto bad_text = [](const std::string& text) -> std::string {
    if (text.size() > kLongestText) return fmt::format("is a text of {} bytes; at most {} are taken", text.size(), kLongestText);
    return text.find('\0') != std::string::npos ? "holds the character U+0000" : "";
  };
  if (value.is_string()) {
    const std::string bad = bad_text(value.get_ref<const std::string&>());
    return bad.empty() ? std::nullopt : std::optional(Fault{"", bad});
  }
  if (!value.is_structured()) return std::nullopt;
  if (value.size() > kMostItems) return Fault{"", fmt::format("has {} items; at most {} are taken", value.size(), kMostItems)};
  for (const auto& [key, inner] : value.items()) {
    if (const std::string bad = bad_text(key); !bad.empty()) return Fault{"", "has a name that " + bad};
    if (auto fault = beyond_bounds(inner)) {
      fault->field = fault->field.empty() ? key : key + "." + fault->field;
      return fault;
    }
  }
  return std::nullopt;
}

namespace {

Result<Json> expand(const Json& document, const Json& schema, int deep) {
  if (deep > kDeepestRefs) return fail("a schema that goes round in a circle: {}", schema.dump().substr(0, 100));
  if (schema.is_object() && schema.contains("$ref")) {
    const std::string ref = schema["$ref"].get<std::string>();
    const std::string pointer = ref.starts_with('#') ? ref.substr(1) : "";
    try {
      if (pointer.empty() || !document.contains(Json::json_pointer(pointer))) return fail("{} leads nowhere", ref);
      return expand(document, document.at(Json::json_pointer(pointer)), deep + 1);
    } catch (const Json::exception&) {
      return fail("{} is no reference", ref);
    }
  }
  if (!schema.is_structured()) return schema;
  Json out = schema.is_array() ? Json::array() : Json::object();
  for (const auto& [key, inner] : schema.items()) {
    auto one = expand(document, inner, deep + 1);
    if (!one) return one;
    if (schema.is_array()) out.push_back(std::move(*one));
    else out[key] = std::move(*one);
  }
  return out;
}

}  // namespace

Result<Json> expanded(const Json& document, const Json& schema) { return expand(document, schema, 0); }

}  // namespace lw::server
