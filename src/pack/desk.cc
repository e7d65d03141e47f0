#include "pack/desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "pack/calendar.h"

namespace lw::pack {
namespace {

constexpr std::uint32_t kMostYears = 100;

template <class Item>
const Item* find_id(const std::vector<Item>& items, std::string_view id) {
  const auto found = std::ranges::find(items, id, &Item::id);
  return found == items.end() ? nullptr : &*found;
}

// The first of that id that holds then.
template <class Item>
const Item* find_dated(const std::vector<Item>& items, std::string_view id, Time at) {
  const auto found = std::ranges::find_if(items, [&](const Item& item) { return item.id == id && item.holds(at); });
  return found == items.end() ? nullptr : &*found;
}

bool names(const std::vector<std::string>& words, std::string_view word) { return words.empty() || std::ranges::find(words, word) != words.end(); }

}  // namespace

std::optional<Term> parse_term(std::string_view text) {
  std::uint32_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const std::uint32_t most = unit == "d" || unit == "wd" ? kMostYears * 366 : unit == "mo" ? kMostYears * 12 : unit == "y" ? kMostYears : 0;
  if (error != std::errc{} || count == 0 || count > most) return {};
  Term term;
  if (unit == "d") term.days = count;
  else if (unit == "wd") term.working_days = count;
  else term.months = unit == "y" ? 12 * count : count;
  return term;
}

std::string to_text(const Term& term) {
  if (term.working_days) return fmt::format("{}wd", term.working_days);
  if (term.months) return fmt::format("{}mo", term.months);
  return term.days ? fmt::format("{}d", term.days) : std::string();
}

bool holds_category(std::string_view prefix, std::string_view category) {
  if (prefix == "*") return true;
  return category.starts_with(prefix) && (category.size() == prefix.size() || category[prefix.size()] == '.');
}

bool Entitlements::may_sell(std::string_view category) const {
  return std::ranges::any_of(categories, [&](const std::string& prefix) { return holds_category(prefix, category); });
}

const Grade* DeskPolicy::grade(std::string_view id) const { return find_id(grades, id); }
const CreditClass* DeskPolicy::credit_class(std::string_view id) const { return find_id(classes, id); }
const Measure* DeskPolicy::measure(std::string_view id) const { return find_id(measures, id); }
const DeskDeadline* DeskPolicy::deadline(std::string_view id, Time at) const { return find_dated(deadlines, id, at); }
const Conduct* DeskPolicy::good_conduct(std::string_view id, Time at) const { return find_dated(conduct, id, at); }
const RepairTask* DeskPolicy::repair(std::string_view id, Time at) const { return find_dated(repairs, id, at); }

const Deduction* DeskPolicy::deduction(std::string_view violation, Severity severity, Time at) const {
  const auto fits = [&](const Deduction& one) { return one.holds(at) && severity >= one.severity && names(one.violations, violation); };
  const auto found = std::ranges::find_if(deductions, fits);
  return found == deductions.end() ? nullptr : &*found;
}

const Competence* DeskPolicy::competent(std::string_view violation, Time at) const {
  const auto found = std::ranges::find_if(competence, [&](const Competence& one) { return one.holds(at) && names(one.violations, violation); });
  return found == competence.end() ? nullptr : &*found;
}

std::vector<std::string> DeskPolicy::proposed(Severity severity, std::string_view grade, Time at, const std::function<std::uint32_t(Time since)>& confirmed) const {
  for (const Proposal& one : proposals) {
    if (severity < one.severity || !names(one.grades, grade)) continue;
    if (one.confirmed > 0 && confirmed(before(at, one.within)) < one.confirmed) continue;
    return one.measures;
  }
  return {};
}

Time DeskPolicy::after(Time from, const Term& term) const {
  const Calendar calendar(days_off, days_worked, zone_minutes);
  const std::int64_t day = calendar.day_of(from);
  return calendar.start_of((term.working_days ? calendar.working_day_after(day, term.working_days) : day_after(day, term.months, term.days)) + 1);
}

Time DeskPolicy::before(Time at, const Term& term) const {
  const Calendar calendar(days_off, days_worked, zone_minutes);
  const std::int64_t day = calendar.day_of(at);
  return calendar.start_of(term.working_days ? calendar.working_day_before(day, term.working_days)
                                             : day_after(day, -std::int64_t{term.months}, -std::int64_t{term.days}));
}

}  // namespace lw::pack
