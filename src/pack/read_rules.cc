// Section `rules`.
#include <algorithm>

#include "pack/drafts.h"

namespace lw::pack {
namespace {

constexpr Duration kDefaultCooldown{kDay};
constexpr std::int64_t kMaxWorkingDays = 1000;

bool is_rule_id(std::string_view id) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '/' || c == '.' || c == '_'; };
  return !id.empty() && id.front() != '/' && id.back() != '/' && std::all_of(id.begin(), id.end(), good);
}

void read_needs(Mapping& rule, RuleDraft& draft, Findings& findings) {
  const Node* node = rule.get("needs");
  if (!node) return;
  Mapping mapping(*node, "needs", findings);
  if (const Node* of = mapping.require("of")) {
    if (!of->is_mapping() || of->entries.empty()) findings.add(*of, "`of` is a mapping of signals to conditions");
    for (const Entry& entry : of->entries) {
      if (is_text(entry.value, entry.key.text, findings)) draft.signals.push_back({entry.key.text, {entry.value.text, &entry.value, 0}});
    }
  }
  mapping.require("at_least");
  const auto most = static_cast<std::int64_t>(std::max<std::size_t>(1, draft.signals.size()));
  draft.rule.needs = static_cast<std::uint32_t>(mapping.integer("at_least", 1, most).value_or(1));
  mapping.finish();
}

void read_target(Mapping& rule, RuleDraft& draft, Findings& findings) {
  const Node* node = rule.require("target");
  if (!node) return;
  if (node->is_scalar()) {
    draft.target = {node->text, node, 0};
    draft.rule.target.kind = node->text;
    if (!find_word(Vocabulary::kTargetKind, node->text)) {
      findings.add(*node, fmt::format("unknown target {}{}", node->text, suggestion(node->text, words(Vocabulary::kTargetKind))));
      draft.target = {};
    }
    return;
  }
  Mapping mapping(*node, "target", findings);
  draft.each = mapping.written("each");
  draft.target = mapping.written("field");
  draft.rule.target.kind = mapping.word("kind", Vocabulary::kTargetKind, "target kind");
  mapping.finish();
  if (node->is_mapping() && !draft.each == !draft.target) {
    findings.add(*node, "a target is a field's name, {field: …, kind: …} or {each: KEY.FEATURE, kind: …}");
  }
}

void read_deadline(Mapping& rule, RuleDraft& draft, const Drafts& drafts, Findings& findings) {
  const Written after = rule.written("after");
  draft.from = rule.written("from");
  const auto rearm = rule.boolean("rearm");
  const Node* unless = rule.get("unless");
  if (!after) {
    for (const std::string_view key : {"unless", "from", "rearm"}) {
      if (const Node* at = rule.get(key)) findings.add(*at, fmt::format("`{}` goes with `after`", key));
    }
    return;
  }
  Deadline deadline;
  deadline.rearm = rearm.value_or(false);
  if (after.text.ends_with("wd")) {
    Node digits = *after.node;
    digits.text.resize(digits.text.size() - 2);
    digits.plain = true;
    const auto days = to_integer(digits);
    if (!days || *days < 1 || *days > kMaxWorkingDays) after.refuse(findings, "working days are written as 5wd");
    deadline.working_days = static_cast<std::uint32_t>(days.value_or(1));
  } else {
    deadline.after = read_duration(after, drafts, findings);
    if (deadline.after && deadline.after->ns < 0) after.refuse(findings, "`after` is not negative");
  }
  if (!unless) {
    findings.add(rule.node(), "a rule with `after` needs `unless`: the events that end the wait");
  } else {
    Mapping mapping(*unless, "unless", findings);
    deadline.unless.emplace();
    mapping.require("on");
    deadline.unless->on = mapping.types("on");
    draft.key = mapping.require_written("key");
    draft.unless_when = mapping.written("when");
    mapping.finish();
  }
  draft.rule.deadline = std::move(deadline);
}

void read_cooldown(Mapping& mapping, Rule& rule, const Drafts& drafts, Findings& findings) {
  rule.cooldown = kDefaultCooldown;
  const Written written = mapping.written("cooldown");
  if (!written) return;
  rule.cooldown.reset();
  if (written.text == "ever") return;
  rule.cooldown = read_duration(written, drafts, findings);
  if (rule.cooldown && rule.cooldown->ns < 0) written.refuse(findings, "`cooldown` is not negative");
}

void read_message(Mapping& rule, RuleDraft& draft, Findings& findings) {
  const Node* node = rule.require("message");
  if (!node) return;
  Mapping mapping(*node, "message", findings);
  if (const Written zh = mapping.require_written("zh")) draft.zh = read_template(zh, findings);
  if (const Written en = mapping.require_written("en")) draft.en = read_template(en, findings);
  mapping.finish();
}

void read_tests(Mapping& mapping, RuleDraft& draft, Findings& findings) {
  draft.tests = mapping.require("tests");
  if (!draft.tests) return;
  if (!draft.tests->is_sequence()) return findings.add(*draft.tests, "`tests` is a list");
  bool fires = false, holds = false;
  for (const Node& test : draft.tests->items) {
    const Node* expect = test.find("expect");
    if (expect && expect->is_sequence()) (expect->items.empty() ? holds : fires) = true;
  }
  if (!fires) findings.add(*draft.tests, "no test in which the rule fires: `expect` is empty in all");
  if (!holds) findings.add(*draft.tests, "no test in which the rule does not fire: one with `expect: []`");
}

