// Where events come from before they are decoded: lines of CloudEvents JSON, one at a time, as they lie in a file or as
// an adapter makes them of a recording. Every road ends in the same Decoder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace lw::event {

// Bytes after a line's end that may be read (not written): what simdjson asks for.
inline constexpr std::size_t kPadding = 64;

// Valid until the feed's next line, or longer: see lasting().
struct Line {
  std::string_view text;    // without its end; kPadding readable bytes follow. Of a fault: the beginning of what was there
  std::uint64_t number = 0; // of the line (a CSV record's or an XML entry's first), or the n-th comment; from 1. Of a Kafka record: its offset
  std::int32_t part = -1;   // the Kafka partition that the record lay in; -1: not of Kafka
  std::string fault;        // why this is no event; empty if it may be one
  bool broken = false;      // with a fault: the input cannot be read further
};

class Feed {
 public:
  virtual ~Feed() = default;
  // False at the end of the input. Never throws; faults are lines.
  virtual bool next(Line& line) = 0;
  // Whether next() has what it needs at hand; false if it has to read, and may have to wait for a pipe.
  virtual bool ready() { return true; }
  // Whether nothing more is there now, and it may be long until something is: whoever merges feeds does not wait for this
  // one. May wait until that is known. False at the end, for next() tells of it at once.
  virtual bool idle() { return false; }
  // Whether the lines given out stay valid until next() is called while ready() is false.
  virtual bool lasting() const { return false; }
};

}  // namespace lw::event
