// What packs need of the file system.
#pragma once

#include <string>
#include <string_view>

#include "pack/load.h"

namespace lw::pack {

// Lower-case letters, digits, - and _: an id names a directory, and no place outside it.
bool is_pack_id(std::string_view id);

// The whole file; refused if it has more than `most` bytes.
Result<std::string> read_text_file(const std::string& path, std::size_t most);

}  // namespace lw::pack
