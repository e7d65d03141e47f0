#include "server/target.h"

#include <algorithm>

#include "cel/utf8.h"

namespace lw::server {
namespace {

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool is_text(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const cel::CodePoint point = cel::decode(text, at);
    if (!point.valid || point.value < 0x20 || point.value == 0x7f) return false;
    at += point.length;
  }
  return true;
}

Result<std::string> decoded(std::string_view text, bool plus_is_space) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[at] == '%') {
      const int high = at + 2 < text.size() ? hex(text[at + 1]) : -1, low = at + 2 < text.size() ? hex(text[at + 2]) : -1;
      if (high < 0 || low < 0) return fail("the path has a '%' without two hexadecimal digits behind it");
      out += static_cast<char>(high * 16 + low);
      at += 2;
    } else {
      out += text[at];
    }
  }
  if (!is_text(out)) return fail("the path holds a control character or what is no UTF-8");
  return out;
}

}  // namespace

Result<SplitTarget> split_target(std::string_view target) {
  if (target.size() > kLongestTarget) return fail("the path is longer than {} bytes", kLongestTarget);
  if (!target.starts_with('/')) return fail("a path begins with '/'");
  const auto forbidden = [](char c) { return c <= 0x20 || c >= 0x7f || std::string_view("\"<>\\^`{|}#").find(c) != std::string_view::npos; };
  if (std::any_of(target.begin(), target.end(), forbidden)) return fail("the path holds a character that must be percent-encoded");

  SplitTarget out;
  const std::size_t mark = target.find('?');
  std::string_view path = target.substr(1, mark == std::string_view::npos ? mark : mark - 1);
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    auto piece = decoded(path.substr(0, slash), false);
    if (!piece) return tl::make_unexpected(piece.error());
    if (piece->empty() || *piece == "." || *piece == ".." ) return fail("the path has an empty piece, or '.' or '..'");
    out.path.push_back(std::move(*piece));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
    if (path.empty()) return fail("the path ends in '/'");
  }

  std::string_view query = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = pair.find('=');
    auto name = decoded(pair.substr(0, equals), true);
    auto value = decoded(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1), true);
    if (!name) return tl::make_unexpected(name.error());
    if (!value) return tl::make_unexpected(value.error());
    if (!pair.empty()) out.query.emplace_back(std::move(*name), std::move(*value));
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
  }
  return out;
}

}  // namespace lw::server
