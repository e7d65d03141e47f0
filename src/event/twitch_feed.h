// TwitchDownloader's chat JSON as events of one room, which is the streamer's channel.
//
//   "video"                 live.session.started, when the video was created
//   a comment               live.chat.posted
//   a comment with bits     beside it live.gift.sent of the gift "bits": the quantity alone, for what the viewer paid is
//                           not in the recording
//   a notice of a           live.gift.sent of the notice's name ("sub", "resub", "subgift", …) instead: its text is the
//   subscription            platform's. Its price is not in the recording either
// The recording holds no end of the session: none is made.
#pragma once

#include <memory>

#include "event/byte_stream.h"
#include "event/feed.h"

namespace lw::event {

// Streamed: one comment is held at a time. A comment that is none is a fault, and the others go on.
std::unique_ptr<Feed> twitch_feed(std::shared_ptr<ByteStream> bytes);

}  // namespace lw::event
