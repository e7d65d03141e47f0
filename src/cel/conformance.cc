#include "cel/conformance.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/json_depth.h"
#include "cel/base64.h"
#include "cel/collection.h"
#include "cel/number_text.h"
#include "cel/timestamp.h"
#include "cel/utf8.h"

namespace lw::cel {
namespace {

using Json = nlohmann::json;

// Of a test's JSON: its values and types are made by recursion. A list within a list is three deep there.
constexpr std::size_t kMaxJsonDepth = 600;

// Reads one test. What it does not know it notes as the reason to skip; the first counts.
class Reader {
 public:
  explicit Reader(const Json& json) : json_(json), test_(std::make_unique<ConformanceTest>()) {}

  std::unique_ptr<ConformanceTest> read() {
    test_->expr = json_.value("expr", "");
    test_->name = json_.value("file", "") + "/" + json_.value("section", "") + "/" + json_.value("name", "");
    test_->options.check = !json_.value("disable_check", false);
    test_->options.macros = !json_.value("disable_macros", false);
    test_->check_only = json_.value("check_only", false);
    test_->env.set_container(json_.value("container", ""));
    if (const Json* declared = find(json_, "type_env"))
      for (const Json& declaration : *declared) declare(declaration);
    if (const Json* bound = find(json_, "bindings"))
      for (const auto& [name, binding] : bound->items()) bind(name, binding);
    expect();
    return std::move(test_);
  }

 private:
  static const Json* find(const Json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return found == object.end() ? nullptr : &*found;
  }
  static std::string text(const Json& object, const char* key) {
    const Json* found = find(object, key);
    return found && found->is_string() ? found->get<std::string>() : std::string();
  }
  void skip(std::string reason) {
    if (test_->skip.empty()) test_->skip = std::move(reason);
  }

  void expect() {
    test_->fails = json_.contains("eval_error") || json_.contains("any_eval_errors");
    if (json_.contains("unknown") || json_.contains("any_unknowns")) skip("unknown values are not part of this implementation");
    if (const Json* wanted = find(json_, "value")) {
      test_->value = value(*wanted);
    } else if (const Json* typed = find(json_, "typed_result")) {
      if (const Json* result = find(*typed, "result")) test_->value = value(*result);
      if (const Json* deduced = find(*typed, "deduced_type")) test_->type = type(*deduced);
    } else if (!test_->fails && !test_->check_only) {
      test_->value = Value::of(true);
    }
  }

  void declare(const Json& declaration) {
    const std::string name = text(declaration, "name");
    if (const Json* ident = find(declaration, "ident")) {
      const Json* declared = find(*ident, "type");
      const Type* of = declared ? type(*declared) : Type::dyn();
      if (const Json* constant = find(*ident, "value"))
        note(test_->env.add_constant(name, of, value(*constant)));
      else
        note(test_->env.add_variable(name, of, slot(name)));
    }
    if (const Json* function = find(declaration, "function"))
      if (const Json* overloads = find(*function, "overloads"))
        for (const Json& overload : *overloads) {
          std::vector<const Type*> parameters;
          if (const Json* params = find(overload, "params"))
            for (const Json& param : *params) parameters.push_back(type(param));
          const Json* result = find(overload, "result_type");
          note(test_->env.add_function(name, overload.value("is_instance_function", false), std::move(parameters),
                                       result ? type(*result) : Type::dyn()));
        }
  }
  void note(const Status& added) {
    if (!added) skip(added.error().message);
  }
  std::uint32_t slot(const std::string& name) {
    names_.push_back(name);
    test_->slots.emplace_back();
    return static_cast<std::uint32_t>(names_.size() - 1);
  }

  void bind(const std::string& name, const Json& binding) {
    auto found = std::find(names_.begin(), names_.end(), name);
    if (found == names_.end()) {
      note(test_->env.add_variable(name, Type::dyn(), slot(name)));
      found = names_.end() - 1;
    }
    Value& to = test_->slots[static_cast<std::size_t>(found - names_.begin())];
    if (const Json* known = find(binding, "value")) to = value(*known);
    else if (find(binding, "error")) to = make_error(test_->arena, Error::kArgument, "a bound error");
    else skip("unknown values are not part of this implementation");
  }

  const Type* primitive(const std::string& name) {
    static const std::pair<const char*, const Type*> kTypes[] = {
        {"BOOL", Type::boolean()}, {"INT64", Type::integer()}, {"UINT64", Type::natural()},
        {"DOUBLE", Type::real()},  {"STRING", Type::string()}, {"BYTES", Type::bytes()}};
    for (const auto& [known, type] : kTypes)
      if (name == known) return type;
    skip("the primitive type '" + name + "'");
    return Type::dyn();
  }

  const Type* part(const Json& of, const char* key) {
    const Json* found = find(of, key);
    return found ? type(*found) : Type::dyn();
  }

