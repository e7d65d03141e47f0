// The way from the engine to the desk. The judging thread leaves decisions, and the events that the desk learns from, in their order; a
// thread of the line's own takes them in, many in one transaction, and remembers in it how far it came. After a crash the engine goes on
// from its snapshot and decides again what came behind it: what was taken in already is dropped by its number. What cannot be taken in for
// what it holds goes to a dead letter of the desk's own and holds up nobody; a store that is away is waited for.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "pack/desk.h"
#include "runtime/deadletter.h"
#include "runtime/decision_output.h"
#include "runtime/drive.h"
#include "server/questions.h"
#include "store/database.h"

namespace lw::server {

// What a room's events add up to between two transactions.
struct RoomChange {
  std::string session, host, operator_, mcn;
  std::int64_t started = 0, ended = 0;  // milliseconds; 0: not in these
  std::int64_t online = -1;             // as reported; below 0: not in these
  std::int64_t gross = 0, tips = 0;     // fen, to be added
  std::int64_t last = 0;
};

class DeskLine : public runtime::DecisionOutput, public runtime::Observer {
 public:
  struct Options {
    store::Database* db = nullptr;
    std::function<std::shared_ptr<const pack::DeskPolicy>()> policy;  // in force; from any thread
    std::function<void(const std::string&)> note;
    std::function<void()> taken_in = [] {};                          // after each transaction, on the line's thread
    Questions* questions = nullptr;
    // How many of the events that were accepted outlive a loss of power. The desk never runs ahead of them: an event that is lost and handed
    // in again is judged behind others, and decisions would bear numbers that the desk knows.
    std::function<std::uint64_t()> durable = [] { return std::numeric_limits<std::uint64_t>::max(); };
    std::string dead_letter{};  // path; gone on behind what it holds
  };
  explicit DeskLine(Options options);
  ~DeskLine() override;

  // Looks how far the desk came. The engine goes on behind so many decisions and events, and where time stood there.
  Status open(std::uint64_t decisions, std::uint64_t events, Time latest);

  // On the judging thread.
  Status write(std::string_view line) override;
  Status pause(bool idle) override;
  // Waits until the desk has all of it. Fails only where the service ends before.
  Status flush() override;
  Status deliver() override;  // a snapshot does not wait for the desk; it counts once the desk has what it counts
  bool delivered() const override { return taken_parcels_ >= delivering_; }
  Status close() override;
  void see(const event::Event& event) override;
  void see(const engine::Decision& decision, std::string_view json) override;
  void see_accepted(std::uint64_t accepted) override { accepted_ = accepted; }

  // The service ends: what cannot be taken in now is decided again at the next start.
  void give_up();

  // The largest event time that was judged; before all time if there was none. From any thread.
  Time latest() const { return Time{latest_}; }
  std::uint64_t taken_decisions() const { return taken_decisions_; }
  std::size_t waiting() const { return waiting_; }
  // The store cannot be written for the moment.
  bool away() const { return away_; }

 private:
  enum class Kind : std::uint8_t { kDecision, kLearn, kEvidence, kLearnEvidence };
  struct Item {
    Kind kind;
    std::uint64_t number;  // of the decision, or of the event
    std::string name;      // of evidence: source#id
    std::string text;
    std::string merchant{};  // of a return or a refund: whose order it is, which the line need not say
  };
  using Rooms = std::map<std::pair<std::string, std::string>, RoomChange>;  // by platform and room
  struct Parcel {
    std::vector<Item> items;
    Rooms rooms;
    std::uint64_t events = 0;    // all up to there are in it, or came before
    std::uint64_t accepted = 0;  // what is in it rests on events before that one of the log
  };
  void watch_room(const event::Event& event);
  void work();
  void settled(std::uint64_t accepted);  // the desk has all of that
  bool wait_until_durable(std::uint64_t accepted);  // false: the service ends before
  // `singly`: one that fails does not fail the others.
  Status take_in(const std::vector<Parcel>& parcels, bool singly);
  Status put_aside(std::string_view what, std::uint64_t number, std::string_view reason, std::string_view text);

  Options options_;
  runtime::DeadLetter dead_letter_;  // the line's thread's
  std::set<std::string> aside_;      // of the transaction under way: each is put aside once, however often it is tried
  std::uint64_t decision_ = 0, event_ = 0, accepted_ = 0;  // the judging thread's
  std::uint64_t handed_ = 0;                               // the event behind which the last parcel went
  std::uint64_t known_decisions_ = 0, known_events_ = 0;  // in the database already
  bool acted_ = false;                              // a decision of the event that is being judged acts
  Parcel parcel_;
  std::uint64_t handed_parcels_ = 0, delivering_ = 0;  // of the parcels handed over, those up to which deliver() was asked for

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Parcel> parcels_;
  bool busy_ = false, over_ = false, given_up_ = false;
  std::atomic<std::int64_t> latest_{Time{}.ns};
  std::atomic<std::uint64_t> taken_decisions_{0}, taken_parcels_{0};
  std::atomic<std::size_t> waiting_{0};
  std::atomic<bool> away_{false};
  std::thread thread_;
};

}  // namespace lw::server
