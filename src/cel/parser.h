// Source → Ast. Refuses what is over the limits on bytes, nesting and nodes before it costs much.
#pragma once

#include <string_view>

#include "cel/ast.h"
#include "cel/cel.h"

namespace lw::cel {

tl::expected<Ast, Issues> parse(std::string_view source, const Limits& limits, bool macros = true);

// Line and column (in code points) of a byte offset.
Issue make_issue(std::string_view source, std::uint32_t offset, std::string message);

}  // namespace lw::cel
