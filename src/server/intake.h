// What came over HTTP on its way into the stream: checked and handed in by threads of its own, so that the server's sockets never wait
// for a decoder or the store; and questions, which wait for what the engine decides, on a thread beside, so that they pass by batches.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "pack/desk.h"
#include "server/events.h"
#include "server/ingest.h"
#include "server/questions.h"
#include "store/database.h"

namespace lw::server {

struct IntakeParts {  // all outlive it
  runtime::Inlet* inlet = nullptr;
  Ingest* ingest = nullptr;
  Questions* questions = nullptr;
  store::Database* db = nullptr;  // for what was decided of an event that comes again
  std::function<std::shared_ptr<const pack::DeskPolicy>()> policy;
  std::function<bool()> no_room = [] { return false; };  // the log waits for room on its disk: who comes is to come again
};

class Intake : public EventSink, public DecisionSink {
 public:
  explicit Intake(IntakeParts parts);
  ~Intake() override;

  Offer submit(EventLines lines, std::function<void(Taken)> done) override;
  Offer decide(std::string line, const desk::Actor& actor, Time now, Done done) override;

  // Nothing is taken in from here on; what was is handed in.
  void stop();

 private:
  struct Job {
    EventLines lines;
    std::function<void(Taken)> done;
  };
  struct Question {
    std::string line;
    desk::Actor actor;
    Done done;
  };
  template <class What>
  struct Lane {
    std::deque<What> waiting;
    std::size_t bytes = 0;
    std::thread thread;
  };
  template <class What, class Do>
  void work(Lane<What>& lane, Do what);
  void hand_in(Job job);
  void ask(Question question);
  void look_up(const std::string& name, const Done& done);  // what the desk knows of an event that was there already

  IntakeParts parts_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  Lane<Job> jobs_;
  Lane<Question> questions_;
  Lane<std::function<void()>> lookups_;  // apart: a store that is away holds up nothing else
};

}  // namespace lw::server
