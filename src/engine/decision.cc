#include "engine/decision.h"

#include "base/bytes.h"
#include "engine/json.h"

namespace lw::engine {
namespace {

constexpr std::array<std::string_view, 5> kSeverities = {"info", "low", "medium", "high", "critical"};

std::string_view mode_of(const pack::Rule& rule) { return rule.shadow ? "shadow" : "enforce"; }

void append_pair(std::string& out, std::string_view name, std::string_view text) {
  json::append_key(out, name);
  json::append_string(out, text);
}

void append_known(std::string& out, std::string_view name, std::string_view text) {
  json::append_key(out, name);
  if (text.empty()) {
    out += "null";
  } else {
    json::append_string(out, text);
  }
}

void append_raw(std::string& out, std::string_view name, std::string_view written) {
  json::append_key(out, name);
  out += written;
}

void append_entity(std::string& out, std::string_view name, const Entity& entity) {
  json::append_key(out, name);
  out += '{';
  append_pair(out, "kind", entity.kind);
  append_pair(out, "id", entity.id);
  out += '}';
}

void append_part(std::string& out, std::string_view part) {
  out += ',';
  out += part;
}

std::string text_of(const pack::Basis& basis) {
  std::string out = "{";
  append_pair(out, "instrument", basis.instrument);
  append_pair(out, "article", basis.article);
  append_pair(out, "known", std::string_view(&basis.known, 1));
  return out + '}';
}

void append_list(std::string& out, std::string_view name, const std::vector<std::string>& texts) {
  json::append_key(out, name);
  out += '[';
  for (const std::string& text : texts) {
    if (&text != texts.data()) out += ',';
    json::append_string(out, text);
  }
  out += ']';
}

void append_both(std::string& out, std::string_view name, std::string_view zh, std::string_view en) {
  json::append_key(out, name);
  out += '{';
  append_pair(out, "zh", zh);
  append_pair(out, "en", en);
  out += '}';
}

void append_subject(std::string& out, const Decision& decision) {
  json::append_key(out, "subject");
  const std::string_view kind = decision.room.empty() ? decision.target.kind : "room";
  const std::string_view id = decision.room.empty() ? decision.target.id : decision.room;
  const std::size_t start = out.size();
  json::append_string(out, id);
  out.insert(start + 1, kind);
  out.insert(start + 1 + kind.size(), 1, '/');
}

}  // namespace

std::string decision_id(const Decision& decision) {
  std::string parts;
  for (std::string_view part : {std::string_view(decision.rule->id), mode_of(*decision.rule), decision.platform,
                                decision.target.kind, decision.target.id, decision.room, decision.trigger}) {
    put_text(parts, part);
  }
  const Key128 hash = hash128(parts);
  return fmt::format("{:016x}{:016x}", hash.high, hash.low);
}

DecisionWriter::DecisionWriter(const pack::Plan& plan) : plan_(plan) {
  for (const pack::Rule& rule : plan.rules) {
    Written& parts = rules_.emplace_back();
    append_pair(parts.name, "rule", rule.id);
    append_pair(parts.name, "obligation", rule.obligation);
    append_pair(parts.name, "violation", rule.violation);
    append_pair(parts.severity, "severity", kSeverities[static_cast<std::size_t>(rule.severity)]);
    for (const pack::Basis& basis : rule.basis) parts.basis.push_back(text_of(basis));
    append_list(parts.actions, "actions", rule.actions);
    append_pair(parts.actions, "lead", rule.lead);
    append_list(parts.actions, "assist", rule.assist);
    append_both(parts.law, "title", rule.title.zh, rule.title.en);
    append_both(parts.law, "duty", rule.duty.zh, rule.duty.en);
    append_pair(parts.law, "pack", rule.pack);
    append_pair(parts.law, "mode", mode_of(rule));
  }
}

void DecisionWriter::append(const Decision& decision, std::string& out) const {
  out += '{';
  append_pair(out, "specversion", "1.0");
  append_pair(out, "id", decision_id(decision));
  append_pair(out, "source", "/livewarden");
  append_pair(out, "type", "live.decision.made");
  append_subject(out, decision);
  append_pair(out, "time", format_rfc3339(decision.time, plan_.zone_minutes));
  json::append_key(out, "data");
  out += '{';
  append_data(decision, rules_[static_cast<std::size_t>(decision.rule - plan_.rules.data())], out);
  out += "}}\n";
}

void DecisionWriter::append_data(const Decision& decision, const Written& rule, std::string& out) const {
  out += rule.name;
  append_known(out, "platform", decision.platform);
  append_entity(out, "target", decision.target);
  if (!decision.liable.id.empty()) append_entity(out, "liable", decision.liable);
  append_known(out, "room", decision.room);
  append_known(out, "session", decision.session);
  append_known(out, "host", decision.host);
  append_known(out, "operator", decision.operator_);
  append_known(out, "mcn", decision.mcn);
  append_known(out, "merchant", decision.merchant);
  append_part(out, rule.severity);
  json::append_key(out, "score");
  json::append_double(out, decision.score);
  json::append_key(out, "basis");
  out += '[';
  for (std::size_t i = 0; i < rule.basis.size(); ++i) {
    if (!in_force(decision.rule->basis[i], decision.judged)) continue;
    if (out.back() == '}') out += ',';
    out += rule.basis[i];
  }
  out += ']';
  append_raw(out, "features", decision.features);
  if (!decision.approximate.empty()) append_raw(out, "approximate", decision.approximate);
  if (!decision.hits.empty()) append_raw(out, "hits", decision.hits);
  append_pair(out, "trigger", decision.trigger);
  json::append_key(out, "evidence");
  json::append_strings(out, decision.evidence);
  append_part(out, rule.actions);
  append_both(out, "message", decision.zh, decision.en);
  append_part(out, rule.law);
}

}  // namespace lw::engine
