// Text → tokens. Comments and blanks are skipped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cel/cel.h"

namespace lw::cel {

enum class TokenKind : std::uint8_t {
  kEnd,
  kIdent,    // also the reserved words; `text` is the word
  kQuoted,   // `…` after a dot; text without the backquotes
  kInt,      // text with 0x, without sign
  kUint,     // without the u
  kDouble,
  kString,   // decoded in `decoded`
  kBytes,
  kSymbol,   // operators and brackets: `text`
  kInvalid,  // see Lexer::issue()
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::uint32_t offset = 0;
  std::uint32_t end = 0;
  std::string_view text;  // into the source
  std::string decoded;

  bool is(std::string_view symbol) const { return kind == TokenKind::kSymbol && text == symbol; }
  bool is_word(std::string_view word) const { return kind == TokenKind::kIdent && text == word; }
};

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}  // valid UTF-8
  Token next();
  // Why the last token was invalid, and where.
  const std::string& message() const { return message_; }
  std::uint32_t place() const { return place_; }

 private:
  void skip();
  Token number();
  Token symbol();
  Token quoted_name();
  bool starts_string() const;
  Token string();
  bool escape(std::string& out, bool bytes);
  bool numeric_escape(std::string& out, bool bytes, unsigned digits, unsigned base, std::size_t from);
  Token make(TokenKind kind, std::size_t from) const;
  Token invalid(std::size_t at, std::string message);
  char peek(std::size_t ahead = 0) const { return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0'; }

  std::string_view source_;
  std::size_t at_ = 0;
  std::string message_;
  std::uint32_t place_ = 0;
};

}  // namespace lw::cel
