// How hired accounts are come by: bought in batches, registered together, seldom verified. Their devices and addresses
// are the business of each attack.
#pragma once

#include <vector>

#include "simulate/room.h"

namespace lw::simulate {

class Batches {
 public:
  // `count` batches, each registered within two hours, between `days_low` and `days_high` days before the broadcast.
  Batches(const Room& room, std::int64_t count, std::int64_t days_low, std::int64_t days_high, Rng& rng);
  Account recruit(Room& room, double verified, Rng& rng) const;

 private:
  std::vector<std::int64_t> times_;
};

// Hands out devices or addresses so that `per` accounts in a row share one.
template <class T>
class Shared {
 public:
  explicit Shared(std::int64_t per) : per_(per) {}
  template <class Make>
  const T& next(Make make) {
    if (used_ % per_ == 0) current_ = make();
    ++used_;
    return current_;
  }

 private:
  std::int64_t per_, used_ = 0;
  T current_{};
};

}  // namespace lw::simulate
