#include "desk/rule_texts.h"

#include <algorithm>

namespace lw::desk {
namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

// The item of a list that begins in that line, up to the next line that is indented no deeper.
std::string item_at(const std::vector<std::string_view>& lines, std::size_t line) {
  if (line == 0 || line > lines.size()) return {};
  const std::size_t indent = std::min(lines[line - 1].find_first_not_of(' '), lines[line - 1].size());
  std::string out;
  for (std::size_t i = line - 1; i < lines.size(); ++i) {
    const std::size_t first = lines[i].find_first_not_of(" \r");
    if (i >= line && first != std::string_view::npos && first <= indent) break;
    out.append(first == std::string_view::npos ? std::string_view() : lines[i].substr(std::min(indent, lines[i].size()))).append("\n");
  }
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

}  // namespace

RuleTexts rule_texts(const pack::Loaded& loaded, const pack::Bundle& bundle) {
  std::map<std::string, std::vector<std::string_view>> files;
  for (const auto* packs : {&bundle.packs, &bundle.used}) {
    for (const pack::Source& source : *packs)
      for (const pack::SourceFile& file : source.files) files[source.name + "/" + file.path] = lines_of(file.text);
  }
  RuleTexts out;
  for (const pack::Listed& rule : loaded.rules) {
    if (const auto file = files.find(rule.file); file != files.end()) out[{rule.pack, rule.id}] = item_at(file->second, rule.line);
  }
  return out;
}

}  // namespace lw::desk
