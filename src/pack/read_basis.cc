// What rules and record terms share: the law behind them, and when they hold.
#include <algorithm>

#include "pack/drafts.h"

namespace lw::pack {
namespace {

Basis read_basis(const Node& node, int zone_minutes, Findings& findings) {
  Mapping mapping(node, "basis", findings);
  Basis basis;
  basis.instrument = mapping.require_text("instrument");
  basis.article = mapping.text("article");
  const std::string known = mapping.word("known", Vocabulary::kKnown, "grade of knowledge");
  basis.known = known.empty() ? 'M' : known.front();
  mapping.require("from");
  basis.from = mapping.date("from", zone_minutes);
  basis.to = mapping.date("to", zone_minutes);
  mapping.finish();
  if (basis.from && basis.to && *basis.to <= *basis.from) findings.add(*mapping.get("to"), "`to` is not after `from`");
  return basis;
}

}  // namespace

bool read_bases(Mapping& mapping, int zone_minutes, std::vector<Basis>& out, Findings& findings) {
  const Node* node = mapping.require("basis");
  if (!node) return true;
  if (!node->is_sequence() || node->items.empty()) {
    findings.add(*node, "`basis` is a list of at least one");
    return true;
  }
  for (const Node& item : node->items) out.push_back(read_basis(item, zone_minutes, findings));
  return !std::all_of(out.begin(), out.end(), [](const Basis& basis) { return basis.known == 'M'; });
}

void read_effect(Mapping& mapping, int zone_minutes, std::optional<Time>& from, std::optional<Time>& to, Findings& findings) {
  from = mapping.date("effective_from", zone_minutes);
  to = mapping.date("effective_to", zone_minutes);
  if (from && to && *to <= *from) findings.add(*mapping.get("effective_to"), "`effective_to` is not after `effective_from`");
}

}  // namespace lw::pack
