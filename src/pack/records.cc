#include "pack/records.h"

#include <algorithm>
#include <chrono>

namespace lw::pack {
namespace {

// The same day so many months later, or the month's last day if it has no such.
std::uint32_t later(std::uint32_t day, std::uint32_t months, std::uint32_t days) {
  using namespace std::chrono;
  year_month_day date{sys_days{std::chrono::days{day}} };
  date += std::chrono::months{months};
  if (!date.ok()) date = date.year() / date.month() / last;
  return static_cast<std::uint32_t>(sys_days{date}.time_since_epoch().count()) + days;
}

}  // namespace

RecordClock::RecordClock(const Plan& plan) : zone_ns_(plan.zone_minutes * kMinute) {
  const auto day = [&](const std::optional<Time>& time, std::uint32_t none) { return time ? day_of(*time) : none; };
  for (const RecordTerm& given : plan.records) {
    Term term{given.id, given.months, given.days, {}};
    for (const Basis& basis : given.basis) {
      const Span span{std::max(day(given.from, 0), day(basis.from, 0)), std::min(day(given.to, kForEver), day(basis.to, kForEver))};
      if (span.from < span.to) term.holds.push_back(span);
    }
    const auto index = static_cast<std::uint32_t>(terms_.size());
    terms_.push_back(std::move(term));
    for (std::size_t type = 0; type < of_.size(); ++type) {
      const bool named = std::ranges::find(given.on, static_cast<event::Type>(type)) != given.on.end();
      if (given.on.empty() || named) of_[type].push_back(index);
    }
  }
}

std::uint32_t RecordClock::day_of(Time time) const {
  const std::int64_t ns = saturating_add(time.ns, zone_ns_);
  return ns < 0 ? 0 : static_cast<std::uint32_t>(ns / kDay);
}

RecordClock::Kept RecordClock::longest(event::Type type, std::uint32_t day) const {
  Kept out;
  for (const std::uint32_t index : of_[static_cast<std::size_t>(type)]) {
    const Term& term = terms_[index];
    if (std::ranges::none_of(term.holds, [&](const Span& span) { return span.from <= day && day < span.to; })) continue;
    const std::uint32_t until = later(day, term.months, term.days) + 1;  // the term's last day is a whole one
    if (out.until == kForEver || until > out.until) out = {term.id, until};
  }
  return out;
}

RecordClock::Kept RecordClock::of(event::Type type, Time time) {
  const std::uint32_t day = day_of(time);
  Known& known = known_[static_cast<std::size_t>(type)];
  if (known.day != day) known = {day, longest(type, day)};
  return known.kept;
}

}  // namespace lw::pack
