// The evidence tree: rows of `leaf` as entries of a ledger::Log, in the order of their numbers. The store comes first and the tree is
// written behind it, so that it can always be made anew from there. docs/formats/evidence.md.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "desk/answer.h"
#include "ledger/bundle.h"
#include "ledger/log.h"
#include "store/database.h"

namespace lw::desk {

// In the data folder, unless the configuration says otherwise.
inline constexpr std::string_view kEvidenceFolder = "evidence", kEvidenceKey = "evidence.key", kEvidenceOrigin = "livewarden";

// The writer of the tree. One at a time; whoever reads has a ledger::Reader of the folder.
class Evidence {
 public:
  // The key's name is the log's origin. `db` outlives it. Fails where tree and store are not of each other.
  static Result<Evidence> open(store::Database& db, std::string folder, const ledger::SigningKey& key);

  // Appends the leaves that the tree does not have, under a new checkpoint; gives their number. After a failure, and after a crash at
  // any moment, the next one does what is left to do.
  Result<std::uint64_t> pump();

  // What had to be written again when the tree was opened: to be told of.
  const std::vector<std::string>& repaired() const { return repaired_; }

 private:
  Evidence(store::Database& db, std::string folder, ledger::SigningKey key) : db_(&db), folder_(std::move(folder)), key_(std::move(key)) {}
  Status reopen();

  store::Database* db_;
  std::string folder_;
  ledger::SigningKey key_;
  std::optional<ledger::Log> log_;
  std::vector<std::string> repaired_;
};

// Events that decisions in force rest on and that are no leaves yet. The trigger of each is one already; the others lie in the event log.
struct Unkept {
  std::vector<std::string> events;  // "source#id", each once
  std::uint64_t upto = 0;           // the last decision that was looked at; 0: there was none
};
// Names of the events that a decision rests on, its trigger too, by its record's data.
std::set<std::string> events_of(const Json& data);
// Of so many decisions behind those that were looked at before.
Unkept unkept_events(store::Session& session, std::uint64_t decisions);
struct KeptEvent {
  std::string name, line;
};
// Makes leaves of those that were found, in so many calls as one likes, the last of them with how far that is: what was not found up to
// there is not sought again, and a bundle lists it as missing. 0: there is more to come.
void keep_events(store::Session& session, std::span<const KeptEvent> found, std::uint64_t upto, Time now);

// That a record is in the tree: the newest leaf of that kind and name, with its proof, its salt and record where they are still there,
// and the checkpoint. Refuses (kAway) while the tree has not caught up with it.
Answer<Json> prove_leaf(store::Session& session, const ledger::Reader& tree, const ledger::VerifierKey& key, std::string_view kind, std::string_view ref);

// What a bundle is about: a case, or one decision.
struct BundleSubject {
  std::uint64_t case_id = 0;
  std::string decision;  // its id; where no case is given
};
using RuleTexts = std::map<std::pair<std::string, std::string>, std::string>;  // by pack ("id@version") and rule

// One file that verifies offline: the decisions, the events that they rest on, what was done in the case and followed from it, each with
// its proof, and the rules' texts. Of a record whose salt and text were deleted the proof alone is there; what is named and not in the
// store at all is listed as missing. Who may have it is not asked here. Refuses (kAway) while the tree has not caught up.
Answer<std::string> export_bundle(store::Session& session, const ledger::Reader& tree, const ledger::SigningKey& key, const BundleSubject& subject,
                                  const RuleTexts& rules, Time now);

// The record of a leaf, and its salt, when their term ends: nobody can tell any more what was committed to, and every proof stays
// whole. Of an event its name goes too. Gives how many there were.
std::uint64_t forget_leaf(store::Session& session, std::uint64_t n);

}  // namespace lw::desk
