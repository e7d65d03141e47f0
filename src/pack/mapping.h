// Strict reading of YAML mappings: every key asked for is known, every other key is refused with the nearest known one.
// What is wrong goes to Findings and reading goes on, so that one run tells of every mistake.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "event/vocabulary.h"
#include "pack/contract.h"
#include "pack/document.h"

namespace lw::pack {

// The mistakes found so far.
class Findings {
 public:
  void add(Error error) { errors_.push_back(std::move(error)); }
  void add(const Node& at, std::string message) { errors_.push_back(at.error(std::move(message))); }
  bool empty() const { return errors_.empty(); }
  std::size_t size() const { return errors_.size(); }
  std::vector<Error> take_sorted();  // by file, line, column, message; each once

 private:
  std::vector<Error> errors_;
};

// A text with its place: an expression, or a name that is resolved later.
struct Written {
  std::string text;
  const Node* node = nullptr;
  std::size_t offset = 0;  // of `text` within the node's text
  explicit operator bool() const { return node != nullptr; }
  void refuse(Findings& findings, std::string message) const { findings.add(node->error_at(offset, std::move(message))); }
};

class Mapping {
 public:
  // `what` completes "a … is a mapping" and "a … has no key x".
  Mapping(const Node& node, std::string_view what, Findings& findings);

  const Node& node() const { return node_; }
  std::string_view what() const { return what_; }

  // The value of a key; null if it is absent or null. require() refuses its absence.
  const Node* get(std::string_view key);
  const Node* require(std::string_view key);

  std::string text(std::string_view key);           // of a scalar; empty if absent
  std::string require_text(std::string_view key);   // refuses the empty string too
  Written written(std::string_view key);
  Written require_written(std::string_view key);
  std::optional<bool> boolean(std::string_view key);
  std::optional<std::int64_t> integer(std::string_view key, std::int64_t min, std::int64_t max);
  std::optional<double> number(std::string_view key);
  std::vector<Written> list(std::string_view key);   // of scalars; a single scalar is a list of one
  std::string word(std::string_view key, Vocabulary vocabulary, std::string_view called);  // required
  std::vector<std::string> words(std::string_view key, Vocabulary vocabulary, std::string_view called);
  std::vector<event::Type> types(std::string_view key);  // of events; "live.order.*" takes all that begin so
  std::optional<Time> date(std::string_view key, int zone_minutes);  // a date's midnight in the zone, or a full time

  void finish();  // refuses the keys that nobody asked for

 private:
  const Node& node_;
  std::string_view what_;
  Findings& findings_;
  std::vector<std::string_view> asked_;
};

// Of scalars; false or empty, and a finding, if the node is something else.
bool is_text(const Node& node, std::string_view what, Findings& findings);
std::optional<bool> to_boolean(const Node& node);
std::optional<std::int64_t> to_integer(const Node& node);  // plain decimal; underscores between digits are let in
std::optional<double> to_number(const Node& node);
std::optional<Time> to_date(std::string_view text, int zone_minutes);
bool is_name(std::string_view text);  // a CEL identifier that is not a reserved word

}  // namespace lw::pack
