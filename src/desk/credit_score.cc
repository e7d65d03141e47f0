#include "desk/credit_score.h"

#include <algorithm>
#include <utility>

namespace lw::desk {
namespace {

using pack::DeskPolicy;
using pack::Grade;

// Up as soon as a better one is reached, down only below what the present one is kept for, into the best that is kept there.
const Grade* next_grade(const DeskPolicy& policy, const Grade* now, std::int64_t score) {
  for (const Grade& grade : policy.grades) {
    if (&grade < now ? score >= grade.from : score >= grade.keep) return &grade;
  }
  return &policy.grades.back();
}

class Account {
 public:
  Account(const DeskPolicy& policy, const std::vector<CreditEntry>& entries) : policy_(policy), entries_(entries), left_(entries.size()) {
    grade_ = next_grade(policy, policy.grades.data() + policy.grades.size(), score());
    Time last;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      last = std::max(last, entries[i].at);
      moments_.push_back({last, false, i});
      fade(i, last);
    }
    std::ranges::stable_sort(moments_, [](const Moment& a, const Moment& b) { return a.at != b.at ? a.at < b.at : a.fades > b.fades; });
  }

  Standing run(Time now) {
    for (std::size_t i = 0; i < moments_.size(); ++i) {
      const Moment& moment = moments_[i];
      if (moment.fades && moment.at > now) continue;  // what is written counts, whatever the clock says
      if (moment.fades) {
        left_[moment.entry] /= 2;
      } else {
        begin(moment.entry);
        out_.after[entries_[moment.entry].n] = score();
      }
      const bool more = moment.fades && i + 1 < moments_.size() && moments_[i + 1].fades && moments_[i + 1].at == moment.at;
      if (!more) grade_ = next_grade(policy_, grade_, score());
    }
    out_.score = score();
    out_.grade = grade_->id;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      out_.classes[entries_[i].credit_class] += left_[i];
      out_.left[entries_[i].n] = left_[i];
    }
    return std::move(out_);
  }

 private:
  struct Moment {
    Time at;
    bool fades;
    std::size_t entry;
  };

  // The ends of its half-lives, until nothing can be left.
  void fade(std::size_t entry, Time from) {
    const pack::CreditClass* of = policy_.credit_class(entries_[entry].credit_class);
    if (!of || !of->decays || entries_[entry].repairs) return;
    std::uint32_t times = 1;
    for (std::int64_t rest = entries_[entry].points; rest != 0; rest /= 2, ++times) {
      const pack::Term& half = of->half_life;
      moments_.push_back({policy_.after(from, {half.days * times, half.months * times, half.working_days * times}), true, entry});
    }
  }

  void begin(std::size_t entry) {
    if (!entries_[entry].repairs) {
      left_[entry] = entries_[entry].points;
      return;
    }
    for (std::size_t i = 0; i < entry; ++i) {
      if (entries_[i].n == entries_[entry].repairs) left_[i] = std::min<std::int64_t>(0, left_[i] + entries_[entry].points);
    }
  }

  std::int64_t score() const {
    std::int64_t sum = policy_.points;
    for (const std::int64_t left : left_) sum = std::clamp<std::int64_t>(sum + left, 0, policy_.ceiling);
    return sum;
  }

  const DeskPolicy& policy_;
  const std::vector<CreditEntry>& entries_;
  std::vector<std::int64_t> left_;
  std::vector<Moment> moments_;
  const Grade* grade_ = nullptr;
  Standing out_;
};

}  // namespace

Standing stand(const DeskPolicy& policy, const std::vector<CreditEntry>& entries, Time now) { return Account(policy, entries).run(now); }

}  // namespace lw::desk
