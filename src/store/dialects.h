// SQLite and PostgreSQL: how each is connected to, and where their ways differ.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "store/sql_connection.h"

namespace lw::store {

Dialect sqlite_dialect(const std::string& path);
// The file is there, and only its owner may read it.
Status make_sqlite_file(const std::string& path);
// A consistent copy at `to`, which is not there yet; it lasts when this returns.
Status copy_sqlite(const std::string& from, const std::string& to);

bool is_postgresql(std::string_view place);
Dialect postgresql_dialect(const std::string& address);
// For errors.
std::string without_password(const std::string& place);

}  // namespace lw::store
