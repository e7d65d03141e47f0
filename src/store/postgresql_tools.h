// PostgreSQL's own tools, which make and take copies of a database. They are asked for as a service would be run: without a terminal.
#pragma once

#include <string>

#include "base/result.h"

namespace lw::store {

// A consistent copy while others write, by pg_dump, in its custom format.
Status dump_postgresql(const std::string& address, const std::string& path);
// Into a database that is empty, by pg_restore: all of it or nothing.
Status fill_postgresql(const std::string& address, const std::string& path);

}  // namespace lw::store