void read_rule(const Node& node, std::size_t pack_index, Drafts& drafts, Findings& findings) {
  const PackDraft& pack = drafts.packs[pack_index];
  Mapping mapping(node, "rule", findings);
  RuleDraft draft;
  Rule& rule = draft.rule;
  draft.pack = pack_index;
  draft.id = mapping.require_written("id");
  if (draft.id && !is_rule_id(draft.id.text)) {
    draft.id.refuse(findings, "a rule's id is lower-case letters, digits, - and /, such as fake-traffic/device-farm");
  }
  rule.id = draft.id.text;
  rule.file = node.file->name();
  rule.line = node.line();
  rule.pack = pack.name();
  rule.obligation = mapping.require_text("obligation");
  rule.violation = mapping.word("violation", Vocabulary::kViolation, "violation");
  rule.title = read_localised(mapping, "title", true, findings);
  rule.duty = read_localised(mapping, "duty", true, findings);
  mapping.require("on");
  rule.on = mapping.types("on");
  draft.when = mapping.require_written("when");
  read_needs(mapping, draft, findings);
  read_target(mapping, draft, findings);
  draft.liable = mapping.list("liable");
  const std::string severity = mapping.word("severity", Vocabulary::kSeverity, "severity");
  rule.severity = static_cast<Severity>(find_word(Vocabulary::kSeverity, severity).value_or(0));
  draft.score = mapping.written("score");
  draft.enabled = mapping.boolean("enabled").value_or(true);
  rule.shadow = mapping.boolean("shadow").value_or(false);
  const bool known = read_bases(mapping, pack.zone_minutes, rule.basis, findings);
  if (!known && draft.enabled) findings.add(*mapping.get("basis"), "every basis rests on memory (M): the rule must say `enabled: false`");
  read_effect(mapping, pack.zone_minutes, rule.from, rule.to, findings);
  rule.lead = mapping.word("lead", Vocabulary::kDepartment, "department");
  rule.assist = mapping.words("assist", Vocabulary::kDepartment, "department");
  rule.actions = mapping.words("actions", Vocabulary::kAction, "action");
  read_cooldown(mapping, rule, drafts, findings);
  read_deadline(mapping, draft, drafts, findings);
  read_message(mapping, draft, findings);
  read_tests(mapping, draft, findings);
  mapping.finish();
  if (draft.id) drafts.rules.push_back(std::move(draft));
}

// Of `EXPRESSION|form`; CEL itself has no single bar outside of its texts.
std::string_view form_of(std::string_view placeholder) {
  const std::size_t bar = placeholder.rfind('|');
  if (bar == placeholder.npos || bar == 0 || placeholder[bar - 1] == '|') return {};
  const std::string_view form = placeholder.substr(bar + 1);
  return std::ranges::all_of(form, [](char c) { return c >= 'a' && c <= 'z'; }) ? form : std::string_view();
}

}  // namespace

TemplateDraft read_template(const Written& written, Findings& findings) {
  TemplateDraft out;
  std::string literal;
  const std::string& text = written.text;
  const auto refuse = [&](std::size_t at, std::string message) { findings.add(written.node->error_at(written.offset + at, std::move(message))); };
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if ((c == '{' || c == '}') && at + 1 < text.size() && text[at + 1] == c) {
      literal += c;
      at += 2;
    } else if (c == '}') {
      refuse(at, "a } without its {; a brace itself is written }}");
      return out;
    } else if (c != '{') {
      literal += c;
      ++at;
    } else {
      std::size_t depth = 1, end = at + 1;
      for (char quote = 0; end < text.size(); ++end) {  // to the brace's partner, past strings
        const char d = text[end];
        if (quote) {
          if (d == '\\') ++end;
          if (d == quote) quote = 0;
        } else if (d == '"' || d == '\'') {
          quote = d;
        } else if (d == '{') {
          ++depth;
        } else if (d == '}' && --depth == 0) {
          break;
        }
      }
      if (end >= text.size()) {
        refuse(at, "a { without its }; a brace itself is written {{");
        return out;
      }
      std::string_view expression = std::string_view(text).substr(at + 1, end - at - 1);
      const std::string_view form = form_of(expression);
      if (!form.empty()) {
        if (form != "money") {
          refuse(at, fmt::format("{} is no form of a value; there is `money`", form));
          return out;
        }
        expression.remove_suffix(form.size() + 1);
      }
      out.pieces.push_back({std::move(literal), {std::string(expression), written.node, written.offset + at + 1}, !form.empty()});
      literal.clear();
      at = end + 1;
    }
  }
  if (!literal.empty() || out.pieces.empty()) out.pieces.push_back({std::move(literal), {}});
  return out;
}

void read_rules(const Node& root, std::size_t pack, Drafts& drafts, Findings& findings, const Limits& limits) {
  const Node* rules = root.find("rules");
  if (!rules) return;
  if (!rules->is_sequence()) findings.add(*rules, "`rules` is a list");
  for (const Node& node : rules->items) {
    if (drafts.rules.size() == limits.rules) return findings.add(node, fmt::format("more than {} rules", limits.rules));
    read_rule(node, pack, drafts, findings);
  }
}

}  // namespace lw::pack
