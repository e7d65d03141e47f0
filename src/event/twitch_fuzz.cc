// Bytes as a TwitchDownloader recording: whatever they are, lines of JSON and reasons come out, and nothing breaks. What
// another parser takes for a whole recording is read without a break.
#include <nlohmann/json.hpp>

#include "base/fuzz_found.h"
#include "event/twitch_feed.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lw::event;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto feed = twitch_feed(ByteStream::of(text));
  Line line;
  bool broken = false;
  while (feed->next(line)) {
    if (broken) lw::fuzz_found("a line after the break");
    broken = line.broken;
    if (line.fault.empty() && !nlohmann::json::accept(line.text)) lw::fuzz_found("an event that is not JSON");
  }
  if (broken && text.find('\0') == std::string_view::npos) {
    const auto whole = nlohmann::json::parse(text, nullptr, false);
    if (whole.is_object()) lw::fuzz_found("a whole recording that was said to be broken");
  }
  return 0;
}
