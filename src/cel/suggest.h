// "did you mean": the declared names nearest to a misspelt one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lw::cel {

// "; did you mean 'amount' or 'account'?", or empty if nothing is near.
std::string suggestion(std::string_view wanted, const std::vector<std::string_view>& names);

}  // namespace lw::cel
