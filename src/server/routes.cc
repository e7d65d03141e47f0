#include "server/routes.h"

#include "desk/fields.h"

namespace lw::server {
namespace {

// Whom the request names, by the names that the service knows them by: the public, platforms and officers know others.
Status name_people(Call& call, const Office& office) {
  const auto replace = [&](std::string_view kind, std::string& id, bool lasts) -> Status {
    auto known = office.known_id(kind, id, lasts);
    if (!known) return tl::make_unexpected(known.error());
    id = std::move(*known);
    return {};
  };
  for (const auto& [in, kind, id] : {std::tuple{&call.path, "kind", "id"}, {&call.query, "liable_kind", "liable_id"}}) {
    if (!in->contains(kind) || !in->contains(id)) continue;
    if (Status named = replace(in->at(kind), in->at(id), false); !named) return named;
  }
  for (const char* field : {"target", "liable"}) {
    const auto found = call.body.is_object() ? call.body.find(field) : call.body.end();
    if (found == call.body.end() || !found->is_object()) continue;
    std::string id = desk::text_of(*found, "id");
    if (Status named = replace(desk::text_of(*found, "kind"), id, true); !named) return named;
    (*found)["id"] = std::move(id);
  }
  return {};
}

}  // namespace

Handlers handlers_of(const Office& office) {
  Handlers out;
  add_people_routes(out, office);
  add_registry_routes(out, office);
  add_case_routes(out, office);
  add_watch_routes(out, office);
  if (!office.known_id) return out;
  for (auto& [id, handler] : out) {
    handler = [office, inner = std::move(handler)](const Call& call) -> desk::Answer<Reply> {
      Call named = call;
      if (const Status done = name_people(named, office); !done) return desk::refuse(desk::Why::kAway, "{}", done.error().message);
      return inner(named);
    };
  }
  return out;
}

}  // namespace lw::server
