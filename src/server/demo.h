// A service to look at: people of two departments, a platform and a shop, and a recorded broadcast.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "store/database.h"

namespace lw::server {

struct DemoPerson {
  std::string name, password, body, role;
};
// Makes them where they are not there yet; of those that are, nothing is told. Passwords are for one login, which asks for an own one.
Result<std::vector<DemoPerson>> make_demo_people(store::Database& db, Time now);

}  // namespace lw::server
