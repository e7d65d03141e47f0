#include "server/document.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include <fmt/ranges.h>

#include "cel/suggest.h"
#include "pack/document.h"
#include "server/schema.h"
#include "server/target.h"

namespace lw::server {

extern const std::string_view openapi_yaml;  // the file itself

namespace {

using desk::Json;
using desk::Why;

Json scalar(const pack::Node& node) {
  if (!node.plain) return node.text;
  const std::string& text = node.text;
  if (text == "true" || text == "false") return text == "true";
  if (text == "null" || text == "~") return nullptr;
  std::int64_t whole = 0;
  if (const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole); error == std::errc() && end == text.data() + text.size()) return whole;
  double number = 0;
  if (const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number); error == std::errc() && end == text.data() + text.size()) return number;
  return text;
}

Json json_of(const pack::Node& node) {
  if (node.is_null()) return nullptr;
  if (node.is_scalar()) return scalar(node);
  Json out = node.is_sequence() ? Json::array() : Json::object();
  for (const pack::Node& item : node.items) out.push_back(json_of(item));
  for (const pack::Entry& entry : node.entries) out[entry.key.text] = json_of(entry.value);
  return out;
}

std::vector<std::string> words(const Json& operation, const char* key) {
  return operation.contains(key) ? operation[key].get<std::vector<std::string>>() : std::vector<std::string>();
}

bool is_template(std::string_view piece) { return piece.starts_with('{') && piece.ends_with('}'); }

std::vector<std::string> pieces_of(std::string_view path) {
  std::vector<std::string> out;
  while (path.starts_with('/')) {
    path.remove_prefix(1);
    const std::size_t slash = path.find('/');
    out.emplace_back(path.substr(0, slash));
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash);
  }
  return out;
}

// A path or query parameter's text as its schema's type would have it; text where it is none.
Json typed(const Parameter& parameter, const std::string& text) {
  if (parameter.type == Parameter::Type::kBoolean && (text == "true" || text == "false")) return text == "true";
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parameter.type == Parameter::Type::kInteger && error == std::errc() && end == text.data() + text.size()) return number;
  return text;
}

std::optional<NoTarget> fault_of(const Parameter& parameter, const std::string& text) {
  const Json value = typed(parameter, text);
  auto fault = beyond_bounds(value);
  if (!fault) fault = parameter.schema->fault(value);
  if (!fault) return std::nullopt;
  std::string message = fault->message;
  if (message.starts_with("the value ")) message.erase(0, 10);
  return NoTarget{400, fmt::format("{} {}", parameter.name, message), parameter.name, {}};
}

}  // namespace

// Reads the parts of the document that requests are checked against.
class DocumentReader {
 public:
  explicit DocumentReader(Document& out) : out_(out), root_(out.root_) {}

  Status read() {
    try {
      for (const auto& [path, methods] : root_.at("paths").items()) {
        for (const auto& [method, operation] : methods.items()) {
          if (Status done = add(path, method, operation); !done) return fail("{} {}: {}", method, path, done.error().message);
        }
      }
    } catch (const Json::exception& exception) {
      return fail("not a document of an API: {}", exception.what());
    }
    return check_names();
  }

 private:
  Status add(const std::string& path, std::string method, const Json& from) {
    Operation to;
    std::transform(method.begin(), method.end(), method.begin(), [](char c) { return static_cast<char>(std::toupper(c)); });
    to.method = std::move(method);
    to.id = from.at("operationId").get<std::string>();
    to.path = pieces_of(path);
    to.open = from.contains("security") && from["security"].empty();
    to.streams = from.value("x-stream", false);
    to.loopback = from.value("x-loopback", false);
    to.roles = words(from, "x-roles");
    to.kinds = words(from, "x-bodies");
    to.scope = from.value("x-scope", "");
    if (to.open != (to.kinds == std::vector<std::string>{"public"})) return fail("`security: []` and `x-bodies: [public]` go together");
    if (!to.open && to.roles.empty() && to.scope.empty()) return fail("nobody may call it: x-roles or x-scope is missing");
    if (from.contains("parameters")) {
      for (const Json& parameter : from["parameters"]) {
        if (Status done = add_parameter(to, parameter); !done) return done;
      }
    }
    for (const std::string& piece : to.path) {
      if (!is_template(piece)) continue;
      const auto named = [&](const Parameter& parameter) { return "{" + parameter.name + "}" == piece; };
      if (std::none_of(to.in_path.begin(), to.in_path.end(), named)) return fail("{} is no parameter", piece);
    }
    if (from.contains("requestBody")) {
      if (Status done = add_bodies(to, from["requestBody"]); !done) return done;
    }
    out_.operations_.push_back(std::move(to));
    return {};
  }

