#include "feature/state.h"

#include <array>
#include <cmath>
#include <memory>
#include <new>
#include <type_traits>

#include "feature/cells.h"
#include "feature/codec.h"
#include "feature/moment.h"
#include "feature/quantile.h"
#include "feature/sets.h"
#include "feature/share.h"
#include "feature/sliding.h"
#include "feature/window.h"

namespace lw::feature {
namespace {

constexpr std::uint8_t kVersion = 2;

struct Stateless {};

// Calls f with the type of the state that a spec describes: the one place that knows which aggregate over which window is
// what. Cell is the form of windows that only grow, Sliding that of sliding ones.
template <class Cell, class Sliding, class F>
inline decltype(auto) with_window(const Spec& spec, F&& f) {
  switch (spec.window.kind) {
    case Window::kEver: return f(std::type_identity<Ever<Cell>>{});
    case Window::kSliding: return f(std::type_identity<Sliding>{});
    case Window::kTumbling:
    case Window::kMonth: return f(std::type_identity<Tumbling<Cell>>{});
    case Window::kSession: break;
  }
  return f(std::type_identity<Session<Cell>>{});
}

template <class Kept, class F>
inline decltype(auto) with_edge(const Spec& spec, F&& f) {
  if (wants_first(spec)) return with_window<EdgeCell<Kept>, SlidingFirst<Kept>>(spec, f);
  return with_window<EdgeCell<Kept>, SlidingLast<Kept>>(spec, f);
}

template <class F>
inline decltype(auto) with_state(const Spec& spec, F&& f) {
  const bool real = spec.value == ValueKind::kDouble;
  switch (spec.op) {
    case Op::kCount:
    case Op::kRate: return with_window<CountCell, SlidingCount>(spec, f);
    case Op::kSum:
      if (real) return with_window<SumCell<double>, SlidingSum<double, false>>(spec, f);
      return with_window<SumCell<std::int64_t>, SlidingSum<std::int64_t, false>>(spec, f);
    case Op::kAvg:
      if (real) return with_window<MeanCell<double>, SlidingSum<double, true>>(spec, f);
      return with_window<MeanCell<std::int64_t>, SlidingSum<std::int64_t, true>>(spec, f);
    case Op::kMin:
    case Op::kMax: return with_window<ExtremeCell, SlidingExtreme>(spec, f);
    case Op::kFirst:
    case Op::kLast:
      if (spec.value == ValueKind::kString) return with_edge<Text>(spec, f);
      return with_edge<Scalar>(spec, f);
    case Op::kSince: return with_edge<Nothing>(spec, f);
    case Op::kDistinct:
      if (spec.members) return with_window<MembersCell, Forgetting<MembersCell>>(spec, f);
      return with_window<DistinctCell, Forgetting<DistinctCell>>(spec, f);
    case Op::kSeen: return with_window<SeenCell, Forgetting<SeenCell>>(spec, f);
    case Op::kQuantile: return with_window<QuantileCell, SlidingCounted<QuantileCell>>(spec, f);
    case Op::kShare: return with_window<ShareCell, SlidingCounted<ShareCell>>(spec, f);
    case Op::kGet: break;
  }
  return f(std::type_identity<Stateless>{});
}

// Calls f with the spec's state, if it has any; R{} if it has none.
template <class R, class F>
inline R on_state(const Spec& spec, std::byte* bytes, F&& f) {
  return with_state(spec, [&]<class S>(std::type_identity<S>) -> R {
    if constexpr (std::is_same_v<S, Stateless>)
      return R();
    else
      return f(*std::launder(reinterpret_cast<S*>(bytes)));
  });
}

template <class R, class F>
inline R on_state(const Spec& spec, const std::byte* bytes, F&& f) {
  return on_state<R>(spec, const_cast<std::byte*>(bytes), [&](const auto& state) -> R { return f(state); });
}

// What the window at the watermark gives: a closed one as a new cell would.
template <class S>
cel::Value read_cell(S& state, const Spec& spec, Time watermark, cel::Arena& arena) {
  if (auto* const cell = state.at(spec, watermark)) return cell->read(spec, watermark, arena);
  return std::remove_pointer_t<decltype(state.at(spec, watermark))>{}.read(spec, watermark, arena);
}

constexpr std::int64_t kLongestWindow = 36'500 * kDay;

Status check_window(const Window& window) {
  const auto width = window.width.ns;
  switch (window.kind) {
    case Window::kEver:
    case Window::kMonth: break;
    case Window::kSliding:
    case Window::kTumbling:
    case Window::kSession:
      if (width <= 0 || width > kLongestWindow) return fail("a window must be longer than 0 and at most 36500d");
  }
  if (window.kind == Window::kSliding && window.step.ns != 0) {
    if (window.step.ns < 0 || window.step.ns > width) return fail("step must be longer than 0 and at most the window");
    if (width / window.step.ns > kMaxPanes)
      return fail("a window may have {} steps, this one has {}", kMaxPanes, width / window.step.ns);
  } else if (window.step.ns != 0) {
    return fail("step goes with a sliding window only");
  }
  if (std::abs(window.zone_minutes) >= 24 * 60) return fail("a time zone is less than a day from UTC");
  return {};
}

std::string_view name_of(Op op) {
  static constexpr std::array<std::string_view, 14> kNames = {"count",    "sum",  "avg",      "min",   "max",
                                                              "first",    "last", "distinct", "rate",  "quantile",
                                                              "share",    "seen", "since",    "get"};
  return kNames[static_cast<std::size_t>(op)];
}

Status check_value(const Spec& spec) {
  const ValueKind value = spec.value;
  const bool number = value == ValueKind::kInt || value == ValueKind::kDouble;
  switch (spec.op) {
    case Op::kCount:
    case Op::kRate:
    case Op::kSince:
    case Op::kGet: break;
    case Op::kSum:
    case Op::kAvg:
      if (!number) return fail("{} takes an int or a double", name_of(spec.op));
      break;
    case Op::kQuantile:
      if (value != ValueKind::kDouble) return fail("quantile takes a double (an int is taken as one)");
      break;
    case Op::kMin:
    case Op::kMax:
      if (!number && value != ValueKind::kTimestamp && value != ValueKind::kDuration)
        return fail("{} takes an int, a double, a timestamp or a duration", name_of(spec.op));
      break;
    case Op::kFirst:
    case Op::kLast:
      if (value == ValueKind::kNone) return fail("{} takes a value", name_of(spec.op));
      break;
    case Op::kDistinct:
    case Op::kShare:
    case Op::kSeen:
      if (value != ValueKind::kString && value != ValueKind::kInt && value != ValueKind::kBool)
        return fail("{} takes a string, an int or a bool", name_of(spec.op));
  }
  return {};
}

}  // namespace

Status check(const Spec& spec) {
  if (Status status = check_window(spec.window); !status) return status;
  if (Status status = check_value(spec); !status) return status;
  if (spec.cap < 1 || spec.cap > kMaxCap) return fail("cap must be from 1 to {}", kMaxCap);
  if (spec.top < 1) return fail("top must be at least 1");
  if (!(spec.q >= 0 && spec.q <= 1)) return fail("q must be from 0 to 1");
  if (spec.members && spec.op != Op::kDistinct) return fail("members go with distinct only");
  if (spec.op == Op::kRate && (spec.window.kind == Window::kEver || spec.window.kind == Window::kSession))
    return fail("a rate needs a window with a width: sliding, tumbling or month");
  return {};
}

const cel::Type* result_type(const Spec& spec) {
  switch (spec.op) {
    case Op::kCount:
    case Op::kDistinct: return cel::Type::integer();
    case Op::kAvg:
    case Op::kRate:
    case Op::kQuantile:
    case Op::kShare: return cel::Type::real();
    case Op::kSeen: return cel::Type::boolean();
    case Op::kSince: return cel::Type::duration();
    case Op::kGet: return cel::Type::dyn();
    case Op::kSum:
    case Op::kMin:
    case Op::kMax:
    case Op::kFirst:
    case Op::kLast: break;
  }
  switch (spec.value) {
    case ValueKind::kNone: return cel::Type::null();
    case ValueKind::kInt: return cel::Type::integer();
    case ValueKind::kDouble: return cel::Type::real();
    case ValueKind::kBool: return cel::Type::boolean();
    case ValueKind::kString: return cel::Type::string();
    case ValueKind::kTimestamp: return cel::Type::timestamp();
    case ValueKind::kDuration: return cel::Type::duration();
  }
  return cel::Type::dyn();
}

std::size_t state_bytes(const Spec& spec) {
  return with_state(spec, []<class S>(std::type_identity<S>) -> std::size_t {
    return std::is_same_v<S, Stateless> ? 0 : sizeof(S);
  });
}

std::size_t state_align(const Spec& spec) {
  return with_state(spec, []<class S>(std::type_identity<S>) -> std::size_t { return alignof(S); });
}

void construct(const Spec& spec, std::byte* state) {
  with_state(spec, [&]<class S>(std::type_identity<S>) {
    if constexpr (!std::is_same_v<S, Stateless>) new (state) S();
  });
}

bool owns_memory(const Spec& spec) {
  return with_state(spec, []<class S>(std::type_identity<S>) { return !std::is_trivially_destructible_v<S>; });
}

void destroy(const Spec& spec, std::byte* state) {
  on_state<void>(spec, state, [](auto& s) { std::destroy_at(&s); });
}

void add(const Spec& spec, std::byte* state, Time event_time, Time watermark, const cel::Value& value,
         const Origin& origin) {
  Datum datum;
  if (!take(spec.value, value, datum)) return;
  on_state<void>(spec, state, [&](auto& s) { s.add(spec, event_time.ns, watermark, datum, origin); });
}

cel::Value read(const Spec& spec, std::byte* state, Time watermark, cel::Arena& arena) {
  const auto value =
      on_state<cel::Value>(spec, state, [&](auto& s) { return read_cell(s, spec, watermark, arena); });
  if (spec.op != Op::kRate) return value;
  return cel::Value::of_double(static_cast<double>(value.integer) / window_seconds(spec, watermark));
}

cel::Value probe(const Spec& spec, std::byte* state, Time watermark, const cel::Value& value) {
  Datum datum;
  if (spec.op != Op::kSeen || !take(spec.value, value, datum)) return {};
  return with_window<SeenCell, Forgetting<SeenCell>>(spec, [&]<class S>(std::type_identity<S>) {
    const SeenCell* const cell = std::launder(reinterpret_cast<S*>(state))->at(spec, watermark);
    return cel::Value::of(cell && cell->contains(spec, datum));
  });
}

bool approximate(const Spec& spec, const std::byte* state) {
  return on_state<bool>(spec, state, [](const auto& s) { return s.any().approximate(); });
}

Time idle_from(const Spec& spec, const std::byte* state) {
  if (spec.op == Op::kGet) return {kNever};
  return {on_state<std::int64_t>(spec, state, [&](const auto& s) { return s.idle_from(spec); })};
}

void for_each_member(const Spec& spec, std::byte* state, Time watermark, std::uint64_t since,
                     absl::FunctionRef<void(const Member&)> visit) {
  if (spec.op != Op::kDistinct || !spec.members) return;
  with_window<MembersCell, Forgetting<MembersCell>>(spec, [&]<class S>(std::type_identity<S>) {
    if (const MembersCell* const cell = std::launder(reinterpret_cast<S*>(state))->at(spec, watermark))
      cell->each(since, visit);
  });
}

std::uint64_t next_ordinal(const Spec& spec, const std::byte* state) {
  if (spec.op != Op::kDistinct || !spec.members) return 0;
  return with_window<MembersCell, Forgetting<MembersCell>>(spec, [&]<class S>(std::type_identity<S>) {
    return std::launder(reinterpret_cast<const S*>(state))->any().next_ordinal();
  });
}

void save(const Spec& spec, std::byte* state, Time watermark, std::string& out) {
  out.push_back(static_cast<char>(kVersion));
  out.push_back(static_cast<char>(spec.op));
  out.push_back(static_cast<char>(spec.window.kind));
  on_state<void>(spec, state, [&](auto& s) { s.save(spec, watermark, out); });
}

Status load(const Spec& spec, std::byte* state, std::string_view& in) {
  if (in.size() < 3 || in[0] != static_cast<char>(kVersion))
    return fail("the saved state of a {} is of another version", name_of(spec.op));
  if (in[1] != static_cast<char>(spec.op) || in[2] != static_cast<char>(spec.window.kind))
    return fail("the saved state is not that of a {} over this window", name_of(spec.op));
  Reader reader(in.substr(3));
  on_state<void>(spec, state, [&](auto& s) { s.load(spec, reader); });
  if (!reader.ok()) {
    destroy(spec, state);
    construct(spec, state);
    return fail("the saved state of a {} is damaged", name_of(spec.op));
  }
  in = reader.rest();
  return {};
}

std::size_t heap_bytes(const Spec& spec, const std::byte* state) {
  return on_state<std::size_t>(spec, state, [](const auto& s) { return s.heap_bytes(); });
}

}  // namespace lw::feature
