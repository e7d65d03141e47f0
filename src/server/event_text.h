// Bodies of POST /v1/events as lines for the sink: a document of one event or an array of them, or lines that come in pieces.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "desk/answer.h"
#include "server/events.h"

namespace lw::server {

// Lines and how many; line breaks between tokens have become spaces. Refuses what is cut short, no object or array, or goes on behind its
// end, or is an array of more than 200 000; an array's items may be anything.
struct Lines {
  std::string text;
  std::uint32_t count = 0;
};
desk::Answer<Lines> lines_of(std::string_view json, bool may_be_array);

// Cuts a stream into whole lines. Those that are empty are passed over and not counted.
class LineCutter {
 public:
  explicit LineCutter(std::size_t longest) : longest_(longest) {}

  void add(std::string_view piece);
  void finish();  // what is left is the last line

  bool ready() const { return !indices_.empty(); }
  std::size_t size() const { return text_.size(); }
  std::uint64_t seen() const { return seen_; }
  // The lines so far, and of each how many were before it, those too long among them.
  Lines take(std::vector<std::uint64_t>& indices);
  // Those that were longer than is taken; each once.
  std::vector<Rejection> take_rejected() { return std::exchange(rejected_, {}); }

 private:
  std::size_t longest_;
  std::string text_;         // whole lines
  std::string part_;         // of the line under way
  bool overlong_ = false;    // the line under way is skipped
  std::vector<std::uint64_t> indices_;  // of those in text_
  std::uint64_t seen_ = 0;
  std::vector<Rejection> rejected_;
};

}  // namespace lw::server