  const Type* named(const std::string& name) {
    if (name == "google.protobuf.Timestamp") return Type::timestamp();
    if (name == "google.protobuf.Duration") return Type::duration();
    if (name == "google.protobuf.Struct") return Type::map(Type::string(), Type::dyn());
    if (name == "google.protobuf.ListValue") return Type::list(Type::dyn());
    if (name == "google.protobuf.Any" || name == "google.protobuf.Value") return Type::dyn();
    skip("the message type " + name);
    return Type::dyn();
  }

  const Type* type(const Json& json) {
    if (!json.is_object() || json.empty()) return Type::dyn();
    const std::string kind = json.begin().key();
    const Json& of = json.begin().value();
    const std::string word = of.is_string() ? of.get<std::string>() : std::string();
    if (kind == "dyn") return Type::dyn();
    if (kind == "null") return Type::null();
    if (kind == "primitive") return primitive(word);
    if (kind == "wrapper") return skip("wrapper types belong to messages"), Type::dyn();
    if (kind == "well_known") return word == "TIMESTAMP" ? Type::timestamp() : word == "DURATION" ? Type::duration() : Type::dyn();
    if (kind == "list_type") return Type::list(part(of, "elem_type"));
    if (kind == "map_type") return Type::map(part(of, "key_type"), part(of, "value_type"));
    if (kind == "type") return Type::type(type(of));
    if (kind == "type_param") return Type::parameter(word);
    if (kind == "message_type") return named(word);
    if (kind == "abstract_type") return abstract(of);
    skip("the type '" + kind + "'");
    return Type::dyn();
  }
  const Type* abstract(const Json& json) {
    const std::string name = text(json, "name");
    std::vector<const Type*> parameters;
    if (const Json* given = find(json, "parameter_types"))
      for (const Json& parameter : *given) parameters.push_back(type(parameter));
    if (name == "optional_type" || name == "optional") return Type::optional(parameters.empty() ? Type::dyn() : parameters[0]);
    return Type::opaque(name, std::move(parameters));
  }

  template <class T>
  T whole(const Json& json) {
    if (json.is_number()) return json.get<T>();
    T value = 0;
    const std::string digits = json.is_string() ? json.get<std::string>() : "";
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.empty() || read.ptr != digits.data() + digits.size()) skip("a malformed number");
    return value;
  }
  double real(const Json& json) {
    if (json.is_number()) return json.get<double>();
    const auto value = json.is_string() ? parse_double(json.get<std::string>()) : std::nullopt;
    if (!value) skip("a malformed number");
    return value.value_or(0);
  }
  Value string(const Json& json) { return Value::of_string(test_->arena.copy(json.is_string() ? json.get<std::string>() : "")); }
  Value bytes(const Json& json) {
    auto decoded = json.is_string() ? decode_base64(json.get<std::string>()) : std::nullopt;
    if (!decoded) skip("malformed bytes");
    return Value::of_bytes(test_->arena.copy(decoded.value_or("")));
  }

  Value value(const Json& json) {
    if (!json.is_object() || json.empty()) return skip("a malformed value"), Value::null();
    const std::string kind = json.begin().key();
    const Json& of = json.begin().value();
    if (kind == "null_value") return Value::null();
    if (kind == "bool_value") return Value::of(of.is_boolean() && of.get<bool>());
    if (kind == "int64_value") return Value::of_int(whole<std::int64_t>(of));
    if (kind == "uint64_value") return Value::of_uint(whole<std::uint64_t>(of));
    if (kind == "double_value") return Value::of_double(real(of));
    if (kind == "string_value") return string(of);
    if (kind == "bytes_value") return bytes(of);
    if (kind == "list_value") return list(of);
    if (kind == "map_value") return map(of);
    if (kind == "type_value") return named_type(of.is_string() ? of.get<std::string>() : "");
    if (kind == "object_value") return object(of);
    skip("values of kind '" + kind + "'");
    return Value::null();
  }
  Value list(const Json& json) {
    std::vector<Value> items;
    if (const Json* values = find(json, "values"))
      for (const Json& item : *values) items.push_back(value(item));
    return make_list(test_->arena, items);
  }
  Value map(const Json& json) {
    std::vector<Map::Entry> entries;
    if (const Json* given = find(json, "entries"))
      for (const Json& entry : *given) entries.push_back({value(entry.value("key", Json())), value(entry.value("value", Json()))});
    return make_map(test_->arena, entries);
  }
  static Value named_type(const std::string& name) {
    static const Type* const kTypes[] = {Type::boolean(), Type::integer(), Type::natural(), Type::real(), Type::string(),
                                         Type::bytes(), Type::null(), Type::timestamp(), Type::duration()};
    Value value;
    value.kind = Kind::kType;
    value.type = Type::opaque(name);  // types are compared by their names
    for (const Type* type : kTypes)
      if (type->name() == name) value.type = type;
    return value;
  }
  // The messages that stand for values of the language.
  Value object(const Json& json) {
    const std::string url = text(json, "@type");
    const std::string name = url.substr(url.rfind('/') + 1);
    const Json* of = find(json, "value");
    if (of && name == "google.protobuf.Timestamp")
      if (const auto instant = parse_instant(text(json, "value"))) return instant->value();
    if (of && name == "google.protobuf.Duration")
      if (const auto nanos = parse_go_duration(text(json, "value"))) return Value::of_duration({*nanos});
    if (of && (name == "google.protobuf.Int64Value" || name == "google.protobuf.Int32Value")) return Value::of_int(whole<std::int64_t>(*of));
    if (of && (name == "google.protobuf.UInt64Value" || name == "google.protobuf.UInt32Value")) return Value::of_uint(whole<std::uint64_t>(*of));
    if (of && (name == "google.protobuf.DoubleValue" || name == "google.protobuf.FloatValue")) return Value::of_double(real(*of));
    if (of && name == "google.protobuf.BoolValue") return Value::of(of->is_boolean() && of->get<bool>());
    if (of && name == "google.protobuf.StringValue") return string(*of);
    if (of && name == "google.protobuf.BytesValue") return bytes(*of);
    skip("the message " + name);
    return Value::null();
  }

