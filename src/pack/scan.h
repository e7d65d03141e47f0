// The names that an expression may read, found without compiling it: what decides in which order things are compiled.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace lw::pack {

// "object.field" at a byte offset of the text (of `field`).
struct Mention {
  std::string_view object, field;
  std::size_t offset = 0;
};

// Every IDENT.IDENT and IDENT.?IDENT outside strings and comments, in order. More may be found than the expression reads
// (a bound variable's field); never fewer.
std::vector<Mention> scan_mentions(std::string_view expression);

}  // namespace lw::pack
