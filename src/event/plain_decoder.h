// The short way from a line to an event, for lines as most are (see PlainLine) that are good events without objects in
// `data`: about a third of the work of reading any JSON. Whatever else it finds, it gives up, and Decoder reads the line
// the thorough way, which alone knows what is wrong with one. It must never take what Decoder refuses, nor read it
// otherwise: event_fuzz and decoder_test compare the two.
#pragma once

#include <array>
#include <bitset>
#include <string_view>

#include "cel/arena.h"
#include "event/attributes.h"
#include "event/plain_line.h"
#include "event/time_reader.h"
#include "event/vocabulary.h"

namespace lw::event {

class PlainDecoder {
 public:
  PlainDecoder(const Schema& schema, cel::Arena& arena);

  // False: not read; `out` and the arena hold something or other. `out` is clear but for `raw` before.
  bool decode(std::string_view line, Event& out);

 private:
  // Lines of a stream name the same things in the same order: what stood at a place the last time, in events of the same
  // type, is tried there first.
  static constexpr std::size_t kPlaces = 16;
  using Fields = std::array<const Schema::Known*, kPlaces>;

  bool attribute(Attribute which, Event& out);
  bool data(Event& out);
  bool field(const Schema::Known& known, Event& out);
  bool strings(cel::Value& out);
  bool other();  // a value that nobody reads

  const Schema& schema_;
  cel::Arena& arena_;
  PlainLine line_;
  TimeReader times_;  // of the events themselves
  std::array<Attribute, kPlaces> attributes_{};
  std::array<Fields, kTypeCount + 1> fields_;
  std::bitset<kFieldLimit> nulls_;  // fields of the line that are null
  bool any_null_ = false;
};

}  // namespace lw::event