  const Json& json_;
  std::unique_ptr<ConformanceTest> test_;
  std::vector<std::string> names_;  // of the slots
};

// The expected texts pass through the text format of protocol buffers, and its escapes \\uXXXX, \\UXXXXXXXX and \\? may
// have been left as they stand on the way to JSON. This is the text that was meant then.
std::string decode_left_escapes(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::string_view rest = text.substr(at);
    const std::size_t digits = rest.starts_with("\\u") ? 4 : rest.starts_with("\\U") ? 8 : 0;
    std::uint32_t point = 0;
    if (rest.starts_with("\\?")) {
      out += '?';
      ++at;
    } else if (digits && rest.size() >= 2 + digits &&
               std::from_chars(rest.data() + 2, rest.data() + 2 + digits, point, 16).ptr == rest.data() + 2 + digits) {
      append_utf8(out, static_cast<char32_t>(point));
      at += 1 + digits;
    } else {
      out += text[at];
    }
  }
  return out;
}

bool as_wanted(const Value& got, const Value& wanted) {
  if (identical(got, wanted)) return true;
  if (got.kind != wanted.kind || (!got.is(Kind::kString) && !got.is(Kind::kBytes))) return false;
  return got.text() == decode_left_escapes(wanted.text());
}

bool identical_lists(const List& a, const List& b) {
  return std::equal(a.span().begin(), a.span().end(), b.span().begin(), b.span().end(), identical);
}
bool identical_maps(const Map& a, const Map& b) {
  return a.size == b.size && std::all_of(a.span().begin(), a.span().end(), [&](const Map::Entry& entry) {
    const auto twin = std::find_if(b.span().begin(), b.span().end(),
                                   [&](const Map::Entry& other) { return identical(entry.key, other.key); });
    return twin != b.span().end() && identical(entry.value, twin->value);
  });
}

}  // namespace

bool identical(const Value& a, const Value& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case Kind::kAbsent: return true;
    case Kind::kError: return a.error->code == b.error->code;
    case Kind::kDouble: return a.real == b.real || (std::isnan(a.real) && std::isnan(b.real));
    case Kind::kList: return identical_lists(*a.list, *b.list);
    case Kind::kMap: return identical_maps(*a.map, *b.map);
    case Kind::kOptional: return a.pointer && b.pointer ? identical(*a.pointer, *b.pointer) : a.pointer == b.pointer;
    default: return equal(a, b);
  }
}

Result<std::unique_ptr<ConformanceTest>> read_conformance_test(std::string_view line) {
  if (nested_deeper(line, kMaxJsonDepth)) return fail("the test is nested deeper than {}", kMaxJsonDepth);
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object() || !json.contains("expr") || !json["expr"].is_string())
    return fail("the line should be a JSON object with a string 'expr'");
  try {
    return Reader(json).read();
  } catch (const Json::exception& wrong) {
    return fail("the test is not of the form of a SimpleTest: {}", wrong.what());
  }
}

std::string run_conformance_test(const ConformanceTest& test) {
  const auto program = compile(test.env, test.expr, test.options);
  if (!program) {
    if (test.fails) return {};
    const lw::Error error = program.error().to_error(test.expr);
    return fmt::format("got {}:{}: {}, want {}", error.place.line, error.place.column, error.message,
                       test.type ? test.type->to_text() : to_text(test.value));
  }
  if (test.type && program->type() != test.type)
    return fmt::format("got the type {}, want {}", program->type()->to_text(), test.type->to_text());
  if (test.check_only) return {};
  Arena arena;
  const Value got = program->run(test.slots, arena);
  if (test.fails) return got.is(Kind::kError) ? "" : fmt::format("got {}, want an error", to_text(got));
  if (test.value.is(Kind::kAbsent) || as_wanted(got, test.value)) return {};
  return fmt::format("got {}, want {}", to_text(got), to_text(test.value));
}

}  // namespace lw::cel
