// Before the broadcast: may this product be sold, may this broadcast go on air? What is missing or has expired is named, each with what
// cures it, as the policy's requirements say. And the review that a person signs.
#pragma once

#include <string_view>

#include "desk/act.h"

namespace lw::desk {

// {platform, of, id, admitted, missing: [{requirement, state, blocks, name, cure, holder?, product?, paper?, valid_until?, basis}]}.
// state: "missing", "expired", "out-of-scope", "grade-too-low". It is admitted if nothing that blocks is missing.
// Of a product: requirements whose holder is the host or the operator are asked with each broadcast that sells it.
Answer<Json> admit_product(const Act& act, std::string_view platform, std::string_view id);
// Of a planned broadcast: its own requirements, and those of each of its products.
Answer<Json> admit_session(const Act& act, std::string_view platform, std::string_view id);

// The review before a broadcast, signed by an officer of the platform or of the room's operator. body: outcome "passed" or "failed",
// products (those that were reviewed: all of the plan's, which is also what it means if not given), text. The admission as it is then.
Answer<Json> sign_preflight(const Act& act, std::string_view platform, std::string_view id, const Json& body);

}  // namespace lw::desk
