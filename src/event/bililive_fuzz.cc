// Bytes as a BililiveRecorder recording: whatever they are, lines of JSON and reasons come out, and nothing breaks.
#include <nlohmann/json.hpp>

#include "base/fuzz_found.h"
#include "event/bililive_feed.h"
#include "event/decoder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lw::event;
  static const Schema schema;
  static Decoder decoder(schema);
  static Event event;
  const auto feed = bililive_feed(ByteStream::of({reinterpret_cast<const char*>(data), size}));
  Line line;
  bool broken = false;
  while (feed->next(line)) {
    if (broken) lw::fuzz_found("a line after the break");
    broken = line.broken;
    if (!line.fault.empty()) continue;
    if (!nlohmann::json::accept(line.text)) lw::fuzz_found("an event that is not JSON");
    static_cast<void>(decoder.decode(line.text, event));  // a time may be too far away
  }
  return 0;
}
