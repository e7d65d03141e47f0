// Packs of any number of rules for measurements: the shipped pack's features, lists and links, with its rules taken out and
// generated ones put in.
#pragma once

#include "base/result.h"
#include "pack/load.h"

namespace lw::cli {

// Deterministic: the same number gives the same rules. They follow real rules of the shipped pack, ask over the same event
// types as often as it does, and differ in their thresholds, which lie so high that they hardly ever fire.
tl::expected<pack::Loaded, pack::Errors> load_many_rules(std::size_t count);

}  // namespace lw::cli
