#include "desk/take_in.h"

#include <algorithm>

#include "desk/case_file.h"
#include "desk/fields.h"
#include "desk/interventions.h"
#include "desk/records.h"
#include "pack/contract.h"

namespace lw::desk {
namespace {

struct Taken {
  std::string id, rule, violation, severity, mode, platform, room, session, lead;
  Named target, liable;
  std::vector<std::string> assist, actions;
  std::int64_t at = 0;
  bool enforces() const { return mode == "enforce" && severity != "info"; }
};

Named named_in(const Json& data, std::string_view field) {
  const Json& part = part_of(data, field);
  return {text_of(part, "kind"), text_of(part, "id")};
}

Taken taken_of(const pack::DeskPolicy& policy, const Json& record) {
  const Json& data = part_of(record, "data");
  Taken out{text_of(record, "id"), text_of(data, "rule"), text_of(data, "violation"), text_of(data, "severity"), text_of(data, "mode"), text_of(data, "platform"),
            text_of(data, "room"), text_of(data, "session"), text_of(data, "lead"), named_in(data, "target"), named_in(data, "liable"), texts_of(data, "assist"),
            texts_of(data, "actions"), 0};
  if (out.liable.id.empty() && may_be_accused(policy, out.target.kind)) out.liable = out.target;
  if (const auto time = parse_rfc3339(text_of(record, "time"))) out.at = millis(*time);
  return out;
}

std::uint64_t case_of(const Act& act, const Taken& taken) {
  if (!taken.enforces() || std::ranges::count(act.policy.opens, taken.severity) == 0) return 0;
  if (taken.liable.id.empty() || !may_be_accused(act.policy, taken.liable.kind)) return 0;
  return add_to_case(act, {"decision", taken.id, "", taken.platform, taken.liable, taken.violation, taken.session, taken.room, taken.severity, taken.lead, taken.assist, "", taken.at}, true);
}

void intervene(const Act& act, const Taken& taken, const Json& record, std::uint64_t case_id) {
  if (!taken.enforces()) return;
  const Json& data = part_of(record, "data");
  for (const std::string& action : taken.actions) {
    if (std::ranges::count(act.policy.by_machine, action) == 0) continue;
    ask_platform(act, {taken.id, taken.id, action, case_id, taken.platform, taken.target, taken.room, taken.session, taken.lead,
                       {{"decision", taken.id}, {"rule", taken.rule}, {"violation", taken.violation}, {"severity", taken.severity},
                        {"basis", part_of(data, "basis")}, {"message", part_of(data, "message")}}});
  }
}

// What is left of a risk that was right at `since`, and the time that this is right at: whole half-lives alone pass.
void cool(std::int64_t& risk, std::int64_t& since, std::int64_t half_life, std::int64_t now) {
  const std::int64_t halvings = now > since ? (now - since) / half_life : 0;
  risk = halvings > 62 ? 0 : risk >> halvings;
  since += halvings * half_life;
}

void heat(const Act& act, const Taken& taken) {
  if (!taken.enforces() || taken.room.empty()) return;
  const std::size_t severity = pack::find_word(pack::Vocabulary::kSeverity, taken.severity).value_or(0);
  const auto& risk_of = act.policy.risk;
  const std::int64_t weight = risk_of.weights[severity];
  const store::Rows rows = act.session.rows("SELECT risk, risk_at FROM room WHERE platform = :platform AND id = :id", taken.platform, taken.room);
  if (rows.empty()) {
    act.session.run("INSERT INTO room (platform, id, session, host, operator, mcn, on_air, started, ended, online, gross, tips, risk, findings, last_at, risk_at)"
                    " VALUES (:platform, :id, :session, '', '', '', 0, 0, 0, 0, 0, 0, :risk, 1, :last, :at)",
                    taken.platform, taken.room, taken.session, weight, taken.at, millis(act.now));
    return;
  }
  std::int64_t risk = rows[0].number(0), since = rows[0].number(1);
  if (risk == 0) since = millis(act.now);
  cool(risk, since, std::int64_t{risk_of.half_life_minutes} * 60'000, millis(act.now));
  act.session.run("UPDATE room SET risk = :risk, risk_at = :at, findings = findings + 1 WHERE platform = :platform AND id = :id", risk + weight, since, taken.platform, taken.room);
}

}  // namespace

std::uint64_t taken_in(store::Session& session) {
  const store::Rows rows = session.rows("SELECT n FROM decision ORDER BY n DESC LIMIT 1");
  return rows.empty() ? 0 : static_cast<std::uint64_t>(rows[0].number(0));
}

void take_in(store::Session& session, const pack::DeskPolicy& policy, std::uint64_t n, const Json& record, Time now) {
  if (n <= taken_in(session)) return;
  const Act act{session, policy, machine(), now};
  const Taken taken = taken_of(policy, record);
  const Json& data = part_of(record, "data");
  const std::uint64_t case_id = case_of(act, taken);
  session.run("INSERT INTO decision (n, id, rule, obligation, violation, severity, mode, platform, target_kind, target_id, liable_kind, liable_id, room, session,"
              " lead, trigger_event, at, taken_in, case_id, outcome, record, assist) VALUES (:n, :id, :rule, :obligation, :violation, :severity, :mode, :platform,"
              " :target_kind, :target, :liable_kind, :liable, :room, :session, :lead, :trigger, :at, :taken, :case, '', :record, :assist)",
              n, taken.id, taken.rule, text_of(data, "obligation"), taken.violation, taken.severity, taken.mode, taken.platform, taken.target.kind, taken.target.id,
              taken.liable.kind, taken.liable.id, taken.room, taken.session, taken.lead, text_of(data, "trigger"), taken.at, millis(now), case_id, written(record),
              written(taken.assist));
  add_leaf(session, "decision", taken.id, record, now);
  intervene(act, taken, record, case_id);
  heat(act, taken);
}

void cool_rooms(store::Session& session, const pack::DeskPolicy& policy, Time now) {
  const std::int64_t half_life = std::int64_t{policy.risk.half_life_minutes} * 60'000;
  for (const store::Row& row : session.rows("SELECT platform, id, risk, risk_at FROM room WHERE risk > 0 AND risk_at <= :before", millis(now) - half_life)) {
    std::int64_t risk = row.number(2), since = row.number(3);
    cool(risk, since, half_life, millis(now));
    session.run("UPDATE room SET risk = :risk, risk_at = :at WHERE platform = :platform AND id = :id", risk, since, row.text(0), row.text(1));
  }
}

}  // namespace lw::desk
