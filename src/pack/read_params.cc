// Sections `pack`, `params`, `fields` and `calendar`.
#include <algorithm>

#include "cel/collection.h"
#include "pack/directory.h"
#include "pack/drafts.h"

namespace lw::pack {
namespace {

constexpr std::size_t kMaxListItems = 10'000;

struct Typed {
  cel::Value value;
  const cel::Type* type;
};

std::optional<Typed> read_value(const Node& node, cel::Arena& arena, bool in_list = false);

std::optional<Typed> read_list(const Node& node, cel::Arena& arena) {
  if (node.items.empty() || node.items.size() > kMaxListItems) return {};
  auto* items = arena.array<cel::Value>(node.items.size());
  const cel::Type* element = nullptr;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const auto item = read_value(node.items[i], arena, true);
    if (!item || (element && item->type != element)) return {};
    element = item->type;
    items[i] = item->value;
  }
  const auto* list = arena.make(cel::List{items, static_cast<std::uint32_t>(node.items.size()), {}});
  cel::Value value;
  value.kind = cel::Kind::kList;
  value.list = list;
  return Typed{value, cel::Type::list(element)};
}

std::optional<Typed> read_value(const Node& node, cel::Arena& arena, bool in_list) {
  using cel::Type;
  using cel::Value;
  if (node.is_sequence()) return in_list ? std::nullopt : read_list(node, arena);
  if (!node.is_scalar()) return {};
  if (const auto flag = to_boolean(node)) return Typed{Value::of(*flag), Type::boolean()};
  if (const auto integer = to_integer(node)) return Typed{Value::of_int(*integer), Type::integer()};
  if (const auto number = to_number(node)) return Typed{Value::of_double(*number), Type::real()};
  if (node.plain) {
    if (const auto duration = parse_duration(node.text)) return Typed{Value::of_duration(*duration), Type::duration()};
  }
  return Typed{Value::of_string(arena.copy(node.text)), Type::string()};
}

// What min and max are compared with; empty for values that have no order.
std::optional<double> magnitude(const cel::Value& value) {
  switch (value.kind) {
    case cel::Kind::kInt: return static_cast<double>(value.integer);
    case cel::Kind::kDouble: return value.real;
    case cel::Kind::kDuration: return static_cast<double>(value.integer) / static_cast<double>(kSecond);
    default: return {};
  }
}

std::string range_text(const ParamDraft& param) {
  if (param.min && param.max) return fmt::format("from {} to {}", *param.min, *param.max);
  return param.min ? fmt::format("at least {}", *param.min) : fmt::format("at most {}", *param.max);
}

void check_range(const ParamDraft& param, const Node& at, Findings& findings) {
  const auto size = magnitude(param.value);
  if (!size || ((!param.min || *size >= *param.min) && (!param.max || *size <= *param.max))) return;
  findings.add(at, fmt::format("params.{} is {}{}", param.name.text, range_text(param),
                               param.value.is(cel::Kind::kDuration) ? " seconds" : ""));
}

// A bound is a number, or a duration where the parameter is one.
std::optional<double> read_bound(Mapping& mapping, std::string_view key, const ParamDraft& param, Findings& findings) {
  const Node* node = mapping.get(key);
  if (!node) return {};
  const auto kind = param.value.kind;
  if (kind == cel::Kind::kDuration && node->is_scalar()) {
    if (const auto duration = parse_duration(node->text)) return static_cast<double>(duration->ns) / static_cast<double>(kSecond);
  } else if (kind == cel::Kind::kInt || kind == cel::Kind::kDouble) {
    if (const auto number = to_number(*node)) return number;
  }
  findings.add(*node, fmt::format("`{}` does not suit a parameter of type {}", key, param.type->to_text()));
  return {};
}

void read_param(const Entry& entry, std::size_t pack, Drafts& drafts, Findings& findings) {
  if (!is_name(entry.key.text)) return findings.add(entry.key, "a parameter's name is letters, digits and _");
  for (const ParamDraft& other : drafts.params) {
    if (other.name.text != entry.key.text) continue;
    return findings.add(entry.key, fmt::format("duplicate parameter {}: also in {}:{}", entry.key.text,
                                               other.name.node->file->name(), other.name.node->line()));
  }
  Mapping mapping(entry.value, "parameter", findings);
  ParamDraft param;
  param.name = {entry.key.text, &entry.key, 0};
  if (const Node* value = mapping.require("value")) {
    if (const auto typed = read_value(*value, *drafts.constants)) {
      param.value = typed->value;
      param.type = typed->type;
      param.min = read_bound(mapping, "min", param, findings);
      param.max = read_bound(mapping, "max", param, findings);
      check_range(param, *value, findings);
    } else {
      findings.add(*value, "a parameter is an int, double, string, bool or duration, or a list of one of them");
    }
  }
  param.doc = read_localised(mapping, "doc", false, findings);
  mapping.get("min");
  mapping.get("max");
  mapping.finish();
  if (!param.type) param.type = cel::Type::dyn();
  drafts.params.push_back(std::move(param));
  drafts.param_packs.push_back(pack);
}

void read_calendar(const Node& node, Drafts& drafts, Findings& findings) {
  Mapping mapping(node, "calendar", findings);
  const auto days = [&](std::string_view key, std::vector<std::int32_t>& out) {
    for (const Written& day : mapping.list(key)) {
      const auto date = day.text.size() == 10 ? to_date(day.text, 0) : std::nullopt;
      if (!date) {
        day.refuse(findings, "a day is written as 2026-10-01");
      } else {
        out.push_back(static_cast<std::int32_t>(date->ns / kDay));
      }
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
  };
  days("holidays", drafts.days_off);
  days("workdays", drafts.days_worked);
  mapping.finish();
}

// "+08:00"
std::optional<int> read_zone(const std::string& text) {
  const auto at = parse_rfc3339("2000-01-01T00:00:00" + text);
  const auto utc = parse_rfc3339("2000-01-01T00:00:00Z");
  if (!at || text.size() != 6) return {};
  return static_cast<int>((*utc - *at).ns / kMinute);
}

}  // namespace

Localised read_localised(Mapping& mapping, std::string_view key, bool required, Findings& findings) {
  const Node* node = required ? mapping.require(key) : mapping.get(key);
  if (!node) return {};
  Mapping texts(*node, key, findings);
  Localised out{required ? texts.require_text("zh") : texts.text("zh"), required ? texts.require_text("en") : texts.text("en")};
  texts.finish();
  return out;
}

std::optional<Duration> read_duration(const Written& written, const Drafts& drafts, Findings& findings) {
  constexpr std::string_view kPrefix = "params.";
  if (written.text.starts_with(kPrefix)) {
    const std::string_view name = std::string_view(written.text).substr(kPrefix.size());
    for (const ParamDraft& param : drafts.params) {
      if (param.name.text != name) continue;
      if (param.value.is(cel::Kind::kDuration)) return Duration{param.value.integer};
      written.refuse(findings, fmt::format("{} is of type {}, not a duration", written.text, param.type->to_text()));
      return {};
    }
    std::vector<std::string_view> names;
    for (const ParamDraft& param : drafts.params) names.push_back(param.name.text);
    written.refuse(findings, fmt::format("unknown parameter {}{}", name, suggestion(name, names)));
    return {};
  }
  const auto duration = parse_duration(written.text);
  if (!duration) written.refuse(findings, fmt::format("{} is not a duration such as 90s, 10m, 1h30m or 7d", written.text));
  return duration;
}

void override_param(Drafts& drafts, const std::string& name, const Node& value, Findings& findings) {
  std::vector<std::string_view> names;
  for (ParamDraft& param : drafts.params) {
    names.push_back(param.name.text);
    if (param.name.text != name) continue;
    auto typed = read_value(value, *drafts.constants);
    if (typed && param.type == cel::Type::real() && typed->type == cel::Type::integer()) {
      typed = Typed{cel::Value::of_double(static_cast<double>(typed->value.integer)), param.type};
    }
    if (value.is_scalar() && param.type == cel::Type::string()) {
      typed = Typed{cel::Value::of_string(drafts.constants->copy(value.text)), param.type};
    }
    if (!typed || typed->type != param.type) {
      return findings.add(value, fmt::format("params.{} is of type {}", name, param.type->to_text()));
    }
    param.value = typed->value;
    return check_range(param, value, findings);
  }
  findings.add(value, fmt::format("unknown parameter {}{}", name, suggestion(name, names)));
}

void read_header(const Node& root, PackDraft& pack, Findings& findings) {
  const Node* node = root.find("pack");
  if (!node) return;
  if (!pack.id.empty()) return findings.add(*node, "a directory has one `pack` section, in pack.yaml");
  Mapping mapping(*node, "pack", findings);
  const Written id = mapping.require_written("id");
  if (id && !is_pack_id(id.text)) id.refuse(findings, "a pack's id is lower-case letters, digits, - and _");
  pack.id = id.text;
  pack.version = mapping.require_text("version");
  if (const Written zone = mapping.written("timezone")) {
    const auto minutes = read_zone(zone.text);
    if (!minutes) zone.refuse(findings, "a time zone is an offset such as \"+08:00\"");
    pack.zone_minutes = minutes.value_or(pack.zone_minutes);
  }
  pack.uses = mapping.list("uses");
  read_localised(mapping, "title", false, findings);
  read_localised(mapping, "doc", false, findings);
  mapping.finish();
}

bool has_room(std::size_t count, const Node& at, std::string_view what, const Limits& limits, Findings& findings) {
  if (count < limits.names) return true;
  findings.add(at, fmt::format("more than {} {}", limits.names, what));
  return false;
}

void read_params(const Node& root, std::size_t pack, Drafts& drafts, Findings& findings, const Limits& limits) {
  Mapping sections(root, "pack file", findings);
  if (const Node* params = sections.get("params")) {
    if (!params->is_mapping()) findings.add(*params, "`params` is a mapping of names to parameters");
    for (const Entry& entry : params->entries) {
      if (!has_room(drafts.params.size(), entry.key, "parameters", limits, findings)) break;
      read_param(entry, pack, drafts, findings);
    }
  }
  for (const Written& field : sections.list("fields")) {
    if (!has_room(drafts.fields.size(), *field.node, "fields", limits, findings)) break;
    if (!is_name(field.text)) field.refuse(findings, "a field's name is letters, digits and _");
    drafts.fields.push_back(field.text);
  }
  if (const Node* calendar = sections.get("calendar")) read_calendar(*calendar, drafts, findings);
}

}  // namespace lw::pack
