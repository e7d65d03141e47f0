#include "event/recording.h"

#include "event/bililive_feed.h"
#include "event/line_feed.h"
#include "event/twitch_feed.h"

namespace lw::event {
namespace {

// What the first bytes look like.
std::string form_of(std::string_view head) {
  if (head.starts_with("\xef\xbb\xbf")) head.remove_prefix(3);
  const std::size_t start = head.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return "cloudevents";  // nothing at all: no events
  head.remove_prefix(start);
  if (head.starts_with('<')) return head.find("<i") == std::string_view::npos ? "" : "bililive-xml";
  const bool twitch = head.find("\"comments\"") != std::string_view::npos || head.find("\"streamer\"") != std::string_view::npos ||
                      head.find("\"FileInfo\"") != std::string_view::npos;
  if (head.starts_with('{') && twitch && head.find("\"specversion\"") == std::string_view::npos) return "twitch-json";
  // Some line that may be an event: what the others are, the dead letter will tell.
  for (std::size_t at = 0; at != std::string_view::npos; at = head.find('\n', at)) {
    if (at > 0) ++at;
    if (at < head.size() && head[at] == '{') return "cloudevents";
  }
  return "";
}

}  // namespace

Result<Recording> open_recording(const std::string& path, const std::string& format) {
  auto bytes = ByteStream::open(path);
  if (!bytes) return tl::make_unexpected(bytes.error());
  Recording out;
  out.bytes = std::move(*bytes);
  const std::string form = format == "auto" ? form_of(out.bytes->peek()) : format;
  if (form.empty()) {
    return fail("{}: neither events (CloudEvents, one JSON object a line) nor a BililiveRecorder or TwitchDownloader recording; "
                "name its form with --format, or a mapping's YAML file",
                path);
  }
  if (form == "cloudevents") out.feed = std::make_unique<LineFeed>(out.bytes);
  else if (form == "bililive-xml") out.feed = bililive_feed(out.bytes);
  else if (form == "twitch-json") out.feed = twitch_feed(out.bytes);
  else return fail("{}: unknown form \"{}\"; expected auto, cloudevents, bililive-xml, twitch-json or a mapping's YAML file", path, form);
  return out;
}

}  // namespace lw::event
