// What has to be done now and then, by the machine's clock: tasks that run one after another on one thread. A task that may take long
// (a sweep of what is past its term) holds up those behind it: give it a clerk of its own.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "server/bell.h"
#include "store/database.h"

namespace lw::server {

struct Task {
  std::string name;                     // for notes: "deadlines of cases"
  std::chrono::milliseconds every;      // from the end of one run to the next; the first is at once
  std::function<Status()> run;
  bool by_bell = false;                 // run by ring() too
};

class Clerk {
 public:
  // `note` is told when a task begins to fail and when it works again, not of each failure between. One that failed is run again when
  // its time comes, and after a minute at the latest.
  Clerk(std::vector<Task> tasks, std::function<void(const std::string&)> note) : tasks_(std::move(tasks)), note_(std::move(note)) {}
  ~Clerk() { stop(); }
  Clerk(const Clerk&) = delete;
  Clerk& operator=(const Clerk&) = delete;

  void start();
  // There is something to do for those that are run by the bell. From any thread.
  void ring() { bell_.ring(); }
  // A task that runs comes to its end; no other begins.
  void stop();

 private:
  void work();

  std::vector<Task> tasks_;
  std::function<void(const std::string&)> note_;
  Bell bell_;
  std::thread thread_;
};

// A task's function that does its work once on each day that begins at midnight of that zone, also over restarts: the day is kept in
// the store, under "clerk.NAME", once the work is done. A crash between the two does it again.
std::function<Status()> daily(store::Database& db, std::string name, std::function<Time()> clock, int zone_minutes, std::function<Status(Time now)> work);

}  // namespace lw::server
