#include "desk/measures.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "desk/cases.h"
#include "desk/credit.h"
#include "desk/interventions.h"
#include "desk/records.h"
#include "desk/sight.h"
#include "pack/contract.h"

namespace lw::desk {
namespace {

struct Imposed {  // a row
  std::uint64_t id = 0, case_id = 0;
  std::string kind, department, text, imposed_by, state;
  std::int64_t amount = 0, until = 0;
  std::vector<std::string> interventions;
  Named target;  // of the interventions
  std::string name() const { return "measure/" + std::to_string(id); }
};

constexpr std::string_view kColumns = "SELECT id, case_id, kind, amount, department, text, until, imposed_by, state, interventions, target_kind, target_id FROM measure WHERE ";

Imposed measure_of(const store::Row& row) {
  Imposed out;
  out.id = static_cast<std::uint64_t>(row.number(0));
  out.case_id = static_cast<std::uint64_t>(row.number(1));
  out.kind = row.text(2);
  out.amount = row.number(3);
  out.department = row.text(4);
  out.text = row.text(5);
  out.until = row.number(6);
  out.imposed_by = row.text(7);
  out.state = row.text(8);
  out.interventions = texts_of({{"actions", parsed(row.text(9))}}, "actions");
  out.target = {row.text(10), row.text(11)};
  return out;
}

// An action that a platform is asked for is no measure of a department: the engine is not told.
bool is_action(const std::string& kind) { return pack::find_word(pack::Vocabulary::kAction, kind).has_value(); }

// `change`: "in-force", "lifted": of which the contract says that it restores.
void tell_measure(const Act& act, const CaseFile& file, const Imposed& measure, std::string_view change) {
  if (is_action(measure.kind)) return;
  Json data{{"case", std::to_string(file.id)}, {"measure", change == "lifted" ? "restore" : measure.kind}, {"department", measure.department},
            {"platform", file.platform}, {"target", file.liable.kind + "/" + file.liable.id}, {"violation", file.violation}};
  if (change == "lifted") data["reason"] = measure.kind;
  if (measure.amount) data["amount"] = measure.amount;
  if (measure.until) data["until"] = shown_time(measure.until);
  tell_engine(act.session, "live.enforcement.applied", fmt::format("{}/{}", measure.name(), change), act.now, data);
}

void put_in_force(const Act& act, const CaseFile& file, const Imposed& measure) {
  tell_measure(act, file, measure, "in-force");
  for (const std::string& action : measure.interventions) {
    ask_platform(act, {measure.name(), measure.name(), action, file.id, file.platform, measure.target, file.room, file.session, measure.department,
                       {{"violation", file.violation}, {"measure", measure.kind}}});
  }
}

void end(const Act& act, const CaseFile& file, const Imposed& measure, std::string_view why) {
  act.session.run("UPDATE measure SET state = :state, lifted = :at WHERE id = :id", measure.state == "waits" ? "refused" : "lifted", millis(act.now), measure.id);
  if (measure.state == "waits") return;
  tell_measure(act, file, measure, "lifted");
  withdraw_of_cause(act, measure.name(), why);
}

// A measure in a state, of a case that the actor's department leads.
struct Found {
  Imposed measure;
  CaseFile file;
};
Answer<Found> measure_to_change(const Act& act, std::uint64_t id, const Json& body, std::string_view state) {
  const store::Rows rows = act.session.rows(std::string(kColumns) + "id = :id", id);
  const auto file = rows.empty() ? Answer<CaseFile>(refuse(Why::kNotFound, "")) : case_for(act, static_cast<std::uint64_t>(rows[0].number(1)));
  if (!file) return refuse(Why::kNotFound, "there is no measure {}", id);
  Found found{measure_of(rows[0]), *file};
  if (outside(act.who) && found.measure.state != "in-force" && found.measure.state != "lifted") return refuse(Why::kNotFound, "there is no measure {}", id);
  if (act.who.department() != file->lead) return refuse(Why::kForbidden, "case {} is led by {}", file->id, file->lead);
  if (act.who.person == 0 || !is_officer(act.who)) return refuse(Why::kForbidden, "measures are an officer's or approver's own act");
  if (const auto same = same_version(*file, body, false); !same) return tl::make_unexpected(same.error());
  if (found.measure.state != state) return refuse(Why::kConflict, "measure {} is {}, not {}", id, found.measure.state, state);
  return found;
}

// What the case is about, and nobody else.
bool concerns(const Act& act, const CaseFile& file, const Named& target) {
  if (target.kind == file.liable.kind && target.id == file.liable.id) return true;
  if ((target.kind == "room" && target.id == file.room) || (target.kind == "session" && target.id == file.session)) return true;
  return !act.session.rows("SELECT id FROM decision WHERE case_id = :case AND target_kind = :kind AND target_id = :id LIMIT 1", file.id, target.kind, target.id).empty();
}

// Actions that decisions of the case named, each with the kind and id of what it is to be done to.
std::set<std::tuple<std::string, std::string, std::string>> named_actions(const Act& act, const CaseFile& file) {
  std::set<std::tuple<std::string, std::string, std::string>> out;
  for (const store::Row& row : act.session.rows("SELECT record, target_kind, target_id FROM decision WHERE case_id = :case ORDER BY n DESC LIMIT 200", file.id)) {
    for (const std::string& action : texts_of(part_of(parsed(row.text(0)), "data"), "actions")) out.emplace(action, row.text(1), row.text(2));
  }
  return out;
}

Json data_of(const Imposed& measure) {
  Json data{{"measure", measure.id}, {"kind", measure.kind}};
  if (measure.amount) data["amount"] = measure.amount;
  if (measure.until) data["until"] = shown_time(measure.until);
  if (!measure.interventions.empty()) data.update({{"interventions", measure.interventions}, {"target", {{"kind", measure.target.kind}, {"id", measure.target.id}}}});
  return data;
}

}  // namespace

Json measures_of(const Act& act, const CaseFile& file) {
  Json out = Json::array();
  for (const store::Row& row : act.session.rows("SELECT id, kind, amount, department, text, until, imposed_by, imposed, approved_by, approved, state, lifted, interventions,"
                                                " target_kind, target_id FROM measure WHERE case_id = :case ORDER BY id", file.id)) {
    const std::string& state = row.text(10);
    if (outside(act.who) && state != "in-force" && state != "lifted") continue;
    Json shown{{"id", row.number(0)}, {"case_id", file.id}, {"kind", row.text(1)}, {"department", row.text(3)}, {"text", row.text(4)}, {"until", shown_time(row.number(5))},
               {"imposed_by", outside(act.who) ? "department/" + row.text(3) : row.text(6)}, {"imposed", shown_time(row.number(7))}, {"state", state},
               {"approved", shown_time(row.number(9))}, {"lifted", shown_time(row.number(11))}};
    if (row.number(2)) shown["amount"] = row.number(2);
    if (row.text(12) != "[]") shown["interventions"] = parsed(row.text(12));
    if (row.text(12) != "[]" && !row.text(14).empty()) shown["target"] = {{"kind", row.text(13)}, {"id", row.text(14)}};
    if (const pack::Measure* known = act.policy.measure(row.text(1))) shown.update({{"name", {{"zh", known->name.zh}, {"en", known->name.en}}}, {"grave", known->grave}});
    if (!outside(act.who)) shown["approved_by"] = row.text(8);
    if (state == "waits") shown["due"] = shown_time(due_after(act, "measure-approved", time_of(row.number(7))));
    out.push_back(without_nothing(std::move(shown)));
  }
  return out;
}

Json proposals_of(const Act& act, const CaseFile& file) {
  const auto confirmed_since = [&](Time since) -> std::uint32_t {
    const store::Rows rows = act.session.rows("SELECT COUNT(DISTINCT case_act.case_id) FROM case_act JOIN case_file ON case_file.id = case_act.case_id WHERE case_file.platform = :platform"
                                              " AND case_file.liable_kind = :kind AND case_file.liable_id = :liable AND case_file.outcome = 'confirmed'"
                                              " AND case_file.id <> :id AND case_act.act = 'confirmCase' AND case_act.at >= :since",
                                              file.platform, file.liable.kind, file.liable.id, file.id, millis(since));
    return rows.empty() ? 0 : static_cast<std::uint32_t>(rows[0].number(0));
  };
  const auto severity = static_cast<pack::Severity>(pack::find_word(pack::Vocabulary::kSeverity, file.severity).value_or(0));
  const std::string grade = grade_of(act.session, act.policy, {file.platform, file.liable.kind, file.liable.id});
  Json out = Json::array();
  for (const std::string& id : act.policy.proposed(severity, grade, act.now, confirmed_since)) {
    const pack::Measure* measure = act.policy.measure(id);
    if (!measure || !measure->holds(act.now)) continue;
    Json basis = Json::array();
    for (const pack::Basis& one : measure->basis) basis.push_back({{"instrument", one.instrument}, {"article", one.article}, {"known", std::string(1, one.known)}});
    out.push_back({{"of", "measure"}, {"kind", id}, {"name", {{"zh", measure->name.zh}, {"en", measure->name.en}}}, {"step", measure->step}, {"grave", measure->grave}, {"basis", basis}});
  }
  for (const auto& [action, kind, id] : named_actions(act, file)) {
    if (std::ranges::count(act.policy.by_machine, action) == 0) out.push_back({{"of", "action"}, {"kind", action}, {"target", {{"kind", kind}, {"id", id}}}});
  }
  return out;
}

void undo_measures(const Act& act, const CaseFile& file, std::string_view why) {
  for (const store::Row& row : act.session.rows(std::string(kColumns) + "case_id = :case AND state IN ('in-force', 'waits') ORDER BY id", file.id)) {
    end(act, file, measure_of(row), why);
  }
}

void end_overdue_measures(const Act& act, CaseFile& file) {
  for (const store::Row& row : act.session.rows(std::string(kColumns) + "case_id = :case AND state = 'in-force' AND until <> 0 AND until < :now ORDER BY id", file.id, millis(act.now))) {
    const Imposed measure = measure_of(row);
    end(act, file, measure, "its term is over");
    keep(act, file, "liftMeasure", "its term is over", data_of(measure));
  }
}

Answer<Json> impose_measure(const Act& act, std::uint64_t id, const Json& body) {
  auto file = case_to_change(act, id, body);
  if (!file) return tl::make_unexpected(file.error());
  if (!is_officer(act.who)) return refuse(Why::kForbidden, "only an officer or approver imposes measures");
  const std::string kind = text_of(body, "kind");
  const bool action = is_action(kind), confirmed = file->outcome == "confirmed" && file->state != "closed" && file->state != "appealed";
  if (!confirmed && !(action && file->owner == act.who.name && file->state == "claimed")) {
    return refuse(Why::kConflict, "case {} is {}: measures follow what was confirmed, and before that whoever holds it may ask the platform for actions", id, file->state);
  }
  const pack::Measure* known = act.policy.measure(kind);
  if (!action && (!known || !known->holds(act.now))) return refuse_field("kind", fmt::format("the policy has no measure \"{}\" in force", kind));
  if (known && !known->departments.empty() && std::ranges::count(known->departments, file->lead) == 0) {
    return refuse_field("kind", fmt::format("{} may not impose \"{}\"", file->lead, kind));
  }
  const auto text = asked_text(body, "text");
  if (!text) return tl::make_unexpected(text.error());
  const auto until = asked_time(body, "until");
  if (!until) return tl::make_unexpected(until.error());
  if (*until && *until <= millis(act.now)) return refuse_field("until", "until is in the future");
  const auto target = part_of(body, "target").is_null() ? Answer<Named>(file->liable) : asked_entity(body, "target");
  if (!target) return tl::make_unexpected(target.error());
  if (!concerns(act, *file, *target)) return refuse_field("target", "target is the party of the case, its room or session, or what a decision of it is about");
  const bool grave = known && known->grave;
  Imposed measure{0, id, kind, file->lead, *text, act.who.name, grave ? "waits" : "in-force", number_of(body, "amount"), *until, texts_of(body, "interventions"), *target};
  if (action) measure.interventions = {kind};
  if (measure.amount < 0) return refuse_field("amount", "amount is in fen, 0 or more");
  const auto named = named_actions(act, *file);
  for (const std::string& asked : measure.interventions) {
    if (!is_action(asked)) return refuse_field("interventions", fmt::format("\"{}\" is no action", asked) + pack::suggestion(asked, pack::words(pack::Vocabulary::kAction)));
    if (!grave && std::ranges::none_of(named, [&](const auto& one) { return std::get<0>(one) == asked; })) {
      return refuse_field(action ? "kind" : "interventions", fmt::format("no decision of case {} named \"{}\": one person alone asks for what they named; more goes with a grave measure", id, asked));
    }
  }
  measure.id = act.session.next("measure");
  act.session.run("INSERT INTO measure (id, case_id, kind, amount, department, text, until, imposed_by, imposed, approved_by, approved, state, lifted, interventions, target_kind,"
                  " target_id) VALUES (:id, :case, :kind, :amount, :department, :text, :until, :by, :at, '', 0, :state, 0, :interventions, :target_kind, :target)",
                  measure.id, id, kind, measure.amount, measure.department, measure.text, measure.until, measure.imposed_by, millis(act.now), measure.state,
                  written(measure.interventions), measure.target.kind, measure.target.id);
  keep(act, *file, "imposeMeasure", measure.text, data_of(measure));
  if (!grave) put_in_force(act, *file, measure);
  return get_case(act, id);
}

Answer<Json> approve_measure(const Act& act, std::uint64_t id, const Json& body) {
  auto found = measure_to_change(act, id, body, "waits");
  if (!found) return tl::make_unexpected(found.error());
  if (!is_approver(act.who)) return refuse(Why::kForbidden, "only an approver approves grave measures");
  if (found->measure.imposed_by == act.who.name) return refuse(Why::kForbidden, "a grave measure needs a second person: {} imposed it", act.who.name);
  if (found->file.outcome != "confirmed" || found->file.state == "appealed") return refuse(Why::kConflict, "case {} is {}", found->file.id, found->file.state);
  if (found->measure.until && found->measure.until <= millis(act.now)) {
    return refuse(Why::kConflict, "measure {} was to end {}: refuse it, and impose it anew", id, shown_time(found->measure.until));
  }
  act.session.run("UPDATE measure SET state = 'in-force', approved_by = :by, approved = :at WHERE id = :id", act.who.name, millis(act.now), id);
  keep(act, found->file, "approveMeasure", "", data_of(found->measure));
  put_in_force(act, found->file, found->measure);
  return get_case(act, found->file.id);
}

Answer<Json> refuse_measure(const Act& act, std::uint64_t id, const Json& body) {
  auto found = measure_to_change(act, id, body, "waits");
  if (!found) return tl::make_unexpected(found.error());
  if (!is_approver(act.who) && found->measure.imposed_by != act.who.name) return refuse(Why::kForbidden, "only an approver or whoever imposed it refuses a measure");
  const auto reason = asked_text(body, "text");
  if (!reason) return tl::make_unexpected(reason.error());
  end(act, found->file, found->measure, *reason);
  keep(act, found->file, "refuseMeasure", *reason, data_of(found->measure));
  return get_case(act, found->file.id);
}

Answer<Json> lift_measure(const Act& act, std::uint64_t id, const Json& body) {
  auto found = measure_to_change(act, id, body, "in-force");
  if (!found) return tl::make_unexpected(found.error());
  const pack::Measure* known = act.policy.measure(found->measure.kind);
  if (known && known->grave && !is_approver(act.who)) return refuse(Why::kForbidden, "only an approver lifts a grave measure");
  const auto reason = asked_text(body, "text");
  if (!reason) return tl::make_unexpected(reason.error());
  end(act, found->file, found->measure, *reason);
  keep(act, found->file, "liftMeasure", *reason, data_of(found->measure));
  return get_case(act, found->file.id);
}

}  // namespace lw::desk
