#include "pack/mapping.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <tuple>

namespace lw::pack {
namespace {

std::string without_underscores(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool between = i > 0 && i + 1 < text.size() && text[i - 1] != '_' && text[i + 1] != '_';
    if (text[i] != '_' || !between) out += text[i];
  }
  return out;
}

}  // namespace

std::vector<Error> Findings::take_sorted() {
  const auto key = [](const Error& e) { return std::tie(e.place.file, e.place.line, e.place.column, e.message); };
  std::sort(errors_.begin(), errors_.end(), [&](const Error& a, const Error& b) { return key(a) < key(b); });
  const auto end = std::unique(errors_.begin(), errors_.end(), [&](const Error& a, const Error& b) { return key(a) == key(b); });
  errors_.erase(end, errors_.end());
  return std::move(errors_);
}

Mapping::Mapping(const Node& node, std::string_view what, Findings& findings)
    : node_(node), what_(what), findings_(findings) {
  if (!node.is_mapping()) findings.add(node, fmt::format("a {} is a mapping of keys to values", what));
}

const Node* Mapping::get(std::string_view key) {
  asked_.push_back(key);
  const Node* found = node_.find(key);
  return found && !found->is_null() ? found : nullptr;
}

const Node* Mapping::require(std::string_view key) {
  const Node* found = get(key);
  if (!found && node_.is_mapping()) findings_.add(node_, fmt::format("this {} has no `{}`", what_, key));
  return found;
}

std::string Mapping::text(std::string_view key) { return written(key).text; }

std::string Mapping::require_text(std::string_view key) { return require_written(key).text; }

Written Mapping::written(std::string_view key) {
  const Node* found = get(key);
  if (!found || !is_text(*found, key, findings_)) return {};
  return {found->text, found, 0};
}

Written Mapping::require_written(std::string_view key) {
  const Node* found = require(key);
  if (!found || !is_text(*found, key, findings_)) return {};
  if (found->text.empty()) {
    findings_.add(*found, fmt::format("`{}` is empty", key));
    return {};
  }
  return {found->text, found, 0};
}

std::optional<bool> Mapping::boolean(std::string_view key) {
  const Node* found = get(key);
  if (!found) return {};
  const auto value = to_boolean(*found);
  if (!value) findings_.add(*found, fmt::format("`{}` is true or false", key));
  return value;
}

std::optional<std::int64_t> Mapping::integer(std::string_view key, std::int64_t min, std::int64_t max) {
  const Node* found = get(key);
  if (!found) return {};
  const auto value = to_integer(*found);
  if (value && *value >= min && *value <= max) return value;
  findings_.add(*found, fmt::format("`{}` is an integer from {} to {}", key, min, max));
  return {};
}

std::optional<double> Mapping::number(std::string_view key) {
  const Node* found = get(key);
  if (!found) return {};
  const auto value = to_number(*found);
  if (!value) findings_.add(*found, fmt::format("`{}` is a number", key));
  return value;
}

std::vector<Written> Mapping::list(std::string_view key) {
  const Node* found = get(key);
  if (!found) return {};
  if (found->is_scalar()) return {{found->text, found, 0}};
  std::vector<Written> out;
  if (!found->is_sequence()) findings_.add(*found, fmt::format("`{}` is a list", key));
  for (const Node& item : found->items) {
    if (is_text(item, key, findings_)) out.push_back({item.text, &item, 0});
  }
  return out;
}

std::string Mapping::word(std::string_view key, Vocabulary vocabulary, std::string_view called) {
  const Written found = require_written(key);
  if (!found) return {};
  if (find_word(vocabulary, found.text)) return found.text;
  found.refuse(findings_, fmt::format("unknown {} {}{}", called, found.text, suggestion(found.text, pack::words(vocabulary))));
  return {};
}

std::vector<std::string> Mapping::words(std::string_view key, Vocabulary vocabulary, std::string_view called) {
  std::vector<std::string> out;
  for (const Written& item : list(key)) {
    if (!find_word(vocabulary, item.text)) {
      item.refuse(findings_, fmt::format("unknown {} {}{}", called, item.text, suggestion(item.text, pack::words(vocabulary))));
    } else if (std::find(out.begin(), out.end(), item.text) != out.end()) {
      item.refuse(findings_, fmt::format("{} is given twice", item.text));
    } else {
      out.push_back(item.text);
    }
  }
  return out;
}

