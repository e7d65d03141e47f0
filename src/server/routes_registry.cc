#include "desk/admission.h"
#include "desk/credit.h"
#include "desk/outcomes.h"
#include "desk/registry.h"
#include "server/routes.h"
#include "server/shown_policy.h"
#include "server/transact.h"

namespace lw::server {
namespace {

using desk::Act;
using desk::Answer;

desk::CreditAccount account_of(const Call& call) { return {call.at("platform"), call.at("kind"), call.at("id")}; }

}  // namespace

void add_registry_routes(Handlers& handlers, const Office& office) {
  handlers["listParties"] = reads(office, [](const Act& act, const Call& call) { return desk::list_parties(act.session, act.who, call.query); });
  handlers["getParty"] = reads(office, [](const Act& act, const Call& call) { return desk::get_party(act.session, act.who, call.at("platform"), call.at("kind"), call.at("id")); });
  handlers["admitProduct"] = reads(office, [](const Act& act, const Call& call) { return desk::admit_product(act, call.at("platform"), call.at("id")); });
  handlers["admitSession"] = reads(office, [](const Act& act, const Call& call) { return desk::admit_session(act, call.at("platform"), call.at("id")); });
  handlers["signPreflight"] = acts(office, [](const Act& act, const Call& call) { return desk::sign_preflight(act, call.at("platform"), call.at("id"), call.body); });
  handlers["listExpiries"] = reads(office, [](const Act& act, const Call& call) { return desk::list_expiries(act.session, act.policy, act.who, call.query, act.now); });

  handlers["listCredit"] = reads(office, [](const Act& act, const Call& call) { return desk::list_credit(act.session, call.query, act.who); });
  handlers["getCredit"] = reads(office, [](const Act& act, const Call& call) { return desk::get_credit(act.session, act.policy, account_of(call), call.query, act.who, act.now); });
  handlers["checkCredit"] = reads(office, [](const Act& act, const Call&) -> Answer<Json> { return desk::check_credit(act.session, act.policy); });
  handlers["setRepair"] = acts(office, [](const Act& act, const Call& call) {
    return desk::set_repair(act.session, act.policy, account_of(call), call.body.value("task", ""), call.body.value("entry", std::uint64_t{0}), call.body.value("text", ""), act.who, act.now);
  }, 201);
  handlers["verifyRepair"] = acts(office, [](const Act& act, const Call& call) {
    return desk::verify_repair(act.session, act.policy, static_cast<std::uint64_t>(call.number("id", 0)), call.body.value("outcome", ""), call.body.value("text", ""), act.who, act.now);
  });

  handlers["listRules"] = reads(office, [plan = office.plan](const Act& act, const Call& call) { return shown_rules(act, *plan(), call.query); });
  handlers["getPolicy"] = reads(office, [](const Act& act, const Call&) -> Answer<Json> { return shown_policy(act.policy, act.now); });
}

}  // namespace lw::server