  Status add_parameter(Operation& to, const Json& written) {
    auto from = expanded(root_, written);
    if (!from) return tl::make_unexpected(from.error());
    Parameter parameter;
    parameter.name = from->at("name").get<std::string>();
    parameter.required = from->value("required", false);
    parameter.rest = from->value("x-rest", false);
    const Json& schema = from->at("schema");
    const std::string type = schema.value("type", "string");
    if (type == "integer") parameter.type = Parameter::Type::kInteger;
    if (type == "boolean") parameter.type = Parameter::Type::kBoolean;
    if (schema.contains("default")) parameter.otherwise = schema["default"].is_string() ? schema["default"].get<std::string>() : schema["default"].dump();
    auto compiled = Schema::compile(schema);
    if (!compiled) return tl::make_unexpected(compiled.error());
    parameter.schema = std::move(*compiled);
    const std::string in = from->at("in").get<std::string>();
    if (in != "path" && in != "query") return fail("{} is neither in the path nor in the query", parameter.name);
    (in == "path" ? to.in_path : to.in_query).push_back(std::move(parameter));
    return {};
  }

  Status add_bodies(Operation& to, const Json& written) {
    auto from = expanded(root_, written);
    if (!from) return tl::make_unexpected(from.error());
    to.body_required = from->value("required", false);
    for (const auto& [type, media] : from->at("content").items()) {
      // What streams is checked by who takes it.
      auto compiled = Schema::compile(to.streams ? Json::object() : media.at("schema"));
      if (!compiled) return tl::make_unexpected(compiled.error());
      to.bodies[type] = std::move(*compiled);
    }
    return {};
  }

  Status check_names() const {
    std::set<std::string> seen;
    for (const Operation& operation : out_.operations_) {
      if (!seen.insert(operation.id).second) return fail("{} is there twice", operation.id);
    }
    return {};
  }

  Document& out_;
  const Json& root_;
};

Document::~Document() = default;

Result<std::unique_ptr<Document>> Document::parse(std::string_view yaml) {
  auto parsed = pack::parse_document("openapi.yaml", std::string(yaml), pack::Limits{});
  if (!parsed) return tl::make_unexpected(parsed.error());
  auto out = std::unique_ptr<Document>(new Document());
  out->root_ = json_of(parsed->root);
  out->root_.erase("x-short");
  if (Status done = DocumentReader(*out).read(); !done) return tl::make_unexpected(done.error());
  out->json_ = out->root_.dump();
  return out;
}

Result<std::unique_ptr<Document>> Document::own() { return parse(openapi_yaml); }

const Operation* Document::find(std::string_view id) const {
  const auto found = std::find_if(operations_.begin(), operations_.end(), [&](const Operation& operation) { return operation.id == id; });
  return found == operations_.end() ? nullptr : &*found;
}

namespace {

// Fills the path's parameters; false if that path is another's.
bool fits(const Operation& operation, const std::vector<std::string>& path, std::map<std::string, std::string>& parameters) {
  parameters.clear();
  for (std::size_t at = 0; at < operation.path.size(); ++at) {
    const std::string& piece = operation.path[at];
    if (at >= path.size()) return false;
    if (!is_template(piece)) {
      if (piece != path[at]) return false;
      continue;
    }
    const std::string name = piece.substr(1, piece.size() - 2);
    const auto parameter = std::find_if(operation.in_path.begin(), operation.in_path.end(), [&](const Parameter& one) { return one.name == name; });
    if (!parameter->rest) {
      parameters[name] = path[at];
      continue;
    }
    for (std::size_t rest = at; rest < path.size(); ++rest) {
      if (path[rest].find('/') != std::string::npos) return false;
    }
    parameters[name] = fmt::format("{}", fmt::join(path.begin() + static_cast<std::ptrdiff_t>(at), path.end(), "/"));
    return true;
  }
  return path.size() == operation.path.size();
}

std::optional<NoTarget> read_query(const Operation& operation, const SplitTarget& split, std::map<std::string, std::string>& out) {
  for (const auto& [name, value] : split.query) {
    const auto parameter = std::find_if(operation.in_query.begin(), operation.in_query.end(), [&, &wanted = name](const Parameter& one) { return one.name == wanted; });
    if (parameter == operation.in_query.end()) {
      std::vector<std::string_view> known;
      for (const Parameter& one : operation.in_query) known.push_back(one.name);
      return NoTarget{400, fmt::format("there is no parameter '{}' here{}", name.substr(0, 100), cel::suggestion(name, known)), name.substr(0, 100), {}};
    }
    if (!out.emplace(name, value).second) return NoTarget{400, fmt::format("{} is given twice", name), name, {}};
    if (auto fault = fault_of(*parameter, value)) return fault;
  }
  for (const Parameter& parameter : operation.in_query) {
    if (out.contains(parameter.name)) continue;
    if (parameter.required) return NoTarget{400, fmt::format("{} is missing", parameter.name), parameter.name, {}};
    if (!parameter.otherwise.empty()) out[parameter.name] = parameter.otherwise;
  }
  return std::nullopt;
}

}  // namespace

