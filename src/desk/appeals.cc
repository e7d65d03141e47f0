#include "desk/case_file.h"
#include "desk/cases.h"
#include "desk/credit.h"
#include "desk/interventions.h"
#include "desk/measures.h"
#include "desk/outcomes.h"
#include "desk/records.h"
#include "desk/sight.h"

namespace lw::desk {
namespace {

// Of the liable party itself: its own people, or, where a platform answers, the platform's.
bool is_liable(const Actor& actor, const CaseFile& file) {
  if (actor.is_platform()) return file.liable.kind == "platform" && file.liable.id == actor.platform();
  return actor.is_party() && actor.platform() == file.platform && actor.party_kind() == file.liable.kind && actor.party_id() == file.liable.id;
}

// As if it had never been confirmed.
void undo(const Act& act, CaseFile& file, std::string_view why) {
  settle(act.session, file.id, "confirmed", "overturned");
  reverse_case(act.session, act.policy, file.id, act.who, why, act.now);
  undo_measures(act, file, why);
  withdraw_of_case(act, file.id, why);
  file.outcome = "overturned";
  file.published = 0;
  file.published_text.clear();
}

}  // namespace

Answer<Json> file_appeal(const Act& act, std::uint64_t id, const Json& body) {
  auto file = case_for(act, id);
  if (!file) return tl::make_unexpected(file.error());
  const bool for_it = act.who.department() == file->lead && is_officer(act.who);
  if (!for_it && !(is_liable(act.who, *file) && is_officer(act.who))) return refuse(Why::kForbidden, "the liable party appeals, or an officer of {} for it", file->lead);
  if (file->state != "confirmed") return refuse(Why::kConflict, "case {} is {}: what is confirmed can be appealed, once", id, file->state);
  if (file->due && millis(act.now) > file->due) return refuse(Why::kConflict, "case {} could be appealed until {}", id, shown_time(file->due));
  const auto text = asked_text(body, "text");
  if (!text) return tl::make_unexpected(text.error());
  CaseFile known = *file;
  if (outside(act.who)) known.version = last_shown(act.session, id).version;
  if (const auto same = same_version(known, body, false); !same) return tl::make_unexpected(same.error());
  set_due(act, *file, "appeal-decided", act.now);
  const std::uint64_t number = act.session.next("appeal");
  act.session.run("INSERT INTO appeal (id, case_id, by_whom, text, filed, due, state, decided_by, decided, reason) VALUES"
                  " (:id, :case, :by, :text, :filed, :due, 'filed', '', 0, '')", number, id, for_it ? act.who.name : act.who.body, *text, millis(act.now), file->due);
  file->state = "appealed";
  keep(act, *file, "fileAppeal", *text, {{"appeal", number}, {"for_party", for_it}});
  tell_state(act, *file, "appealed");
  return get_case(act, id);
}

Answer<Json> decide_appeal(const Act& act, std::uint64_t appeal, const Json& body) {
  const store::Rows rows = act.session.rows("SELECT case_id, state, by_whom FROM appeal WHERE id = :id", appeal);
  auto file = rows.empty() ? Answer<CaseFile>(refuse(Why::kNotFound, "")) : case_for(act, static_cast<std::uint64_t>(rows[0].number(0)));
  if (!file) return refuse(Why::kNotFound, "there is no appeal {}", appeal);
  if (act.who.department() != file->lead) return refuse(Why::kForbidden, "case {} is led by {}", file->id, file->lead);
  if (!is_approver(act.who) || act.who.person == 0) return refuse(Why::kForbidden, "only an approver decides appeals");
  if (file->decided_by == act.who.name || rows[0].text(2) == act.who.name) return refuse(Why::kForbidden, "an appeal is decided by somebody who did not decide the case, nor filed the appeal");
  if (const auto same = same_version(*file, body, false); !same) return tl::make_unexpected(same.error());
  if (rows[0].text(1) != "filed") return refuse(Why::kConflict, "appeal {} was {} already", appeal, rows[0].text(1));
  const std::string outcome = text_of(body, "outcome");
  if (outcome != "upheld" && outcome != "overturned") return refuse_field("outcome", "outcome is upheld or overturned");
  const auto reason = asked_text(body, "text");
  if (!reason) return tl::make_unexpected(reason.error());
  act.session.run("UPDATE appeal SET state = :state, decided_by = :by, decided = :at, reason = :reason WHERE id = :id", outcome, act.who.name, millis(act.now), *reason, appeal);
  if (outcome == "overturned") undo(act, *file, *reason);
  file->state = outcome;
  set_due(act, *file, "", act.now);
  keep(act, *file, "decideAppeal", *reason, {{"appeal", appeal}, {"outcome", outcome}});
  tell_state(act, *file, "decided");
  return get_case(act, file->id);
}

}  // namespace lw::desk
