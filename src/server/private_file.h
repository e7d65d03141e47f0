// Files of the data folder that its owner alone may read.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace lw::server {

// Replaces the file, mode 0600.
Status write_private(const std::string& path, std::string_view text);
// 32 random bytes that are made once and stay.
Result<std::string> private_key(const std::string& path);

}  // namespace lw::server
