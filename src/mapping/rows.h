// The rows of an export under the names of its form's columns.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "cel/arena.h"
#include "cel/value.h"
#include "event/byte_stream.h"
#include "mapping/definition.h"

namespace lw::mapping {

struct Row {
  std::uint64_t line = 0;
  std::string_view shown;  // its beginning as it lies there
  std::string fault;       // why it is no row; empty if it is one
  bool broken = false;     // with a fault: nothing can be read after it
};

class Rows {
 public:
  virtual ~Rows() = default;
  // False at the end. Puts the columns' values into `slots`: text in CSV, any JSON in JSON lines. An empty cell and null
  // are absent, as is a column that the file does not have. Views live until the next call and the arena's reset.
  virtual bool next(Row& row, std::span<cel::Value> slots, cel::Arena& arena) = 0;
};

std::unique_ptr<Rows> open_rows(const Form& form, std::shared_ptr<event::ByteStream> bytes);

// What an export that begins so lacks to be of this form; empty if nothing.
std::string lacking(const Form& form, std::string_view beginning);

}  // namespace lw::mapping
