#include "server/questions.h"

#include <utility>

namespace lw::server {
namespace {

std::string name_of(std::string_view source, std::string_view id) {
  std::string out;
  out.reserve(source.size() + 1 + id.size());
  return out.append(source).append("#").append(id);
}

}  // namespace

std::uint64_t Questions::ask(const std::string& name, Answer answer) {
  const std::lock_guard lock(mutex_);
  open_.emplace(name, Open{++last_, std::move(answer), accepted_()});
  count_ = open_.size();
  return last_;
}

void Questions::take(All::iterator at, std::vector<Open>& out) {
  out.push_back(std::move(at->second));
  open_.erase(at);
  count_ = open_.size();
}

void Questions::forget(std::uint64_t question) {
  const std::lock_guard lock(mutex_);
  std::erase_if(open_, [&](const auto& one) { return one.second.question == question; });
  count_ = open_.size();
}

void Questions::expire(std::chrono::steady_clock::time_point then) {
  std::vector<Open> late;
  {
    const std::lock_guard lock(mutex_);
    for (auto at = open_.begin(); at != open_.end();) {
      const auto one = at++;
      if (one->second.since <= then) take(one, late);
    }
  }
  for (const Open& open : late) open.answer({.decisions = {}, .late = true});
}

void Questions::decided(std::string_view trigger, std::string_view record) {
  if (count_ == 0) return;
  const std::lock_guard lock(mutex_);
  const auto [begin, end] = open_.equal_range(trigger);
  for (auto at = begin; at != end; ++at) at->second.heard.decisions.emplace_back(record);
}

void Questions::judged(std::string_view source, std::string_view id, std::uint64_t number) {
  if (count_ == 0) return;
  std::vector<Open> told;
  {
    const std::lock_guard lock(mutex_);
    const auto [begin, end] = open_.equal_range(name_of(source, id));
    for (auto at = begin; at != end;) {
      const auto one = at++;
      // What was accepted before the question may have been half judged when it was asked: the desk tells the whole.
      if (number > one->second.asked) take(one, told);
      else if (!one->second.known) one->second.known = accepted_();
    }
  }
  for (const Open& open : told) open.answer(open.heard);
}

void Questions::repeated(std::string_view source, std::string_view id) {
  if (count_ == 0) return;
  {
    const std::lock_guard lock(mutex_);
    const auto [begin, end] = open_.equal_range(name_of(source, id));
    for (auto at = begin; at != end; ++at) {
      if (!at->second.known) at->second.known = accepted_();
    }
  }
  settled(settled_);
}

void Questions::settled(std::uint64_t accepted) {
  settled_ = accepted;
  if (count_ == 0) return;
  std::vector<Open> told;
  {
    const std::lock_guard lock(mutex_);
    for (auto at = open_.begin(); at != open_.end();) {
      const auto one = at++;
      if (one->second.known && *one->second.known <= accepted) take(one, told);
    }
  }
  for (const Open& open : told) open.answer({.decisions = {}, .repeated = true});
}

}  // namespace lw::server
