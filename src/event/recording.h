// Opens an input of any known form as a feed of events.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "event/byte_stream.h"
#include "event/feed.h"

namespace lw::event {

struct Recording {
  std::unique_ptr<Feed> feed;
  std::shared_ptr<ByteStream> bytes;  // for progress
};

// `format`: auto (told by content), cloudevents, bililive-xml or twitch-json. Refuses what cannot be opened, and with
// auto what is none of these.
Result<Recording> open_recording(const std::string& path, const std::string& format);

}  // namespace lw::event
