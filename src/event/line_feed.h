// The lines of a byte stream, in place: no line is copied, none longer than an event may be is held.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "event/byte_stream.h"
#include "event/feed.h"

namespace lw::event {

class LineFeed : public Feed {
 public:
  explicit LineFeed(std::shared_ptr<ByteStream> bytes);

  // Blank lines count as lines and are passed over. "\r\n" ends a line too; a byte order mark before the first is dropped.
  bool next(Line& line) override;
  bool ready() override { return seek() || ended_; }
  bool lasting() const override { return true; }

 private:
  bool seek();  // finds the next line's end in what is held, past blank lines
  void pass();  // that line is done with
  bool fill();  // more bytes behind those held; false at the end
  bool skip_long(Line& line);
  bool last(Line& line);

  std::shared_ptr<ByteStream> bytes_;
  std::vector<char> buffer_;
  std::size_t from_ = 0, to_ = 0;  // what is held and not given out
  std::size_t sought_ = 0;         // of that, bytes known to hold no end of line
  bool found_ = false;             // and it is right behind them
  std::string long_line_;          // the beginning of the last line that was too long
  std::uint64_t number_ = 0;
  bool ended_ = false, told_ = false;
};

}  // namespace lw::event
