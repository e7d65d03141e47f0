#include "pack/scan.h"

namespace lw::pack {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::vector<Mention> run() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '/' && peek(1) == '/') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else if (c == '"' || c == '\'') {
        string(false);
      } else if (is_letter(c)) {
        word();
      } else if (is_digit(c)) {
        while (is_letter(peek(0)) || is_digit(peek(0)) || (peek(0) == '.' && is_digit(peek(1)))) ++at_;
        forget();
      } else if (c == '.') {
        ++at_;
        if (peek(0) == '?') ++at_;
        dotted_ = true;
      } else {
        ++at_;
        if (!is_blank(c)) forget();
      }
    }
    return std::move(found_);
  }

 private:
  char peek(std::size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  void forget() {
    object_ = {};
    dotted_ = false;
  }

  void string(bool raw) {
    const char quote = text_[at_];
    const bool triple = peek(1) == quote && peek(2) == quote;
    at_ += triple ? 3 : 1;
    while (at_ < text_.size()) {
      if (!raw && text_[at_] == '\\') {
        at_ += 2;
      } else if (text_[at_] == quote && (!triple || (peek(1) == quote && peek(2) == quote))) {
        at_ += triple ? 3 : 1;
        break;
      } else {
        ++at_;
      }
    }
    forget();
  }

  void word() {
    const std::size_t start = at_;
    while (is_letter(peek(0)) || is_digit(peek(0))) ++at_;
    const std::string_view name = text_.substr(start, at_ - start);
    if (peek(0) == '"' || peek(0) == '\'') return string(name.find_first_of("rR") != std::string_view::npos);
    if (dotted_ && !object_.empty()) {
      found_.push_back({object_, name, start});
      object_ = {};
    } else {
      object_ = dotted_ ? std::string_view{} : name;
    }
    dotted_ = false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string_view object_;  // the word before, if nothing stands before it
  bool dotted_ = false;      // a dot came after it
  std::vector<Mention> found_;
};

}  // namespace

std::vector<Mention> scan_mentions(std::string_view expression) { return Scanner(expression).run(); }

}  // namespace lw::pack
