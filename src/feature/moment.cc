#include "feature/moment.h"

#include <date/date.h>

namespace lw::feature {
namespace {

std::int64_t zone_ns(const Spec& spec) { return spec.window.zone_minutes * kMinute; }

date::year_month month_of(const Spec& spec, std::int64_t time) {
  const date::year_month_day day{date::sys_days{date::days{floor_div(time + zone_ns(spec), kDay)}}};
  return day.year() / day.month();
}

std::int64_t start_of(const Spec& spec, date::year_month month) {
  return date::sys_days{month / 1}.time_since_epoch().count() * kDay - zone_ns(spec);
}

}  // namespace

std::int64_t window_end(const Spec& spec, std::int64_t time) {
  if (spec.window.kind == Window::kMonth) return start_of(spec, month_of(spec, time) + date::months{1});
  const std::int64_t width = spec.window.width.ns;
  return (floor_div(time + zone_ns(spec), width) + 1) * width - zone_ns(spec);
}

double window_seconds(const Spec& spec, Time watermark) {
  std::int64_t ns = spec.window.width.ns;
  if (spec.window.kind == Window::kMonth) {
    const date::year_month month = month_of(spec, watermark.ns);
    ns = start_of(spec, month + date::months{1}) - start_of(spec, month);
  }
  return static_cast<double>(ns) / static_cast<double>(kSecond);
}

}  // namespace lw::feature
