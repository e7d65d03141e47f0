// The text of rules as their packs have it, for bundles.
#pragma once

#include "desk/evidence.h"
#include "pack/bundle.h"

namespace lw::desk {

// Of all rules of packs that were loaded from this bundle.
RuleTexts rule_texts(const pack::Loaded& loaded, const pack::Bundle& bundle);

}  // namespace lw::desk
