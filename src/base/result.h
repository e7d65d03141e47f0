// Result<T>: the outcome of anything that can fail by input or I/O. Exceptions do not cross a folder's border;
// what third-party code throws is caught where it is called and becomes an Error.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace lw {

// Where in a text something was found. Lines and columns count from 1; columns count bytes' code points. 0: not known.
struct Place {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

struct Error {
  std::string message;  // what was wrong and what would be right, one sentence
  Place place;          // where, as far as known
  std::string excerpt;  // the offending line, without its end; empty if not known

  // "file:line:column: message", then the excerpt and a caret under the column.
  std::string to_string() const;
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

template <class... Args>
tl::unexpected<Error> fail(fmt::format_string<Args...> format, Args&&... args) {
  return tl::make_unexpected(Error{fmt::format(format, std::forward<Args>(args)...), {}, {}});
}

}  // namespace lw
