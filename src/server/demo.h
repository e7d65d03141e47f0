// A service to look at: people of two departments and a platform, with passwords that are told, and a recorded broadcast.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "desk/people.h"
#include "store/database.h"

namespace lw::server {

struct DemoPerson {
  std::string name, password, body, role;
};
// All of them by the service's first administrator, who logs in here for the first time. Only in a data folder that is new.
Result<std::vector<DemoPerson>> make_demo_people(store::Database& db, const desk::FirstAdministrator& first, Time now);

}  // namespace lw::server
