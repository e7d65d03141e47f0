#include "server/demo.h"

#include "desk/people.h"

namespace lw::server {
namespace {

struct Part {
  const char *name, *shown, *body;
  desk::Role role;
};

// The first of each body is its administrator: the others are made by them.
constexpr Part kParts[] = {
    {"samr-admin", "市场监管总局 管理员", "department/samr", desk::Role::kAdministrator},
    {"samr-officer", "市场监管总局 执法人员", "department/samr", desk::Role::kOfficer},
    {"samr-approver", "市场监管总局 审批人", "department/samr", desk::Role::kApprover},
    {"cac-admin", "网信办 管理员", "department/cac", desk::Role::kAdministrator},
    {"cac-officer", "网信办 执法人员", "department/cac", desk::Role::kOfficer},
    {"alpha-admin", "平台 alpha 管理员", "platform/alpha", desk::Role::kAdministrator},
    {"alpha-officer", "平台 alpha 审核员", "platform/alpha", desk::Role::kOfficer},
};

desk::Actor administrator_of(const std::string& body) { return {"livewarden", body, desk::Role::kAdministrator, {}, 0}; }

}  // namespace

Result<std::vector<DemoPerson>> make_demo_people(store::Database& db, Time now) {
  std::vector<DemoPerson> out;
  for (const Part& part : kParts) {
    const bool first = part.role == desk::Role::kAdministrator;
    const auto made = desk::add_person(db, administrator_of(first ? "livewarden" : part.body), {part.name, part.shown, part.body, part.role, ""}, now);
    if (!made && made.error().why == desk::Why::kConflict) continue;  // of an earlier start
    if (!made) return fail("{}: {}", part.name, made.error().message);
    out.push_back({part.name, made->value("password", ""), part.body, std::string(desk::name_of(part.role))});
  }
  return out;
}

}  // namespace lw::server
