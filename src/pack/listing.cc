#include "pack/listing.h"

#include <algorithm>
#include <map>
#include <set>

#include "pack/scan.h"

namespace lw::pack {
namespace {

std::string known_letters(const Rule& rule) {
  std::string out;
  for (const std::string_view grade : words(Vocabulary::kKnown)) {
    const bool used = std::any_of(rule.basis.begin(), rule.basis.end(), [&](const Basis& b) { return b.known == grade.front(); });
    if (used) out += grade;
  }
  return out;
}

// Parameters are folded as expressions are compiled and as durations are read, so their use is sought in the texts.
void gather_params(const Node& node, std::set<std::string, std::less<>>& used) {
  if (node.is_scalar() && node.text.find("params.") != std::string::npos) {
    for (std::size_t at = node.text.find("params."); at != std::string::npos; at = node.text.find("params.", at + 1)) {
      std::size_t end = at + 7;
      while (end < node.text.size() && (std::isalnum(static_cast<unsigned char>(node.text[end])) || node.text[end] == '_')) ++end;
      used.insert(node.text.substr(at + 7, end - at - 7));
    }
  }
  for (const Node& item : node.items) gather_params(item, used);
  for (const Entry& entry : node.entries) gather_params(entry.value, used);
}

bool is_feature_read(const FeatureDraft& draft, const Names& names) {
  if (draft.fills) return true;
  for (std::uint32_t slot = 0; slot < names.size(); ++slot) {
    const Named& named = names.at(slot);
    if (!named.mentioned) break;  // those mentioned come first
    if (named.role == Named::Role::kFeature && named.field == draft.name) return true;
  }
  return false;
}

}  // namespace

std::vector<Summary> summaries(const Drafts& drafts) {
  std::vector<Summary> out;
  for (const PackDraft& pack : drafts.packs) {
    Summary summary;
    summary.name = pack.name();
    summary.dir = pack.dir;
    summary.asked_for = pack.asked_for;
    summary.desk = pack.desk;
    out.push_back(std::move(summary));
  }
  std::vector<std::set<std::string>> rows(out.size());
  for (const RuleDraft& draft : drafts.rules) {
    Summary& summary = out[draft.pack];
    ++summary.rules;
    summary.shadow += draft.rule.shadow;
    summary.tests += draft.tests ? draft.tests->items.size() : 0;
    if (!draft.rule.obligation.empty()) rows[draft.pack].insert(draft.rule.obligation);
  }
  for (std::size_t i = 0; i < out.size(); ++i) out[i].obligations.assign(rows[i].begin(), rows[i].end());
  for (const std::size_t pack : drafts.feature_packs) ++out[pack].features;
  for (const std::size_t pack : drafts.param_packs) ++out[pack].params;
  for (const RecordDraft& draft : drafts.records) ++out[draft.pack].records;
  for (std::size_t i = 0; i < drafts.lists.size(); ++i) {
    Summary& summary = out[drafts.list_packs[i]];
    ++summary.lists;
    summary.terms += drafts.lists[i].list.terms.size() + drafts.lists[i].list.patterns.size();
  }
  return out;
}

std::vector<Listed> listed_rules(const Drafts& drafts) {
  std::vector<Listed> out;
  for (const RuleDraft& draft : drafts.rules) {
    const Rule& rule = draft.rule;
    out.push_back({rule.id, rule.obligation, rule.violation, rule.lead, rule.pack, rule.title, known_letters(rule), draft.enabled,
                   rule.shadow, rule.file, rule.line});
  }
  std::sort(out.begin(), out.end(), [](const Listed& a, const Listed& b) { return a.id < b.id; });
  return out;
}

std::vector<Error> notes(const Drafts& drafts, const Names& names) {
  Findings found;
  std::set<std::string, std::less<>> params;
  for (const Document& document : drafts.documents) gather_params(document.root, params);
  for (std::size_t i = 0; i < drafts.params.size(); ++i) {
    const Written& name = drafts.params[i].name;
    if (drafts.packs[drafts.param_packs[i]].asked_for && !params.contains(name.text)) {
      name.refuse(found, fmt::format("the parameter {} is read nowhere", name.text));
    }
  }
  for (std::size_t i = 0; i < drafts.features.size(); ++i) {
    const FeatureDraft& draft = drafts.features[i];
    if (drafts.packs[drafts.feature_packs[i]].asked_for && !is_feature_read(draft, names)) {
      draft.id.refuse(found, fmt::format("the feature {} is read nowhere", draft.id.text));
    }
  }
  std::set<std::string, std::less<>> near;
  for (const ListDraft& draft : drafts.lists) {
    if (draft.near) near.insert(draft.near.text);
    if (draft.unless_near) near.insert(draft.unless_near.text);
  }
  for (std::size_t i = 0; i < drafts.lists.size(); ++i) {
    const Written& id = drafts.lists[i].id;
    if (!drafts.packs[drafts.list_packs[i]].asked_for || near.contains(id.text)) continue;
    const Named* named = names.find("text", id.text);
    if (named && !named->mentioned) id.refuse(found, fmt::format("the term list {} is read nowhere", id.text));
  }
  return found.take_sorted();
}

}  // namespace lw::pack
