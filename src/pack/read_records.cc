// Section `records`: how long events are kept.
#include <algorithm>
#include <charconv>

#include "pack/directory.h"
#include "pack/drafts.h"

namespace lw::pack {
namespace {

constexpr std::uint32_t kMostYears = 100;

// "60d", "6mo" or "3y", added to months and days.
bool add_term(std::string_view text, std::uint32_t& months, std::uint32_t& days) {
  std::uint32_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const std::uint32_t most = unit == "d" ? kMostYears * 366 : unit == "mo" ? kMostYears * 12 : unit == "y" ? kMostYears : 0;
  if (error != std::errc{} || count == 0 || count > most) return false;
  if (unit == "d") days += count;
  else months += unit == "y" ? 12 * count : count;
  return true;
}

void read_term(const Written& written, RecordTerm& term, Findings& findings) {
  if (!written || add_term(written.text, term.months, term.days)) return;
  written.refuse(findings, fmt::format("{} is no term: write 60d, 6mo or 3y, of {} years at most", written.text, kMostYears));
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
