#include "desk/case_file.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "desk/records.h"
#include "desk/sight.h"
#include "pack/contract.h"

namespace lw::desk {
namespace {

constexpr std::array<std::string_view, 5> kParties = {"platform", "operator", "host", "mcn", "merchant"};
constexpr std::array<std::string_view, 12> kShownOutside = {"openCase",       "confirmCase", "rejectCase", "transferCase", "publishCase", "closeCase",
                                                            "imposeMeasure", "approveMeasure", "liftMeasure", "fileAppeal", "decideAppeal", "joinCase"};

constexpr std::string_view kColumns =
    "SELECT case_file.id, case_file.version, case_file.platform, case_file.liable_kind, case_file.liable_id, case_file.violation,"
    " case_file.session, case_file.room, case_file.state, case_file.severity, case_file.lead, case_file.assist, case_file.owner,"
    " case_file.opened, case_file.changed, case_file.due, case_file.due_what, case_file.escalated, case_file.decisions,"
    " case_file.reports, case_file.inspections, case_file.outcome, case_file.decided_by, case_file.reason, case_file.joint,"
    " case_file.published, case_file.published_text FROM case_file";

CaseFile file_of(const store::Row& row) {
  CaseFile file;
  file.id = static_cast<std::uint64_t>(row.number(0));
  file.version = static_cast<std::uint64_t>(row.number(1));
  file.platform = row.text(2);
  file.liable = {row.text(3), row.text(4)};
  file.violation = row.text(5);
  file.session = row.text(6);
  file.room = row.text(7);
  file.state = row.text(8);
  file.severity = row.text(9);
  file.lead = row.text(10);
  file.assist = texts_of({{"assist", parsed(row.text(11))}}, "assist");
  file.owner = row.text(12);
  file.opened = row.number(13);
  file.changed = row.number(14);
  file.due = row.number(15);
  file.due_what = row.text(16);
  file.escalated = row.number(17);
  file.decisions = row.number(18);
  file.reports = row.number(19);
  file.inspections = row.number(20);
  file.outcome = row.text(21);
  file.decided_by = row.text(22);
  file.reason = row.text(23);
  file.joint = row.number(24);
  file.published = row.number(25);
  file.published_text = row.text(26);
  return file;
}

std::size_t rank(std::string_view severity) { return pack::find_word(pack::Vocabulary::kSeverity, severity).value_or(0); }

void add_helper(CaseFile& file, const std::string& department) {
  if (department.empty() || department == file.lead || std::ranges::count(file.assist, department) > 0) return;
  file.assist.push_back(department);
}

void store_row(const Act& act, const CaseFile& file) {
  act.session.run("UPDATE case_file SET version = :version, state = :state, severity = :severity, lead = :lead, assist = :assist, owner = :owner,"
                  " changed = :changed, due = :due, due_what = :what, escalated = :escalated, decisions = :decisions, reports = :reports,"
                  " inspections = :inspections, outcome = :outcome, decided_by = :by, reason = :reason, joint = :joint, published = :published, published_text = :told"
                  " WHERE id = :id",
                  file.version, file.state, file.severity, file.lead, written(file.assist), file.owner, file.changed, file.due, file.due_what, file.escalated,
                  file.decisions, file.reports, file.inspections, file.outcome, file.decided_by, file.reason, file.joint, file.published, file.published_text, file.id);
}

std::int64_t& count_of(CaseFile& file, std::string_view kind) {
  return kind == "decision" ? file.decisions : kind == "report" ? file.reports : file.inspections;
}

// Of one that corroborates: a report by somebody who has not reported to this case yet, all else.
bool corroborates(const Act& act, const Ground& ground, std::uint64_t case_id) {
  if (ground.kind != "report" || ground.reporter.empty()) return true;
  return act.session.rows("SELECT id FROM report WHERE case_id = :case AND reporter = :reporter LIMIT 1", case_id, ground.reporter).empty();
}

CaseFile opened(const Act& act, const Ground& ground) {
  CaseFile file;
  file.id = act.session.next("case");
  file.platform = ground.platform;
  file.liable = ground.liable;
  file.violation = ground.violation;
  file.session = ground.session;
  file.room = ground.room;
  file.state = "open";
  file.severity = ground.severity;
  file.lead = ground.lead;
  file.opened = millis(act.now);
  act.session.run("INSERT INTO case_file (id, version, platform, liable_kind, liable_id, violation, session, room, state, severity, lead, assist, owner, opened,"
                  " changed, due, due_what, escalated, decisions, reports, inspections, outcome, decided_by, reason, joint, published, published_text) VALUES (:id, 0, :platform,"
                  " :kind, :liable, :violation, :session, :room, 'open', :severity, :lead, '[]', '', :opened, :changed, 0, '', 0, 0, 0, 0, '', '', '', 0, 0, '')",
                  file.id, file.platform, file.liable.kind, file.liable.id, file.violation, file.session, file.room, file.severity, file.lead, file.opened,
                  file.opened);
  set_due(act, file, "case-claimed", act.now);
  return file;
}

}  // namespace

bool may_be_accused(const pack::DeskPolicy& policy, std::string_view kind) {
  return std::ranges::count(kParties, kind) > 0 && std::ranges::count(policy.never_accused, kind) == 0;
}

const std::string& graver(const std::string& a, const std::string& b) { return rank(b) > rank(a) ? b : a; }

std::string mildest(const pack::DeskPolicy& policy) {
  if (policy.opens.empty()) return "low";
  return *std::ranges::min_element(policy.opens, {}, rank);
}

std::uint64_t add_to_case(const Act& act, const Ground& ground, bool opens) {
  const std::string same = "SELECT id FROM case_file WHERE platform = :platform AND liable_kind = :kind AND liable_id = :liable AND violation = :violation"
                           " AND state IN ('open', 'claimed')";
  const store::Rows found = ground.session.empty()
      ? act.session.rows(same + " ORDER BY session, id LIMIT 1", ground.platform, ground.liable.kind, ground.liable.id, ground.violation)
      : act.session.rows(same + " AND session = :session ORDER BY id LIMIT 1", ground.platform, ground.liable.kind, ground.liable.id, ground.violation, ground.session);
  if (found.empty() && !opens) return 0;
  const auto known = found.empty() ? std::nullopt : find_case(act.session, static_cast<std::uint64_t>(found[0].number(0)));
  CaseFile file = known ? *known : opened(act, ground);
  const bool adds = corroborates(act, ground, file.id);
  if (act.session.run("INSERT INTO case_item (case_id, kind, ref, at, text) VALUES (:case, :kind, :ref, :at, :text) ON CONFLICT (case_id, kind, ref) DO NOTHING",
                      file.id, ground.kind, ground.ref, ground.at, ground.text) == 0) return file.id;
  if (adds) ++count_of(file, ground.kind);
  const std::string severity = file.severity;
  const std::size_t helpers = file.assist.size();
  file.severity = graver(file.severity, ground.severity);
  add_helper(file, ground.lead);
  for (const std::string& department : ground.assist) add_helper(file, department);
  if (!known) add_helper(file, ground.finder);
  const Json data{{"ground", ground.kind}, {"ref", ground.ref}, {"severity", file.severity}};
  if (!known) {
    keep(act, file, "openCase", ground.kind, data);
    tell_state(act, file, "opened");
  } else if (file.state == "claimed" || file.severity != severity || file.assist.size() != helpers || ground.kind == "inspection") {
    keep(act, file, "joinItem", "", data);
  } else {
    file.changed = millis(act.now);
    store_row(act, file);
  }
  return file.id;
}

void leave_case(const Act& act, const Ground& ground, std::uint64_t case_id) {
  auto file = find_case(act.session, case_id);
  if (!file || act.session.run("DELETE FROM case_item WHERE case_id = :case AND kind = :kind AND ref = :ref", case_id, ground.kind, ground.ref) == 0) return;
  if (corroborates(act, ground, case_id)) --count_of(*file, ground.kind);
  keep(act, *file, "leaveItem", "", {{"ground", ground.kind}, {"ref", ground.ref}});
}

std::optional<CaseFile> find_case(store::Session& session, std::uint64_t id) {
  const store::Rows rows = session.rows(fmt::format("{} WHERE id = :id", kColumns), id);
  if (rows.empty()) return std::nullopt;
  return file_of(rows[0]);
}

Answer<CaseFile> case_for(const Act& act, std::uint64_t id) {
  Where where;
  see_cases(where, act.who);
  const store::Rows rows = where.add("case_file.id = ?", id).rows(act.session, kColumns, "");
  if (rows.empty()) return refuse(Why::kNotFound, "there is no case {}", id);
  return file_of(rows[0]);
}

Answer<CaseFile> case_to_change(const Act& act, std::uint64_t id, const Json& body) {
  auto file = case_for(act, id);
  if (!file) return file;
  if (act.who.department() != file->lead) return refuse(Why::kForbidden, "case {} is led by {}", id, file->lead);
  if (act.who.person == 0) return refuse(Why::kForbidden, "only a person may act in a case, not a token");
  if (const auto same = same_version(*file, body, true); !same) return tl::make_unexpected(same.error());
  return file;
}

Answer<void> same_version(const CaseFile& file, const Json& body, bool needed) {
  const std::int64_t version = number_of(body, "version");
  if (version == 0 && needed) return refuse_field("version", "version is that of the case as it was last read");
  if (version != 0 && static_cast<std::uint64_t>(version) != file.version) {
    return refuse(Why::kConflict, "case {} has changed: it has version {} now, not {}; read it again", file.id, file.version, version);
  }
  return {};
}

bool shown_outside(std::string_view verb) { return std::ranges::count(kShownOutside, verb) > 0; }

LastShown last_shown(store::Session& session, std::uint64_t case_id) {
  const store::Rows rows = session.rows(fmt::format("SELECT n, at FROM case_act WHERE case_id = :case AND act IN ('{}') ORDER BY n DESC LIMIT 1", fmt::join(kShownOutside, "', '")), case_id);
  return rows.empty() ? LastShown{} : LastShown{static_cast<std::uint64_t>(rows[0].number(0)), rows[0].number(1)};
}

std::string told_outside(const CaseFile& file, const std::string& who, const std::string& body) {
  if (who == machine().name) return who;
  return body.empty() ? "department/" + file.lead : body;
}

std::int64_t due_after(const Act& act, std::string_view id, Time from) {
  const pack::DeskDeadline* deadline = id.empty() ? nullptr : act.policy.deadline(id, act.now);
  return deadline ? millis(act.policy.after(from, deadline->within)) : 0;
}

void set_due(const Act& act, CaseFile& file, std::string_view id, Time from) {
  file.due = due_after(act, id, from);
  file.due_what = file.due ? std::string(id) : std::string();
  file.escalated = 0;
}

void keep(const Act& act, CaseFile& file, std::string_view verb, std::string_view text, Json data) {
  data["body"] = act.who.body;
  ++file.version;
  file.changed = millis(act.now);
  store_row(act, file);
  act.session.run("INSERT INTO case_act (case_id, n, at, who, act, text, data) VALUES (:case, :n, :at, :who, :act, :text, :data)", file.id, file.version,
                  file.changed, act.who.name, verb, text, written(data));
  note_act_for(act.session, act.who, file.lead, verb, file.name(), file.state, act.now);
  add_leaf(act.session, "case", fmt::format("{}/{}", file.id, file.version),
           {{"case", file.id}, {"version", file.version}, {"at", shown_time(file.changed)}, {"who", act.who.name}, {"act", verb}, {"text", text}, {"data", data},
            {"state", file.state}, {"outcome", file.outcome}, {"platform", file.platform}, {"liable", {{"kind", file.liable.kind}, {"id", file.liable.id}}},
            {"violation", file.violation}, {"session", file.session}, {"severity", file.severity}, {"lead", file.lead}, {"assist", file.assist}, {"owner", file.owner}},
           act.now);
}

void tell_state(const Act& act, const CaseFile& file, std::string_view state) {
  Json data{{"case", std::to_string(file.id)}, {"state", state}, {"platform", file.platform}, {"violation", file.violation}, {"department", file.lead},
            {"lead", file.lead}, {"assist", file.assist}, {file.liable.kind, file.liable.id}};
  if (!file.session.empty()) data["session"] = file.session;
  if (!file.room.empty()) data["room"] = file.room;
  if (!file.outcome.empty()) data["outcome"] = file.outcome;
  if (file.due) data["due"] = shown_time(file.due);
  tell_engine(act.session, "live.case.changed", fmt::format("case/{}/{}", file.id, file.version), act.now, data);
}

}  // namespace lw::desk
