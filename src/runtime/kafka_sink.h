// Decisions to a Kafka topic, each once: in transactions, with the offsets of the events behind them if these come from
// Kafka too.
//
// A record: the value is the decision's line without its end; the key its `subject`, which is the room where one is known,
// so that whoever acts on a room sees its decisions in order, those on its viewers and orders too; the header `n` the
// decision's number in the run, from 1, and `run` who counted it: the transactional.id, and behind a slash which state if it is
// kept in one.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/decision_output.h"
#include "runtime/kafka_client.h"

namespace lw::runtime {

class Source;

struct KafkaSinkOptions {
  Source* source = nullptr;     // whose offsets go into the transactions, if it reads a topic of a group; outlives the sink
  std::string state;            // of a run that is kept: which one, so that its numbers are not taken for another's
  std::uint64_t before = 0;     // decisions made before this run: the first written here is number before + 1
  std::uint64_t committed = 0;  // those up to this number are in the topic already and are not sent again
  Note note;                    // a broker goes, or comes back
};

class KafkaSink : public DecisionOutput {
 public:
  // Waits for what an earlier run with the same transactional.id left open to be taken back, and shuts that run out.
  static Result<std::unique_ptr<KafkaSink>> open(const KafkaAddress& address, KafkaSinkOptions options);

  // The largest number that a run with this address (and this input's group) has committed to the topic; 0 if none, or
  // if its records are gone. Ask after open(), which ends what an earlier run left open.
  static Result<std::uint64_t> last_committed(const KafkaAddress& address, const std::string& group, const std::string& state = {});
  // For a resumed run, before the first write: decisions up to this number are not sent again.
  void resume(std::uint64_t before, std::uint64_t committed);

  static std::string transactional_id(const KafkaAddress& address, const std::string& group);
  // What the header `run` says.
  static std::string run_id(const KafkaAddress& address, const std::string& group, const std::string& state);

  Status write(std::string_view line) override;
  Status pause(bool idle) override;  // a transaction ends when the address's `every` has passed, or it has grown large
  Status flush() override { return deliver(); }
  Status close() override { return deliver(); }

 private:
  using Clock = std::chrono::steady_clock;
  struct Record {
    std::string key, value;
    std::uint64_t number;
  };
  enum class Next { kDone, kAbort, kAnew };  // kAbort: take the transaction back; kAnew: with another producer

  KafkaSink(KafkaAddress address, KafkaSinkOptions options) : address_(std::move(address)), options_(std::move(options)) {}
  Status connect();  // a producer, ready for transactions
  Result<Next> call(std::string_view doing, const std::function<rd_kafka_error_t*()>& what);
  Result<Next> begin();
  Result<Next> produce();       // those of pending_ not yet handed over
  Result<Next> send_offsets();  // of the input
  Result<Next> attempt();       // all of it, once
  Status take_back(Next how);
  Status deliver();  // what is pending and the input's offsets, in one transaction; returns when it is committed

  KafkaAddress address_;
  KafkaSinkOptions options_;
  kafka::Told told_;
  kafka::Owned<rd_kafka_t> client_;
  std::string id_, run_;
  std::vector<Record> pending_;  // of the open transaction, until it is committed: to send them again if it is taken back
  std::size_t produced_ = 0, bytes_ = 0;
  bool open_ = false;
  std::chrono::milliseconds timeout_{60'000};  // the broker takes back what stays open longer
  Clock::time_point began_;
  std::uint64_t number_ = 0;
  KafkaOffsets offsets_;  // that were committed last
  Clock::time_point last_ = Clock::now();
};

}  // namespace lw::runtime
