#include "pack/records.h"

#include <algorithm>

#include "pack/calendar.h"

namespace lw::pack {
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
    const auto until = static_cast<std::uint32_t>(day_after(day, term.months, term.days) + 1);  // the term's last day is a whole one
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
