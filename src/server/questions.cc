#include "server/questions.h"

#include <utility>

namespace lw::server {

void Questions::ask(const std::string& name, Answer answer) {
  const std::lock_guard lock(mutex_);
  open_[name].answers.push_back(std::move(answer));
  count_ = open_.size();
}

void Questions::forget(const std::string& name) {
  const std::lock_guard lock(mutex_);
  open_.erase(name);
  count_ = open_.size();
}

void Questions::expire(std::chrono::steady_clock::time_point then) {
  std::vector<Open> late;
  {
    const std::lock_guard lock(mutex_);
    for (auto at = open_.begin(); at != open_.end();) {
      if (at->second.since > then) {
        ++at;
        continue;
      }
      late.push_back(std::move(at->second));
      at = open_.erase(at);
    }
    count_ = open_.size();
  }
  for (const Open& open : late) {
    for (const Answer& answer : open.answers) answer({.decisions = {}, .late = true});
  }
}

void Questions::decided(std::string_view trigger, std::string_view record) {
  if (count_ == 0) return;
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(trigger);
  if (found != open_.end()) found->second.heard.decisions.emplace_back(record);
}

void Questions::tell(std::string_view source, std::string_view id, bool repeated) {
  if (count_ == 0) return;
  std::string name;
  name.reserve(source.size() + 1 + id.size());
  name.append(source).append("#").append(id);
  Open open;
  {
    const std::lock_guard lock(mutex_);
    const auto found = open_.find(name);
    if (found == open_.end()) return;
    open = std::move(found->second);
    open_.erase(found);
    count_ = open_.size();
  }
  open.heard.repeated = repeated;
  for (const Answer& answer : open.answers) answer(open.heard);
}

}  // namespace lw::server
