// BililiveRecorder's XML as events: chats, gifts, guards and super chats of one room, and the session they belong to.
//
//   <BililiveRecorderRecordInfo>  live.session.started, at the recording's start; its room and host are those of all events
//   <d>                           live.chat.posted
//   <gift> <guard> <sc>           live.gift.sent. Gold coins are a tenth of a fen, half away from zero; silver is free,
//                                 amount 0; a super chat's price is yuan. Without `raw` the price of a gift or guard is
//                                 not in the recording: its amount is absent.
// An account is known by uid. Where an entry has only the name, the uid that the name had earlier in the recording is
// taken; else the account is absent. The recording holds no end of the session: none is made.
#pragma once

#include <memory>

#include "event/byte_stream.h"
#include "event/feed.h"

namespace lw::event {

// Streamed; document type declarations (and so entities) are refused, broken XML keeps what came before.
std::unique_ptr<Feed> bililive_feed(std::shared_ptr<ByteStream> bytes);

}  // namespace lw::event
