// Files that must last. `forced`: on the disk when the call returns; else whenever the system gets to it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace lw::ledger {

Result<std::string> read_file(const std::string& path);
// Made, or replaced in place: a crash may leave a part of it. Folders on the way are made.
Status write_file(const std::string& path, std::string_view bytes, bool forced);
// There as a whole or not at all, under permissions of `mode`; its name is forced too. A crash may leave PATH.new.
Status replace_file(const std::string& path, std::string_view bytes, bool forced, unsigned mode = 0644);
Status force_folder(const std::string& path);  // the names in it

}  // namespace lw::ledger
