// Decisions or interventions out to a Kafka topic, in their order, each at least once: the record's key is its id, by which whoever reads
// knows what comes twice. How far the topic has them stands in the store (meta, "kafka.WHAT NAME"), so that a restart goes on behind it;
// a topic that was never written to gets all from the first.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "runtime/kafka_address.h"
#include "server/bell.h"
#include "store/database.h"

namespace lw::server {

class KafkaOutlet {
 public:
  enum class What { kDecisions, kInterventions };
  struct Options {
    store::Database* db = nullptr;  // outlives it
    What what = What::kDecisions;
    runtime::KafkaAddress address;  // of an output; what it says of transactions does not count
    std::function<void(const std::string&)> note;  // from the outlet's thread
  };
  explicit KafkaOutlet(Options options) : options_(std::move(options)) {}
  ~KafkaOutlet() { stop(); }
  KafkaOutlet(const KafkaOutlet&) = delete;
  KafkaOutlet& operator=(const KafkaOutlet&) = delete;

  void start();
  void ring() { bell_.ring(); }  // there is something new; it is looked for every second anyhow
  // A second at most while brokers are away; what they did not confirm is sent again at the next start.
  void stop();

 private:
  void work();
  Status send();  // until it fails or the bell ends

  Options options_;
  Bell bell_;
  bool in_trouble_ = false;
  std::thread thread_;
};

}  // namespace lw::server