tl::expected<Target, NoTarget> Document::route(std::string_view method, std::string_view target) const {
  if (target.size() > kLongestTarget) return tl::make_unexpected(NoTarget{414, fmt::format("the path is longer than {} bytes", kLongestTarget), {}, {}});
  auto split = split_target(target);
  if (!split) return tl::make_unexpected(NoTarget{400, split.error().message, {}, {}});
  if (method == "HEAD") method = "GET";

  Target out;
  std::set<std::string> methods;
  for (const Operation& operation : operations_) {
    std::map<std::string, std::string> path;
    if (!fits(operation, split->path, path)) continue;
    methods.insert(operation.method);
    if (operation.method != method) continue;
    out.operation = &operation;
    out.path = std::move(path);
  }
  if (methods.empty()) return tl::make_unexpected(NoTarget{404, "there is nothing here", {}, {}});
  if (!out.operation) {
    if (methods.contains("GET")) methods.insert("HEAD");
    const std::string allow = fmt::format("{}", fmt::join(methods, ", "));
    return tl::make_unexpected(NoTarget{405, fmt::format("not with this method; there are: {}", allow), {}, allow});
  }
  for (const Parameter& parameter : out.operation->in_path) {
    if (auto fault = fault_of(parameter, out.path[parameter.name])) return tl::make_unexpected(std::move(*fault));
  }
  if (auto fault = read_query(*out.operation, *split, out.query)) return tl::make_unexpected(std::move(*fault));
  return out;
}

desk::Answer<void> Document::check(const Operation& operation, const std::string& media_type, const Json& body) const {
  const auto found = operation.bodies.find(media_type);
  if (found == operation.bodies.end()) return desk::refuse(Why::kInvalid, "{} is not taken here", media_type);
  auto fault = beyond_bounds(body);
  if (fault) fault->message = fmt::format("{} {}", fault->field.empty() ? "the body" : fault->field, fault->message);
  else fault = found->second->fault(body);
  if (fault) return desk::refuse_field(std::move(fault->field), std::move(fault->message));
  return {};
}

namespace {

// The same, in which an object has no fields but those that it tells of.
Json closed(const Json& schema) {
  if (!schema.is_structured()) return schema;
  Json out = schema.is_array() ? Json::array() : Json::object();
  for (const auto& [key, inner] : schema.items()) {
    if (schema.is_array()) out.push_back(closed(inner));
    else out[key] = closed(inner);
  }
  if (schema.is_array()) return out;
  if (out.contains("allOf")) {  // parts of one object: none alone tells of all fields
    for (const Json& part : schema["allOf"]) {
      const Json fields = part.value("properties", Json::object());
      for (const auto& [name, field] : fields.items()) out["properties"][name] = closed(field);
      for (const Json& name : part.value("required", Json::array())) out["required"].push_back(name);
    }
    out.erase("allOf");
  }
  if (out.contains("properties") && out["properties"].is_object() && !out.contains("additionalProperties")) out["additionalProperties"] = false;
  return out;
}

}  // namespace

std::string Document::check_reply(const std::string& operation_id, int status, const Json& body) const {
  for (const auto& [path, methods] : root_.at("paths").items()) {
    for (const auto& [method, operation] : methods.items()) {
      if (operation.at("operationId") != operation_id) continue;
      const auto answer = operation.at("responses").find(std::to_string(status));
      if (answer == operation["responses"].end()) return fmt::format("{} does not answer {}", operation_id, status);
      auto whole = expanded(root_, *answer);
      if (!whole) return whole.error().message;
      if (!whole->contains("content")) return body.is_null() ? "" : "there is a body where none is told of";
      const Json& content = whole->at("content");
      const Json& media = status < 400 || !content.contains("application/problem+json") ? content.begin().value() : content["application/problem+json"];
      auto schema = Schema::compile(closed(media.at("schema")));
      if (!schema) return schema.error().message;
      const auto fault = (*schema)->fault(body);
      return !fault ? "" : fault->field.empty() ? fault->message : fault->field + ": " + fault->message;
    }
  }
  return fmt::format("there is no operation {}", operation_id);
}

}  // namespace lw::server
