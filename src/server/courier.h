// Sends interventions to the hooks of their platforms, in the form of Standard Webhooks: the CloudEvent as the body, and the headers
//   webhook-id         the intervention's id: the same at each attempt, by which a platform knows what comes twice
//   webhook-timestamp  seconds since 1970, of this attempt
//   webhook-signature  "v1," and base64 of HMAC-SHA256 over ID.TIMESTAMP.BODY under the hook's secret
//
// Taken is what is answered with 2xx; once each hook of the platform took it, an intervention is `sent`. Else it is tried again, as
// desk/interventions.h says, by those hooks that did not take it yet; after a restart by all. A hook that fails rests for a while, five
// seconds and then twice as long each time up to five minutes, so that one that hangs holds up nobody. When it takes something again, what
// waits for it is due at once.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/time.h"
#include "desk/hooks.h"
#include "desk/interventions.h"
#include "server/bell.h"
#include "store/database.h"

namespace lw::server {

// The value of webhook-signature.
std::string webhook_signature(std::string_view secret, std::string_view id, std::string_view timestamp, std::string_view body);

class Courier {
 public:
  struct Options {
    store::Database* db = nullptr;            // these outlive it
    const desk::HookKey* key = nullptr;
    std::function<Time()> clock;              // the machine's
    std::function<void(const std::string&)> note;  // from any of its threads
    std::chrono::milliseconds patience{10'000};    // with one answer
    bool private_addresses = false;           // whether hooks may lie in private networks
    std::size_t senders = 8;                  // at once; two of them for one platform
  };
  explicit Courier(Options options) : options_(std::move(options)) {}
  ~Courier() { stop(); }
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;

  void start();
  void ring() { bell_.ring(); }  // there is something new; it is looked for every second anyhow
  // What is under way is given up: whether it was taken is not known, and it is sent again at the next start.
  void stop();

 private:
  struct Platform {
    std::vector<desk::Hook> hooks;
    std::deque<desk::Due> queue;
    std::size_t under_way = 0;
  };
  struct Rest {
    int failures = 0;  // in a row
    Time until;
  };
  struct Job {
    desk::Due due;
    std::vector<desk::Hook> hooks;  // to send it to
    bool others = false;            // hooks that rest have not got it
  };
  void work();
  Status look();
  void send();
  bool pick(Job& job);
  Status deliver(const Job& job);  // fails where the store does not keep what became of it
  Result<int> post_to(const desk::Hook& hook, const desk::Due& due) const;
  bool rests(const desk::Hook& hook, Time now) const;

  Options options_;
  Bell bell_;
  std::stop_source giving_up_;
  std::mutex mutex_;
  std::condition_variable filled_;
  bool over_ = false;
  std::map<std::string, Platform> platforms_;               // those with hooks
  std::map<std::uint64_t, Rest> rests_;                     // hooks that fail
  std::map<std::string, std::set<std::uint64_t>> taken_by_;  // interventions that some hooks took and some did not
  std::string last_;                                        // platform whose turn it was
  bool in_trouble_ = false, unkept_ = false;                // the store cannot be read, or written: that was said
  std::thread thread_;
  std::vector<std::thread> senders_;
};

}  // namespace lw::server
