// A large JSON object taken apart while it is read: the members of the top, and the items of the arrays among them. The
// pieces are found by brackets and quotes alone; whoever parses a piece finds out whether it is JSON.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "event/byte_stream.h"

namespace lw::event {

class JsonPieces {
 public:
  explicit JsonPieces(std::shared_ptr<ByteStream> bytes) : bytes_(std::move(bytes)) {}

  struct Piece {
    std::string_view key;   // of the member, its escapes as written
    std::string_view text;  // of the value, or of one item if it is an array; empty if it was over `limit`
    bool item = false;
    std::uint64_t line = 0; // in the file, of its beginning
  };
  // False at the end, good or bad: then fault() says. The views live until the next call. Of a piece longer than `limit`
  // nothing is kept.
  bool next(Piece& piece, std::size_t limit);

  const std::string& fault() const { return fault_; }  // why it ended early; empty if the object was whole

 private:
  int get();        // the next byte, -1 at the end
  int peek();       // without taking it
  int blanks();     // passes over blanks and peeks
  bool expect(char c);
  bool value(std::size_t limit);  // one value of any kind into text_
  bool string_to(std::string& to, std::size_t limit);
  bool fail(std::string reason);

  std::shared_ptr<ByteStream> bytes_;
  std::string buffer_ = std::string(64 << 10, '\0');
  std::size_t at_ = 0, end_ = 0;
  std::uint64_t line_ = 1;
  enum class State : std::uint8_t { kStart, kMember, kItem, kEnd } state_ = State::kStart;
  bool first_ = true;       // of the object's members or the array's items
  bool over_ = false;       // the piece is over the limit
  std::string key_, text_, fault_;
};

}  // namespace lw::event
