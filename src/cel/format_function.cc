// "…".format([…]): %s, %d, %f, %e, %b, %o, %x, %X and %%; a precision as in %.3f.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "cel/functions.h"
#include "cel/network.h"
#include "cel/timestamp.h"
#include "cel/utf8.h"

namespace lw::cel {
namespace {

constexpr int kMostPrecision = 1'000;
constexpr int kDefaultPrecision = 6;

// Appends to `out`; false once something failed, `error` says what.
class Formatter {
 public:
  explicit Formatter(Context& context) : context_(context) {}

  Value run(std::string_view text, std::span<const Value> args) {
    std::size_t next = 0;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t percent = std::min(text.find('%', at), text.size());
      if (!put(text.substr(at, percent - at))) return error_;
      if (percent == text.size()) break;
      at = percent + 1;
      if (text.substr(at, 1) == "%") {
        if (!put("%")) return error_;
        ++at;
        continue;
      }
      const int precision = read_precision(text, at);
      if (!failed() && at >= text.size()) fail("a '%' at the end means nothing; write '%%'");
      if (!failed() && next >= args.size()) fail(fmt::format("there is no argument number {}", next + 1));
      if (failed() || !clause(text[at], precision, args[next++])) return error_;
      ++at;
    }
    return context_.string(out_);
  }

 private:
  bool failed() const { return error_.is(Kind::kError); }
  bool fail(std::string_view message) {
    if (!failed()) error_ = context_.error(Error::kArgument, message);
    return false;
  }
  bool put(std::string_view text) {
    out_ += text;
    if (context_.charge(text.size() / 16 + 1) && context_.arena.fits(out_.size())) return true;
    if (!failed()) error_ = context_.exhausted();
    return false;
  }

  int read_precision(std::string_view text, std::size_t& at) {
    if (at >= text.size() || text[at] != '.') return kDefaultPrecision;
    int precision = 0;
    const auto read = std::from_chars(text.data() + at + 1, text.data() + text.size(), precision);
    if (read.ec != std::errc() || precision < 0 || precision > kMostPrecision)
      fail(fmt::format("after '%.' a precision of 0 to {} should follow", kMostPrecision));
    at = static_cast<std::size_t>(read.ptr - text.data());
    return precision;
  }

  bool clause(char letter, int precision, const Value& value) {
    switch (letter) {
      case 's': return text(value);
      case 'd': return decimal(value);
      case 'f': return real(value, precision, false);
      case 'e': return real(value, precision, true);
      case 'b': return value.is(Kind::kBool) ? put(value.boolean ? "1" : "0") : digits(value, "%b", "{:b}");
      case 'o': return digits(value, "%o", "{:o}");
      case 'x': return hexadecimal(value, "%x", "{:x}", "{:02x}");
      case 'X': return hexadecimal(value, "%X", "{:X}", "{:02X}");
      default: return fail(fmt::format("'%{}' is no clause of format()", std::string(1, letter)));
    }
  }
  bool refuse(std::string_view letter, const Value& value) {
    return fail(fmt::format("{} cannot show a {}", letter, Type::of(value)->name()));
  }

  bool digits(const Value& value, std::string_view letter, const char* how) {
    if (value.is(Kind::kUint)) return put(fmt::format(fmt::runtime(how), value.natural));
    if (value.is(Kind::kInt)) return put(fmt::format(fmt::runtime(how), value.integer));
    return refuse(letter, value);
  }
  bool hexadecimal(const Value& value, std::string_view letter, const char* how, const char* how_byte) {
    if (!value.is(Kind::kString) && !value.is(Kind::kBytes)) return digits(value, letter, how);
    for (const char byte : value.text())
      if (!put(fmt::format(fmt::runtime(how_byte), static_cast<unsigned char>(byte)))) return false;
    return true;
  }

  bool not_finite(double real) { return put(std::isnan(real) ? "NaN" : real > 0 ? "Infinity" : "-Infinity"); }
  bool plain(double real) {
    if (!std::isfinite(real)) return not_finite(real);
    char buffer[400];  // the longest double has 309 digits before its point, or 324 zeros and 17 digits behind it
    const auto written = std::to_chars(buffer, buffer + sizeof buffer, real, std::chars_format::fixed);
    return put({buffer, written.ptr});
  }
  bool decimal(const Value& value) { return value.is(Kind::kDouble) ? plain(value.real) : digits(value, "%d", "{}"); }
  bool real(const Value& value, int precision, bool scientific) {
    double number = value.real;
    if (value.is(Kind::kInt)) number = static_cast<double>(value.integer);
    else if (value.is(Kind::kUint)) number = static_cast<double>(value.natural);
    else if (!value.is(Kind::kDouble)) return refuse(scientific ? "%e" : "%f", value);
    if (!std::isfinite(number)) return not_finite(number);
    return put(scientific ? fmt::format("{:.{}e}", number, precision) : fmt::format("{:.{}f}", number, precision));
  }

  // Bytes are shown as the text they are; what is no UTF-8 becomes U+FFFD.
  bool bytes(std::string_view raw) {
    if (find_invalid(raw) == std::string_view::npos) return put(raw);
    std::string clean;
    for (std::size_t at = 0; at < raw.size();) {
      const CodePoint point = decode(raw, at);
      append_utf8(clean, point.value);
      at += point.length;
    }
    return put(clean);
  }

  bool text(const Value& value) {
    switch (value.kind) {
      case Kind::kNull: return put("null");
      case Kind::kBool: return put(value.boolean ? "true" : "false");
      case Kind::kInt:
      case Kind::kUint: return digits(value, "%s", "{}");
      case Kind::kDouble: return plain(value.real);
      case Kind::kString: return put(value.text());
      case Kind::kBytes: return bytes(value.text());
      case Kind::kTimestamp: return put(format_instant(Instant::of(value)));
      case Kind::kDuration: return put(format_seconds(value.integer));
      case Kind::kType: return put(value.type->name());
      case Kind::kList: return list(*value.list);
      case Kind::kMap: return map(*value.map);
      case Kind::kOpaque: return put(format_network(*value.opaque));
      case Kind::kOptional:
      case Kind::kAbsent:
      case Kind::kError: break;
    }
    return refuse("%s", value);
  }
  bool list(const List& list) {
    if (!put("[")) return false;
    for (const Value& item : list.span())
      if ((&item != list.items && !put(", ")) || !text(item)) return false;
    return put("]");
  }
  // By the keys' text, so that the order of insertion does not show.
  bool map(const Map& map) {
    std::vector<std::pair<std::string, const Value*>> entries;
    for (const auto& [key, value] : map.span()) {
      const std::size_t before = out_.size();
      if (!text(key)) return false;
      entries.emplace_back(out_.substr(before), &value);
      out_.resize(before);
    }
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    if (!put("{")) return false;
    for (const auto& [key, value] : entries)
      if ((&key != &entries.front().first && !put(", ")) || !put(key) || !put(": ") || !text(*value)) return false;
    return put("}");
  }

  Context& context_;
  std::string out_;
  Value error_;
};

Value format(Context& c, const Value* a) {
  if (!c.charge(a[0].size / 4)) return c.exhausted();
  return Formatter(c).run(a[0].text(), a[1].list->span());
}

}  // namespace

void add_format_function(FunctionTable& t) {
  t.add(Style::kMember, "format(string, list(dyn)): string", Cost::kProduct, format);
}

}  // namespace lw::cel
