// Questions that wait for the engine: an event is handed in, judged at its place in the stream, and what was decided because of it is
// the answer. POST /v1/decide.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace lw::server {

class Questions {
 public:
  struct Heard {
    std::vector<std::string> decisions;  // records as JSON, in the engine's order
    bool repeated = false;               // the event was there already: it was not judged again
    bool late = false;                   // the engine did not come to it in time
  };
  using Answer = std::function<void(Heard)>;

  // Before the event is handed in. `name`: source#id. Several may ask of one event. From any thread.
  void ask(const std::string& name, Answer answer);
  // It was not handed in after all, or waited too long: nobody is told.
  void forget(const std::string& name);

  // Tells all who asked before `then` that it is too late.
  void expire(std::chrono::steady_clock::time_point then);

  // On the judging thread, in this order: each decision by its trigger, then the event. `repeated` on the reading one.
  void decided(std::string_view trigger, std::string_view record);
  void judged(std::string_view source, std::string_view id) { tell(source, id, false); }
  void repeated(std::string_view source, std::string_view id) { tell(source, id, true); }

 private:
  struct Open {
    std::vector<Answer> answers;
    Heard heard;
    std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
  };
  void tell(std::string_view source, std::string_view id, bool repeated);

  std::atomic<std::size_t> count_{0};  // most events are not asked about
  std::mutex mutex_;
  std::map<std::string, Open, std::less<>> open_;
};

}  // namespace lw::server
