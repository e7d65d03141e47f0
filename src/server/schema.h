// A JSON Schema (what draft 7 has), compiled once and asked from any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "desk/answer.h"

namespace lw::server {

// What of a value does not hold: "liable.kind", "one of operator, host".
struct Fault {
  std::string field;    // its path, "" for the whole
  std::string message;  // what was wrong and what would be right
};

class Schema {
 public:
  // `schema` stands alone: see expanded().
  static Result<std::shared_ptr<const Schema>> compile(desk::Json schema);
  ~Schema();

  // The first fault. Values nested deeper than the parser lets through are the caller's to refuse.
  std::optional<Fault> fault(const desk::Json& value) const;

 private:
  struct Compiled;
  Schema(desk::Json schema, std::unique_ptr<Compiled> compiled);
  desk::Json schema_;
  std::unique_ptr<Compiled> compiled_;
};

// What a checked request may hold beside its schema, so that checking it is cheap and every store can keep it: texts up to kLongestText
// bytes, arrays up to kMostItems, no U+0000.
inline constexpr std::size_t kLongestText = 16'000, kMostItems = 1'000;
std::optional<Fault> beyond_bounds(const desk::Json& value);

// The schema with every $ref replaced by what it names in `document`. Refuses one that leads nowhere or in a circle.
Result<desk::Json> expanded(const desk::Json& document, const desk::Json& schema);

}  // namespace lw::server
