#include "cli/bench_expressions.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/time.h"
#include "cel/cel.h"
#include "cel/collection.h"

namespace lw::cli {
namespace {

using cel::Type;
using cel::TypeKind;
using cel::Value;
using Json = nlohmann::json;

// The value of `json` as the type that was declared; absent if it is none of that type.
Value to_value(const Json& json, const Type* type, cel::Arena& arena);

Value without_type(const Json& json, cel::Arena& arena) {
  if (json.is_object()) {
    std::vector<cel::Map::Entry> entries;
    for (const auto& [key, value] : json.items()) entries.push_back({Value::of_string(arena.copy(key)), without_type(value, arena)});
    return cel::make_map(arena, entries);
  }
  if (json.is_array()) return to_value(json, Type::list(Type::dyn()), arena);
  if (json.is_boolean()) return Value::of(json.get<bool>());
  if (json.is_number_integer()) return Value::of_int(json.get<std::int64_t>());
  if (json.is_number()) return Value::of_double(json.get<double>());
  if (json.is_string()) return Value::of_string(arena.copy(json.get<std::string>()));
  return Value::null();
}

Value to_value(const Json& json, const Type* type, cel::Arena& arena) {
  switch (type->kind()) {
    case TypeKind::kDyn: return without_type(json, arena);
    case TypeKind::kBool: return json.is_boolean() ? Value::of(json.get<bool>()) : Value{};
    case TypeKind::kInt: return json.is_number_integer() ? Value::of_int(json.get<std::int64_t>()) : Value{};
    case TypeKind::kDouble: return json.is_number() ? Value::of_double(json.get<double>()) : Value{};
    case TypeKind::kString: return json.is_string() ? Value::of_string(arena.copy(json.get<std::string>())) : Value{};
    case TypeKind::kTimestamp: {
      const auto time = json.is_string() ? parse_rfc3339(json.get<std::string>()) : std::nullopt;
      return time ? Value::of_time(*time) : Value{};
    }
    case TypeKind::kDuration: {
      const auto duration = json.is_string() ? parse_duration(json.get<std::string>()) : std::nullopt;
      return duration ? Value::of_duration(*duration) : Value{};
    }
    case TypeKind::kList: {
      std::vector<Value> items;
      for (const Json& item : json) items.push_back(to_value(item, type->element(), arena));
      return cel::make_list(arena, items);
    }
    default: return {};
  }
}

Json to_json(const Value& value) {
  switch (value.kind) {
    case cel::Kind::kBool: return value.boolean;
    case cel::Kind::kInt: return value.integer;
    case cel::Kind::kDouble: return value.real;
    case cel::Kind::kString: return value.text();
    default: return cel::to_text(value);
  }
}

struct Bound {
  cel::Arena arena;  // of the values
  cel::Env env;
  std::vector<Value> slots;

  Status declare(const Json& variables) {
    std::map<std::string, std::vector<cel::Field>> objects;
    for (const auto& [name, given] : variables.items()) {
      const auto type = Type::parse(given.value("type", ""));
      if (!type) return tl::make_unexpected(type.error());
      const Value value = given.contains("value") ? to_value(given["value"], *type, arena) : Value{};
      if (given.contains("value") && value.is(cel::Kind::kAbsent)) return fail("{}: the value is no {}", name, (*type)->to_text());
      if (given.value("constant", false)) {
        if (const Status added = env.add_constant(name, *type, value); !added) return added;
        continue;
      }
      const std::size_t dot = name.find('.');
      if (dot == std::string::npos) return fail("{}: should be OBJECT.FIELD", name);
      objects[name.substr(0, dot)].push_back({name.substr(dot + 1), *type, static_cast<std::uint32_t>(slots.size())});
      slots.push_back(value);
    }
    for (auto& [name, fields] : objects)
      if (const Status added = env.add_object(name, std::move(fields)); !added) return added;
    return {};
  }
};

double median_ns(const cel::Program& program, const std::vector<Value>& slots, int rounds) {
  using Clock = std::chrono::steady_clock;
  cel::Arena arena;
  volatile std::int64_t sink = 0;
  const auto run = [&](int times) {
    const auto start = Clock::now();
    for (int i = 0; i < times; ++i) {
      sink = program.run(slots, arena).integer;
      arena.reset();  // as after each event
    }
    return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
  };
  int times = 1024;
  while (run(times) < 2'000'000) times *= 2;  // rounds of some milliseconds
  std::vector<double> each;
  for (int round = 0; round < rounds; ++round) each.push_back(run(times) / times);
  std::nth_element(each.begin(), each.begin() + rounds / 2, each.end());
  return each[static_cast<std::size_t>(rounds / 2)];
}

Result<TimedExpression> time_one(const Json& json, int rounds) {
  TimedExpression timed{json.value("name", ""), json.value("expression", ""), 0, ""};
  Bound bound;
  if (const Status declared = bound.declare(json.value("variables", Json::object())); !declared) return tl::make_unexpected(declared.error());
  const auto program = cel::compile(bound.env, timed.expression);
  if (!program) return tl::make_unexpected(program.error().to_error(timed.expression));
  cel::Arena arena;
  const Json value = to_json(program->run(bound.slots, arena));
  if (json.contains("expected") && value != json["expected"])
    return fail("{}: gives {}, expected is {}", timed.name, value.dump(), json["expected"].dump());
  timed.value = value.dump();
  timed.ns = median_ns(*program, bound.slots, rounds);
  return timed;
}

}  // namespace

Result<std::vector<TimedExpression>> time_expressions(const std::string& path, int rounds) {
  std::ifstream file(path);
  if (!file) return fail("{}: cannot be opened", path);
  std::vector<TimedExpression> all;
  std::string line;
  for (std::uint32_t number = 1; std::getline(file, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object()) return tl::make_unexpected(Error{"should be a JSON object", {path, number, 0}, {}});
    try {
      auto timed = time_one(json, rounds);
      if (!timed) return tl::make_unexpected(Error{timed.error().message, {path, number, 0}, timed.error().excerpt});
      all.push_back(std::move(*timed));
    } catch (const Json::exception& wrong) {
      return tl::make_unexpected(Error{wrong.what(), {path, number, 0}, {}});
    }
  }
  return all;
}

}  // namespace lw::cli
