#include "mapping/convert.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "base/hash.h"
#include "cel/cel.h"
#include "cel/collection.h"
#include "event/event_writer.h"
#include "event/money.h"

namespace lw::mapping {
namespace {

using cel::Kind;
using Outcome = Converted::Outcome;

constexpr std::size_t kMaxDepth = 16;
constexpr std::int64_t kFarthestNs = 8'500'000'000 * kSecond;  // from 1970, either way

Converted good() { return {Outcome::kGood, {}}; }
Converted bad(std::string reason) { return {Outcome::kBad, std::move(reason)}; }
Converted bad(std::string_view wanted, const cel::Value& found) {
  return bad(fmt::format("expected {}, found {}", wanted, cel::to_text(found).substr(0, 80)));
}

// Errors, nulls and optionals: what is left is a plain value, if the outcome is good.
Converted settle(cel::Value& value) {
  for (;;) {
    if (value.is(Kind::kAbsent) || value.is(Kind::kNull)) return {Outcome::kNothing, {}};
    if (value.is(Kind::kError)) {
      if (value.error->code == cel::Error::kAbsent) return {Outcome::kNothing, {}};
      return bad(std::string(value.error->message));
    }
    if (!value.is(Kind::kOptional)) return good();
    if (!value.pointer) return {Outcome::kNothing, {}};
    value = *value.pointer;
  }
}

// A number's decimal text: of doubles the shortest that is read as the same.
std::optional<std::string> decimal(const cel::Value& value) {
  switch (value.kind) {
    case Kind::kInt: return fmt::format("{}", value.integer);
    case Kind::kUint: return fmt::format("{}", value.natural);
    case Kind::kDouble: return fmt::format("{}", value.real);
    case Kind::kString: return bare_amount(value.text());
    default: return {};
  }
}

Converted to_integer(const cel::Value& value, unsigned digits, std::string_view wanted, std::int64_t& out) {
  const auto text = decimal(value);
  const auto read = text ? event::to_minor_units(*text, digits) : std::nullopt;
  if (!read) return bad(wanted, value);
  out = *read;
  return good();
}

Converted append_plain(const cel::Value& value, std::size_t depth, std::string& out) {
  if (depth > kMaxDepth) return bad("nested too deeply");
  switch (value.kind) {
    case Kind::kNull: out += "null"; return good();
    case Kind::kBool: out += value.boolean ? "true" : "false"; return good();
    case Kind::kInt: fmt::format_to(std::back_inserter(out), "{}", value.integer); return good();
    case Kind::kUint: fmt::format_to(std::back_inserter(out), "{}", value.natural); return good();
    case Kind::kDouble:
      if (!std::isfinite(value.real)) return bad("a number that is not finite");
      fmt::format_to(std::back_inserter(out), "{}", value.real);
      return good();
    case Kind::kString: event::append_json_text(out, value.text()); return good();
    case Kind::kTimestamp:
      if (value.integer <= -kFarthestNs / kSecond || value.integer >= kFarthestNs / kSecond) return bad("a time within 1700 and 2240", value);
      event::append_json_text(out, format_rfc3339(Time{value.integer * kSecond + value.size}));
      return good();
    case Kind::kList: {
      out += '[';
      for (std::uint32_t i = 0; i < value.list->size; ++i) {
        if (i > 0) out += ',';
        if (auto done = append_plain(value.list->items[i], depth + 1, out); done.outcome != Outcome::kGood) return done;
      }
      out += ']';
      return good();
    }
    case Kind::kMap: {
      out += '{';
      bool first = true;
      for (const auto& entry : value.map->span()) {
        if (!entry.key.is(Kind::kString)) return bad("a map whose keys are not strings");
        if (!first) out += ',';
        first = false;
        event::append_json_text(out, entry.key.text());
        out += ':';
        if (auto done = append_plain(entry.value, depth + 1, out); done.outcome != Outcome::kGood) return done;
      }
      out += '}';
      return good();
    }
    default: return bad("a value that JSON has", value);
  }
}

// "a name of 32 hexadecimal digits": of keys that are not to be shown, such as addresses and payers.
std::string hashed(std::string_view text) {
  const Key128 key = hash128(text);
  return fmt::format("{:016x}{:016x}", key.high, key.low);
}

}  // namespace

std::string bare_amount(std::string_view text) {
  static constexpr std::array<std::string_view, 7> kDropped{" ", "\xc2\xa0", "¥", "￥", "元", "CNY", "RMB"};
  static constexpr std::array<std::string_view, 2> kSeparators{",", "，"};
  const auto drop = [&text](const auto& words) {
    for (const std::string_view one : words)
      if (text.starts_with(one)) return one.size();
    return std::size_t{0};
  };
  // A comma is one of thousands only before three digits: "12,30" is somebody's 12.30, and is left as it is.
  const auto thousands = [](std::string_view rest) {
    const std::size_t size = std::min(rest.find_first_not_of("0123456789"), rest.size());
    return size == 3;
  };
  std::string out;
  while (!text.empty()) {
    std::size_t dropped = drop(kDropped);
    if (const std::size_t comma = drop(kSeparators); comma > 0 && thousands(text.substr(comma))) dropped = comma;
    if (dropped == 0) out += text.front();
    text.remove_prefix(dropped == 0 ? 1 : dropped);
  }
  return out;
}

Converted to_time(const Value& form, const cel::Value& value, Time& out, bool clamped) {
  cel::Value plain = value;
  if (auto left = settle(plain); left.outcome != Outcome::kGood) return left;
  switch (form.as) {
    case As::kTime: {
      const auto read = plain.is(Kind::kString) ? parse_local(plain.text(), *form.zone, clamped) : std::nullopt;
      if (!read) return bad("a date and time such as 2025-08-31 11:57:37", plain);
      out = *read;
      return good();
    }
    case As::kUnixS:
    case As::kUnixMs: {
      const bool seconds = form.as == As::kUnixS;
      auto done = to_integer(plain, seconds ? 9 : 6, seconds ? "seconds since 1970" : "milliseconds since 1970", out.ns);
      const bool near = out.ns > -kFarthestNs && out.ns < kFarthestNs;
      return done.outcome == Outcome::kGood && !near ? bad("a time within 1700 and 2240", plain) : done;
    }
    default: break;
  }
  if (plain.is(Kind::kTimestamp) && plain.integer > -kFarthestNs / kSecond && plain.integer < kFarthestNs / kSecond) {
    out = Time{plain.integer * kSecond + plain.size};
    return good();
  }
  const auto read = plain.is(Kind::kString) ? parse_rfc3339(plain.text()) : std::nullopt;
  if (!read) return bad("an RFC 3339 time with an offset; `as: time` reads other forms", plain);
  out = *read;
  return good();
}

Converted to_text(const Value& form, const cel::Value& value, std::string& out) {
  cel::Value plain = value;
  if (auto left = settle(plain); left.outcome != Outcome::kGood) return left;
  if (plain.is(Kind::kInt)) out = fmt::format("{}", plain.integer);
  else if (plain.is(Kind::kUint)) out = fmt::format("{}", plain.natural);
  else if (plain.is(Kind::kString)) out = plain.text();
  else return bad("a string", plain);
  if (form.as == As::kHash && !out.empty()) out = hashed(out);
  return good();
}

Converted append_json(const Value& form, const cel::Value& value, std::string& out) {
  cel::Value plain = value;
  if (auto left = settle(plain); left.outcome != Outcome::kGood) return left;
  switch (form.as) {
    case As::kMoney: {
      std::int64_t amount = 0;
      auto done = to_integer(plain, static_cast<unsigned>(form.digits), "an amount such as 12.30", amount);
      if (done.outcome == Outcome::kGood) fmt::format_to(std::back_inserter(out), "{}", amount);
      return done;
    }
    case As::kTime:
    case As::kUnixS:
    case As::kUnixMs: {
      Time time;
      auto done = to_time(form, plain, time, true);
      if (done.outcome == Outcome::kGood) event::append_json_text(out, format_rfc3339(time));
      return done;
    }
    case As::kHash: {
      std::string text;
      auto done = to_text(form, plain, text);
      if (done.outcome == Outcome::kGood) event::append_json_text(out, text);
      return done;
    }
    case As::kItself: break;
  }
  return append_plain(plain, 0, out);
}

}  // namespace lw::mapping
