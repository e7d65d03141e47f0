// What `audit` writes to evidence/: its decisions as leaves of a tree, and the decisions themselves beside it, so that verify checks
// them too.
#pragma once

#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "ledger/log.h"

namespace lw::cli {

class EvidenceFolder {
 public:
  // Takes the place of one that was there. `key_file`: the private key, made if it is not there; empty: a key for this one tree, which
  // is forgotten when it is signed. `at`: of all leaves.
  static Result<EvidenceFolder> create(const std::string& folder, const std::string& key_file, Time at);
  void add(std::string_view kind, std::string_view record);
  Status close();  // writes the tree; what went wrong before shows here too

  static std::string opened_file(const std::string& folder);

 private:
  EvidenceFolder(std::string folder, std::string at, ledger::Log log);
  void append();

  std::string folder_, at_;
  ledger::Log log_;
  std::ofstream opened_;
  std::vector<std::string> waiting_;
  Status outcome_;
};

}  // namespace lw::cli
