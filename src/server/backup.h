// Copies of all that a service keeps, and the way back (docs/operations.md). A backup looks like the data folder:
//
//   BACKUP/state/, evidence/, names/, *.key, *.ndjson   as in the data folder
//   BACKUP/desk.sqlite                                  or desk.pgdump, of PostgreSQL
//   BACKUP/backup.json                                  what it is, and what was left out
//   BACKUP/SHA256SUMS                                   of all other files, made last: without it the folder is no backup
//
// The service need not stand still, since the order makes a moment of it: the evidence tree counts no leaf that the store does not
// have, the snapshots no decision; and the event log, which is copied last, has each event that the store knows a decision of. So
// `serve` begins from it as after a loss of power: all that was acknowledged before the backup is there, and nothing counts twice.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "runtime/keeper.h"
#include "server/config.h"

namespace lw::server {

struct Backup {
  std::string folder;
  std::uint64_t files = 0, bytes = 0;
  std::vector<std::string> left_out;  // paths, of what is to be kept elsewhere
};

// `folder` is not there, or empty; it is for its owner alone, and removed again if the backup fails. Where a service runs, names and terms
// of records are not worked on meanwhile.
Result<Backup> write_backup(const Config& config, runtime::Keeper& keeper, const std::string& folder, Time now);

// Looks at every file before it writes any. The data folder is not there, or empty; so is the database. What is broken off half-way is no
// data folder: it holds the file kRestoring, with which no service begins.
Result<Backup> restore_backup(const std::string& folder, const Config& config);
inline constexpr std::string_view kRestoring = "restoring";

// One process alone may open the data folder: a service that runs is asked by a file in it, and answers by another. Whoever may write
// there could take everything anyway.
Status ask_for_backup(const std::string& data, const std::string& id, const std::string& folder);
// Empty while there is none; else what became of that backup.
std::optional<Result<Backup>> backup_answer(const std::string& data, const std::string& id);
// Of the service: answers if it was asked. Fails only where it cannot answer.
Status answer_for_backup(const std::string& data, const std::function<Result<Backup>(const std::string& folder)>& make);

}  // namespace lw::server
