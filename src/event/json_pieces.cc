#include "event/json_pieces.h"

#include <fmt/format.h>

namespace lw::event {
namespace {

constexpr std::size_t kMaxKey = 256;

}  // namespace

int JsonPieces::peek() {
  if (at_ == end_) {
    at_ = 0;
    end_ = bytes_->read(buffer_.data(), buffer_.size());
    if (end_ == 0) return -1;
  }
  return static_cast<unsigned char>(buffer_[at_]);
}

int JsonPieces::get() {
  const int c = peek();
  if (c >= 0) ++at_;
  if (c == '\n') ++line_;
  return c;
}

int JsonPieces::blanks() {
  int c = peek();
  for (; c == ' ' || c == '\t' || c == '\n' || c == '\r'; c = peek()) get();
  return c;
}

bool JsonPieces::fail(std::string reason) {
  state_ = State::kEnd;
  if (fault_.empty()) fault_ = !bytes_->fault().empty() ? bytes_->fault() : std::move(reason);
  return false;
}

bool JsonPieces::expect(char c) {
  if (blanks() == c) {
    get();
    return true;
  }
  return fail(peek() < 0 ? std::string("the JSON is cut short") : fmt::format("not JSON: expected '{}' in line {}", c, line_));
}

// From its opening quote to its closing one, both included.
bool JsonPieces::string_to(std::string& to, std::size_t limit) {
  bool escaped = false;
  for (bool opening = true;; opening = false) {
    const int c = get();
    if (c < 0) return fail("the JSON is cut short");
    if (to.size() < limit) to += static_cast<char>(c);
    else over_ = true;
    if (opening) continue;
    if (c == '"' && !escaped) return true;
    escaped = c == '\\' && !escaped;
  }
}

bool JsonPieces::value(std::size_t limit) {
  text_.clear();
  over_ = false;
  std::uint64_t depth = 0;
  for (;;) {
    const int c = depth == 0 && text_.empty() && !over_ ? blanks() : peek();
    if (c < 0) return fail("the JSON is cut short");
    if (c == '"') {
      if (!string_to(text_, limit)) return false;
      if (depth == 0) return true;
      continue;
    }
    const bool closes = c == '}' || c == ']';
    if (depth == 0 && (c == ',' || closes)) {
      return !text_.empty() || over_ || fail(fmt::format("not JSON: a value is missing in line {}", line_));
    }
    get();
    if (text_.size() < limit) text_ += static_cast<char>(c);
    else over_ = true;
    depth += c == '{' || c == '[';
    depth -= closes;
    if (closes && depth == 0) return true;
  }
}

bool JsonPieces::next(Piece& piece, std::size_t limit) {
  for (;;) {
    switch (state_) {
      case State::kEnd: return false;
      case State::kStart:
        if (peek() == 0xef)
          for (int i = 0; i < 3; ++i) get();  // a byte order mark
        if (!expect('{')) return false;
        state_ = State::kMember;
        break;
      case State::kMember: {
        const int c = blanks();
        if (c == '}') {
          get();
          if (blanks() >= 0) return fail(fmt::format("not JSON: more after the object's end in line {}", line_));
          if (!bytes_->fault().empty()) return fail({});
          state_ = State::kEnd;
          return false;
        }
        if (!first_ && !expect(',')) return false;
        first_ = false;
        if (blanks() != '"') return expect('"');
        key_.clear();
        if (!string_to(key_, kMaxKey) || !expect(':')) return false;
        if (blanks() == '[') {
          get();
          state_ = State::kItem;
          first_ = true;
          break;
        }
        const std::uint64_t line = line_;
        if (!value(limit)) return false;
        piece = {std::string_view(key_).substr(1, key_.size() - 2), over_ ? std::string_view{} : text_, false, line};
        return true;
      }
      case State::kItem: {
        if (blanks() == ']') {
          get();
          state_ = State::kMember;
          first_ = false;
          break;
        }
        if (!first_ && !expect(',')) return false;
        first_ = false;
        blanks();
        const std::uint64_t line = line_;
        if (!value(limit)) return false;
        piece = {std::string_view(key_).substr(1, key_.size() - 2), over_ ? std::string_view{} : text_, true, line};
        return true;
      }
    }
  }
}

}  // namespace lw::event
