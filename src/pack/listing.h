// What the loader tells of the packs it read: counts, the rules, and what looks forgotten.
#pragma once

#include <vector>

#include "pack/drafts.h"
#include "pack/names.h"

namespace lw::pack {

// One for each pack of the drafts; `off` stays 0, for it depends on what the operator switches on. To be asked before
// assemble() takes the drafts apart.
std::vector<Summary> summaries(const Drafts& drafts);

// Every rule, on or off (`on` as written), by id. Before assemble().
std::vector<Listed> listed_rules(const Drafts& drafts);

// Features, lists and parameters of the packs asked for that nothing reads, in the order of their places.
std::vector<Error> notes(const Drafts& drafts, const Names& names);

}  // namespace lw::pack
