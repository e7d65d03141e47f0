#include "pack/read_tests.h"

#include <algorithm>
#include <cmath>

namespace lw::pack {
namespace {

constexpr std::string_view kDay1 = "2026-06-01";  // of a time without a date
constexpr std::string_view kDefaultSource = "/platforms/test";
constexpr std::string_view kEventKeys[] = {"at", "type", "every", "repeat", "source", "platform", "id"};
constexpr std::string_view kExpectKeys[] = {"target", "liable", "room", "session", "host", "operator", "mcn", "merchant",
                                            "platform", "severity", "mode", "trigger", "time", "basis"};

std::string numbered(std::string_view text, std::size_t n) {
  std::string out;
  for (std::size_t at = text.find("{n}"); at != std::string_view::npos; at = text.find("{n}")) {
    out += text.substr(0, at);
    out += fmt::format("{}", n);
    text.remove_prefix(at + 3);
  }
  return out += text;
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_json(std::string& out, const Node& node, std::size_t n) {
  switch (node.kind) {
    case Node::Kind::kNull: out += "null"; return;
    case Node::Kind::kScalar:
      if (const auto flag = to_boolean(node)) {
        out += *flag ? "true" : "false";
      } else if (const auto integer = to_integer(node)) {
        out += fmt::format("{}", *integer);
      } else if (const auto number = to_number(node); number && std::isfinite(*number)) {
        out += fmt::format("{}", *number);
      } else {
        append_json_string(out, numbered(node.text, n));
      }
      return;
    case Node::Kind::kSequence:
      out += '[';
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        if (i) out += ',';
        append_json(out, node.items[i], n);
      }
      out += ']';
      return;
    case Node::Kind::kMapping:
      out += '{';
      for (std::size_t i = 0; i < node.entries.size(); ++i) {
        if (i) out += ',';
        append_json_string(out, node.entries[i].key.text);
        out += ':';
        append_json(out, node.entries[i].value, n);
      }
      out += '}';
  }
}

class TestReader {
 public:
  TestReader(const RuleDraft& rule, const Drafts& drafts, Findings& findings, const Limits& limits)
      : rule_(rule), zone_(drafts.packs[rule.pack].zone_minutes), fields_(drafts.fields), findings_(findings), limits_(limits) {}

  TestCase read(const Node& node) {
    Mapping mapping(node, "test", findings_);
    test_.rule = rule_.id.text;
    test_.file = node.file->name();
    test_.line = node.line();
    test_.name = mapping.require_text("name");
    if (const Node* list = mapping.require("events")) events(*list);
    if (const Written end = mapping.written("end")) {
      test_.end = moment(end);
      if (!test_.end) end.refuse(findings_, "`end` is a time such as 18:00:00 or 2026-06-02T09:00:00+08:00, or +30s after the last event");
    }
    if (const Node* params = mapping.get("params")) overrides(*params);
    if (const Node* expect = mapping.get("expect")) {
      expectations(*expect);
    } else if (node.is_mapping()) {
      findings_.add(node, "this test has no `expect`: the decisions it must bring, [] for none");
    }
    mapping.finish();
    return std::move(test_);
  }

 private:
  // "10:00:00[.fraction]", a full time, or "+30s" after the event before.
  std::optional<Time> moment(const Written& written) const {
    const std::string& text = written.text;
    if (text.starts_with('+')) {
      const auto step = parse_duration(std::string_view(text).substr(1));
      if (!step || !last_) return {};
      return *last_ + *step;
    }
    if (text.find_first_of("Tt") != std::string::npos) return parse_rfc3339(text);
    const auto local = parse_rfc3339(fmt::format("{}T{}Z", kDay1, text));
    if (!local) return {};
    return *local - Duration{zone_ * kMinute};
  }

  void events(const Node& list) {
    if (!list.is_sequence()) return findings_.add(list, "`events` is a list");
    for (const Node& item : list.items) event(item);
  }

  void event(const Node& node) {
    if (!node.is_mapping()) return findings_.add(node, "an event is a mapping: at, type and fields of `data`");
    Mapping mapping(node, "event", findings_);
    const Written at = mapping.require_written("at"), type = mapping.require_written("type");
    const Written every = mapping.written("every"), source = mapping.written("source"), id = mapping.written("id");
    const std::int64_t repeat = mapping.integer("repeat", 1, static_cast<std::int64_t>(limits_.events_of_a_test)).value_or(1);
    Duration step{0};
    if (every) step = duration(every);
    if (repeat > 1 && !every) findings_.add(node, "`repeat` needs `every`: the time between two of the events");
    if (every && !mapping.get("repeat")) every.refuse(findings_, "`every` goes with `repeat`");
    check_type(type);
    for (const Entry& entry : node.entries) check_field(entry.key);
    const auto first = at ? moment(at) : std::nullopt;
    if (at && !first) {
      at.refuse(findings_, last_ ? "`at` is a time such as 10:00:00 or 2026-06-02T09:00:00+08:00, or +30s after the event before"
                                 : "`at` is a time such as 10:00:00 or 2026-06-02T09:00:00+08:00");
    }
    if (!first || !type) return;
    if (test_.events.size() + static_cast<std::size_t>(repeat) > limits_.events_of_a_test) {
      return findings_.add(node, fmt::format("more than {} events in one test", limits_.events_of_a_test));
    }
    for (std::int64_t n = 1; n <= repeat; ++n) {
      last_ = *first + Duration{step.ns * (n - 1)};
      append(node, type.text, source, id, *last_, static_cast<std::size_t>(n));
    }
  }

