// Every aggregate over every window against a naive oracle that keeps the log of events and computes anew.
#include "feature/state.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cel/cel.h"

namespace lw::feature {
namespace {

struct Row {
  explicit Row(const Spec& s) : spec(s), bytes(static_cast<std::byte*>(::operator new(state_bytes(s) + 64))) {
    construct(spec, bytes);
  }
  ~Row() {
    destroy(spec, bytes);
    ::operator delete(bytes);
  }
  Row(const Row&) = delete;
  Row& operator=(const Row&) = delete;

  Spec spec;
  std::byte* bytes;
};

struct Logged {
  Time time, watermark;  // the watermark when it came
  std::int64_t number;
  std::string room;
};

std::string text_of(std::int64_t number) { return std::string(static_cast<std::size_t>(number + 30) % 29, 'x') + std::to_string(number); }
double real_of(std::int64_t number) { return static_cast<double>(number) * 0.1; }

cel::Value value_of(const Spec& spec, const Logged& event, std::string& buffer) {
  switch (spec.value) {
    case ValueKind::kNone: return {};
    case ValueKind::kInt: return cel::Value::of_int(event.number);
    case ValueKind::kDouble: return cel::Value::of_double(real_of(event.number));
    case ValueKind::kBool: return cel::Value::of(event.number % 2 != 0);
    case ValueKind::kTimestamp: return cel::Value::of_time(Time{event.number * kSecond});
    case ValueKind::kDuration: return cel::Value::of_duration(Duration{event.number});
    case ValueKind::kString: buffer = text_of(event.number); return cel::Value::of_string(buffer);
  }
  return {};
}

std::string print(const Spec& spec, std::int64_t number) {
  switch (spec.value) {
    case ValueKind::kString: return text_of(number);
    case ValueKind::kBool: return number % 2 ? "true" : "false";
    default: return std::to_string(number);
  }
}

std::int64_t floored(std::int64_t a, std::int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

// Days since the epoch of the month's first day, counted the long way; and the month after it.
std::pair<std::int64_t, std::int64_t> month_around(std::int64_t day) {
  std::int64_t start = 0;
  for (int year = 1970, month = 0;;) {
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    const int lengths[] = {31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (day < start + lengths[month]) return {start, start + lengths[month]};
    start += lengths[month];
    if (++month == 12) month = 0, ++year;
  }
}

// The events in the window at the watermark, by time and arrival.
std::vector<Logged> in_window(const Spec& spec, const std::vector<Logged>& log, Time watermark) {
  const Window& window = spec.window;
  const std::int64_t zone = window.zone_minutes * kMinute;
  std::vector<Logged> held;
  for (const Logged& event : log) {
    const auto inside = [&](Time at) {
      switch (window.kind) {
        case Window::kEver: return true;
        case Window::kSliding: {
          if (window.step.ns == 0) return event.time > at - window.width;
          const std::int64_t pane = floored(event.time.ns, window.step.ns);
          return (pane + 1) * window.step.ns - 1 > at.ns - window.width.ns;
        }
        case Window::kTumbling:
          return floored(event.time.ns + zone, window.width.ns) == floored(at.ns + zone, window.width.ns);
        case Window::kMonth:
          return month_around(floored(event.time.ns + zone, kDay)) == month_around(floored(at.ns + zone, kDay));
        case Window::kSession: return event.time > at - window.width;
      }
      return false;
    };
    if (inside(event.watermark) && (window.kind == Window::kSession || inside(watermark))) held.push_back(event);
  }
  std::stable_sort(held.begin(), held.end(), [](const Logged& a, const Logged& b) { return a.time < b.time; });
  if (window.kind == Window::kSession) {
    if (held.empty() || held.back().time <= watermark - window.width) return {};
    std::size_t from = held.size() - 1;
    while (from > 0 && held[from].time - held[from - 1].time < window.width) --from;
    held.erase(held.begin(), held.begin() + static_cast<std::ptrdiff_t>(from));
  }
  return held;
}

double seconds_of(const Spec& spec, Time watermark) {
  if (spec.window.kind != Window::kMonth) return static_cast<double>(spec.window.width.ns) / 1e9;
  const auto [start, end] = month_around(floored(watermark.ns + spec.window.zone_minutes * kMinute, kDay));
  return static_cast<double>((end - start) * 86400);
}

// Doubles of non-sliding windows are summed as they came; compared with a tolerance there, exactly elsewhere.
bool same(const Spec& spec, const cel::Value& got, const cel::Value& want) {
  if (got.kind != want.kind) return false;
  if (!got.is(cel::Kind::kDouble)) return got.is(cel::Kind::kAbsent) || cel::equal(got, want);
  if (spec.op == Op::kQuantile) return std::abs(got.real - want.real) <= 0.01 * std::abs(want.real);
  if (spec.window.kind == Window::kSliding && spec.window.step.ns == 0) return got.real == want.real;
  return std::abs(got.real - want.real) <= 1e-9 * (1 + std::abs(want.real));
}

cel::Value naive(const Spec& spec, const std::vector<Logged>& log, Time watermark, std::string& buffer) {
  const std::vector<Logged> held = in_window(spec, log, watermark);
  const auto number = static_cast<double>(held.size());
  std::map<std::string, std::int64_t> counts;
  std::int64_t sum = 0;
  double real_sum = 0;
  for (const Logged& event : held) {
    sum += event.number;
    real_sum += real_of(event.number);
    ++counts[print(spec, event.number)];
  }
  const bool real = spec.value == ValueKind::kDouble;
  const auto by_number = [](const Logged& a, const Logged& b) { return a.number < b.number; };
  switch (spec.op) {
    case Op::kCount: return cel::Value::of_int(static_cast<std::int64_t>(held.size()));
    case Op::kRate: return cel::Value::of_double(number / seconds_of(spec, watermark));
    case Op::kSum: return real ? cel::Value::of_double(real_sum) : cel::Value::of_int(sum);
    case Op::kAvg:
      if (held.empty()) return {};
      return cel::Value::of_double((real ? real_sum : static_cast<double>(sum)) / number);
    case Op::kMin:
      return held.empty() ? cel::Value{}
                          : value_of(spec, *std::min_element(held.begin(), held.end(), by_number), buffer);
    case Op::kMax:
      return held.empty() ? cel::Value{}
                          : value_of(spec, *std::max_element(held.begin(), held.end(), by_number), buffer);
    case Op::kFirst: return held.empty() ? cel::Value{} : value_of(spec, held.front(), buffer);
    case Op::kLast: return held.empty() ? cel::Value{} : value_of(spec, held.back(), buffer);
    case Op::kSince:
      if (held.empty()) return {};
      return cel::Value::of_duration(watermark - (spec.since_first ? held.front() : held.back()).time);
    case Op::kDistinct: return cel::Value::of_int(static_cast<std::int64_t>(counts.size()));
    case Op::kQuantile: {
      if (held.empty()) return {};
      std::vector<double> values;
      for (const Logged& event : held) values.push_back(real_of(event.number));
      std::sort(values.begin(), values.end());
      return cel::Value::of_double(values[static_cast<std::size_t>(spec.q * (number - 1))]);
    }
    case Op::kShare: {
      if (held.empty()) return cel::Value::of_double(0);
      std::vector<std::int64_t> most;
      for (const auto& [value, count] : counts) most.push_back(count);
      std::sort(most.rbegin(), most.rend());
      std::int64_t top = 0;
      for (std::size_t i = 0; i < most.size() && i < spec.top; ++i) top += most[i];
      return cel::Value::of_double(static_cast<double>(top) / number);
    }
    case Op::kSeen:
    case Op::kGet: break;
  }
  return {};
}

struct Combination {
  const char* name;
  Op op;
  std::vector<ValueKind> values;
};
const std::vector<Combination> kCombinations = {
    {"count", Op::kCount, {ValueKind::kNone}},
    {"rate", Op::kRate, {ValueKind::kNone}},
    {"sum", Op::kSum, {ValueKind::kInt, ValueKind::kDouble}},
    {"avg", Op::kAvg, {ValueKind::kInt, ValueKind::kDouble}},
    {"min", Op::kMin, {ValueKind::kInt, ValueKind::kDouble, ValueKind::kTimestamp, ValueKind::kDuration}},
    {"max", Op::kMax, {ValueKind::kInt, ValueKind::kDouble, ValueKind::kTimestamp, ValueKind::kDuration}},
    {"first", Op::kFirst, {ValueKind::kInt, ValueKind::kString, ValueKind::kBool, ValueKind::kTimestamp}},
    {"last", Op::kLast, {ValueKind::kInt, ValueKind::kString, ValueKind::kBool, ValueKind::kDouble}},
    {"distinct", Op::kDistinct, {ValueKind::kInt, ValueKind::kString, ValueKind::kBool}},
    {"quantile", Op::kQuantile, {ValueKind::kDouble}},
    {"share", Op::kShare, {ValueKind::kInt, ValueKind::kString}},
    {"seen", Op::kSeen, {ValueKind::kInt, ValueKind::kString}},
    {"since", Op::kSince, {ValueKind::kNone}},
};

Window some_window() {
  Window window;
  window.kind = *rc::gen::element(Window::kEver, Window::kSliding, Window::kTumbling, Window::kMonth, Window::kSession);
  window.width = {*rc::gen::element<std::int64_t>(7, 10, 100, 400)};
  if (window.kind == Window::kSliding) window.step = {*rc::gen::element<std::int64_t>(0, 0, 1, 3, 7)};
  window.zone_minutes = *rc::gen::element(480, 0, -90);
  return window;
}

// Time moves in small steps of ns, or of days for calendar months; a good part of the events are late, many are ties.
struct Stream {
  explicit Stream(const Spec& spec) : unit(spec.window.kind == Window::kMonth ? kDay + kHour * 7 : 1) {}
  Time next() {
    watermark.ns += *rc::gen::weightedElement<std::int64_t>({{6, 0}, {5, 1}, {4, 3}, {2, 10}, {1, 60}, {1, 500}}) * unit;
    const std::int64_t late = *rc::gen::weightedElement<std::int64_t>({{8, 0}, {2, 1}, {2, 4}, {1, 9}, {1, 120}});
    return {watermark.ns - late * unit};
  }
  std::int64_t unit;
  Time watermark{kDay * 400};
};

void check_members(Row& row, const std::vector<Logged>& log, Time watermark) {
  std::set<std::pair<std::string, std::string>> want, got;
  for (const Logged& event : in_window(row.spec, log, watermark)) want.emplace(print(row.spec, event.number), event.room);
  std::uint64_t before = 0;
  bool first = true;
  for_each_member(row.spec, row.bytes, watermark, 0, [&](const Member& member) {
    RC_ASSERT(first || member.ordinal > before);
    RC_ASSERT(member.ordinal < next_ordinal(row.spec, row.bytes));
    first = false;
    before = member.ordinal;
    got.emplace(member.value, member.room);
    const std::string event(member.event_name);
    RC_ASSERT(event.starts_with("e"));
    const Logged& origin = log.at(std::stoul(event.substr(1)));
    RC_ASSERT(print(row.spec, origin.number) == member.value);
    RC_ASSERT(origin.room == member.room);
  });
  RC_ASSERT(got == want);
}

void run_against_oracle(const Combination& combination, bool reload) {
  Spec spec;
  spec.op = combination.op;
  spec.value = *rc::gen::elementOf(combination.values);
  spec.window = some_window();
  spec.q = *rc::gen::element(0.0, 0.5, 0.95, 1.0);
  spec.top = *rc::gen::element<std::uint32_t>(1, 2, 5);
  spec.since_first = *rc::gen::arbitrary<bool>();
  spec.members = spec.op == Op::kDistinct && *rc::gen::arbitrary<bool>();
  if (!check(spec)) {
    RC_ASSERT(spec.op == Op::kRate);
    return;
  }
  auto row = std::make_unique<Row>(spec);
  Stream stream(spec);
  std::vector<Logged> log;
  cel::Arena arena;
  const int events = *rc::gen::inRange(1, 120);
  const std::int64_t range = *rc::gen::element<std::int64_t>(2, 20, 1000);
  const std::size_t rooms = *rc::gen::element<std::size_t>(0, 1, 8);  // how often another room than r1
  for (int i = 0; i < events; ++i) {
    const Time time = stream.next();
    Logged event{time, stream.watermark, *rc::gen::inRange<std::int64_t>(-range / 4, range),
                 *rc::gen::weightedElement<std::string>({{rooms, ""}, {8, "r1"}, {rooms, "r2"}})};
    std::string buffer, wanted;
    const cel::Value value = value_of(spec, event, buffer);
    if (spec.op == Op::kSeen) {
      bool seen = false;
      for (const Logged& held : in_window(spec, log, stream.watermark))
        seen |= print(spec, held.number) == print(spec, event.number);
      RC_ASSERT(cel::equal(probe(spec, row->bytes, stream.watermark, value), cel::Value::of(seen)));
    }
    if (empty(spec, row->bytes, stream.watermark) && *rc::gen::arbitrary<bool>()) row = std::make_unique<Row>(spec);
    log.push_back(event);
    add(spec, row->bytes, time, stream.watermark, value, {event.room, "e" + std::to_string(i)});
    if (reload && *rc::gen::inRange(0, 4) == 0) {
      std::string saved, again;
      save(spec, row->bytes, stream.watermark, saved);
      auto loaded = std::make_unique<Row>(spec);
      std::string_view in = saved;
      RC_ASSERT(load(spec, loaded->bytes, in).has_value());
      RC_ASSERT(in.empty());
      save(spec, loaded->bytes, stream.watermark, again);
      RC_ASSERT(again == saved);
      row = std::move(loaded);
    }
    if (*rc::gen::inRange(0, 3) == 0) continue;
    const cel::Value got = read(spec, row->bytes, stream.watermark, arena);
    const cel::Value want = naive(spec, log, stream.watermark, wanted);
    if (!same(spec, got, want))
      RC_FAIL(std::string(combination.name) + " window " + std::to_string(spec.window.kind) + " event " +
              std::to_string(i) + ": got " + cel::to_text(got) + ", want " + cel::to_text(want));
    RC_ASSERT(!approximate(spec, row->bytes));
    if (spec.members) check_members(*row, log, stream.watermark);
  }
}

class Oracle : public testing::TestWithParam<Combination> {};

TEST_P(Oracle, agrees_on_random_streams) {
  EXPECT_TRUE(rc::check([&] { run_against_oracle(GetParam(), false); }));
}
TEST_P(Oracle, agrees_when_saved_and_loaded_in_the_middle) {
  EXPECT_TRUE(rc::check([&] { run_against_oracle(GetParam(), true); }));
}
INSTANTIATE_TEST_SUITE_P(All, Oracle, testing::ValuesIn(kCombinations),
                         [](const auto& one) { return std::string(one.param.name); });

Spec sliding(Op op, ValueKind value, std::int64_t width = 100) {
  Spec spec;
  spec.op = op;
  spec.value = value;
  spec.window = {Window::kSliding, {width}, {}, 480};
  return spec;
}

TEST(State, window_edges_are_open_below_and_closed_above) {
  const Spec spec = sliding(Op::kCount, ValueKind::kNone);
  Row row(spec);
  cel::Arena arena;
  add(spec, row.bytes, {1000}, {1000}, {}, {});
  EXPECT_EQ(read(spec, row.bytes, {1099}, arena).integer, 1);
  EXPECT_FALSE(empty(spec, row.bytes, {1099}));
  EXPECT_TRUE(empty(spec, row.bytes, {1100}));
  EXPECT_EQ(read(spec, row.bytes, {1100}, arena).integer, 0);
}

TEST(State, steps_never_keep_more_panes_than_promised) {
  Spec spec = sliding(Op::kCount, ValueKind::kNone, 60);
  spec.window.step = {10};
  Row row(spec);
  for (std::int64_t t = 0; t < 5000; ++t) add(spec, row.bytes, {t}, {t}, {}, {});
  EXPECT_LE(heap_bytes(spec, row.bytes), 16u * 16);
}

TEST(State, int_sums_do_not_wrap) {
  for (const Window::Kind kind : {Window::kEver, Window::kSliding}) {
    Spec spec = sliding(Op::kSum, ValueKind::kInt);
    spec.window.kind = kind;
    Row row(spec);
    cel::Arena arena;
    const std::int64_t most = std::numeric_limits<std::int64_t>::max();
    add(spec, row.bytes, {1}, {1}, cel::Value::of_int(most), {});
    add(spec, row.bytes, {1}, {1}, cel::Value::of_int(most), {});
    EXPECT_EQ(read(spec, row.bytes, {1}, arena).integer, most);
    add(spec, row.bytes, {1}, {1}, cel::Value::of_int(-most), {});
    add(spec, row.bytes, {1}, {1}, cel::Value::of_int(-7), {});
    EXPECT_EQ(read(spec, row.bytes, {1}, arena).integer, most - 7);
  }
}

TEST(State, a_large_double_leaves_no_error_behind) {
  const Spec spec = sliding(Op::kSum, ValueKind::kDouble);
  Row row(spec);
  cel::Arena arena;
  add(spec, row.bytes, {1}, {1}, cel::Value::of_double(1e18), {});
  add(spec, row.bytes, {50}, {50}, cel::Value::of_double(0.1), {});
  EXPECT_EQ(read(spec, row.bytes, {101}, arena).real, 0.1);
}

TEST(State, values_of_another_kind_are_not_taken) {
  const Spec spec = sliding(Op::kSum, ValueKind::kInt);
  Row row(spec);
  add(spec, row.bytes, {1}, {1}, cel::Value::of_string("7"), {});
  add(spec, row.bytes, {1}, {1}, cel::Value::of_double(7), {});
  add(spec, row.bytes, {1}, {1}, {}, {});
  EXPECT_TRUE(empty(spec, row.bytes, {1}));
  const Spec real = sliding(Op::kAvg, ValueKind::kDouble);
  Row row2(real);
  add(real, row2.bytes, {1}, {1}, cel::Value::of_double(std::nan("")), {});
  EXPECT_TRUE(empty(real, row2.bytes, {1}));
  add(real, row2.bytes, {1}, {1}, cel::Value::of_int(3), {});
  cel::Arena arena;
  EXPECT_EQ(read(real, row2.bytes, {1}, arena).real, 3.0);
}

TEST(State, past_the_cap_distinct_is_estimated_until_the_window_was_empty) {
  for (const Window::Kind kind : {Window::kEver, Window::kSliding, Window::kSession}) {
    Spec spec = sliding(Op::kDistinct, ValueKind::kInt, 1'000'000);
    spec.window.kind = kind;
    spec.cap = 100;
    Row row(spec);
    cel::Arena arena;
    for (std::int64_t i = 0; i < 100; ++i) add(spec, row.bytes, {i}, {i}, cel::Value::of_int(i), {});
    EXPECT_EQ(read(spec, row.bytes, {99}, arena).integer, 100);
    EXPECT_FALSE(approximate(spec, row.bytes));
    for (std::int64_t i = 0; i < 20'000; ++i) add(spec, row.bytes, {i + 100}, {i + 100}, cel::Value::of_int(i), {});
    EXPECT_TRUE(approximate(spec, row.bytes));
    EXPECT_NEAR(static_cast<double>(read(spec, row.bytes, {20'100}, arena).integer), 20'000, 20'000 * 3 * 0.01625);
    std::string saved, again;
    save(spec, row.bytes, {20'100}, saved);
    Row loaded(spec);
    std::string_view in = saved;
    ASSERT_TRUE(load(spec, loaded.bytes, in));
    save(spec, loaded.bytes, {20'100}, again);
    EXPECT_EQ(saved, again);
    EXPECT_EQ(read(spec, loaded.bytes, {20'100}, arena).integer, read(spec, row.bytes, {20'100}, arena).integer);
    if (kind != Window::kSliding) continue;
    const Time later{2'000'000};
    EXPECT_TRUE(empty(spec, row.bytes, later));
    add(spec, row.bytes, later, later, cel::Value::of_int(1), {});
    EXPECT_EQ(read(spec, row.bytes, later, arena).integer, 1);
    EXPECT_FALSE(approximate(spec, row.bytes));
  }
}

TEST(State, a_sliding_estimate_forgets_within_a_pane) {
  Spec spec = sliding(Op::kDistinct, ValueKind::kInt, 32'000);
  spec.cap = 64;
  Row row(spec);
  cel::Arena arena;
  for (std::int64_t t = 0; t < 200'000; ++t) {
    add(spec, row.bytes, {t}, {t}, cel::Value::of_int(t), {});
    if (t % 9'973 != 0 || t < 64'000) continue;
    const auto got = static_cast<double>(read(spec, row.bytes, {t}, arena).integer);
    EXPECT_GT(got, 32'000 * (1 - 4 * 0.01625));
    EXPECT_LT(got, 33'000 * (1 + 4 * 0.01625));
  }
}

TEST(State, seen_forgets_the_oldest_past_its_cap_and_says_so) {
  Spec spec;
  spec.op = Op::kSeen;
  spec.value = ValueKind::kInt;
  spec.cap = 3;
  Row row(spec);
  for (std::int64_t i = 1; i <= 3; ++i) add(spec, row.bytes, {i}, {i}, cel::Value::of_int(i), {});
  add(spec, row.bytes, {4}, {4}, cel::Value::of_int(1), {});
  EXPECT_FALSE(approximate(spec, row.bytes));
  add(spec, row.bytes, {5}, {5}, cel::Value::of_int(9), {});
  EXPECT_TRUE(approximate(spec, row.bytes));
  EXPECT_TRUE(probe(spec, row.bytes, {5}, cel::Value::of_int(1)).is_true());
  EXPECT_FALSE(probe(spec, row.bytes, {5}, cel::Value::of_int(2)).is_true());
}

TEST(State, share_past_its_cap_is_off_by_at_most_events_over_cap) {
  EXPECT_TRUE(rc::check([] {
    Spec spec;
    spec.op = Op::kShare;
    spec.value = ValueKind::kInt;
    spec.cap = *rc::gen::element<std::uint32_t>(4, 10, 20);
    Row row(spec);
    cel::Arena arena;
    std::map<std::int64_t, double> counts;
    const auto values = *rc::gen::container<std::vector<std::int64_t>>(300, rc::gen::inRange<std::int64_t>(0, 60));
    for (const std::int64_t drawn : values) {
      const std::int64_t value = drawn % 3 == 0 ? 0 : drawn;
      add(spec, row.bytes, {1}, {1}, cel::Value::of_int(value), {});
      ++counts[value];
    }
    double most = 0;
    for (const auto& [value, count] : counts) most = std::max(most, count);
    const double got = read(spec, row.bytes, {1}, arena).real;
    RC_ASSERT(got >= most / 300 - 1e-12);
    RC_ASSERT(got <= most / 300 + 1.0 / spec.cap + 1e-12);
    RC_ASSERT(approximate(spec, row.bytes) == (counts.size() > spec.cap));
  }));
}

TEST(State, members_since_an_ordinal_are_the_new_ones) {
  Spec spec = sliding(Op::kDistinct, ValueKind::kString);
  spec.members = true;
  Row row(spec);
  const auto names_since = [&](std::uint64_t since, Time watermark) {
    std::string names;
    for_each_member(spec, row.bytes, watermark, since, [&](const Member& member) {
      names += std::string(member.value) + "@" + std::string(member.room) + "<" + std::string(member.event_name) + " ";
    });
    return names;
  };
  add(spec, row.bytes, {1}, {1}, cel::Value::of_string("a"), {"r1", "e1"});
  add(spec, row.bytes, {2}, {2}, cel::Value::of_string("b"), {"r1", "e2"});
  EXPECT_EQ(names_since(0, {2}), "a@r1<e1 b@r1<e2 ");
  std::uint64_t seen = next_ordinal(spec, row.bytes);
  add(spec, row.bytes, {60}, {60}, cel::Value::of_string("a"), {"r2", "e3"});
  add(spec, row.bytes, {61}, {61}, cel::Value::of_string("b"), {"r1", "e4"});
  EXPECT_EQ(names_since(seen, {61}), "a@r2<e3 ");
  EXPECT_EQ(names_since(0, {101}), "b@r1<e2 a@r2<e3 ");
  seen = next_ordinal(spec, row.bytes);
  add(spec, row.bytes, {102}, {102}, cel::Value::of_string("a"), {"r1", "e5"});
  EXPECT_EQ(names_since(seen, {102}), "a@r1<e5 ");
}

std::int64_t count_of(Row& row, Time watermark) {
  cel::Arena arena;
  return read(row.spec, row.bytes, watermark, arena).integer;
}

std::string member_names(Row& row, Time watermark) {
  std::string names;
  for_each_member(row.spec, row.bytes, watermark, 0, [&](const Member& member) {
    names += std::string(member.value) + "@" + std::string(member.room) + " ";
  });
  return names;
}

std::unique_ptr<Row> saved_and_loaded(Row& row, Time watermark) {
  std::string saved;
  save(row.spec, row.bytes, watermark, saved);
  auto loaded = std::make_unique<Row>(row.spec);
  std::string_view in = saved;
  EXPECT_TRUE(load(row.spec, loaded->bytes, in));
  return loaded;
}

TEST(State, members_of_a_second_room_that_comes_late_and_outlives_the_first) {
  for (const ValueKind kind : {ValueKind::kString, ValueKind::kInt}) {
    Spec spec = sliding(Op::kDistinct, kind);
    spec.members = true;
    auto row = std::make_unique<Row>(spec);
    const auto add_one = [&](Row& to, std::int64_t time, int number, const char* room) {
      const std::string text = std::to_string(number);
      const cel::Value value = kind == ValueKind::kInt ? cel::Value::of_int(number) : cel::Value::of_string(text);
      add(spec, to.bytes, {time}, {time}, value, {room, "e"});
    };
    add_one(*row, 1, -7, "r1");
    add_one(*row, 2, 8, "r1");
    EXPECT_EQ(count_of(*row, {2}), 2);
    add_one(*row, 50, -7, "r2");
    EXPECT_EQ(count_of(*row, {50}), 2);
    EXPECT_EQ(member_names(*row, {50}), "-7@r1 8@r1 -7@r2 ");
    row = saved_and_loaded(*row, {50});
    EXPECT_EQ(count_of(*row, {101}), 2);  // the first -7 left with its room, the value did not
    EXPECT_EQ(count_of(*row, {102}), 1);
    EXPECT_EQ(member_names(*row, {102}), "-7@r2 ");
    const auto loaded = saved_and_loaded(*row, {102});
    EXPECT_LT(heap_bytes(spec, loaded->bytes), heap_bytes(spec, row->bytes));  // one room again: no second set
    for (Row* const one : {row.get(), loaded.get()}) {
      add_one(*one, 103, 8, "r1");
      add_one(*one, 104, 8, "r2");
      EXPECT_EQ(count_of(*one, {104}), 2);
      EXPECT_EQ(member_names(*one, {104}), "-7@r2 8@r1 8@r2 ");
    }
  }
}

TEST(State, members_with_a_cap_of_one) {
  for (const Window::Kind kind : {Window::kEver, Window::kSliding, Window::kTumbling, Window::kSession}) {
    Spec spec = sliding(Op::kDistinct, ValueKind::kString);
    spec.window.kind = kind;
    spec.members = true;
    spec.cap = 1;
    auto row = std::make_unique<Row>(spec);
    add(spec, row->bytes, {1}, {1}, cel::Value::of_string("a"), {"r1", "e1"});
    add(spec, row->bytes, {2}, {2}, cel::Value::of_string("a"), {"r2", "e2"});
    EXPECT_EQ(count_of(*row, {2}), 1);
    EXPECT_FALSE(approximate(spec, row->bytes));
    EXPECT_EQ(member_names(*row, {2}), "a@r1 ");
    row = saved_and_loaded(*row, {2});
    if (kind == Window::kSliding) {
      EXPECT_EQ(count_of(*row, {101}), 1);
      EXPECT_EQ(member_names(*row, {101}), "");  // its member has left, the value is still there
      row = saved_and_loaded(*row, {101});
      EXPECT_EQ(count_of(*row, {101}), 1);
    }
    add(spec, row->bytes, {3}, {3}, cel::Value::of_string("b"), {"r1", "e3"});
    EXPECT_EQ(count_of(*row, {3}), 2);
    EXPECT_TRUE(approximate(spec, row->bytes));
  }
}

TEST(State, joined_sessions_of_two_rooms_count_a_value_once) {
  Spec spec;
  spec.op = Op::kDistinct;
  spec.value = ValueKind::kString;
  spec.members = true;
  spec.window = {Window::kSession, {10}, {}, 480};
  Row row(spec);
  add(spec, row.bytes, {1}, {1}, cel::Value::of_string("a"), {"r1", "e1"});
  add(spec, row.bytes, {12}, {12}, cel::Value::of_string("a"), {"r2", "e2"});
  EXPECT_EQ(member_names(row, {12}), "a@r2 ");
  add(spec, row.bytes, {6}, {13}, cel::Value::of_string("b"), {"r2", "e3"});
  EXPECT_EQ(count_of(row, {13}), 2);
  EXPECT_EQ(member_names(row, {13}), "a@r2 b@r2 a@r1 ");
}

TEST(State, texts_in_place_and_beside_the_row) {
  for (const Op op : {Op::kLast, Op::kFirst}) {
    for (const Window::Kind kind : {Window::kEver, Window::kSliding}) {
      Spec spec = sliding(op, ValueKind::kString);
      spec.window.kind = kind;
      auto row = std::make_unique<Row>(spec);
      cel::Arena arena;
      std::int64_t time = 1000;
      for (const std::size_t size : {0, 1, 15, 16, 17, 300, 16, 15, 0, 1000}) {
        time += op == Op::kLast ? 1 : -1;  // so that each takes the place of the one before
        const std::string text(size, static_cast<char>('a' + size % 26));
        add(spec, row->bytes, {time}, {1001}, cel::Value::of_string(text), {});
        EXPECT_EQ(read(spec, row->bytes, {1001}, arena).text(), text);
        const auto loaded = saved_and_loaded(*row, {1001});
        EXPECT_EQ(read(spec, loaded->bytes, {1001}, arena).text(), text);
        if (kind == Window::kSliding && op == Op::kFirst) continue;  // keeps all of them
        EXPECT_EQ(heap_bytes(spec, loaded->bytes) > 0, size > 15);
      }
    }
  }
}

TEST(State, sets_of_one_value_hold_nothing_beside_the_row) {
  for (const Op op : {Op::kDistinct, Op::kSeen}) {
    const Spec spec = sliding(op, ValueKind::kInt);
    Row row(spec);
    for (std::int64_t t = 0; t < 1000; t += 40) {
      add(spec, row.bytes, {t}, {t}, cel::Value::of_int(7), {});
      EXPECT_EQ(heap_bytes(spec, row.bytes), 0u);
    }
  }
}

TEST(State, damaged_bytes_are_refused_and_leave_a_new_state) {
  EXPECT_TRUE(rc::check([] {
    const Combination combination = *rc::gen::elementOf(kCombinations);
    Spec spec = sliding(combination.op, *rc::gen::elementOf(combination.values), 1000);
    spec.window.kind = *rc::gen::element(Window::kSliding, Window::kTumbling, Window::kSession);
    if (!check(spec)) return;
    spec.members = spec.op == Op::kDistinct;
    Row row(spec);
    std::string buffer;
    for (int i = 0; i < 20; ++i) {
      const Logged event{{i}, {i}, *rc::gen::inRange<std::int64_t>(0, 9), "r"};
      add(spec, row.bytes, event.time, event.watermark, value_of(spec, event, buffer), {event.room, "e"});
    }
    std::string saved;
    save(spec, row.bytes, {20}, saved);
    const auto cut = *rc::gen::inRange<std::size_t>(0, saved.size());
    if (*rc::gen::arbitrary<bool>())
      saved.resize(cut);
    else
      saved[cut] = static_cast<char>(saved[cut] ^ *rc::gen::inRange(1, 256));
    Row loaded(spec);
    std::string_view in = saved;
    cel::Arena arena;
    if (!load(spec, loaded.bytes, in)) RC_ASSERT(empty(spec, loaded.bytes, {20}));
    for (std::int64_t t = 20; t < 3000; t += 100) {  // what was accepted must be sound
      const Logged event{{t}, {t}, t % 7, "q"};
      add(spec, loaded.bytes, {t}, {t}, value_of(spec, event, buffer), {"q", "e"});
      read(spec, loaded.bytes, {t}, arena);
    }
  }));
}

TEST(State, a_spec_that_makes_no_sense_is_refused) {
  const auto refused = [](auto change) {
    Spec spec = sliding(Op::kSum, ValueKind::kInt);
    change(spec);
    return !check(spec).has_value();
  };
  EXPECT_FALSE(refused([](Spec&) {}));
  EXPECT_TRUE(refused([](Spec& s) { s.value = ValueKind::kString; }));
  EXPECT_TRUE(refused([](Spec& s) { s.window.width = {0}; }));
  EXPECT_TRUE(refused([](Spec& s) { s.window.step = {101}; }));
  EXPECT_TRUE(refused([](Spec& s) { s.window = {Window::kSliding, {kDay}, {1}, 480}; }));
  EXPECT_TRUE(refused([](Spec& s) { s.cap = 0; }));
  EXPECT_TRUE(refused([](Spec& s) { s.q = 1.5; }));
  EXPECT_TRUE(refused([](Spec& s) { s.op = Op::kRate, s.window.kind = Window::kEver; }));
  EXPECT_TRUE(refused([](Spec& s) { s.members = true; }));
}

}  // namespace
}  // namespace lw::feature
