#include "feature/fold_table.h"

#include <unicode/normalizer2.h>
#include <unicode/translit.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <cassert>
#include <memory>
#include <string_view>

namespace lw::feature {
namespace {

// Letters drawn like a Latin one, beside the letter they pass for: Cyrillic, Greek, small capitals. Small letters whose
// capital alone is the look-alike are here too, for case is folded first.
constexpr std::u32string_view kDrawn = U"аеорсхуіѕјһԁԛԝкмтнв" U"αορνκιχυτεβ" U"ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ" U"ɑɡ";
constexpr std::u32string_view kLatin = U"aeopcxyisjhdqwkmthb" U"aopvkixuteb" U"abcdefghijklmnoprstuvwyz" U"ag";
static_assert(kDrawn.size() == kLatin.size());

// Ranges of letters and digits in frames that NFKC leaves alone.
struct Frame {
  char32_t first, last, base;
};
constexpr Frame kFrames[] = {
    {0x1F150, 0x1F169, U'a'}, {0x1F170, 0x1F189, U'a'}, {0x1F1E6, 0x1F1FF, U'a'},  // circled, squared, flag letters
    {0x2776, 0x277E, U'1'},   {0x2780, 0x2788, U'1'},   {0x278A, 0x2792, U'1'},    // circled digits
};

char32_t look_alike(char32_t code) {
  if (code < 0x250) return code;
  for (const Frame& frame : kFrames)
    if (code >= frame.first && code <= frame.last) return frame.base + (code - frame.first);
  const std::size_t at = kDrawn.find(code);
  return at == std::u32string_view::npos ? code : kLatin[at];
}

bool is_script(char32_t code, UScriptCode script) {
  UErrorCode status = U_ZERO_ERROR;
  return uscript_getScript(static_cast<UChar32>(code), &status) == script;
}

Letter letter_of(char32_t code) {
  const auto point = static_cast<UChar32>(code);
  switch (u_charType(point)) {
    case U_CONTROL_CHAR: return code == '\t' || code == '\n' || code == '\r' ? Letter::kSpace : Letter::kNone;
    case U_SPACE_SEPARATOR:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR: return Letter::kSpace;
    case U_NON_SPACING_MARK:
    case U_ENCLOSING_MARK: return code >= 0x3000 ? Letter::kJoin : Letter::kNone;
    case U_COMBINING_SPACING_MARK: return Letter::kWord;
    default: break;
  }
  if (u_hasBinaryProperty(point, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) || u_charType(point) == U_FORMAT_CHAR) {
    return Letter::kNone;
  }
  if (is_script(code, USCRIPT_HAN) && u_isalpha(point)) return Letter::kHan;
  if (code >= 0x1160 && code <= 0x11FF) return Letter::kJoin;  // Hangul vowels and finals
  return u_isalnum(point) ? Letter::kWord : Letter::kOther;
}

struct Tools {
  const icu::Normalizer2* casefold;
  const icu::Normalizer2* decompose;
  const icu::Normalizer2* compose;
  std::unique_ptr<icu::Transliterator> simplify;

  Tools() {
    UErrorCode status = U_ZERO_ERROR;
    casefold = icu::Normalizer2::getNFKCCasefoldInstance(status);
    decompose = icu::Normalizer2::getNFDInstance(status);
    compose = icu::Normalizer2::getNFCInstance(status);
    simplify.reset(icu::Transliterator::createInstance("Traditional-Simplified", UTRANS_FORWARD, status));
    assert(U_SUCCESS(status));  // ICU's own data
  }
};

const Tools& tools() {
  static const Tools* const made = new Tools;
  return *made;
}

void simplify(icu::UnicodeString& text) {
  bool han = false;
  for (std::int32_t at = 0; at < text.length(); at = text.moveIndex32(at, 1)) {
    han = han || is_script(static_cast<char32_t>(text.char32At(at)), USCRIPT_HAN);
  }
  if (han) tools().simplify->transliterate(text);
}

// One Latin letter without its marks.
char32_t unmarked(char32_t code) {
  if (code < 0x80 || !is_script(code, USCRIPT_LATIN)) return code;
  icu::UnicodeString parts;
  return tools().decompose->getDecomposition(static_cast<UChar32>(code), parts) ? static_cast<char32_t>(parts.char32At(0)) : code;
}

}  // namespace

const FoldTable& FoldTable::instance() {
  static const FoldTable* const made = new FoldTable;
  return *made;
}

FoldTable::FoldTable() {
  pages_.emplace_back();
  for (std::uint32_t i = 0; i < 256; ++i) pages_[0][i] = kMany;  // no letters here: what is unassigned says nothing
  expansions_.push_back(0);
  for (std::uint32_t page = 0; page < page_of_.size(); ++page) {
    bool assigned = false;
    for (std::uint32_t i = 0; i < 256 && !assigned; ++i) {
      const int type = u_charType(static_cast<UChar32>(page << 8 | i));
      assigned = type != U_UNASSIGNED && type != U_PRIVATE_USE_CHAR && type != U_SURROGATE;
    }
    if (!assigned) continue;
    page_of_[page] = static_cast<std::uint16_t>(pages_.size());
    Page made;
    for (std::uint32_t i = 0; i < 256; ++i) made[i] = entry_for(page << 8 | i);
    pages_.push_back(made);
  }
}

std::uint32_t FoldTable::entry_for(char32_t code) {
  const int type = u_charType(static_cast<UChar32>(code));
  const auto pack = [](char32_t to, Letter letter) { return to | static_cast<std::uint32_t>(letter) << kLetterShift; };
  if (type == U_UNASSIGNED || type == U_PRIVATE_USE_CHAR || type == U_SURROGATE) return kMany;  // the empty run
  if (code == 0) return kMany;
  icu::UnicodeString text(static_cast<UChar32>(look_alike(code)));
  UErrorCode status = U_ZERO_ERROR;
  if (code >= 0x80 || u_isupper(static_cast<UChar32>(code))) text = tools().casefold->normalize(text, status);
  if (code >= 0x2e80) simplify(text);

  std::vector<std::uint32_t> out;
  for (std::int32_t at = 0; at < text.length(); at = text.moveIndex32(at, 1)) {
    const char32_t to = look_alike(unmarked(static_cast<char32_t>(text.char32At(at))));
    const Letter letter = letter_of(to);
    if (letter != Letter::kNone) out.push_back(pack(letter == Letter::kSpace ? U' ' : to, letter));
  }
  if (out.size() == 1) return out[0];
  if (out.empty()) return kMany;
  const auto begin = static_cast<std::uint32_t>(expansions_.size());
  expansions_.insert(expansions_.end(), out.begin(), out.end());
  expansions_.push_back(0);
  return kMany | begin;
}

char32_t FoldTable::compose(char32_t first, char32_t second) {
  const UChar32 composite = tools().compose->composePair(static_cast<UChar32>(first), static_cast<UChar32>(second));
  return composite < 0 ? 0 : static_cast<char32_t>(composite);
}

}  // namespace lw::feature
