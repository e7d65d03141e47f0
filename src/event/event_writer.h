// Writes CloudEvents JSON lines, as adapters and mappings make them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace lw::event {

// Appends to a text of the caller's. All texts are UTF-8; what is not becomes U+FFFD.
//
//   EventWriter writer(out);
//   writer.start("e1", "/platforms/alpha", "live.chat.posted", time);
//   writer.text("text", "hello");
//   writer.finish();
class EventWriter {
 public:
  explicit EventWriter(std::string& out) : out_(out) {}

  void start(std::string_view id, std::string_view source, std::string_view type, std::string_view time);
  void start(std::string_view id, std::string_view source, std::string_view type, Time time);
  void text(std::string_view field, std::string_view value);
  void given(std::string_view field, std::string_view value) {  // only if it is not empty
    if (!value.empty()) text(field, value);
  }
  void integer(std::string_view field, std::int64_t value);
  void json(std::string_view field, std::string_view value);  // JSON already
  void finish();                                              // no end of line

 private:
  void name(std::string_view field);

  std::string& out_;
  bool first_ = true;
};

void append_json_text(std::string& out, std::string_view text);  // with its quotes

}  // namespace lw::event
