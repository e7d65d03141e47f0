#include "server/broadcast.h"

#include <algorithm>
#include <utility>

namespace lw::server {
namespace {

bool may_see(const std::string& body, const std::vector<std::string>& bodies) {
  return std::any_of(bodies.begin(), bodies.end(), [&](const std::string& one) {
    return one == body || (one.ends_with("/*") && body.starts_with(std::string_view(one).substr(0, one.size() - 1)));
  });
}

}  // namespace

bool Broadcast::Listener::take(std::vector<Text>& out) {
  out.clear();
  const std::lock_guard lock(mutex_);
  std::swap(out, waiting_);
  return open_;
}

std::shared_ptr<Broadcast::Listener> Broadcast::listen(std::string body, std::function<void()> wake) {
  auto listener = std::make_shared<Listener>();
  listener->body_ = std::move(body);
  listener->wake_ = std::move(wake);
  const std::lock_guard lock(mutex_);
  std::erase_if(listeners_, [](const auto& one) { return one.expired(); });
  listeners_.push_back(listener);
  return listener;
}

void Broadcast::publish(const Change& change) {
  // Compact JSON has no line break, so it is one line of the event.
  const auto text = std::make_shared<const std::string>("event: " + change.kind + "\ndata: " +
                                                        change.data.dump(-1, ' ', false, desk::Json::error_handler_t::replace) + "\n\n");
  const std::lock_guard all(mutex_);
  for (const auto& weak : listeners_) {
    const auto listener = weak.lock();
    if (!listener || !may_see(listener->body_, change.bodies)) continue;
    bool wake = false;
    {
      const std::lock_guard lock(listener->mutex_);
      if (!listener->open_) continue;
      wake = listener->waiting_.empty();
      if (listener->waiting_.size() >= queue_) {
        listener->open_ = false;
        listener->waiting_.clear();
        wake = true;
      } else {
        listener->waiting_.push_back(text);
      }
    }
    if (wake) listener->wake_();
  }
}

void Broadcast::close() {
  const std::lock_guard all(mutex_);
  for (const auto& weak : listeners_) {
    const auto listener = weak.lock();
    if (!listener) continue;
    {
      const std::lock_guard lock(listener->mutex_);
      listener->open_ = false;
    }
    listener->wake_();
  }
  listeners_.clear();
}

std::size_t Broadcast::listeners() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::count_if(listeners_.begin(), listeners_.end(), [](const auto& one) { return !one.expired(); }));
}

}  // namespace lw::server
