// What a mapping's YAML says, checked and compiled: docs/mappings.md tells the form.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cel/cel.h"
#include "event/vocabulary.h"
#include "mapping/local_time.h"

namespace lw::mapping {

// How a value that an expression gives becomes one of an event.
enum class As : std::uint8_t {
  kItself,
  kMoney,   // decimal text or a number of whole units → an integer of minor units
  kTime,    // a local date and time as text → RFC 3339
  kUnixS,   // seconds since 1970, a fraction allowed → RFC 3339
  kUnixMs,  // milliseconds likewise
  kHash,    // text → a name of 32 hexadecimal digits, the same for the same text
};

struct Value {
  std::string name;  // as messages say it: "data.amount"
  cel::Program program;
  As as = As::kItself;
  int digits = 2;             // of the currency's minor unit, for kMoney
  std::optional<Zone> zone;   // for kTime
};

struct EventForm {
  std::string type;
  std::optional<cel::Program> when;
  Value id, time;
  std::vector<Value> data;
};

struct Column {
  std::string name;                  // in expressions: row.NAME; its slot is its place
  std::vector<std::string> headers;  // any of these in the file
  bool required = true;
};

struct Form {
  enum class Kind : std::uint8_t { kCsv, kJsonLines };
  std::string name;
  Kind kind = Kind::kCsv;
  std::vector<std::string> files;  // patterns of file names; empty: any
  std::string encoding = "utf-8";
  char delimiter = ',';
  std::int64_t skip = 0;           // lines before the header
  bool sort = false;               // by time, the whole file at once
  std::vector<Column> columns;
  std::optional<cel::Program> when;
  std::vector<EventForm> events;

  std::uint32_t file_slot() const { return static_cast<std::uint32_t>(columns.size()); }
  std::uint32_t line_slot() const { return file_slot() + 1; }
  std::size_t slots() const { return columns.size() + 2; }
};

struct Definition {
  std::string file;    // the mapping's own
  std::string source;  // of its events: "/platforms/shop"
  std::vector<Form> forms;
};

// Never empty; sorted by place.
using Errors = std::vector<Error>;

// From memory, and from a file. What the events hold is checked against the vocabulary as far as types are known.
tl::expected<std::shared_ptr<const Definition>, Errors> parse_definition(std::string name, std::string text);
tl::expected<std::shared_ptr<const Definition>, Errors> load_definition(const std::string& path);

// All of them as one, for callers that show one.
Error joined(const Errors& errors);

}  // namespace lw::mapping
