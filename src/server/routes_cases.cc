#include "desk/cases.h"
#include "desk/interventions.h"
#include "desk/reports.h"
#include "desk/spot_checks.h"
#include "server/routes.h"
#include "server/transact.h"

namespace lw::server {
namespace {

using desk::Act;
using desk::Answer;

std::uint64_t id_of(const Call& call) { return static_cast<std::uint64_t>(call.number("id", 0)); }

// An act upon what the path's id names.
template <class Do>
Handler upon(const Office& office, Do what, int status = 200) {
  return acts(office, [what](const Act& act, const Call& call) { return what(act, id_of(call), call.body); }, status);
}

}  // namespace

void add_case_routes(Handlers& handlers, const Office& office) {
  handlers["listCases"] = reads(office, [](const Act& act, const Call& call) { return desk::list_cases(act, call.query); });
  handlers["getCase"] = reads(office, [](const Act& act, const Call& call) { return desk::get_case(act, id_of(call)); });
  handlers["openCase"] = acts(office, [](const Act& act, const Call& call) { return desk::open_case(act, call.body); }, 201);
  handlers["claimCase"] = upon(office, desk::claim_case);
  handlers["releaseCase"] = upon(office, desk::release_case);
  handlers["assignCase"] = upon(office, desk::assign_case);
  handlers["commentCase"] = upon(office, desk::comment_case);
  handlers["confirmCase"] = upon(office, desk::confirm_case);
  handlers["rejectCase"] = upon(office, desk::reject_case);
  handlers["transferCase"] = upon(office, desk::transfer_case);
  handlers["joinCase"] = upon(office, desk::join_case);
  handlers["publishCase"] = upon(office, desk::publish_case);
  handlers["closeCase"] = upon(office, desk::close_case);
  handlers["imposeMeasure"] = upon(office, desk::impose_measure, 201);
  handlers["approveMeasure"] = upon(office, desk::approve_measure);
  handlers["refuseMeasure"] = upon(office, desk::refuse_measure);
  handlers["liftMeasure"] = upon(office, desk::lift_measure);
  handlers["fileAppeal"] = upon(office, desk::file_appeal, 201);
  handlers["decideAppeal"] = upon(office, desk::decide_appeal);
  handlers["listPublished"] = reads(office, [](const Act& act, const Call& call) { return desk::list_published(act, call.query); });

  handlers["listInterventions"] = reads(office, [](const Act& act, const Call& call) { return desk::list_interventions(act, call.query); });
  handlers["acknowledgeIntervention"] = acts(office, [](const Act& act, const Call& call) { return desk::acknowledge_intervention(act, call.at("id"), call.body); });

  handlers["fileReport"] = acts(office, [reporter = office.reporter](const Act& act, const Call& call) {
    return desk::file_report(act, call.body, reporter(call.remote));
  }, 201);
  handlers["getReport"] = reads(office, [](const Act& act, const Call& call) { return desk::get_report(act, call.at("receipt")); });
  handlers["listReports"] = reads(office, [](const Act& act, const Call& call) { return desk::list_reports(act, call.query); });
  handlers["answerReport"] = acts(office, [](const Act& act, const Call& call) { return desk::answer_report(act, call.at("receipt"), call.body); });
  handlers["listSpotChecks"] = reads(office, [](const Act& act, const Call& call) { return desk::list_spot_checks(act, call.query); });
  handlers["drawSpotChecks"] = acts(office, [](const Act& act, const Call& call) { return desk::draw_spot_checks(act, call.body); }, 201);
  handlers["recordSpotCheck"] = upon(office, desk::record_spot_check);
}

}  // namespace lw::server
