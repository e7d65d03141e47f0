// Questions that wait for the engine: an event is handed in, judged at its place in the stream, and what was decided because of it is
// the answer. POST /v1/decide.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lw::server {

class Questions {
 public:
  struct Heard {
    std::vector<std::string> decisions;  // records as JSON, in the engine's order
    bool repeated = false;               // the event was there already, and was not judged again: the desk knows what came of it
    bool late = false;                   // the engine did not come to it in time
  };
  using Answer = std::function<void(Heard)>;

  // `accepted`: how many events were, from any thread.
  explicit Questions(std::function<std::uint64_t()> accepted) : accepted_(std::move(accepted)) {}

  // Before the event is handed in. `name`: source#id. Several may ask of one event. Gives the question's number. From any thread.
  std::uint64_t ask(const std::string& name, Answer answer);
  // It was not handed in after all: nobody is told.
  void forget(std::uint64_t question);

  // Tells all who asked before `then` that it is too late.
  void expire(std::chrono::steady_clock::time_point then);

  // On the judging thread, in this order: each decision by its trigger, then the event, the `number`th that was judged.
  void decided(std::string_view trigger, std::string_view record);
  void judged(std::string_view source, std::string_view id, std::uint64_t number);
  // On the reading thread: it was accepted before, by itself or for another question, and may not be judged yet.
  void repeated(std::string_view source, std::string_view id);
  // The desk has all that came of the first so many events accepted: who asked about one of them that was there already is told to look
  // there. From any thread.
  void settled(std::uint64_t accepted);

 private:
  struct Open {
    std::uint64_t question;
    Answer answer;
    std::uint64_t asked;  // so many events were accepted then
    Heard heard{};
    std::optional<std::uint64_t> known{};  // the event was there already: the desk knows it when it has so many
    std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
  };
  using All = std::multimap<std::string, Open, std::less<>>;
  void take(All::iterator at, std::vector<Open>& out);  // takes it out

  std::function<std::uint64_t()> accepted_;
  std::atomic<std::size_t> count_{0};  // most events are not asked about
  std::atomic<std::uint64_t> settled_{0};
  std::mutex mutex_;
  std::uint64_t last_ = 0;
  All open_;
};

}  // namespace lw::server
