#include "mapping/local_time.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <array>

namespace lw::mapping {
namespace {

std::optional<std::int64_t> offset_of(std::string_view name) {
  if (name == "Z" || name == "UTC") return 0;
  const auto reference = parse_rfc3339("2000-01-01T00:00:00Z"), shifted = parse_rfc3339(fmt::format("2000-01-01T00:00:00{}", name));
  if (!shifted) return {};
  return (*reference - *shifted).ns;
}

// Takes what a date or time consists of from the front of a text.
class Taker {
 public:
  explicit Taker(std::string_view text) : rest_(text) {}

  // A number of `min` to `max` digits.
  bool number(std::size_t min, std::size_t max, int& out) {
    out = 0;
    std::size_t size = 0;
    for (; size < max && size < rest_.size() && rest_[size] >= '0' && rest_[size] <= '9'; ++size) out = out * 10 + (rest_[size] - '0');
    rest_.remove_prefix(size);
    return size >= min;
  }
  bool literal(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  void blanks() {
    while (literal(" ")) continue;
  }
  // ".5" and the like, with its point.
  std::string_view fraction() {
    if (!rest_.starts_with('.')) return {};
    std::size_t size = 1;
    while (size < rest_.size() && rest_[size] >= '0' && rest_[size] <= '9') ++size;
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

struct Parts {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  std::string_view fraction, offset;
};

bool all_digits(std::string_view text) { return text.find_first_not_of("0123456789") == std::string_view::npos; }

// "20250831115737" or "20250831".
bool take_packed(std::string_view text, Parts& out) {
  Taker taker(text);
  bool good = taker.number(4, 4, out.year) && taker.number(2, 2, out.month) && taker.number(2, 2, out.day);
  if (good && text.size() == 14) good = taker.number(2, 2, out.hour) && taker.number(2, 2, out.minute) && taker.number(2, 2, out.second);
  return good && taker.rest().empty();
}

bool take_date(Taker& taker, Parts& out) {
  if (!taker.number(4, 4, out.year)) return false;
  for (const auto& [first, second, last] : {std::array<std::string_view, 3>{"-", "-", ""}, {"/", "/", ""}, {".", ".", ""}, {"年", "月", "日"}}) {
    if (!taker.literal(first)) continue;
    return taker.number(1, 2, out.month) && taker.literal(second) && taker.number(1, 2, out.day) && taker.literal(last);
  }
  return false;
}

bool take_clock(Taker& taker, Parts& out) {
  if (!taker.number(1, 2, out.hour) || !taker.literal(":") || !taker.number(2, 2, out.minute)) return false;
  if (taker.literal(":")) {
    if (!taker.number(2, 2, out.second)) return false;
    out.fraction = taker.fraction();
  }
  taker.blanks();
  out.offset = taker.rest();
  return true;
}

}  // namespace

std::optional<Zone> Zone::parse(const std::string& name) {
  Zone zone;
  if (const auto offset = offset_of(name)) {
    zone.offset_ns_ = *offset;
    return zone;
  }
  try {
    zone.named_ = date::locate_zone(name);
  } catch (const std::exception&) {
    return {};
  }
  return zone;
}

Time Zone::to_time(std::int64_t local_ns) const {
  if (!named_) return Time{local_ns - offset_ns_};
  const date::local_time<std::chrono::nanoseconds> local{std::chrono::nanoseconds(local_ns)};
  try {
    return Time{named_->to_sys(local, date::choose::earliest).time_since_epoch().count()};
  } catch (const std::exception&) {  // no database for that year
    return Time{local_ns};
  }
}

std::optional<Time> parse_local(std::string_view text, const Zone& zone, bool clamped) {
  Parts parts;
  if ((text.size() == 8 || text.size() == 14) && all_digits(text)) {
    if (!take_packed(text, parts)) return {};
  } else {
    Taker taker(text);
    if (!take_date(taker, parts)) return {};
    if (!taker.rest().empty()) {
      if (!taker.literal("T")) taker.blanks();
      if (!take_clock(taker, parts)) return {};
    }
  }
  const std::string plain = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", parts.year, parts.month, parts.day, parts.hour,
                                        parts.minute, parts.second, parts.fraction);
  const auto local = clamped ? parse_rfc3339_clamped(plain) : parse_rfc3339(plain);
  if (!local) return {};
  if (parts.offset.empty()) return zone.to_time(local->ns);
  const auto offset = offset_of(parts.offset);
  if (!offset) return {};
  return Time{local->ns - *offset};
}

}  // namespace lw::mapping
