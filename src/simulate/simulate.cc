#include "simulate/simulate.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <queue>
#include <vector>

#include "simulate/prelude.h"
#include "simulate/room.h"

namespace lw::simulate {
namespace {

constexpr std::size_t kBufferBytes = 1 << 18;

// One source of the merge: the papers, or a room, which is drawn only when its time has come.
struct Feed {
  const RoomPlan* plan = nullptr;
  std::unique_ptr<Room> room;
  std::unique_ptr<Recorder> papers;
  std::string prefix;  // of its events' ids
  std::size_t next = 0;

  const Recorder& recorder() const { return room ? room->recorder() : *papers; }
  bool drawn() const { return room || papers; }
};

struct Head {
  std::int64_t ms;
  std::uint32_t feed;      // feeds stand in the order of their prefixes, so that this orders ids
  std::uint32_t sequence;
  // The least comes out of the queue first.
  friend bool operator<(const Head& a, const Head& b) {
    if (a.ms != b.ms) return a.ms > b.ms;
    if (a.feed != b.feed) return a.feed > b.feed;
    return a.sequence > b.sequence;
  }
};

Status write_lines(std::string_view text, LineWriter& to) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (Status status = to.write(text.substr(0, end)); !status) return status;
    text.remove_prefix(end + 1);
  }
  return {};
}

class Merge {
 public:
  Merge(const World& world, const std::vector<RoomPlan>& plans, EventWriter& out, TruthWriter& truth, LineWriter* spikes)
      : world_(world), out_(out), truth_(truth), spikes_(spikes) {
    source_ = R"(","source":"/platforms/)" + world.scenario.platform + R"(","type":")";
    feeds_.reserve(plans.size() + 1);
    for (const RoomPlan& plan : plans) {  // digits sort before the letter p
      feeds_.push_back({&plan, nullptr, nullptr, plan.room + "-", 0});
      heads_.push({plan.first_ms, static_cast<std::uint32_t>(feeds_.size() - 1), 0});
    }
    auto papers = std::make_unique<Recorder>();
    write_prelude(world, plans, *papers);
    feeds_.push_back({nullptr, nullptr, std::move(papers), "p-", 0});
    push(static_cast<std::uint32_t>(feeds_.size() - 1));
  }

  Status run() {
    while (!heads_.empty()) {
      const Head head = heads_.top();
      heads_.pop();
      Feed& feed = feeds_[head.feed];
      if (!feed.drawn()) {
        if (Status status = draw(feed); !status) return status;
      } else if (Status status = emit(feed); !status) {
        return status;
      }
      if (feed.next < feed.recorder().drafts().size()) {
        push(head.feed);
      } else {
        feed.room.reset();  // a room's memory goes with its last event
        feed.papers.reset();
      }
    }
    return {};
  }

 private:
  void push(std::uint32_t index) {
    const Feed& feed = feeds_[index];
    const Draft& draft = feed.recorder().drafts()[feed.next];
    heads_.push({draft.ms, index, draft.sequence});
  }

  Status draw(Feed& feed) {
    feed.room = std::make_unique<Room>(world_, *feed.plan);
    feed.room->run();
    if (Status status = write_lines(feed.room->truth(), truth_); !status) return status;
    return spikes_ ? write_lines(feed.room->spikes(), *spikes_) : Status{};
  }

  Status emit(Feed& feed) {
    const Draft& draft = feed.recorder().drafts()[feed.next++];
    line_ = R"({"specversion":"1.0","id":")";
    line_ += feed.prefix;
    char digits[8];
    for (std::uint32_t at = 7, rest = draft.sequence; at-- > 0; rest /= 10) digits[at] = static_cast<char>('0' + rest % 10);
    line_.append(digits, 7);
    line_ += source_;
    line_ += type_name(draft.type);
    line_ += R"(","time":")";
    clock_.append(line_, draft.ms);
    line_ += R"(","data":)";
    line_ += feed.recorder().data_of(draft);
    line_.push_back('}');
    return out_.write(line_);
  }

  const World& world_;
  EventWriter& out_;
  TruthWriter& truth_;
  LineWriter* spikes_;
  std::vector<Feed> feeds_;
  std::priority_queue<Head> heads_;
  std::string source_, line_;
  Clock clock_;
};

}  // namespace

Status FileWriter::write(std::string_view line) {
  buffer_ += line;
  buffer_.push_back('\n');
  return buffer_.size() >= kBufferBytes ? flush() : Status{};
}

Status FileWriter::flush() {
  const std::size_t size = buffer_.size();
  const bool whole = std::fwrite(buffer_.data(), 1, size, file_) == size && std::fflush(file_) == 0;
  buffer_.clear();
  if (!whole) return fail("{}: {}", name_, std::strerror(errno));
  return {};
}

Status simulate(const Scenario& scenario, std::uint64_t seed, EventWriter& out, TruthWriter& truth, LineWriter* spikes) {
  const World world{scenario, seed, Population(scenario.population, scenario.start_ms, seed)};
  std::vector<RoomPlan> plans;
  for (const RoomSpec& spec : resolve_rooms(scenario, seed)) plans.push_back(make_plan(world, spec));
  return Merge(world, plans, out, truth, spikes).run();
}

}  // namespace lw::simulate
