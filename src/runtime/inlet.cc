#include "runtime/inlet.h"

#include <algorithm>
#include <utility>

namespace lw::runtime {

class Inlet::InletFeed : public event::Feed {
 public:
  explicit InletFeed(Inlet& inlet) : inlet_(inlet) {}

  bool next(event::Line& line) override {
    if (at_ == block_.size && !take()) return false;
    const std::string_view rest = std::string_view(block_.lines).substr(at_, block_.size - at_);
    const std::size_t size = std::min(rest.find('\n'), rest.size());
    line.text = rest.substr(0, size);
    line.number = ++inlet_.given_;
    line.fault.clear();
    line.broken = false;
    at_ += std::min(size + 1, rest.size());
    return true;
  }
  bool ready() override { return at_ < block_.size || inlet_.waiting_bytes() > 0; }

 private:
  bool take() {
    std::unique_lock lock(inlet_.mutex_);
    inlet_.filled_.wait(lock, [&] { return !inlet_.blocks_.empty() || !inlet_.next_.empty() || inlet_.closed_; });
    auto& blocks = inlet_.next_.empty() ? inlet_.blocks_ : inlet_.next_;
    if (blocks.empty()) return false;
    block_ = std::move(blocks.front());
    blocks.pop_front();
    inlet_.waiting_bytes_ -= block_.size;
    at_ = 0;
    const std::lock_guard told(inlet_.told_mutex_);
    inlet_.tickets_.push_back({inlet_.given_ + block_.count, std::move(block_.done)});
    return true;
  }

  Inlet& inlet_;
  Block block_{{}, 0, 0, {}};
  std::size_t at_ = 0;
};

Inlet::~Inlet() { stop(); }

bool Inlet::submit(std::string&& lines, std::size_t count, Done done, bool next) {
  const std::size_t size = lines.size();
  const std::lock_guard lock(mutex_);
  if (closed_ || (waiting_bytes_ > 0 && waiting_bytes_ + size > most_bytes_)) return false;
  lines.append(event::kPadding, '\0');
  (next ? next_ : blocks_).push_back({std::move(lines), size, count, std::move(done)});
  waiting_bytes_ += size;
  filled_.notify_one();
  return true;
}

void Inlet::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  filled_.notify_one();
}

std::unique_ptr<event::Feed> Inlet::feed() { return std::make_unique<InletFeed>(*this); }

void Inlet::handed_over(std::uint64_t end) {
  const std::lock_guard lock(told_mutex_);
  // Of several that nobody waited for yet the last says it all.
  if (marks_.size() > 1) marks_.back() = {given_, end};
  else marks_.push_back({given_, end});
  marked_.notify_one();
}

void Inlet::start(std::function<Status(std::uint64_t end)> wait) {
  wait_ = std::move(wait);
  teller_ = std::thread([this] { wait_and_tell(); });
}

void Inlet::wait_and_tell() {
  for (;;) {
    Mark mark{};
    {
      std::unique_lock lock(told_mutex_);
      marked_.wait(lock, [&] { return stopped_ || !marks_.empty(); });
      if (marks_.empty()) return;
      mark = marks_.front();
      marks_.pop_front();
    }
    const Status durable = wait_(mark.end);
    std::deque<Ticket> told;
    {
      const std::lock_guard lock(told_mutex_);
      while (!tickets_.empty() && (tickets_.front().last <= mark.given || !durable)) {
        told.push_back(std::move(tickets_.front()));
        tickets_.pop_front();
      }
    }
    for (const Ticket& ticket : told) ticket.done(durable);
  }
}

void Inlet::stop() {
  close();
  std::deque<Ticket> left;
  {
    const std::lock_guard lock(told_mutex_);
    stopped_ = true;
    marked_.notify_one();
  }
  if (teller_.joinable()) teller_.join();
  {
    const std::lock_guard lock(mutex_);
    const std::lock_guard told(told_mutex_);
    left.swap(tickets_);
    for (auto* blocks : {&next_, &blocks_}) {
      for (Block& block : *blocks) left.push_back({0, std::move(block.done)});
      blocks->clear();
    }
  }
  for (const Ticket& ticket : left) ticket.done(fail("the service ends"));
}

}  // namespace lw::runtime
