#include "cel/lexer.h"

#include <algorithm>

#include "cel/utf8.h"

namespace lw::cel {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

Token Lexer::make(TokenKind kind, std::size_t from) const {
  return {kind, static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(at_), source_.substr(from, at_ - from), {}};
}

Token Lexer::invalid(std::size_t at, std::string message) {
  message_ = std::move(message);
  place_ = static_cast<std::uint32_t>(at);
  at_ = source_.size();
  Token token = make(TokenKind::kInvalid, at_);
  token.offset = place_;
  return token;
}

void Lexer::skip() {
  while (at_ < source_.size()) {
    const char c = source_[at_];
    if (c == '/' && peek(1) == '/') {
      while (at_ < source_.size() && source_[at_] != '\n') ++at_;
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
      ++at_;
    } else {
      return;
    }
  }
}

Token Lexer::next() {
  skip();
  if (at_ >= source_.size()) return make(TokenKind::kEnd, source_.size());
  const char c = source_[at_];
  if (starts_string()) return string();
  if (is_letter(c)) {
    const std::size_t from = at_;
    while (is_letter(peek()) || is_digit(peek())) ++at_;
    return make(TokenKind::kIdent, from);
  }
  if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
  return c == '`' ? quoted_name() : symbol();
}

Token Lexer::number() {
  const std::size_t from = at_;
  const auto digits = [this] {
    while (is_digit(peek())) ++at_;
  };
  TokenKind kind = TokenKind::kInt;
  if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X') && hex_value(peek(2)) >= 0) {
    at_ += 2;
    while (hex_value(peek()) >= 0) ++at_;
  } else {
    digits();
    if (peek() == '.' && is_digit(peek(1))) {
      kind = TokenKind::kDouble;
      ++at_;
      digits();
    }
    const std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
    if ((peek() == 'e' || peek() == 'E') && is_digit(peek(1 + sign))) {
      kind = TokenKind::kDouble;
      at_ += 1 + sign;
      digits();
    }
  }
  Token token = make(kind, from);
  if (kind == TokenKind::kInt && (peek() == 'u' || peek() == 'U')) {
    ++at_;
    token.kind = TokenKind::kUint;
    token.end = static_cast<std::uint32_t>(at_);
  }
  if (is_letter(peek())) return invalid(at_, "a number must not run into a name");
  return token;
}

Token Lexer::symbol() {
  static constexpr std::string_view kTwo[] = {"&&", "||", "==", "!=", "<=", ">="};
  static constexpr std::string_view kOne = "+-*/%<>!?:.,()[]{}";
  const std::size_t from = at_;
  for (const std::string_view two : kTwo)
    if (source_.substr(at_, 2) == two) {
      at_ += 2;
      return make(TokenKind::kSymbol, from);
    }
  if (kOne.find(source_[at_]) == std::string_view::npos) {
    const CodePoint point = decode(source_, at_);
    if (source_[at_] == '=') return invalid(at_, "'=' is no operator; equality is '=='");
    if (source_[at_] == '&' || source_[at_] == '|')
      return invalid(at_, fmt::format("'{0}' is no operator; write '{0}{0}'", source_[at_]));
    if (point.value < 0x20 || point.value == 0x7f) return invalid(at_, "unexpected control character");
    return invalid(at_, fmt::format("unexpected character '{}'", source_.substr(at_, point.length)));
  }
  ++at_;
  return make(TokenKind::kSymbol, from);
}

Token Lexer::quoted_name() {
  const std::size_t from = at_++;
  const auto allowed = [](char c) {
    return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '/' || c == ' ';
  };
  while (allowed(peek())) ++at_;
  if (peek() != '`' || at_ == from + 1)
    return invalid(at_, "a quoted field name holds letters, digits, '_', '.', '-', '/' and blanks, and ends with '`'");
  ++at_;
  Token token = make(TokenKind::kQuoted, from);
  token.text = source_.substr(from + 1, at_ - from - 2);
  return token;
}

bool Lexer::starts_string() const {
  std::size_t i = 0;
  bool raw = false, bytes = false;
  for (; i < 2; ++i) {
    const char c = peek(i);
    if ((c == 'r' || c == 'R') && !raw) {
      raw = true;
    } else if ((c == 'b' || c == 'B') && !bytes) {
      bytes = true;
    } else {
      break;
    }
  }
  return peek(i) == '"' || peek(i) == '\'';
}

Token Lexer::string() {
  const std::size_t from = at_;
  bool raw = false, bytes = false;
  for (; peek() != '"' && peek() != '\''; ++at_) (peek() == 'r' || peek() == 'R' ? raw : bytes) = true;
  const char quote = peek();
  const bool triple = peek(1) == quote && peek(2) == quote;
  at_ += triple ? 3 : 1;
  std::string decoded;
  while (true) {
    if (at_ >= source_.size()) return invalid(from, "the string does not end");
    const char c = source_[at_];
    if (c == quote && (!triple || (peek(1) == quote && peek(2) == quote))) break;
    if (!triple && (c == '\n' || c == '\r')) return invalid(from, "the string does not end on its line");
    if (c == '\\' && !raw) {
      if (!escape(decoded, bytes)) return invalid(at_, std::move(message_));
    } else {
      decoded += c;
      ++at_;
    }
  }
  at_ += triple ? 3 : 1;
  Token token = make(bytes ? TokenKind::kBytes : TokenKind::kString, from);
  token.decoded = std::move(decoded);
  return token;
}

bool Lexer::escape(std::string& out, bool bytes) {
  static constexpr std::string_view kLetters = "abfnrtv\\?\"'`";
  static constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\?\"'`";
  const std::size_t from = at_;
  const char c = peek(1);
  at_ += 2;
  if (const std::size_t i = kLetters.find(c); c != '\0' && i != std::string_view::npos) {
    out += kValues[i];
    return true;
  }
  if (c == 'x' || c == 'X') return numeric_escape(out, bytes, 2, 16, from);
  if (c >= '0' && c <= '3') {
    --at_;
    return numeric_escape(out, bytes, 3, 8, from);
  }
  if (!bytes && c == 'u') return numeric_escape(out, bytes, 4, 16, from);
  if (!bytes && c == 'U') return numeric_escape(out, bytes, 8, 16, from);
  at_ = from;
  message_ = "unknown escape sequence; a backslash itself is '\\\\'";
  return false;
}

bool Lexer::numeric_escape(std::string& out, bool bytes, unsigned digits, unsigned base, std::size_t from) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < digits; ++i, ++at_) {
    const int digit = hex_value(peek());
    if (digit < 0 || static_cast<unsigned>(digit) >= base || value > 0x0fffffff) {
      at_ = from;
      message_ = fmt::format("this escape sequence needs {} {} digits", digits, base == 8 ? "octal" : "hexadecimal");
      return false;
    }
    value = value * base + static_cast<unsigned>(digit);
  }
  if (bytes) {
    out += static_cast<char>(value);
    return true;
  }
  if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
    at_ = from;
    message_ = "the escape sequence names no Unicode character";
    return false;
  }
  append_utf8(out, static_cast<char32_t>(value));
  return true;
}

}  // namespace lw::cel
