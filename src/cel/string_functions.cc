// The standard tests on strings and the strings extension, but for format(). Positions count code points.
#include <algorithm>
#include <limits>

#include "cel/functions.h"
#include "cel/utf8.h"

namespace lw::cel {
namespace {

constexpr std::int64_t kAll = -1;  // of replace() and split(): no limit

Value contains(Context& c, const Value* a) {
  if (!c.charge(a[0].size / 8 + a[1].size / 8)) return c.exhausted();
  return Value::of(a[0].text().find(a[1].text()) != std::string_view::npos);
}
Value starts_with(Context&, const Value* a) { return Value::of(a[0].text().starts_with(a[1].text())); }
Value ends_with(Context&, const Value* a) { return Value::of(a[0].text().ends_with(a[1].text())); }

Value outside(Context& c, std::int64_t position) {
  return c.error(Error::kIndex, fmt::format("position {} is outside the string", position));
}

// The byte where a code point begins; npos outside of 0..size.
std::size_t place(const Value& text, std::int64_t position) {
  if (position < 0 || position > text.size) return std::string_view::npos;
  return byte_offset(text.text(), static_cast<std::size_t>(position));
}

Value char_at(Context& c, const Value* a) {
  if (!c.charge(a[0].size / 4)) return c.exhausted();
  const std::size_t at = place(a[0], a[1].integer);
  if (at == std::string_view::npos) return outside(c, a[1].integer);
  if (at == a[0].size) return Value::of_string({});
  return Value::of_string(a[0].text().substr(at, decode(a[0].text(), at).length));
}

Value position_of(const Value& text, std::size_t byte) {
  if (byte == std::string_view::npos) return Value::of_int(-1);
  return Value::of_int(static_cast<std::int64_t>(count_code_points(text.text().substr(0, byte))));
}
// A search looks at most at each byte once for each of the needle's.
bool charge_search(Context& c, const Value* a) { return c.charge(a[0].size / 4 + std::size_t{a[0].size} * a[1].size / 256); }

Value index_from(Context& c, const Value* a, std::int64_t from) {
  if (!charge_search(c, a)) return c.exhausted();
  const std::size_t at = place(a[0], from);
  return at == std::string_view::npos ? outside(c, from) : position_of(a[0], a[0].text().find(a[1].text(), at));
}
Value index_of(Context& c, const Value* a) { return index_from(c, a, 0); }
Value index_of_from(Context& c, const Value* a) { return index_from(c, a, a[2].integer); }

Value last_index_of(Context& c, const Value* a) {
  if (!charge_search(c, a)) return c.exhausted();
  return position_of(a[0], a[0].text().rfind(a[1].text()));
}
Value last_index_of_from(Context& c, const Value* a) {
  if (!charge_search(c, a)) return c.exhausted();
  const std::size_t at = place(a[0], a[2].integer);
  return at == std::string_view::npos ? outside(c, a[2].integer) : position_of(a[0], a[0].text().rfind(a[1].text(), at));
}

Value substring(Context& c, const Value* a, std::int64_t from, std::int64_t to) {
  if (!c.charge(a[0].size / 4)) return c.exhausted();
  const std::size_t begin = place(a[0], from), end = place(a[0], to);
  if (begin == std::string_view::npos) return outside(c, from);
  if (end == std::string_view::npos) return outside(c, to);
  if (begin > end) return c.error(Error::kIndex, fmt::format("position {} lies behind position {}", from, to));
  return Value::of_string(a[0].text().substr(begin, end - begin));
}
Value substring_from(Context& c, const Value* a) {
  if (!c.charge(a[0].size / 4)) return c.exhausted();
  const std::size_t begin = place(a[0], a[1].integer);
  if (begin == std::string_view::npos) return outside(c, a[1].integer);
  return Value::of_string(a[0].text().substr(begin));
}
Value substring_of(Context& c, const Value* a) { return substring(c, a, a[1].integer, a[2].integer); }

// Calls `part` with what lies before each of at most `most` matches, then `rest` with what is left. An empty separator
// matches before each code point and, with `at_end`, at the end.
template <class Part, class Rest>
void cut(std::string_view text, std::string_view separator, std::int64_t most, bool at_end, Part part, Rest rest) {
  std::size_t from = 0, search = 0;
  for (std::int64_t n = 0; most < 0 || n < most; ++n) {
    const std::size_t at = separator.empty() ? (search < text.size() || (at_end && search == text.size()) ? search : std::string_view::npos)
                                             : text.find(separator, search);
    if (at == std::string_view::npos) break;
    part(text.substr(from, at - from));
    from = at + separator.size();
    search = separator.empty() ? (at < text.size() ? at + decode(text, at).length : at + 1) : from;
  }
  rest(text.substr(std::min(from, text.size())));
}

Value replace(Context& c, const Value* a, std::int64_t most) {
  if (!charge_search(c, a)) return c.exhausted();
  const std::string_view text = a[0].text(), with = a[2].text();
  std::size_t size = 0, matches = 0;
  cut(text, a[1].text(), most, true, [&](std::string_view part) { size += part.size() + with.size(), ++matches; },
      [&](std::string_view rest) { size += rest.size(); });
  if (matches == 0) return a[0];
  if (size > std::numeric_limits<std::uint32_t>::max() || !c.room(size)) return c.exhausted();
  char* const out = c.arena.array<char>(size);
  char* next = out;
  const auto put = [&](std::string_view piece) { next = std::copy(piece.begin(), piece.end(), next); };
  cut(text, a[1].text(), most, true, [&](std::string_view part) { put(part), put(with); }, put);
  return Value::of_string({out, size});
}
Value replace_all(Context& c, const Value* a) { return replace(c, a, kAll); }
Value replace_some(Context& c, const Value* a) { return replace(c, a, a[3].integer); }

Value split_into(Context& c, const Value* a, std::int64_t parts) {
  if (!charge_search(c, a)) return c.exhausted();
  const std::string_view text = a[0].text(), separator = a[1].text();
  // The largest list that can come of it: a part for each byte.
  const std::size_t bound = separator.empty() ? text.size() : text.size() / separator.size() + 1;
  if (!c.room(std::min(bound, parts < 0 ? bound : static_cast<std::size_t>(parts)) * 2 * sizeof(Value))) return c.exhausted();
  ListBuilder list(c.arena);
  const auto put = [&](std::string_view piece) { list.add(Value::of_string(piece)); };
  if (parts == 0) return list.finish();
  if (!separator.empty()) {
    cut(text, separator, parts < 0 ? kAll : parts - 1, false, put, put);
    return list.finish();
  }
  for (std::size_t at = 0; at < text.size();) {
    const bool whole_rest = parts > 0 && list.size() + 1 == static_cast<std::uint64_t>(parts);
    const std::size_t length = whole_rest ? text.size() - at : decode(text, at).length;
    put(text.substr(at, length));
    at += length;
  }
  return list.finish();
}
Value split(Context& c, const Value* a) { return split_into(c, a, kAll); }
Value split_some(Context& c, const Value* a) { return split_into(c, a, a[2].integer); }

Value join_with(Context& c, const Value& values, std::string_view separator) {
  std::size_t size = 0;
  for (const Value& item : values.list->span()) {
    if (!item.is(Kind::kString)) return c.error(Error::kNoOverload, "join() is of a list of strings");
    size += item.size + (&item == values.list->items ? 0 : separator.size());
  }
  if (size > std::numeric_limits<std::uint32_t>::max() || !c.charge(values.list->size) || !c.room(size)) return c.exhausted();
  char* const out = c.arena.array<char>(size);
  char* next = out;
  for (const Value& item : values.list->span()) {
    if (&item != values.list->items) next = std::copy(separator.begin(), separator.end(), next);
    next = std::copy_n(item.chars, item.size, next);
  }
  return Value::of_string({out, size});
}
Value join(Context& c, const Value* a) { return join_with(c, a[0], {}); }
Value join_separated(Context& c, const Value* a) { return join_with(c, a[0], a[1].text()); }

// White space of Unicode.
bool is_blank(char32_t p) {
  return (p >= 0x09 && p <= 0x0d) || p == 0x20 || p == 0x85 || p == 0xa0 || p == 0x1680 || (p >= 0x2000 && p <= 0x200a) ||
         p == 0x2028 || p == 0x2029 || p == 0x202f || p == 0x205f || p == 0x3000;
}
Value trim(Context& c, const Value* a) {
  if (!c.charge(a[0].size / 4)) return c.exhausted();
  const std::string_view text = a[0].text();
  std::size_t begin = text.size(), end = 0;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = decode(text, at);
    if (!is_blank(point.value)) {
      begin = std::min(begin, at);
      end = at + point.length;
    }
    at += point.length;
  }
  return Value::of_string(end == 0 ? std::string_view() : text.substr(begin, end - begin));
}

template <char kFirst, char kLast>
Value change_case(Context& c, const Value* a) {
  if (!c.room(a[0].size)) return c.exhausted();
  char* out = c.arena.array<char>(a[0].size);
  std::transform(a[0].chars, a[0].chars + a[0].size, out,
                 [](char x) { return x >= kFirst && x <= kLast ? static_cast<char>(x ^ 0x20) : x; });
  return Value::of_string({out, a[0].size});
}

Value reverse(Context& c, const Value* a) {
  if (!c.charge(a[0].size / 4) || !c.room(a[0].size)) return c.exhausted();
  const std::string_view text = a[0].text();
  char* const out = c.arena.array<char>(text.size());
  char* end = out + text.size();
  for (std::size_t at = 0; at < text.size();) {
    const unsigned length = decode(text, at).length;
    end -= length;
    std::copy_n(text.data() + at, length, end);
    at += length;
  }
  return Value::of_string({out, text.size()});
}

Value quote(Context& c, const Value* a) {
  static constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\\"";
  static constexpr std::string_view kLetters = "abfnrtv\\\"";
  if (!c.charge(a[0].size / 4) || !c.room(std::size_t{a[0].size} * 3)) return c.exhausted();
  const std::string_view text = a[0].text();
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = decode(text, at);
    const std::size_t escaped = point.length == 1 && point.valid ? kValues.find(text[at]) : std::string_view::npos;
    if (escaped != std::string_view::npos) {
      out += '\\';
      out += kLetters[escaped];
    } else {
      append_utf8(out, point.value);
    }
    at += point.length;
  }
  return c.string(out + '"');
}

}  // namespace

