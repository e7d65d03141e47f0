#include "server/demo.h"

#include "desk/login.h"
#include "desk/secrets.h"

namespace lw::server {
namespace {

struct Part {
  const char *name, *shown, *body;
  desk::Role role;
};

// The first of each body is its administrator, who makes those behind.
constexpr Part kParts[] = {
    {"samr-admin", "市场监管总局 管理员", "department/samr", desk::Role::kAdministrator},
    {"samr-officer", "市场监管总局 执法人员", "department/samr", desk::Role::kOfficer},
    {"samr-approver", "市场监管总局 审批人", "department/samr", desk::Role::kApprover},
    {"cac-admin", "网信办 管理员", "department/cac", desk::Role::kAdministrator},
    {"cac-officer", "网信办 执法人员", "department/cac", desk::Role::kOfficer},
    {"alpha-admin", "平台 alpha 管理员", "platform/alpha", desk::Role::kAdministrator},
    {"alpha-officer", "平台 alpha 审核员", "platform/alpha", desk::Role::kOfficer},
};

struct TakenUp {
  desk::Actor actor;
  std::string password;
};

// Logs in with a first password and sets an own one, as a person would.
Result<TakenUp> take_up(store::Database& db, const std::string& name, const std::string& password, Time now) {
  const auto opened = desk::log_in(db, name, password, "", now);
  if (!opened) return fail("{}: {}", name, opened.error().message);
  const auto actor = desk::authenticate_session(db, opened->cookie, opened->csrf, desk::Use::kWrite, now);
  if (!actor) return fail("{}: {}", name, actor.error().message);
  TakenUp out{{}, desk::make_secret().substr(0, 16)};
  const auto again = desk::change_password(db, *actor, password, out.password, now);
  if (!again) return fail("{}: {}", name, again.error().message);
  const auto known = desk::authenticate_session(db, again->cookie, again->csrf, desk::Use::kWrite, now);
  if (!known) return fail("{}: {}", name, known.error().message);
  out.actor = *known;
  return out;
}

}  // namespace

Result<std::vector<DemoPerson>> make_demo_people(store::Database& db, const desk::FirstAdministrator& first, Time now) {
  auto root = take_up(db, first.name, first.password, now);
  if (!root) return tl::make_unexpected(root.error());
  std::vector<DemoPerson> out{{first.name, root->password, root->actor.body, std::string(desk::name_of(root->actor.role))}};
  desk::Actor by;
  for (const Part& part : kParts) {
    if (part.role == desk::Role::kAdministrator) by = root->actor;
    const auto made = desk::add_person(db, by, {part.name, part.shown, part.body, part.role, ""}, now);
    if (!made) return fail("{}: {}", part.name, made.error().message);
    auto taken = take_up(db, part.name, made->value("password", ""), now);
    if (!taken) return tl::make_unexpected(taken.error());
    if (part.role == desk::Role::kAdministrator) by = taken->actor;
    out.push_back({part.name, taken->password, part.body, std::string(desk::name_of(part.role))});
  }
  return out;
}

}  // namespace lw::server
