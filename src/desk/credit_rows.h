// How entries of credit lie in the store, for the files that keep and show them.
#pragma once

#include <string>
#include <vector>

#include "desk/credit.h"

namespace lw::desk {

// Of the account, not reversed, by time: one that takes another's place has its time, and a number of its own.
std::vector<CreditEntry> entries_of(store::Session& session, const CreditAccount& account);
std::string grade_stored(store::Session& session, const CreditAccount& account);  // empty: it has no row
Json to_json(const CreditEntry& entry);                                           // as the API and the leaf show it
Json repair_json(store::Session& session, std::uint64_t id);                      // null: there is none

}  // namespace lw::desk
