// What is behind Env: the declared names.
#pragma once

#include <map>
#include <string>

#include "cel/cel.h"
#include "cel/functions.h"

namespace lw::cel {

struct Declaration {
  enum What : std::uint8_t { kVariable, kConstant, kObject };
  What what = kVariable;
  const Type* type = nullptr;
  std::uint32_t slot = 0;
  Value value;
  std::map<std::string, Field, std::less<>> fields;
};

struct Env::Impl {
  std::map<std::string, Declaration, std::less<>> names;
  FunctionTable declared;  // functions that only the checker knows
  std::string container;
  Limits limits;
};

}  // namespace lw::cel
