// Credit of parties: a ledger of entries, and what they come to. An entry is never changed but for its reversal; score, grade and
// counters are made from the entries (desk/credit_score.h), so that a reversed entry leaves no trace in them.
//
// All of it within a transaction of the store. Whatever changes a score or a grade tells the engine (live.credit.changed, with what
// the grade entitles to), so that rules read tiers and caps as fields of events.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "desk/actor.h"
#include "desk/answer.h"
#include "desk/credit_score.h"
#include "pack/desk.h"
#include "store/database.h"

namespace lw::desk {

struct CreditAccount {
  std::string platform, kind, id;  // "alpha", "host", "h1"
  std::string text() const { return kind + "/" + platform + "/" + id; }
  friend bool operator==(const CreditAccount&, const CreditAccount&) = default;
};

// The account's row, with what everyone begins with, if it has none yet; the engine is told. Nothing where its kind has no credit.
void open_credit(store::Session& session, const pack::DeskPolicy& policy, const CreditAccount& account, Time now);

// The grade that is stored for it; the one that everyone begins with if there is none; empty if its kind has no credit.
std::string grade_of(store::Session& session, const pack::DeskPolicy& policy, const CreditAccount& account);

// An entry, committed to in a leaf. `n`, `at` (now, or right behind the account's last) and `decided_by` are set here. Gives its number.
std::uint64_t add_entry(store::Session& session, const pack::DeskPolicy& policy, const CreditAccount& account, CreditEntry entry, std::string_view decided_by, Time now);
// As if it had never been: with it goes what repaired it, repair tasks that were set for it are void, and a later entry of a case that was
// a repeat because of it alone is replaced by one of the same time without the surcharge, with the same repairs. Refused if there is no
// such entry or it was reversed before.
Answer<void> reverse_entry(store::Session& session, const pack::DeskPolicy& policy, std::uint64_t entry, const Actor& who, std::string_view why, Time now);

// A case that a person confirmed against its liable party takes the points of the first deduction that fits, more of them where the same
// violation was confirmed before and not overturned. Gives the entry's number; 0: nothing is taken, or it was for this case already.
std::uint64_t charge_case(store::Session& session, const pack::DeskPolicy& policy, std::uint64_t case_id, std::string_view decided_by, Time now);
// Gives back what the case took. How many entries.
std::size_t reverse_case(store::Session& session, const pack::DeskPolicy& policy, std::uint64_t case_id, const Actor& who, std::string_view why, Time now);

// One act of good conduct ("clean-broadcasts"), by its cause: the session, the order. The same cause counts once. When there are as
// many as the pack asks for, within its term and none charged in between, points are given; true then.
bool count_good(store::Session& session, const pack::DeskPolicy& policy, const CreditAccount& account, std::string_view conduct, std::string_view cause, Time now);
// An act that was not good: those before it come to no points any more.
void end_row(store::Session& session, const CreditAccount& account, std::string_view conduct);

// An officer sets a task, for that entry or, if it is 0, for the one with most left among those that the task repairs; later another officer
// verifies what became of it: "done" gives points back, "failed" none. Of an entry with a case both are of the department that leads it.
Answer<Json> set_repair(store::Session& session, const pack::DeskPolicy& policy, const CreditAccount& account, std::string_view task, std::uint64_t entry,
                        std::string_view text, const Actor& who, Time now);
Answer<Json> verify_repair(store::Session& session, const pack::DeskPolicy& policy, std::uint64_t repair, std::string_view outcome, std::string_view text,
                           const Actor& who, Time now);

// Brings accounts in which something may have faded since they were last looked at up to this day, at most so many. How many it
// looked at: call it again until that is 0.
std::size_t refresh_credit(store::Session& session, const pack::DeskPolicy& policy, Time now, std::size_t most = 500);
// Where grades, entitlements, classes, points or the calendar are others than when accounts were last brought up to them: brings up at most
// so many, and tells the engine of each what it is entitled to now. How many: call it again until that is 0.
std::size_t apply_policy(store::Session& session, const pack::DeskPolicy& policy, Time now, std::size_t most = 500);

// Makes every account anew: {"checked": how many, "wrong": [those whose stored score, grade or counters are not what their entries come to]}.
Json check_credit(store::Session& session, const pack::DeskPolicy& policy);

// As the API shows it. Departments see all parties, a platform those on it, a party itself; platforms and parties no names of officers.
bool sees_credit(const Actor& who, const CreditAccount& account);
// Filters: platform, kind, grade, limit, after. The lowest score first.
Answer<Json> list_credit(store::Session& session, const std::map<std::string, std::string>& query, const Actor& who);
// With its entries, the newest first (limit, after), and its repairs.
Answer<Json> get_credit(store::Session& session, const pack::DeskPolicy& policy, const CreditAccount& account, const std::map<std::string, std::string>& query,
                        const Actor& who, Time now);

// What a grade entitles to, as the API and live.credit.changed show it: tip_once, tip_session, tip_day, tip_month, audience (absent: no
// cap), categories, exposure.
Json to_json(const pack::Entitlements& entitlements);

}  // namespace lw::desk
