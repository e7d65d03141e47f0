// What parties do well, as accepted events tell it: it is counted where the policy says what it is worth (credit.h, count_good), so that
// quality is rewarded and not only violations taken from. And who is new has credit from the beginning.
#pragma once

#include <string_view>

#include "base/time.h"
#include "desk/answer.h"
#include "pack/desk.h"

namespace lw::desk {

// Whether notice() looks at events of this type.
bool tells_of_conduct(std::string_view type);

// An accepted CloudEvents event, in the engine's order, behind all decisions of the events before it. Once more is as once.
// - live.session.ended without a finding above `info` in that broadcast: "clean-broadcasts" of host and operator.
// - live.page.captured that shows operator and seller: "honest-disclosure" of the operator, once a day for each room.
// - live.order.refunded behind the live.return.requested of that order: "prompt-refunds" of the merchant; one that is not
//   prompt ends the row. One of the two has to name the merchant.
// - parties that register or go on air: their credit is opened.
void notice(store::Session& session, const pack::DeskPolicy& policy, const Json& event, Time now);

}  // namespace lw::desk
