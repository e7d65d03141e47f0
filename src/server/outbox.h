// What the desk tells the engine (table `outbox`, desk::tell_engine) on its way into the stream: handed to the inlet in the order in
// which it was written, and deleted once the event log has it for good. What a crash leaves behind is handed in again; the engine drops
// it as it drops any repeat, by its id.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "runtime/inlet.h"
#include "store/database.h"

namespace lw::server {

class Outbox {
 public:
  // Both outlive it.
  Outbox(store::Database& db, runtime::Inlet& inlet) : db_(db), inlet_(inlet) {}

  // A clerk's task: deletes what lasts, hands in what is new, as far as there is room. Each row is handed in once, unless that failed.
  Status turn();

 private:
  struct Told {
    std::atomic<std::uint64_t> lasting{0};  // rows up to this number are in the log
    std::atomic<bool> failed{false};        // what was handed in behind them is not
  };

  store::Database& db_;
  runtime::Inlet& inlet_;
  std::shared_ptr<Told> told_ = std::make_shared<Told>();  // the inlet may tell when this is gone
  std::uint64_t handed_ = 0, deleted_ = 0;                 // row numbers
};

}  // namespace lw::server
