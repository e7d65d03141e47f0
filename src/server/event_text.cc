#include "server/event_text.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace lw::server {
namespace {

using desk::Why;

constexpr std::uint32_t kMostItems = 200'000;  // of an array: each costs more than its bytes

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

void skip_space(std::string_view json, std::size_t& at) {
  while (at < json.size() && is_space(json[at])) ++at;
}

// Appends the value that begins at `at` up to a ',' or ']' behind it, or the end. False: it is cut short.
bool copy_value(std::string_view json, std::size_t& at, std::string& out) {
  std::size_t depth = 0;
  bool inside = false;  // a text
  for (; at < json.size(); ++at) {
    const char c = json[at];
    if (inside) {
      // A line break within a text is no JSON; it stays a control character, so that the decoder says so.
      out += c == '\n' || c == '\r' ? '\x01' : c;
      if (c == '\\' && at + 1 < json.size() && json[at + 1] != '\n' && json[at + 1] != '\r') out += json[++at];
      else if (c == '"') inside = false;
      continue;
    }
    if (depth == 0 && (c == ',' || c == ']')) return true;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && depth > 0) --depth;
    inside = c == '"';
    out += c == '\n' || c == '\r' ? ' ' : c;
  }
  return depth == 0 && !inside;
}

void trim_end(std::string& text, std::size_t from) {
  while (text.size() > from && is_space(text.back())) text.pop_back();
}

}  // namespace

desk::Answer<Lines> lines_of(std::string_view json, bool may_be_array) {
  Lines out;
  std::size_t at = 0;
  skip_space(json, at);
  const char first = at < json.size() ? json[at] : '\0';
  if (first != '{' && !(may_be_array && first == '[')) {
    return desk::refuse(Why::kInvalid, "the body must be an event{}", may_be_array ? " or an array of events" : ", a JSON object");
  }
  if (first == '{') {
    if (!copy_value(json, at, out.text)) return desk::refuse(Why::kInvalid, "the event is cut short");
    if (at != json.size()) return desk::refuse(Why::kInvalid, "something stands behind the event");
    trim_end(out.text, 0);
    out.text += '\n';
    out.count = 1;
    return out;
  }
  ++at;
  skip_space(json, at);
  if (at < json.size() && json[at] == ']') return desk::refuse(Why::kInvalid, "the array holds no event");
  for (;;) {
    const std::size_t from = out.text.size();
    skip_space(json, at);
    const bool whole = copy_value(json, at, out.text);
    trim_end(out.text, from);
    if (!whole || at == json.size()) return desk::refuse(Why::kInvalid, "the array is cut short behind {} events", out.count);
    if (out.text.size() == from) return desk::refuse(Why::kInvalid, "the array has an empty item behind {} events", out.count);
    if (out.count == kMostItems) return desk::refuse(Why::kInvalid, "the array holds more than {} events; send them in several, or as lines", kMostItems);
    out.text += '\n';
    ++out.count;
    if (json[at++] == ']') break;
  }
  skip_space(json, at);
  if (at != json.size()) return desk::refuse(Why::kInvalid, "something stands behind the array");
  return out;
}

void LineCutter::add(std::string_view piece) {
  while (!piece.empty()) {
    const std::size_t end = piece.find('\n');
    const std::string_view line = piece.substr(0, end);
    if (!overlong_) {
      if (part_.size() + line.size() > longest_) {
        overlong_ = true;
        part_.clear();
      } else {
        part_ += line;
      }
    }
    if (end == std::string_view::npos) return;
    piece.remove_prefix(end + 1);
    finish();
  }
}

void LineCutter::finish() {
  if (overlong_) {
    rejected_.push_back({seen_++, fmt::format("longer than {} bytes", longest_)});
    overlong_ = false;
    return;
  }
  while (!part_.empty() && is_space(part_.back())) part_.pop_back();
  if (part_.empty()) return;
  text_ += part_;
  text_ += '\n';
  part_.clear();
  indices_.push_back(seen_++);
}

Lines LineCutter::take(std::vector<std::uint64_t>& indices) {
  indices = std::exchange(indices_, {});
  return {std::exchange(text_, {}), static_cast<std::uint32_t>(indices.size())};
}

}  // namespace lw::server
