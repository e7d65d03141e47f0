// CSV by RFC 4180, as a stream of records: quotes, doubled quotes, line breaks in quotes, either line end, a byte order mark.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/text_stream.h"

namespace lw::mapping {

inline constexpr std::size_t kMaxRecordBytes = 1 << 20;
inline constexpr std::size_t kMaxColumns = 1'000;

class CsvReader {
 public:
  CsvReader(std::unique_ptr<TextStream> text, char delimiter);

  struct Record {
    std::vector<std::string_view> cells;  // unquoted; blanks and tabs around them are dropped
    std::string_view shown;               // the beginning of the record as it lies there
    std::uint64_t line = 0;               // its first, from 1
    std::string fault;                    // why it is no record; empty if it is one
    bool broken = false;                  // with a fault: nothing can be read after it
  };
  // False at the end. Views live until the next call. Empty lines are passed over. A cell written ="0123", by which
  // spreadsheets keep leading zeros, is 0123.
  bool next(Record& record);
  bool skip_line();  // of what stands before the header; false at the end

 private:
  enum class State : std::uint8_t { kStart, kBare, kQuoted, kQuote };
  bool fill();
  int get();
  bool read(Record& record);       // one line of any kind; false at the end
  bool step(char c, State& state);  // false at the record's end
  void end_cell();
  void put(char c);

  std::unique_ptr<TextStream> text_;
  char delimiter_;
  std::vector<char> buffer_;
  std::size_t at_ = 0, end_ = 0;
  std::uint64_t line_ = 1;

  std::string cells_;                                         // of the record, one after the other
  struct Span {
    std::size_t from, size;
  };
  std::vector<Span> spans_;
  std::size_t cell_ = 0;                                      // where the open one begins in cells_
  std::uint64_t bytes_ = 0;                                   // of the record
  std::string shown_, fault_;
  bool quoted_ = false;                                       // the open cell
  bool told_ = false;
};

}  // namespace lw::mapping
