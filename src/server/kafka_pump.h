// Events that come over a Kafka topic: as over HTTP they are checked, allowed for the body that the topic speaks for, and handed in. The
// group's offsets are committed behind what the event log has for good, so that a restart goes on there; what comes twice is dropped as a
// repeat. What goes wrong (a broker away, a topic gone, a dead letter that cannot be written) is said once and tried again.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "desk/actor.h"
#include "runtime/kafka_address.h"
#include "server/bell.h"
#include "server/ingest.h"

namespace lw::server {

class KafkaPump {
 public:
  struct Options {
    Ingest* ingest = nullptr;         // outlives it
    runtime::KafkaAddress address;    // of an input; without a group it is of "livewarden"
    desk::Actor speaker;              // for whom the topic speaks: a platform, a department, or `livewarden` for all
    std::string dead_letter;          // path
    std::function<void(const std::string&)> note;  // from the pump's thread
  };
  explicit KafkaPump(Options options);
  ~KafkaPump() { stop(); }
  KafkaPump(const KafkaPump&) = delete;
  KafkaPump& operator=(const KafkaPump&) = delete;

  void start();
  // Before the inlet is closed. A second at most while brokers are away; what does not last yet comes again at the next start.
  void stop();

 private:
  void work();
  Status pump();  // until it fails or the bell ends

  Options options_;
  std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  bool in_trouble_ = false;
  std::thread thread_;
};

}  // namespace lw::server
