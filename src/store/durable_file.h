// Small files that must last: they outlive a loss of power when these return.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace lw::store {

// The whole file, there as a whole or not at all.
Status write_durably(const std::string& path, std::string_view bytes);

// At the end of the file, which is made if there is none. A crash may leave a part of it.
Status append_durably(const std::string& path, std::string_view bytes);

// What was renamed or made in the folder.
Status sync_folder(const std::string& folder);

}  // namespace lw::store
