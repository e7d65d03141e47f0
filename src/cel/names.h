// Resolution of names: the container's candidates, the declared names and the names of types.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cel/ast.h"
#include "cel/env.h"

namespace lw::cel {

// "a.b.c" of a chain of plain selections on an identifier; empty if the node is none. `absolute`: written with a leading
// dot. `root`: the identifier's own name.
struct QualifiedName {
  std::string text;
  std::string_view root;
  bool absolute = false;
};
QualifiedName qualified_name(const Ast& ast, NodeId id);

// What a name could be within the container "a.b": a.b.name, a.name, name.
std::vector<std::string> candidates(std::string_view container, std::string_view name, bool absolute);

const Declaration* find_declaration(const Env::Impl& env, std::string_view name, bool absolute);
const Type* find_type(const Env::Impl& env, std::string_view name, bool absolute);  // null if it names no type
// The overloads of a name as they are written for calls; declared and standard ones.
std::vector<const Overload*> find_overloads(const Env::Impl& env, std::string_view name, Style style);
// The function that a call names within the container, or an empty string.
std::string find_function(const Env::Impl& env, std::string_view name, bool absolute);

// Everything declared, for suggestions.
std::vector<std::string_view> declared_names(const Env::Impl& env);

}  // namespace lw::cel
