#include "feature/normalise.h"

#include "base/hash.h"
#include "feature/fold_table.h"

namespace lw::feature {
namespace {

constexpr char32_t kBad = 0xffffffff;

// The code point at the front of `text` and its bytes; kBad and one byte where it is not UTF-8.
char32_t next_code_point(std::string_view text, std::uint32_t& bytes) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto tail = [&](std::size_t i) { return (at(i) & 0xc0u) == 0x80u; };
  const std::uint32_t lead = at(0);
  bytes = 1;
  if (lead < 0x80) return lead;
  if (lead >= 0xc2 && lead < 0xe0 && tail(1)) {
    bytes = 2;
    return (lead & 0x1fu) << 6 | (at(1) & 0x3fu);
  }
  if (lead >= 0xe0 && lead < 0xf0 && tail(1) && tail(2)) {
    const char32_t code = (lead & 0x0fu) << 12 | (at(1) & 0x3fu) << 6 | (at(2) & 0x3fu);
    if (code < 0x800 || (code >= 0xd800 && code < 0xe000)) return kBad;
    bytes = 3;
    return code;
  }
  if (lead >= 0xf0 && lead < 0xf5 && tail(1) && tail(2) && tail(3)) {
    const char32_t code = (lead & 0x07u) << 18 | (at(1) & 0x3fu) << 12 | (at(2) & 0x3fu) << 6 | (at(3) & 0x3fu);
    if (code < 0x10000 || code > 0x10ffff) return kBad;
    bytes = 4;
    return code;
  }
  return kBad;
}

void append_utf8(char32_t code, std::string& out) {
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6), put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12), put(0x80 | (code >> 6 & 0x3f)), put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18), put(0x80 | (code >> 12 & 0x3f)), put(0x80 | (code >> 6 & 0x3f)), put(0x80 | (code & 0x3f));
  }
}

}  // namespace

struct Normaliser::Point {
  char32_t code;
  Letter letter;
  std::uint32_t begin, end;
};

Normaliser::Normaliser() = default;
Normaliser::~Normaliser() = default;
Normaliser::Normaliser(Normaliser&&) noexcept = default;
Normaliser& Normaliser::operator=(Normaliser&&) noexcept = default;

std::string_view Normaliser::run(std::string_view original) {
  if (original.size() > kMaxTextBytes) original = original.substr(0, kMaxTextBytes);
  decode(original);
  drop_inserted();
  encode();
  return text_;
}

void Normaliser::decode(std::string_view original) {
  const FoldTable& table = FoldTable::instance();
  points_.clear();
  std::uint32_t bytes = 0;
  for (std::uint32_t at = 0; at < original.size(); at += bytes) {
    const char32_t code = next_code_point(original.substr(at), bytes);
    const std::uint32_t end = at + bytes;
    if (code == kBad) {
      points_.push_back({U' ', Letter::kSpace, at, end});
      continue;
    }
    table.fold(code, [&](FoldTable::Folded folded) {
      if (folded.letter == Letter::kJoin) {
        const char32_t whole = points_.empty() ? 0 : FoldTable::compose(points_.back().code, folded.code);
        if (whole != 0) {
          points_.back().code = whole;
          points_.back().end = end;
          return;
        }
        folded.letter = Letter::kWord;
      }
      points_.push_back({folded.code, folded.letter, at, end});
    });
  }
}

// Between two Han characters goes whatever is neither letter nor digit; beside one, and at the text's ends, spaces do; of
// other spaces one stays.
void Normaliser::drop_inserted() {
  const auto inserted = [](const Point& point) { return point.letter == Letter::kSpace || point.letter == Letter::kOther; };
  std::size_t kept = 0;
  for (std::size_t at = 0; at < points_.size();) {
    if (!inserted(points_[at])) {
      points_[kept++] = points_[at++];
      continue;
    }
    std::size_t next = at;  // the end of the run
    std::size_t tail = at;  // where its last spaces begin
    while (next < points_.size() && inserted(points_[next]))
      if (points_[next++].letter == Letter::kOther) tail = next;
    const bool after = kept > 0 && points_[kept - 1].letter == Letter::kHan;
    const bool before = next < points_.size() && points_[next].letter == Letter::kHan;
    if (after && before) at = next;
    for (; at < next; ++at) {
      const bool leading = kept == 0 || points_[kept - 1].letter == Letter::kHan || points_[kept - 1].letter == Letter::kSpace;
      const bool trailing = at >= tail && (before || next == points_.size());
      if (points_[at].letter != Letter::kSpace || !(leading || trailing)) points_[kept++] = points_[at];
    }
  }
  points_.resize(kept);
}

void Normaliser::encode() {
  text_.clear();
  begin_.clear();
  end_.clear();
  position_.clear();
  size_ = 0;
  for (const Point& point : points_) {
    append_utf8(point.code, text_);
    begin_.resize(text_.size(), point.begin);
    end_.resize(text_.size(), point.end);
    position_.resize(text_.size(), size_++);
  }
}

std::optional<std::uint64_t> Normaliser::key() const {
  letters_.clear();
  for (const Point& point : points_)
    if (point.letter == Letter::kHan || point.letter == Letter::kWord) append_utf8(point.code, letters_);
  if (letters_.empty()) return std::nullopt;
  return hash64(letters_);
}

}  // namespace lw::feature
