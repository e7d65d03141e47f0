// Section `records`: how long events are kept.
#include <fmt/format.h>

#include <algorithm>

#include "pack/desk.h"
#include "pack/directory.h"
#include "pack/drafts.h"

namespace lw::pack {
namespace {

void read_term(const Written& written, RecordTerm& into, Findings& findings) {
  if (!written) return;
  const auto term = parse_term(written.text);
  if (!term || term->working_days) return written.refuse(findings, fmt::format("{} is no term: write 60d, 6mo or 3y, of 100 years at most", written.text));
  into.months += term->months;
  into.days += term->days;
}

void read_record(const Node& node, std::size_t pack, Drafts& drafts, Findings& findings) {
  Mapping mapping(node, "record term", findings);
  RecordDraft draft;
  draft.pack = pack;
  draft.id = mapping.require_written("id");
  if (draft.id && !is_pack_id(draft.id.text)) draft.id.refuse(findings, "a record term's id is lower-case letters, digits, - and _");
  draft.term.id = draft.id.text;
  draft.term.on = mapping.types("on");
  const int zone = drafts.packs[pack].zone_minutes;
  read_term(mapping.require_written("keep"), draft.term, findings);
  read_term(mapping.written("margin"), draft.term, findings);
  if (!read_bases(mapping, zone, draft.term.basis, findings)) findings.add(*mapping.get("basis"), "every basis rests on memory (M): name one that was read");
  read_effect(mapping, zone, draft.term.from, draft.term.to, findings);
  read_localised(mapping, "doc", false, findings);
  mapping.finish();
  if (!draft.id) return;
  for (const RecordDraft& other : drafts.records) {
    if (other.term.id != draft.term.id) continue;
    return draft.id.refuse(findings, fmt::format("duplicate record term {}: also in {}:{}", draft.term.id, other.id.node->file->name(), other.id.node->line()));
  }
  drafts.records.push_back(std::move(draft));
}

}  // namespace

void read_records(const Node& root, std::size_t pack, Drafts& drafts, Findings& findings, const Limits& limits) {
  const Node* records = root.find("records");
  if (!records) return;
  if (!records->is_sequence()) findings.add(*records, "`records` is a list");
  for (const Node& node : records->items) {
    if (!has_room(drafts.records.size(), node, "record terms", limits, findings)) break;
    read_record(node, pack, drafts, findings);
  }
}

void check_records(const Drafts& drafts, Findings& findings) {
  if (drafts.records.empty()) return;
  const auto of_all = [](const RecordDraft& draft) { return draft.term.on.empty() && !draft.term.to; };
  if (std::any_of(drafts.records.begin(), drafts.records.end(), of_all)) return;
  drafts.records.front().id.refuse(findings, "no record term is for all other events: give one without `on` and `effective_to`");
}

}  // namespace lw::pack
