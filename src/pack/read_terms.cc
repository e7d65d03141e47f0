// Section `terms`: lists of words and patterns, in the file or beside it.
#include <algorithm>

#include "pack/drafts.h"

namespace lw::pack {
namespace {

constexpr std::int64_t kMaxWithin = 10'000;

feature::Term term_at(const Written& written) {
  const Error place = written.node->error({});
  return {written.text, place.place};
}

std::string_view trimmed(std::string_view line) {
  const auto begin = line.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1);
}

// One term a line; from " #" or a leading # on it is a comment.
void read_lines(const std::string& name, std::string_view text, std::vector<feature::Term>& out) {
  std::uint32_t number = 0;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.starts_with('#')) continue;
    if (const auto comment = line.find(" #"); comment != std::string_view::npos) line = line.substr(0, comment);
    line = trimmed(line);
    if (!line.empty()) out.push_back({std::string(line), {name, number, 1}});
  }
}

void read_files(Mapping& mapping, std::string_view key, const std::string& dir, std::vector<feature::Term>& out,
                Findings& findings, const ReadTermFile& files) {
  for (const Written& path : mapping.list(key)) {
    if (const std::string* text = files(path.text)) {
      read_lines(dir + "/" + path.text, *text, out);
    } else {
      path.refuse(findings, fmt::format("no file {} in this pack: term files are *.txt, named from the pack's directory", path.text));
    }
  }
}

std::optional<feature::TermList::Near> read_near(Mapping& list, std::string_view key, Written& name, Findings& findings) {
  const Node* node = list.get(key);
  if (!node) return {};
  Mapping mapping(*node, key, findings);
  name = mapping.require_written("list");
  mapping.require("within");
  const auto within = mapping.integer("within", 1, kMaxWithin);
  mapping.finish();
  if (!name || !within) return {};
  return feature::TermList::Near{name.text, static_cast<std::uint32_t>(*within)};
}

void read_list(const Node& node, std::size_t pack, Drafts& drafts, Findings& findings, const ReadTermFile& files) {
  Mapping mapping(node, "term list", findings);
  const std::string& dir = drafts.packs[pack].dir;
  ListDraft draft;
  draft.id = mapping.require_written("id");
  if (draft.id && !is_name(draft.id.text)) draft.id.refuse(findings, "a list's id is letters, digits and _");
  draft.list.name = draft.id.text;
  draft.list.place = node.error({}).place;
  mapping.require("fields");
  draft.fields = mapping.list("fields");
  draft.on = mapping.types("on");
  for (const Written& term : mapping.list("list")) draft.list.terms.push_back(term_at(term));
  read_files(mapping, "files", dir, draft.list.terms, findings, files);
  for (const Written& phrase : mapping.list("except")) draft.list.except.push_back(term_at(phrase));
  read_files(mapping, "except_files", dir, draft.list.except, findings, files);
  for (const Written& pattern : mapping.list("regex")) draft.list.patterns.push_back(term_at(pattern));
  draft.list.near = read_near(mapping, "near", draft.near, findings);
  draft.list.unless_near = read_near(mapping, "unless_near", draft.unless_near, findings);
  read_localised(mapping, "doc", false, findings);
  mapping.finish();
  if (draft.list.terms.empty() && draft.list.patterns.empty()) {
    findings.add(node, "this term list holds nothing: give it a `list`, `files` or `regex`");
  }
  if (!draft.id) return;
  for (const ListDraft& other : drafts.lists) {
    if (other.id.text != draft.id.text) continue;
    return draft.id.refuse(findings, fmt::format("duplicate term list {}: also in {}:{}", draft.id.text,
                                                 other.id.node->file->name(), other.id.node->line()));
  }
  drafts.lists.push_back(std::move(draft));
  drafts.list_packs.push_back(pack);
}

}  // namespace

void read_terms(const Node& root, std::size_t pack, Drafts& drafts, Findings& findings, const Limits& limits, const ReadTermFile& files) {
  const Node* terms = root.find("terms");
  if (!terms) return;
  if (!terms->is_sequence()) findings.add(*terms, "`terms` is a list");
  for (const Node& node : terms->items) {
    if (!has_room(drafts.lists.size(), node, "term lists", limits, findings)) break;
    read_list(node, pack, drafts, findings, files);
  }
}

}  // namespace lw::pack
