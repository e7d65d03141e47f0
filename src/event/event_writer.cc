#include "event/event_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace lw::event {
namespace {

// Bytes of the well-formed UTF-8 sequence at the start of `text`, 0 if there is none.
std::size_t sequence(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t size = lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
  if (size == 0 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  const unsigned char second = byte(1);  // overlong forms, surrogates, past U+10FFFF
  if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f)) return 0;
  if ((lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) return 0;
  return size;
}

bool plain(char c) { return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x80 && c != '"' && c != '\\'; }

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const auto run = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), plain) - text.begin());
    out.append(text.substr(0, run));
    text.remove_prefix(run);
    if (text.empty()) break;
    const char c = text.front();
    std::size_t used = 1;
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    } else if (const std::size_t size = sequence(text)) {
      out.append(text.substr(0, size));
      used = size;
    } else {
      out += "\xef\xbf\xbd";
    }
    text.remove_prefix(used);
  }
  out += '"';
}

void EventWriter::start(std::string_view id, std::string_view source, std::string_view type, std::string_view time) {
  first_ = true;
  out_ += R"({"specversion":"1.0","id":)";
  append_json_text(out_, id);
  out_ += R"(,"source":)";
  append_json_text(out_, source);
  out_ += R"(,"type":)";
  append_json_text(out_, type);
  out_ += R"(,"time":)";
  append_json_text(out_, time);
  out_ += R"(,"data":{)";
}

void EventWriter::start(std::string_view id, std::string_view source, std::string_view type, Time time) {
  start(id, source, type, format_rfc3339(time));
}

void EventWriter::name(std::string_view field) {
  if (!first_) out_ += ',';
  first_ = false;
  append_json_text(out_, field);
  out_ += ':';
}

void EventWriter::text(std::string_view field, std::string_view value) {
  name(field);
  append_json_text(out_, value);
}

void EventWriter::integer(std::string_view field, std::int64_t value) {
  name(field);
  fmt::format_to(std::back_inserter(out_), "{}", value);
}

void EventWriter::json(std::string_view field, std::string_view value) {
  name(field);
  out_ += value;
}

void EventWriter::finish() { out_ += "}}"; }

}  // namespace lw::event
