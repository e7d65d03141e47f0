#include "runtime/inlet.h"

#include <algorithm>
#include <utility>

namespace lw::runtime {

class Inlet::InletFeed : public event::Feed {
 public:
  explicit InletFeed(Inlet& inlet) : inlet_(inlet) {}

  bool next(event::Line& line) override {
    const bool passed_by = !ahead_ && inlet_.next_count_.load(std::memory_order_relaxed) > 0;
    if ((open_.is_read() || passed_by) && !open_another()) return false;
    const std::string_view rest = std::string_view(open_.block.lines).substr(open_.at, open_.block.size - open_.at);
    const std::size_t size = std::min(rest.find('\n'), rest.size());
    line.text = rest.substr(0, size);
    line.number = ++inlet_.given_;
    line.fault.clear();
    line.broken = false;
    open_.at += std::min(size + 1, rest.size());
    return true;
  }
  bool ready() override { return !open_.is_read() || !aside_.is_read() || inlet_.waiting_bytes() > 0; }

 private:
  struct Open {
    Block block{{}, 0, 0, {}};
    std::size_t at = 0;
    bool is_read() const { return at == block.size; }
  };

  bool open_another() {
    std::unique_lock lock(inlet_.mutex_);
    const auto wakes = [&] { return !inlet_.blocks_.empty() || !inlet_.next_.empty() || inlet_.closed_; };
    if (open_.is_read() && aside_.is_read()) inlet_.filled_.wait(lock, wakes);
    if (!ahead_ && !open_.is_read()) aside_ = std::move(open_);
    ahead_ = !inlet_.next_.empty();
    if (!ahead_ && !aside_.is_read()) {
      open_ = std::exchange(aside_, {});
      return true;
    }
    auto& blocks = ahead_ ? inlet_.next_ : inlet_.blocks_;
    if (blocks.empty()) return false;
    open_ = {std::move(blocks.front()), 0};
    blocks.pop_front();
    if (ahead_) --inlet_.next_count_;
    inlet_.waiting_bytes_ -= open_.block.size;
    add_ticket();
    return true;
  }

  // Behind all that were opened before; but before the block that is put aside, which ends so much later now.
  void add_ticket() {
    const std::lock_guard told(inlet_.told_mutex_);
    auto& tickets = inlet_.tickets_;
    Ticket ticket{inlet_.given_ + open_.block.count, std::move(open_.block.done)};
    if (aside_.is_read() || tickets.empty()) {
      tickets.push_back(std::move(ticket));
      return;
    }
    tickets.back().last += open_.block.count;
    tickets.insert(tickets.end() - 1, std::move(ticket));
  }

  Inlet& inlet_;
  Open open_, aside_;   // a block that is put aside is gone on with once nobody passes by
  bool ahead_ = false;  // the open one passed by others
};

Inlet::~Inlet() { stop(); }

bool Inlet::submit(std::string&& lines, std::size_t count, Done done, bool next) {
  const std::size_t size = lines.size();
  const std::lock_guard lock(mutex_);
  if (closed_ || (waiting_bytes_ > 0 && waiting_bytes_ + size > most_bytes_)) return false;
  lines.append(event::kPadding, '\0');
  (next ? next_ : blocks_).push_back({std::move(lines), size, count, std::move(done)});
  if (next) ++next_count_;
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
    next_count_ = 0;
  }
  for (const Ticket& ticket : left) ticket.done(fail("the service ends"));
}

}  // namespace lw::runtime
