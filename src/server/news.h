// Tells the listeners of GET /v1/stream what changed: rooms on air, cases, interventions. Looks at the store when it is rung, once a second at
// most, and tells what differs from the last look, whoever wrote it: of cases all that changed, of interventions the newest 200 and all that
// are new, of rooms on air the 200 of the highest risk. What lasts of these is not missed.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <thread>

#include "server/bell.h"
#include "server/broadcast.h"
#include "store/database.h"

namespace lw::server {

class News {
 public:
  News(store::Database& db, Broadcast& broadcast, std::function<void(const std::string&)> note) : db_(db), broadcast_(broadcast), note_(std::move(note)) {}
  ~News() { stop(); }

  void start();
  void turn();  // one look. Told while somebody listens; else it is only remembered
  void ring() { bell_.ring(); }
  void stop();

 private:
  void work();
  struct Look {
    std::vector<Change> changes;
    std::int64_t changed = 0, last = 0;  // the newest change of a case, the newest intervention
  };
  Look look(store::Session& session);

  store::Database& db_;
  Broadcast& broadcast_;
  std::function<void(const std::string&)> note_;
  Bell bell_;
  std::map<std::string, std::string> known_;  // of the last look, by kind and name: how it was
  // Of the last look, as there; before the first nothing is new.
  std::int64_t changed_ = std::numeric_limits<std::int64_t>::max(), last_ = std::numeric_limits<std::int64_t>::max();
  bool failing_ = false;
  std::thread thread_;
};

}  // namespace lw::server
