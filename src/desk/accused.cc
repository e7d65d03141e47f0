#include "desk/accused.h"

#include "desk/records.h"
#include "pack/contract.h"

namespace lw::desk {

std::optional<Named> answers_for(const Act& act, const std::string& platform, const Named& target, const std::string& session) {
  const auto first_of = [&](const store::Rows& rows, std::initializer_list<const char*> kinds) -> std::optional<Named> {
    std::size_t column = 0;
    for (const char* kind : kinds) {
      if (!rows.empty() && !rows[0].text(column).empty() && may_be_accused(act.policy, kind)) return Named{kind, rows[0].text(column)};
      ++column;
    }
    return std::nullopt;
  };
  if (may_be_accused(act.policy, target.kind)) return target;
  const std::string& broadcast = target.kind == "session" ? target.id : session;
  if (target.kind == "room" && broadcast.empty()) {
    return first_of(act.session.rows("SELECT operator, host FROM room WHERE platform = :platform AND id = :id", platform, target.id), {"operator", "host"});
  }
  if (target.kind == "room" || target.kind == "session") {
    const auto last = first_of(act.session.rows("SELECT operator, host FROM room WHERE platform = :platform AND session = :id", platform, broadcast), {"operator", "host"});
    if (last) return last;
    return first_of(act.session.rows("SELECT operator, host FROM plan WHERE platform = :platform AND session = :id", platform, broadcast), {"operator", "host"});
  }
  if (target.kind == "product") return first_of(act.session.rows("SELECT merchant FROM product WHERE platform = :platform AND id = :id", platform, target.id), {"merchant"});
  return std::nullopt;
}

void find_place(const Act& act, const std::string& platform, const Named& target, std::string& room, std::string& session) {
  if (target.kind == "room" && room.empty()) room = target.id;
  if (target.kind == "session" && session.empty()) session = target.id;
  if (room.empty() || !session.empty()) return;
  const store::Rows rows = act.session.rows("SELECT session FROM room WHERE platform = :platform AND id = :id AND on_air = 1", platform, room);
  if (!rows.empty()) session = rows[0].text(0);
}

Answer<std::uint64_t> accuse(const Act& act, Inspection found) {
  if (found.platform.empty()) return refuse_field("platform", "platform has to be given");
  const bool failed = found.finding == "failed";
  if (failed && !pack::find_word(pack::Vocabulary::kViolation, found.violation)) {
    return refuse_field("violation", "violation is a word of the contract" + pack::suggestion(found.violation, pack::words(pack::Vocabulary::kViolation)));
  }
  if (!found.severity.empty() && !pack::find_word(pack::Vocabulary::kSeverity, found.severity)) {
    return refuse_field("severity", "severity is one of: info, low, medium, high, critical");
  }
  find_place(act, found.platform, found.target, found.room, found.session);
  Json data{{"inspection", found.ref}, {"method", found.method}, {"platform", found.platform}, {"target", found.target.kind + "/" + found.target.id},
            {"finding", found.finding}, {"text", found.text}, {"department", act.who.department()}};
  for (const auto& [name, text] : {std::pair("violation", &found.violation), {"room", &found.room}, {"session", &found.session}}) {
    if (!text->empty()) data[name] = *text;
  }
  tell_engine(act.session, "live.inspection.recorded", found.ref, act.now, data);
  if (!failed) return 0;
  const pack::Competence* competent = act.policy.competent(found.violation, act.now);
  if (!competent) return refuse_field("violation", fmt::format("the policy names no department for {}", found.violation));
  const auto liable = answers_for(act, found.platform, found.target, found.session);
  if (!liable) return 0;
  const Ground ground{"inspection", found.ref, found.text, found.platform, *liable, found.violation, found.session, found.room,
                found.severity.empty() ? mildest(act.policy) : found.severity, competent->lead, competent->assist, {}, millis(act.now), std::string(act.who.department())};
  return add_to_case(act, ground, true);
}

}  // namespace lw::desk
