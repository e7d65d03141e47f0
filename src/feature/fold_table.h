// What one code point becomes, made once from ICU: NFKC, case folding, traditional to simplified, look-alikes, marks off.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace lw::feature {

enum class Letter : std::uint8_t {
  kNone,    // dropped: invisible, or a mark on a Latin letter
  kHan,     // a Han character
  kWord,    // any other letter or digit
  kSpace,   //
  kOther,   // punctuation, symbols, emoji
  kJoin,    // may combine with the code point before it (kana marks, Hangul parts): see FoldTable::compose
};

class FoldTable {
 public:
  static const FoldTable& instance();

  struct Folded {
    char32_t code;
    Letter letter;
  };
  // Calls f(Folded) for each code point that `code` becomes; most often one.
  template <class F>
  void fold(char32_t code, F&& f) const {
    const std::uint32_t entry = pages_[page_of_[code >> 8]][code & 0xff];
    if ((entry & kMany) == 0) {
      f(Folded{entry & kCode, static_cast<Letter>(entry >> kLetterShift)});
      return;
    }
    for (std::uint32_t at = entry & kCode; expansions_[at] != 0; ++at) {
      f(Folded{expansions_[at] & kCode, static_cast<Letter>(expansions_[at] >> kLetterShift)});
    }
  }
  // The composite of two code points, 0 if there is none.
  static char32_t compose(char32_t first, char32_t second);

 private:
  FoldTable();
  std::uint32_t entry_for(char32_t code);

  static constexpr std::uint32_t kCode = 0x1fffff, kMany = 1u << 21, kLetterShift = 24;
  using Page = std::array<std::uint32_t, 256>;
  std::array<std::uint16_t, 0x1100> page_of_{};
  std::vector<Page> pages_;
  std::vector<std::uint32_t> expansions_;  // runs closed by 0
};

}  // namespace lw::feature
