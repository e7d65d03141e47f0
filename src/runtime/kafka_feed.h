// A Kafka topic as feeds of events: each record's value is one CloudEvents JSON event. A line's `part` is the partition,
// its `number` the offset, which counts from 0.
//
// One feed for each partition, to be merged by (time, source, id). With until=end, which record comes next depends on what
// they hold alone. Without an end it does so while there is something to catch up with: a partition read to where it ends
// now is not waited for, and its records come when they arrive.
//
// A broker that goes away is waited for; what cannot be mended by waiting is a broken line.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "event/feed.h"
#include "runtime/kafka_client.h"

namespace lw::runtime {

class KafkaInput : public std::enable_shared_from_this<KafkaInput> {
 public:
  // Refuses a topic that is not there, and brokers that do not answer. `position`: as of position(); empty: the group's
  // committed offsets, and where it has none (or there is no group) the earliest.
  static Result<std::shared_ptr<KafkaInput>> open(const KafkaAddress& address, std::string_view position, Note note);
  ~KafkaInput();

  // Another start, before the first record was asked for. A partition that `position` does not name begins at the
  // earliest; one that the topic does not have is refused, and so is an offset behind the partition's end.
  Status start_at(std::string_view position);

  // Once; one for each partition, ascending.
  std::vector<std::unique_ptr<event::Feed>> feeds();
  // When all feeds are idle: waits a moment for records of any. False if it is over for another reason than an end, which
  // the next line of any feed then tells.
  bool wait_for_any();

  // The next offset of each partition: behind every record that the feeds gave out. position(): the same as text.
  const KafkaOffsets& next_offsets() const { return next_; }
  std::string position() const { return text_of(next_); }

  // Tells the group how far it is, for the next start and for those who watch its lag. Nothing without a group. `wait`:
  // until the broker has it; else what fails is tried again with the next.
  Status commit(const KafkaOffsets& offsets, bool wait);

  // Called every now and then while the feeds wait for records; a failure ends them.
  void while_waiting(std::function<Status()> call) { waiting_ = std::move(call); }

  // Whether the topic is still there, as far as is known: looks again now and then.
  bool there();

  const std::string& group() const { return address_.group; }
  rd_kafka_t* client() const { return client_.get(); }
  const KafkaAddress& address() const { return address_; }

 private:
  class KafkaFeed;
  KafkaInput(KafkaAddress address, Note note) : address_(std::move(address)) { told_.note = std::move(note); }
  Status look_up();                       // the partitions and their ends
  Status look_up_group();                 // the group's offsets
  void begin();                           // reads from next_ on
  bool wait();                            // a moment passed without a record; false: it is over
  void look_again();                      // now and then: is the topic what it was?
  Status check(KafkaOffsets& from, bool given) const;

  KafkaAddress address_;
  kafka::Told told_;
  kafka::Owned<rd_kafka_t> client_;
  KafkaOffsets low_, high_, next_;
  std::function<Status()> waiting_;
  int bell_ = -1;  // an eventfd that rings when a feed's queue has something
  std::chrono::steady_clock::time_point looked_ = std::chrono::steady_clock::now();
  int missing_ = 0;     // times in a row that the topic was not there
  bool grown_ = false;  // and that was said
  bool begun_ = false;
  bool said_ = false;    // why it is over, by one of the feeds
  std::string trouble_;  // that
};

}  // namespace lw::runtime