void add_string_functions(FunctionTable& t) {
  const auto member = [&](const char* signature, Function function, Cost cost = Cost::kLinear) {
    t.add(Style::kMember, signature, cost, function);
  };
  member("contains(string, string): bool", contains);
  member("startsWith(string, string): bool", starts_with);
  member("endsWith(string, string): bool", ends_with);
  member("charAt(string, int): string", char_at);
  member("indexOf(string, string): int", index_of);
  member("indexOf(string, string, int): int", index_of_from);
  member("lastIndexOf(string, string): int", last_index_of);
  member("lastIndexOf(string, string, int): int", last_index_of_from);
  member("substring(string, int): string", substring_from);
  member("substring(string, int, int): string", substring_of);
  member("replace(string, string, string): string", replace_all, Cost::kProduct);
  member("replace(string, string, string, int): string", replace_some, Cost::kProduct);
  member("split(string, string): list(string)", split);
  member("split(string, string, int): list(string)", split_some);
  member("join(list(string)): string", join, Cost::kProduct);
  member("join(list(string), string): string", join_separated, Cost::kProduct);
  member("trim(string): string", trim);
  member("lowerAscii(string): string", change_case<'A', 'Z'>);
  member("upperAscii(string): string", change_case<'a', 'z'>);
  member("reverse(string): string", reverse);
  t.add(Style::kFunction, "strings.quote(string): string", Cost::kLinear, quote);
}

}  // namespace lw::cel
