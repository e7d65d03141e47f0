#include "server/routes.h"

namespace lw::server {

Handlers handlers_of(const Office& office) {
  Handlers out;
  add_people_routes(out, office);
  add_registry_routes(out, office);
  add_case_routes(out, office);
  add_watch_routes(out, office);
  return out;
}

}  // namespace lw::server
