// One line of CloudEvents JSON to an Event. The hot path: no allocation per event once its buffers have grown.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cel/arena.h"
#include "event/event.h"
#include "event/feed.h"

namespace lw::event {

// What makes an event bad, besides JSON itself: a missing or mistyped attribute; a field of the schema in another form
// than its own; a number outside int64, or not finite; an attribute, or a schema field in `data`, given twice; nesting beyond kMaxDepth; more than kMaxEventBytes. Absent and null are the same. What the schema does not
// know is walked, so that it is known to be JSON, and stays in Event::raw.
// `subject` "room/8" fills `room` where `data` has none; `platform` comes from the source "/platforms/{platform}" likewise.
class Decoder {
 public:
  explicit Decoder(const Schema& schema);  // the schema outlives the decoder and gets no more names meanwhile
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  // `line` has kPadding readable bytes after it. Views in `out` point into the line and into this decoder: valid until
  // its next decode. On failure `out` is cleared but for `raw`, and the error's message names the field.
  Status decode(std::string_view line, Event& out);

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace lw::event