std::vector<event::Type> Mapping::types(std::string_view key) {
  std::vector<event::Type> out;
  for (const Written& item : list(key)) {
    const std::size_t before = out.size();
    const bool pattern = item.text.ends_with(".*");
    const std::string_view prefix = std::string_view(item.text).substr(0, item.text.size() - (pattern ? 1 : 0));
    for (std::size_t i = 0; i < event::kTypeCount; ++i) {
      const auto type = static_cast<event::Type>(i);
      const std::string_view name = event::name_of(type);
      if (pattern ? name.starts_with(prefix) : name == prefix) out.push_back(type);
    }
    if (out.size() == before) {
      item.refuse(findings_, fmt::format("unknown event type {}{}", item.text, suggestion(item.text, event::type_names())));
    }
  }
  std::sort(out.begin(), out.end());
  if (std::adjacent_find(out.begin(), out.end()) != out.end()) {
    findings_.add(*node_.find(key), fmt::format("`{}` names {} twice", key, event::name_of(*std::adjacent_find(out.begin(), out.end()))));
    out.erase(std::unique(out.begin(), out.end()), out.end());
  }
  return out;
}

std::optional<Time> Mapping::date(std::string_view key, int zone_minutes) {
  const Written found = written(key);
  if (!found) return {};
  const auto date = to_date(found.text, zone_minutes);
  if (!date) found.refuse(findings_, fmt::format("`{}` is a date such as 2026-02-01", key));
  return date;
}

void Mapping::finish() {
  for (const Entry& entry : node_.entries) {
    if (std::find(asked_.begin(), asked_.end(), entry.key.text) != asked_.end()) continue;
    findings_.add(entry.key, fmt::format("a {} has no key {}{}", what_, entry.key.text, suggestion(entry.key.text, asked_)));
  }
}

bool is_text(const Node& node, std::string_view what, Findings& findings) {
  if (node.is_scalar()) return true;
  findings.add(node, fmt::format("`{}` is a text, not a {}", what,
                                 node.is_sequence() ? "list" : node.is_mapping() ? "mapping" : "null"));
  return false;
}

std::optional<bool> to_boolean(const Node& node) {
  if (!node.is_scalar() || !node.plain) return {};
  if (node.text == "true") return true;
  if (node.text == "false") return false;
  return {};
}

std::optional<std::int64_t> to_integer(const Node& node) {
  if (!node.is_scalar() || !node.plain) return {};
  const std::string digits = without_underscores(node.text);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return {};
  return value;
}

std::optional<double> to_number(const Node& node) {
  if (!node.is_scalar() || !node.plain) return {};
  const std::string digits = without_underscores(node.text);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool starts_well = !digits.empty() && (digits[0] == '-' || (digits[0] >= '0' && digits[0] <= '9'));
  if (!starts_well || error != std::errc{} || end != digits.data() + digits.size()) return {};
  return value;
}

std::optional<Time> to_date(std::string_view text, int zone_minutes) {
  if (text.find_first_of("Tt") != std::string_view::npos) return parse_rfc3339(text);
  const auto midnight = parse_rfc3339(fmt::format("{}T00:00:00Z", text));
  if (!midnight) return {};
  return *midnight - Duration{zone_minutes * kMinute};
}

bool is_name(std::string_view text) {
  static constexpr std::string_view kReserved[] = {
      "as",   "break", "const", "continue", "else",      "false", "for",  "function", "if",   "import", "in",
      "let",  "loop",  "namespace", "null", "package",   "return", "true", "var",     "void", "while"};
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto rest = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
  if (text.empty() || !letter(text[0]) || !std::all_of(text.begin(), text.end(), rest)) return false;
  return std::find(std::begin(kReserved), std::end(kReserved), text) == std::end(kReserved);
}

}  // namespace lw::pack
