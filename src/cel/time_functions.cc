// Arithmetic and getters of timestamps and durations. The conversions are in conversions.cc.
#include "cel/functions.h"
#include "cel/timestamp.h"

namespace lw::cel {
namespace {

Value out_of_range(Context& c) { return c.error(Error::kRange, "the time is out of range (years 1 to 9999)"); }
Value duration_overflow(Context& c) { return c.error(Error::kRange, "the duration is out of range"); }

Value shifted(Context& c, const Value& time, std::int64_t nanoseconds) {
  const auto moved = shift(Instant::of(time), nanoseconds);
  return moved ? moved->value() : out_of_range(c);
}
Value time_plus(Context& c, const Value* a) { return shifted(c, a[0], a[1].integer); }
Value plus_time(Context& c, const Value* a) { return shifted(c, a[1], a[0].integer); }
Value time_minus(Context& c, const Value* a) {
  if (a[1].integer == std::numeric_limits<std::int64_t>::min()) return out_of_range(c);
  return shifted(c, a[0], -a[1].integer);
}
Value between(Context& c, const Value* a) {
  const auto nanos = difference(Instant::of(a[0]), Instant::of(a[1]));
  return nanos ? Value::of_duration({*nanos}) : duration_overflow(c);
}
Value durations_plus(Context& c, const Value* a) {
  std::int64_t sum = 0;
  return __builtin_add_overflow(a[0].integer, a[1].integer, &sum) ? duration_overflow(c) : Value::of_duration({sum});
}
Value durations_minus(Context& c, const Value* a) {
  std::int64_t rest = 0;
  return __builtin_sub_overflow(a[0].integer, a[1].integer, &rest) ? duration_overflow(c) : Value::of_duration({rest});
}

enum class Part { kYear, kMonth, kDate, kDayOfMonth, kDayOfYear, kDayOfWeek, kHours, kMinutes, kSeconds };

template <Part kPart>
int part(const Civil& c) {
  switch (kPart) {
    case Part::kYear: return c.year;
    case Part::kMonth: return c.month - 1;
    case Part::kDate: return c.day;
    case Part::kDayOfMonth: return c.day - 1;
    case Part::kDayOfYear: return c.day_of_year;
    case Part::kDayOfWeek: return c.day_of_week;
    case Part::kHours: return c.hour;
    case Part::kMinutes: return c.minute;
    case Part::kSeconds: return c.second;
  }
  return 0;
}
template <Part kPart>
Value get(Context&, const Value* a) { return Value::of_int(part<kPart>(civil(a[0].integer))); }
template <Part kPart>
Value get_in_zone(Context& c, const Value* a) {
  const auto offset = zone_offset(a[1].text(), Instant::of(a[0]));
  if (!offset) return c.error(Error::kArgument, fmt::format("unknown time zone '{}'", a[1].text().substr(0, 64)));
  return Value::of_int(part<kPart>(civil(a[0].integer + *offset)));
}
Value get_milliseconds(Context&, const Value* a) { return Value::of_int(a[0].size / 1'000'000); }
Value get_milliseconds_in_zone(Context&, const Value* a) { return Value::of_int(a[0].size / 1'000'000); }

template <std::int64_t kUnit>
Value whole(Context&, const Value* a) { return Value::of_int(a[0].integer / kUnit); }
// The part below a second, not the whole duration in milliseconds.
Value millisecond_part(Context&, const Value* a) { return Value::of_int(a[0].integer % kSecond / 1'000'000); }

template <Part kPart>
void add_getter(FunctionTable& t, const char* name) {
  t.add(Style::kMember, fmt::format("{}(timestamp): int", name), Cost::kOne, get<kPart>);
  t.add(Style::kMember, fmt::format("{}(timestamp, string): int", name), Cost::kOne, get_in_zone<kPart>);
}

}  // namespace

void add_time_functions(FunctionTable& t) {
  const auto add = [&](const char* signature, Function function) { t.add(Style::kFunction, signature, Cost::kOne, function); };
  add("_+_(timestamp, duration): timestamp", time_plus);
  add("_+_(duration, timestamp): timestamp", plus_time);
  add("_+_(duration, duration): duration", durations_plus);
  add("_-_(timestamp, timestamp): duration", between);
  add("_-_(timestamp, duration): timestamp", time_minus);
  add("_-_(duration, duration): duration", durations_minus);
  add_getter<Part::kYear>(t, "getFullYear");
  add_getter<Part::kMonth>(t, "getMonth");
  add_getter<Part::kDate>(t, "getDate");
  add_getter<Part::kDayOfMonth>(t, "getDayOfMonth");
  add_getter<Part::kDayOfYear>(t, "getDayOfYear");
  add_getter<Part::kDayOfWeek>(t, "getDayOfWeek");
  add_getter<Part::kHours>(t, "getHours");
  add_getter<Part::kMinutes>(t, "getMinutes");
  add_getter<Part::kSeconds>(t, "getSeconds");
  t.add(Style::kMember, "getMilliseconds(timestamp): int", Cost::kOne, get_milliseconds);
  t.add(Style::kMember, "getMilliseconds(timestamp, string): int", Cost::kOne, get_milliseconds_in_zone);
  t.add(Style::kMember, "getHours(duration): int", Cost::kOne, whole<kHour>);
  t.add(Style::kMember, "getMinutes(duration): int", Cost::kOne, whole<kMinute>);
  t.add(Style::kMember, "getSeconds(duration): int", Cost::kOne, whole<kSecond>);
  t.add(Style::kMember, "getMilliseconds(duration): int", Cost::kOne, millisecond_part);
}

}  // namespace lw::cel
