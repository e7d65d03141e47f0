// A great day's crowd, made up while it is judged: so many accounts in so many rooms, one of which most of them visit. The
// same numbers and seed give the same events. Its people, words and papers are those of simulate/, but nothing is kept of a
// person: who the n-th account is follows from n, so that the memory that is measured is the engine's.
//
// The day before, every account is registered and the papers of every room are filed. The rooms are on air for three hours
// each through the day, as the evening draws them; the largest from 20:00 to midnight. Each account visits one of the rooms,
// and of the largest room's viewers each that room once. A visit is a join and a leave; of a hundred visits ten send likes,
// five write, one follows, two buy and pay, less than one tips.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "cel/arena.h"
#include "event/event.h"
#include "simulate/identity.h"
#include "simulate/random.h"

namespace lw::cli {

struct CrowdSpec {
  std::uint64_t accounts = 28'000'000;  // at most kMostAccounts
  std::uint64_t rooms = 80'000;
  std::uint64_t largest = 20'000'000;   // viewers of the largest room, at most all
  std::uint64_t seed = 1;

  static constexpr std::uint64_t kMostAccounts = 60'000'000;
  // The same day with so many accounts.
  CrowdSpec scaled_to(std::uint64_t to) const;
};

class Crowd {
 public:
  static Result<std::unique_ptr<Crowd>> open(const CrowdSpec& spec);  // reads the texts that the shipped scenarios use

  // The next events in order, a batch as `run` reads them; none at the end of the day. Valid until the next call.
  std::span<event::Event* const> next();

  std::uint64_t made() const { return made_; }
  bool in_last_hour() const;             // of the day: what comes next
  bool described() const;                // accounts and rooms were: the day begins

 private:
  static constexpr std::size_t kBatch = 32;
  enum What : std::uint8_t {
    kLeave, kLike, kChat, kFollow, kRecharge, kGift, kOrder, kPaid, kDescribed, kListed, kReport, kSpeech, kEnded,
  };
  enum Delay : std::uint8_t { k5s, k10s, k20s, k60s, k90s, k2min, k5min, k10min, k40min, k3h, k4h, kDelays };
  struct Pending {  // what follows, so much later: of each delay a queue, which is in order by itself
    std::int64_t ms;
    std::uint32_t who, room, number;
    What what;
  };
  struct Counted {  // of a room, for what the platform displays
    std::int64_t online = 0, joins = 0, likes = 0, follows = 0, orders = 0, sales = 0;
  };
  class Fill;  // fields into the event being made

  Crowd(const CrowdSpec& spec, std::vector<std::string> chat, std::vector<std::string> speech);
  bool make(event::Event& event);
  Fill begin(event::Event& event, event::Type type, std::int64_t ms);
  void act(Fill& fill, std::uint64_t n);
  void air(Fill& fill, std::uint32_t room) const;
  simulate::Account person(std::uint64_t n) const;
  std::int64_t visit_ms(std::uint64_t visit) const;   // of the n-th visit to one of the rooms
  std::int64_t largest_ms(std::uint64_t visit) const;
  std::int64_t price_of(std::uint32_t room, std::uint32_t product) const;
  void push(Delay delay, std::int64_t ms, std::uint64_t who, std::uint32_t room, What what, std::uint64_t number = 0);
  void register_account(event::Event& event, std::int64_t ms);
  void file_paper(event::Event& event, std::int64_t ms);
  void start_room(event::Event& event, std::int64_t ms);
  void visit(event::Event& event, std::int64_t ms, std::uint64_t who, std::uint32_t room);
  void follow_up(event::Event& event, const Pending& pending);
  void order(Fill& fill, const Pending& pending);
  std::uint32_t draw_room(std::int64_t ms);

  CrowdSpec spec_;
  std::vector<std::string> chat_, speech_;
  simulate::Rng rng_;
  std::array<std::uint64_t, 9> first_room_{}, first_visit_{};  // of each slot of three hours; the last: behind all
  std::vector<Counted> counted_;                               // by room
  std::array<std::deque<Pending>, kDelays> queues_;
  std::uint64_t made_ = 0, registered_ = 0, papers_ = 0, started_ = 0, visits_ = 0, largest_visits_ = 0, orders_ = 0;
  std::int64_t now_ms_ = 0;
  cel::Arena arena_;
  std::string text_;
  std::vector<std::unique_ptr<event::Event>> events_;
  std::vector<event::Event*> batch_;
};

}  // namespace lw::cli