  Duration duration(const Written& every) {
    const auto step = parse_duration(every.text);
    if (!step) every.refuse(findings_, "`every` is a duration such as 500ms, 1s or 5m");
    return step.value_or(Duration{0});
  }

  void check_type(const Written& type) {
    if (!type || event::type_from_name(type.text) != event::Type::kUnknown) return;
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < event::kTypeCount; ++i) names.push_back(event::name_of(static_cast<event::Type>(i)));
    type.refuse(findings_, fmt::format("unknown event type {}{}", type.text, suggestion(type.text, names)));
  }

  // A field outside the vocabulary that nobody declared, but one letter away from a known one, is a slip of the pen.
  void check_field(const Node& key) {
    if (std::find(std::begin(kEventKeys), std::end(kEventKeys), key.text) != std::end(kEventKeys)) return;
    if (schema_.find(key.text) || std::find(fields_.begin(), fields_.end(), key.text) != fields_.end()) return;
    std::vector<std::string_view> names(std::begin(kEventKeys), std::end(kEventKeys));
    for (event::FieldId i = 0; i < event::field::kVocabularySize; ++i) names.push_back(schema_.name(i));
    const std::string_view near = nearest(key.text, names);
    if (near.empty()) return;
    findings_.add(key, fmt::format("unknown field {} (did you mean {}?)", key.text, near));
  }

  void append(const Node& node, const std::string& type, const Written& source, const Written& id, Time time, std::size_t n) {
    const Node* platform = node.find("platform");
    const bool named = platform && platform->is_scalar();
    std::string line = R"({"specversion":"1.0","id":)";
    append_json_string(line, id ? numbered(id.text, n) : fmt::format("e{}", test_.events.size() + 1));
    line += R"(,"source":)";
    append_json_string(line, source ? source.text : named ? "/platforms/" + numbered(platform->text, n) : std::string(kDefaultSource));
    line += R"(,"type":)";
    append_json_string(line, type);
    line += fmt::format(R"(,"time":"{}","data":{{)", format_rfc3339(time, zone_));
    bool comma = false;
    for (const Entry& entry : node.entries) {
      const bool own = std::find(std::begin(kEventKeys), std::end(kEventKeys), entry.key.text) != std::end(kEventKeys);
      if (own && entry.key.text != "platform") continue;
      if (comma) line += ',';
      comma = true;
      append_json_string(line, entry.key.text);
      line += ':';
      append_json(line, entry.value, n);
    }
    line += "}}";
    test_.events.push_back(std::move(line));
  }

  void overrides(const Node& params) {
    if (!params.is_mapping()) return findings_.add(params, "`params` is a mapping of names to values");
    for (const Entry& entry : params.entries) {
      const Node& value = entry.value;
      const std::string text = value.is_scalar() && value.plain ? value.text : to_json(value, 0);
      test_.params.push_back(entry.key.text + "=" + text);
    }
  }

  void expectations(const Node& expect) {
    if (!expect.is_sequence()) return findings_.add(expect, "`expect` is a list of decisions");
    for (const Node& item : expect.items) {
      if (!item.is_mapping()) {
        findings_.add(item, "a decision is told by a mapping such as {target: account/a1}");
        continue;
      }
      Mapping mapping(item, "decision", findings_);
      for (const std::string_view key : kExpectKeys) mapping.get(key);
      mapping.finish();
      Expectation expectation;
      expectation.line = item.line();
      for (const Entry& entry : item.entries) expectation.values.emplace_back(entry.key.text, expected(entry));
      test_.expect.push_back(std::move(expectation));
    }
  }

  std::string expected(const Entry& entry) {
    if (entry.value.is_null()) return "null";
    if (!is_text(entry.value, entry.key.text, findings_)) return {};
    if (entry.key.text == "time") {
      const Written written{entry.value.text, &entry.value, 0};
      if (const auto time = moment(written)) return format_rfc3339(*time, zone_);
      written.refuse(findings_, "`time` is a time such as 10:00:00 or 2026-06-02T09:00:00+08:00");
    }
    if ((entry.key.text == "target" || entry.key.text == "liable") && entry.value.text.find('/') == std::string::npos) {
      findings_.add(entry.value, fmt::format("`{}` is KIND/ID, such as account/a1", entry.key.text));
    }
    return entry.value.text;
  }

  const RuleDraft& rule_;
  const int zone_;
  const std::vector<std::string>& fields_;
  Findings& findings_;
  const Limits& limits_;
  const event::Schema schema_;
  TestCase test_;
  std::optional<Time> last_;
};

}  // namespace

std::string to_json(const Node& node, std::size_t n) {
  std::string out;
  append_json(out, node, n);
  return out;
}

void read_tests(const RuleDraft& rule, const Drafts& drafts, Findings& findings, const Limits& limits, std::vector<TestCase>& out) {
  for (const Node& node : rule.tests->items) out.push_back(TestReader(rule, drafts, findings, limits).read(node));
}

}  // namespace lw::pack
