// Sections `derived`, `keys` and `features`.
#include <algorithm>
#include <limits>

#include "pack/drafts.h"

namespace lw::pack {
namespace {

using feature::Op;

struct Aggregate {
  std::string_view key;
  Op op;
  bool flag;  // written `count: true`, else with an expression
};
constexpr Aggregate kAggregates[] = {
    {"count", Op::kCount, true}, {"rate", Op::kRate, true},         {"sum", Op::kSum, false},
    {"avg", Op::kAvg, false},    {"min", Op::kMin, false},          {"max", Op::kMax, false},
    {"first", Op::kFirst, false}, {"last", Op::kLast, false},       {"distinct", Op::kDistinct, false},
    {"share", Op::kShare, false}, {"quantile", Op::kQuantile, false}, {"seen", Op::kSeen, false},
    {"since", Op::kSince, true}, {"get", Op::kGet, false},
};

constexpr std::int64_t kMaxCap = feature::kMaxCap;
constexpr std::int64_t kMaxPanes = feature::kMaxPanes;

Duration positive(const Written& written, const Drafts& drafts, Findings& findings) {
  const auto duration = written ? read_duration(written, drafts, findings) : std::nullopt;
  if (duration && duration->ns <= 0) written.refuse(findings, "a window is longer than nothing");
  return duration && duration->ns > 0 ? *duration : Duration{kSecond};
}

void read_window_mapping(const Node& node, feature::Window& window, const Drafts& drafts, Findings& findings) {
  Mapping mapping(node, "window", findings);
  const Written sliding = mapping.written("sliding"), tumbling = mapping.written("tumbling");
  const Written session = mapping.written("session"), step = mapping.written("step");
  if ((sliding ? 1 : 0) + (tumbling ? 1 : 0) + (session ? 1 : 0) != 1) {
    findings.add(node, "a window is one of sliding, tumbling and session");
  } else if (sliding) {
    window.kind = feature::Window::kSliding;
    window.width = positive(sliding, drafts, findings);
    if (step) window.step = positive(step, drafts, findings);
    if (step && (window.step > window.width || window.width.ns / window.step.ns > kMaxPanes)) {
      step.refuse(findings, fmt::format("a step is at most the width, and at least a {}th of it", kMaxPanes));
      window.step = {};
    }
  } else if (tumbling && tumbling.text == "month") {
    window.kind = feature::Window::kMonth;
  } else if (tumbling) {
    window.kind = feature::Window::kTumbling;
    window.width = positive(tumbling, drafts, findings);
  } else {
    window.kind = feature::Window::kSession;
    window.width = positive(session, drafts, findings);
  }
  if (step && !sliding) step.refuse(findings, "`step` belongs to a sliding window");
  mapping.finish();
}

void read_window(Mapping& mapping, feature::Window& window, const Drafts& drafts, Findings& findings) {
  const Node* node = mapping.get("window");
  if (!node) return;
  if (node->is_mapping()) return read_window_mapping(*node, window, drafts, findings);
  if (!is_text(*node, "window", findings) || node->text == "ever") return;
  window.kind = feature::Window::kSliding;
  window.width = positive({node->text, node, 0}, drafts, findings);
}

// The aggregate: its operator, and the expression that it takes.
void read_aggregate(Mapping& mapping, FeatureDraft& draft, Findings& findings) {
  const Aggregate* chosen = nullptr;
  for (const Aggregate& aggregate : kAggregates) {
    const Node* node = mapping.get(aggregate.key);
    if (!node) continue;
    if (chosen) {
      findings.add(*node, fmt::format("a feature has one aggregate: this one has `{}` already", chosen->key));
      continue;
    }
    chosen = &aggregate;
    draft.spec.op = aggregate.op;
    if (aggregate.op == Op::kSince) {
      const bool known = node->is_scalar() && (node->text == "first" || node->text == "last");
      if (!known) findings.add(*node, "`since` is first or last");
      draft.spec.since_first = node->is_scalar() && node->text == "first";
    } else if (aggregate.flag) {
      if (to_boolean(*node) != true) findings.add(*node, fmt::format("write `{}: true`", aggregate.key));
    } else {
      draft.value = mapping.require_written(aggregate.key);
    }
  }
  if (!chosen) {
    std::vector<std::string_view> names;
    for (const Aggregate& aggregate : kAggregates) names.push_back(aggregate.key);
    findings.add(mapping.node(), "this feature has no aggregate" + suggestion("", names));
  }
}

// Keys that only some aggregates have.
void read_options(Mapping& mapping, FeatureDraft& draft, Findings& findings) {
  const Op op = draft.spec.op;
  const auto only = [&](std::string_view key, bool suits, std::string_view whose) {
    const Node* node = mapping.get(key);
    if (node && !suits) findings.add(*node, fmt::format("`{}` belongs to {}", key, whose));
    return node && suits;
  };
  if (only("cap", op == Op::kDistinct || op == Op::kShare, "distinct and share")) {
    draft.spec.cap = static_cast<std::uint32_t>(mapping.integer("cap", 1, kMaxCap).value_or(1));
  }
  if (only("top", op == Op::kShare, "share")) {
    draft.spec.top = static_cast<std::uint32_t>(mapping.integer("top", 1, 1000).value_or(1));
  }
  if (only("members", op == Op::kDistinct, "distinct")) draft.spec.members = mapping.boolean("members").value_or(false);
  if (only("value", op == Op::kSeen, "seen")) draft.probe = mapping.require_written("value");
  if (only("fills", op == Op::kFirst || op == Op::kLast, "first and last")) draft.fills = mapping.require_written("fills");
  if (only("q", op == Op::kQuantile, "quantile")) {
    const auto q = mapping.number("q");
    const bool fits = q && *q >= 0 && *q <= 1;
    if (q && !fits) findings.add(*mapping.get("q"), "`q` is from 0 to 1");
    draft.spec.q = fits ? *q : 0.5;
  } else if (op == Op::kQuantile) {
    mapping.require("q");
  }
  if (op == Op::kSeen) mapping.require("value");
}

void read_feature(const Node& node, std::size_t pack, Drafts& drafts, Findings& findings) {
  Mapping mapping(node, "feature", findings);
  FeatureDraft draft;
  draft.id = mapping.require_written("id");
  const std::size_t dot = draft.id.text.find('.');
  if (draft.id && (dot == std::string::npos || !is_name(draft.id.text.substr(0, dot)) || !is_name(draft.id.text.substr(dot + 1)))) {
    draft.id.refuse(findings, "a feature's id is KEY.NAME");
    draft.id = {};
  }
  if (draft.id) {
    draft.key = draft.id.text.substr(0, dot);
    draft.name = draft.id.text.substr(dot + 1);
  }
  read_aggregate(mapping, draft, findings);
  read_options(mapping, draft, findings);
  draft.on = mapping.types("on");
  draft.where = mapping.written("where");
  read_window(mapping, draft.spec.window, drafts, findings);
  draft.doc = read_localised(mapping, "doc", false, findings);
  mapping.finish();
  if (draft.spec.op == Op::kGet) {
    for (const std::string_view key : {"on", "where", "window"}) {
      if (const Node* at = mapping.get(key)) findings.add(*at, fmt::format("a `get` holds no state: it has no `{}`", key));
    }
  } else if (!mapping.get("on")) {
    findings.add(node, "this feature has no `on`: name the event types that feed it");
  }
  if (draft.id) {
    drafts.features.push_back(std::move(draft));
    drafts.feature_packs.push_back(pack);
  }
}

void read_key(const Entry& entry, Drafts& drafts, Findings& findings) {
  static constexpr std::string_view kTaken[] = {"event", "text", "params", "derived"};
  const std::string& name = entry.key.text;
  if (!is_name(name) || std::find(std::begin(kTaken), std::end(kTaken), name) != std::end(kTaken)) {
    return findings.add(entry.key, fmt::format("{} cannot name a key", name));
  }
  if (find_word(Vocabulary::kEntity, name)) {
    return findings.add(entry.key, fmt::format("{} is a key already: the field of its name", name));
  }
  for (const KeyDraft& other : drafts.keys) {
    if (other.name.text != name) continue;
    return findings.add(entry.key, fmt::format("duplicate key {}: also in {}:{}", name, other.name.node->file->name(), other.name.node->line()));
  }
  Mapping mapping(entry.value, "key", findings);
  KeyDraft draft;
  draft.name = {name, &entry.key, 0};
  draft.of = mapping.written("of");
  mapping.require("fields");
  draft.fields = mapping.list("fields");
  mapping.finish();
  drafts.keys.push_back(std::move(draft));
}

}  // namespace

void read_features(const Node& root, std::size_t pack, Drafts& drafts, Findings& findings, const Limits& limits) {
  Mapping sections(root, "pack file", findings);
  if (const Node* derived = sections.get("derived")) {
    if (!derived->is_mapping()) findings.add(*derived, "`derived` is a mapping of names to values");
    for (const Entry& entry : derived->entries) {
      if (!has_room(drafts.derived.size(), entry.key, "derived values", limits, findings)) break;
      if (!is_name(entry.key.text)) findings.add(entry.key, "a derived value's name is letters, digits and _");
      Mapping mapping(entry.value, "derived value", findings);
      drafts.derived.push_back({{entry.key.text, &entry.key, 0}, mapping.require_written("value")});
      read_localised(mapping, "doc", false, findings);
      mapping.finish();
    }
  }
  if (const Node* keys = sections.get("keys")) {
    if (!keys->is_mapping()) findings.add(*keys, "`keys` is a mapping of names to keys");
    for (const Entry& entry : keys->entries) {
      if (!has_room(drafts.keys.size(), entry.key, "keys", limits, findings)) break;
      read_key(entry, drafts, findings);
    }
  }
  if (const Node* features = sections.get("features")) {
    if (!features->is_sequence()) findings.add(*features, "`features` is a list");
    for (const Node& node : features->items) {
      if (drafts.features.size() == limits.features) {
        return findings.add(node, fmt::format("more than {} features", limits.features));
      }
      read_feature(node, pack, drafts, findings);
    }
  }
}

}  // namespace lw::pack
