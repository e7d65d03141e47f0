#include "pack/order.h"

#include <fmt/ranges.h>

#include <string>

namespace lw::pack {
namespace {

// A node for each feature's update and one for each slot (a read). An edge goes to what must be done before.
// - An update reads what its expressions and its key's parts mention.
// - A read comes after the update, so that a rule sees this event; of `seen` and `since` it comes before.
class Graph {
 public:
  Graph(const Drafts& drafts, const Plan& plan, Names& names) : drafts_(drafts), names_(names) {
    edges_.resize(drafts.features.size() + names.size());
    for (Index i = 0; i < drafts.features.size(); ++i) {
      const FeatureDraft& draft = drafts.features[i];
      if (plan.features[i].key == kNone) continue;
      if (draft.spec.op != feature::Op::kGet) {
        mention(update(i), draft.value);
        mention(update(i), draft.where);
        parts(update(i), plan.features[i].key);
      }
    }
    for (std::uint32_t slot = 0; slot < names.size(); ++slot) read(slot);
  }

  std::size_t size() const { return edges_.size(); }
  const std::vector<std::size_t>& edges(std::size_t node) const { return edges_[node]; }
  bool is_update(std::size_t node) const { return node < drafts_.features.size(); }
  const Named& named(std::size_t node) const { return names_.at(static_cast<std::uint32_t>(node - drafts_.features.size())); }
  std::string label(std::size_t node) const { return is_update(node) ? drafts_.features[node].id.text : named(node).text(); }
  const Written& place(std::size_t node) const {
    if (is_update(node)) return drafts_.features[node].id;
    const Named& read = named(node);
    if (read.role == Named::Role::kFeature) return drafts_.features[read.index].id;
    return drafts_.derived[read.index - builtins().size()].name;
  }

 private:
  static std::size_t update(Index feature) { return feature; }
  std::size_t node(const Named& named) const { return drafts_.features.size() + named.slot; }

  void mention(std::size_t from, const Written& written) {
    if (!written) return;
    for (const Named* named : names_.mentions(written)) {
      if (named->role == Named::Role::kFeature || named->role == Named::Role::kDerived) edges_[from].push_back(node(*named));
    }
  }
  void parts(std::size_t from, Index key) {
    const std::size_t entities = words(Vocabulary::kEntity).size();
    if (key < entities) return;
    for (const Written& field : drafts_.keys[key - entities].fields) mention(from, field);
  }
  void read(std::uint32_t slot) {
    const Named& named = names_.at(slot);
    const std::size_t from = node(named);
    if (named.role == Named::Role::kDerived && named.index >= builtins().size()) {
      mention(from, drafts_.derived[named.index - builtins().size()].value);
    }
    if (named.role != Named::Role::kFeature) return;
    const FeatureDraft& draft = drafts_.features[named.index];
    parts(from, named.key);
    switch (draft.spec.op) {
      case feature::Op::kGet: mention(from, draft.value); break;
      case feature::Op::kSeen: mention(from, draft.probe); [[fallthrough]];
      case feature::Op::kSince: edges_[update(named.index)].push_back(from); break;
      default: edges_[from].push_back(update(named.index));
    }
  }

  const Drafts& drafts_;
  Names& names_;
  std::vector<std::vector<std::size_t>> edges_;
};

// Depth first with a stack of its own: a hostile pack may chain thousands.
class Walk {
 public:
  Walk(const Graph& graph, Findings& findings) : graph_(graph), findings_(findings), state_(graph.size(), kNew) {}

  std::vector<std::size_t> run() {
    for (std::size_t node = 0; node < graph_.size(); ++node) {
      if (state_[node] == kNew) from(node);
    }
    return std::move(done_);
  }

 private:
  enum State : std::uint8_t { kNew, kOpen, kDone };
  struct Frame {
    std::size_t node, next;
  };

  void from(std::size_t start) {
    push(start);
    while (!stack_.empty()) {
      Frame& top = stack_.back();
      const auto& edges = graph_.edges(top.node);
      if (top.next == edges.size()) {
        state_[top.node] = kDone;
        done_.push_back(top.node);
        stack_.pop_back();
        continue;
      }
      const std::size_t to = edges[top.next++];
      if (state_[to] == kOpen) tell(to);
      if (state_[to] == kNew) push(to);
    }
  }
  void push(std::size_t node) {
    state_[node] = kOpen;
    stack_.push_back({node, 0});
  }
  void tell(std::size_t to) {
    std::size_t begin = stack_.size();
    while (begin > 0 && stack_[begin - 1].node != to) --begin;
    std::vector<std::string> path;
    for (std::size_t i = begin - 1; i < stack_.size(); ++i) {
      std::string label = graph_.label(stack_[i].node);
      if (path.empty() || path.back() != label) path.push_back(std::move(label));
    }
    if (path.size() == 1 || path.front() != path.back()) path.push_back(path.front());
    const bool derived = path.front().starts_with("derived.");
    graph_.place(to).refuse(findings_, fmt::format("cyclic {}: {}", derived ? "derived values" : "features", fmt::join(path, " → ")));
  }

  const Graph& graph_;
  Findings& findings_;
  std::vector<State> state_;
  std::vector<Frame> stack_;
  std::vector<std::size_t> done_;
};

}  // namespace

std::vector<Definition> definition_order(const Drafts& drafts, const Plan& plan, Names& names, Findings& findings) {
  const Graph graph(drafts, plan, names);
  std::vector<Definition> order;
  std::vector<bool> placed(drafts.features.size(), false);
  for (const std::size_t node : Walk(graph, findings).run()) {
    const bool update = graph.is_update(node);
    if (!update && graph.named(node).role == Named::Role::kDerived) {
      order.push_back({Named::Role::kDerived, graph.named(node).index});
    } else if (update || graph.named(node).role == Named::Role::kFeature) {
      const Index index = update ? static_cast<Index>(node) : graph.named(node).index;
      const bool get = drafts.features[index].spec.op == feature::Op::kGet;
      if (get == update || placed[index]) continue;  // a `get` stands where it is read, all others where they are updated
      placed[index] = true;
      order.push_back({Named::Role::kFeature, index});
    }
  }
  return order;
}

}  // namespace lw::pack
