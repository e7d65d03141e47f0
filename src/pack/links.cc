#include "pack/links.h"

#include <algorithm>
#include <map>

namespace lw::pack {
namespace {

// The event's fields that make the key.
std::set<event::FieldId> fields_of(const Names& names, const Key& key) {
  std::set<event::FieldId> out;
  for (const Slot part : key.parts) {
    if (names.at(part).role == Named::Role::kField) out.insert(static_cast<event::FieldId>(names.at(part).index));
  }
  return out;
}

class Linker {
 public:
  Linker(const Names& names, const Plan& plan, std::set<event::FieldId> fields) : names_(names), plan_(plan), fields_(std::move(fields)) {
    // Until nothing is added: a key that fills a wanted field makes its own fields wanted.
    for (bool more = true; more;) {
      more = false;
      for (Index i = 0; i < plan.features.size(); ++i) {
        const Feature& feature = plan.features[i];
        if (feature.fills == event::kFieldLimit || feature.key == kNone || !fields_.contains(feature.fills)) continue;
        if (!features_[feature.key].insert(i).second) continue;
        more = true;
        fields_.merge(fields_of(names, plan.keys[feature.key]));
      }
    }
    for (const auto& [key, features] : features_) keys_.push_back(key);
    // Keys in the order in which the packs declare their first link.
    std::sort(keys_.begin(), keys_.end(), [&](Index a, Index b) { return *features_[a].begin() < *features_[b].begin(); });
    reach();
  }

  std::vector<Visit> run() {
    std::vector<Visit> visits;
    std::vector<bool> placed(keys_.size(), false);
    for (std::size_t round = 0; round < keys_.size(); ++round) {
      const std::size_t first = next(placed);
      if (first == keys_.size()) break;
      std::vector<std::size_t> ring;
      for (std::size_t i = 0; i < keys_.size(); ++i) {
        if (i == first || (reaches_[i][first] && reaches_[first][i])) ring.push_back(i);
      }
      for (const std::size_t member : ring) placed[member] = true;
      for (std::size_t turn = 1; turn < ring.size(); ++turn) {
        for (const std::size_t member : ring) visits.push_back(visit(member));
      }
      visits.push_back(visit(ring.front()));
    }
    return visits;
  }

 private:
  // reaches_[a][b]: a visit of a may give b its fields, through others too.
  void reach() {
    const std::size_t count = keys_.size();
    reaches_.assign(count, std::vector<bool>(count, false));
    for (std::size_t a = 0; a < count; ++a) {
      for (std::size_t b = 0; b < count; ++b) {
        const auto wanted = fields_of(names_, plan_.keys[keys_[b]]);
        for (const Index feature : features_[keys_[a]]) {
          if (wanted.contains(plan_.features[feature].fills)) reaches_[a][b] = true;
        }
      }
    }
    for (std::size_t via = 0; via < count; ++via) {
      for (std::size_t a = 0; a < count; ++a) {
        for (std::size_t b = 0; b < count; ++b) {
          if (reaches_[a][via] && reaches_[via][b]) reaches_[a][b] = true;
        }
      }
    }
  }
  // The first key not yet placed that waits for no other.
  std::size_t next(const std::vector<bool>& placed) const {
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (placed[i]) continue;
      bool waits = false;
      for (std::size_t other = 0; other < keys_.size(); ++other) {
        waits = waits || (!placed[other] && reaches_[other][i] && !reaches_[i][other]);
      }
      if (!waits) return i;
    }
    return keys_.size();
  }
  Visit visit(std::size_t at) {
    Visit out;
    out.key = keys_[at];
    std::set<event::FieldId> wanted;
    for (const Index feature : features_[out.key]) {
      const std::string& id = plan_.features[feature].id;
      out.steps.push_back({feature, names_.find(plan_.keys[out.key].name, id.substr(id.find('.') + 1))->slot});
      wanted.insert(plan_.features[feature].fills);
    }
    out.wanted.assign(wanted.begin(), wanted.end());
    return out;
  }

  const Names& names_;
  const Plan& plan_;
  std::set<event::FieldId> fields_;
  std::map<Index, std::set<Index>> features_;  // by key
  std::vector<Index> keys_;
  std::vector<std::vector<bool>> reaches_;
};

}  // namespace

std::vector<Visit> plan_links(const Names& names, const Plan& plan, std::set<event::FieldId> fields) {
  return Linker(names, plan, std::move(fields)).run();
}

std::set<event::FieldId> linked_fields(const Plan& plan, const std::vector<Visit>& links) {
  std::set<event::FieldId> out;
  for (const Visit& visit : links) {
    for (const Visit::Step& step : visit.steps) out.insert(plan.features[step.feature].fills);
  }
  return out;
}

}  // namespace lw::pack
