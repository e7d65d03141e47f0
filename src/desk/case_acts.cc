// Claim, release, assign, comment, confirm, reject, transfer, join, publish, close.
#include <algorithm>
#include <set>
#include <string>

#include "desk/case_file.h"
#include "desk/cases.h"
#include "desk/credit.h"
#include "desk/interventions.h"
#include "desk/measures.h"
#include "desk/outcomes.h"
#include "desk/records.h"
#include "pack/contract.h"

namespace lw::desk {
namespace {

// The case for an officer's act that some states allow.
Answer<CaseFile> for_officer(const Act& act, std::uint64_t id, const Json& body, std::initializer_list<std::string_view> states, std::string_view what) {
  auto file = case_to_change(act, id, body);
  if (!file) return file;
  if (!is_officer(act.who)) return refuse(Why::kForbidden, "only an officer can {} a case", what);
  if (std::ranges::count(states, std::string_view(file->state)) == 0) return refuse(Why::kConflict, "case {} is {}: nobody can {} it now", id, file->state, what);
  return file;
}

// The same, held by whoever acts.
Answer<CaseFile> for_owner(const Act& act, std::uint64_t id, const Json& body, std::string_view what) {
  auto file = for_officer(act, id, body, {"claimed"}, what);
  if (file && file->owner != act.who.name) return refuse(Why::kConflict, "case {} is held by {}", id, file->owner);
  return file;
}

// The first of the ids that the case knows, of the names that the registry has for them, and of the titles of products which stands in the
// text; "" if none does. What is shorter than three bytes is passed over: it stands in any text.
std::string named_in(const Act& act, const CaseFile& file, const std::string& text) {
  std::set<std::string> ids = {file.liable.id, file.session, file.room, file.owner.substr(file.owner.find('/') + 1), file.decided_by.substr(file.decided_by.find('/') + 1)};
  const auto add = [&](const store::Rows& rows) {
    for (const store::Row& row : rows) {
      for (std::size_t i = 0; i < row.size(); ++i) ids.insert(row.text(i));
    }
  };
  add(act.session.rows("SELECT host, operator, mcn FROM room WHERE platform = :platform AND id = :id", file.platform, file.room));
  add(act.session.rows("SELECT host, operator, mcn FROM plan WHERE platform = :platform AND session = :session", file.platform, file.session));
  for (const store::Row& row : act.session.rows("SELECT target_id, liable_id, room, record FROM decision WHERE case_id = :case", file.id)) {
    for (const std::size_t column : {0U, 1U, 2U}) ids.insert(row.text(column));
    const Json record = parsed(row.text(3));
    for (const char* party : {"host", "operator", "mcn", "merchant"}) ids.insert(text_of(part_of(record, "data"), party));
  }
  for (const std::string& product : std::set<std::string>(ids)) add(act.session.rows("SELECT merchant FROM product WHERE platform = :platform AND id = :id", file.platform, product));
  std::set<std::string> names = ids;
  for (const std::string& id : ids) {
    for (const char* sql : {"SELECT name FROM party WHERE platform = :platform AND id = :id", "SELECT title FROM product WHERE platform = :platform AND id = :id"}) {
      for (const store::Row& row : act.session.rows(sql, file.platform, id)) names.insert(row.text(0));
    }
  }
  const auto found = std::ranges::find_if(names, [&](const std::string& name) { return name.size() >= 3 && text.find(name) != std::string::npos; });
  return found == names.end() ? std::string() : *found;
}

Answer<Json> decide(const Act& act, std::uint64_t id, const Json& body, std::string_view outcome, std::string_view what) {
  auto file = for_owner(act, id, body, what);
  if (!file) return tl::make_unexpected(file.error());
  const auto reason = asked_text(body, "text");
  if (!reason) return tl::make_unexpected(reason.error());
  file->state = file->outcome = outcome;
  file->decided_by = act.who.name;
  file->reason = *reason;
  settle(act.session, id, "", outcome);
  if (outcome == "confirmed") {
    set_due(act, *file, "appeal-filed", act.now);
    charge_case(act.session, act.policy, id, act.who.name, act.now);
    keep(act, *file, "confirmCase", *reason, {{"proposals", proposals_of(act, *file)}});
  } else {
    set_due(act, *file, "", act.now);
    undo_measures(act, *file, *reason);
    withdraw_of_case(act, id, *reason);
    keep(act, *file, "rejectCase", *reason);
  }
  tell_state(act, *file, "decided");
  return get_case(act, id);
}

}  // namespace

Answer<Json> claim_case(const Act& act, std::uint64_t id, const Json& body) {
  auto file = for_officer(act, id, body, {"open"}, "claim");
  if (!file) return tl::make_unexpected(file.error());
  file->state = "claimed";
  file->owner = act.who.name;
  set_due(act, *file, "case-decided", time_of(file->opened));
  keep(act, *file, "claimCase", "");
  tell_state(act, *file, "claimed");
  return get_case(act, id);
}

Answer<Json> release_case(const Act& act, std::uint64_t id, const Json& body) {
  auto file = for_officer(act, id, body, {"claimed"}, "release");
  if (!file) return tl::make_unexpected(file.error());
  if (file->owner != act.who.name && !is_approver(act.who)) return refuse(Why::kForbidden, "case {} is held by {}: only they or an approver can release it", id, file->owner);
  file->state = "open";
  file->owner.clear();
  set_due(act, *file, "case-claimed", act.now);
  keep(act, *file, "releaseCase", "");
  return get_case(act, id);
}

Answer<Json> assign_case(const Act& act, std::uint64_t id, const Json& body) {
  auto file = case_to_change(act, id, body);
  if (!file) return tl::make_unexpected(file.error());
  if (!is_approver(act.who) && act.who.role != Role::kAdministrator) return refuse(Why::kForbidden, "only an approver or an administrator assigns cases");
  if (!file->undecided()) return refuse(Why::kConflict, "case {} is {}: it needs nobody to decide it", id, file->state);
  std::string to = text_of(body, "owner");
  if (to.starts_with("person/")) to.erase(0, 7);
  const bool known = !act.session.rows("SELECT id FROM person WHERE name = :name AND body = :body AND state <> 'disabled' AND role IN ('officer', 'approver')", to,
                                       "department/" + file->lead).empty();
  if (!known) return refuse_field("owner", fmt::format("owner is the name of an officer or approver of {}", file->lead));
  const bool was_open = file->state == "open";
  file->state = "claimed";
  file->owner = "person/" + to;
  if (was_open) set_due(act, *file, "case-decided", time_of(file->opened));
  keep(act, *file, "assignCase", text_of(body, "text"), {{"owner", file->owner}});
  if (was_open) tell_state(act, *file, "claimed");
  return get_case(act, id);
}

Answer<Json> comment_case(const Act& act, std::uint64_t id, const Json& body) {
  auto file = case_for(act, id);
  if (!file) return tl::make_unexpected(file.error());
  if (!act.who.is_department() || !is_officer(act.who)) return refuse(Why::kForbidden, "officers of the departments that handle a case comment on it");
  const auto text = asked_text(body, "text");
  if (!text) return tl::make_unexpected(text.error());
  keep(act, *file, "commentCase", *text);
  return get_case(act, id);
}

Answer<Json> confirm_case(const Act& act, std::uint64_t id, const Json& body) { return decide(act, id, body, "confirmed", "confirm"); }
Answer<Json> reject_case(const Act& act, std::uint64_t id, const Json& body) { return decide(act, id, body, "rejected", "reject"); }

Answer<Json> transfer_case(const Act& act, std::uint64_t id, const Json& body) {
  auto file = for_officer(act, id, body, {"open", "claimed"}, "transfer");
  if (!file) return tl::make_unexpected(file.error());
  if (!file->owner.empty() && file->owner != act.who.name && !is_approver(act.who)) return refuse(Why::kForbidden, "case {} is held by {}: only they or an approver can transfer it", id, file->owner);
  const std::string to = text_of(body, "lead"), from = file->lead;
  if (!pack::find_word(pack::Vocabulary::kDepartment, to)) return refuse_field("lead", "lead is a department" + pack::suggestion(to, pack::words(pack::Vocabulary::kDepartment)));
  if (to == from) return refuse_field("lead", fmt::format("{} leads it already", to));
  const auto reason = asked_text(body, "text");
  if (!reason) return tl::make_unexpected(reason.error());
  file->lead = to;
  std::erase(file->assist, to);
  if (std::ranges::count(file->assist, from) == 0) file->assist.push_back(from);
  file->state = "open";
  file->owner.clear();
  set_due(act, *file, "case-claimed", act.now);
  keep(act, *file, "transferCase", *reason, {{"from", from}, {"to", to}});
  tell_state(act, *file, "transferred");
  return get_case(act, id);
}

Answer<Json> join_case(const Act& act, std::uint64_t id, const Json& body) {
  auto file = for_officer(act, id, body, {"open", "claimed", "confirmed", "rejected", "appealed", "upheld", "overturned"}, "join");
  if (!file) return tl::make_unexpected(file.error());
  const std::vector<std::string> helpers = texts_of(body, "assist");
  const std::int64_t with = number_of(body, "joint");
  if (helpers.empty() && with == 0) return refuse_field("assist", "assist names departments that help, or joint the number of another case");
  for (const std::string& helper : helpers) {
    if (!pack::find_word(pack::Vocabulary::kDepartment, helper)) {
      return refuse_field("assist", fmt::format("\"{}\" is no department", helper) + pack::suggestion(helper, pack::words(pack::Vocabulary::kDepartment)));
    }
    if (helper == file->lead || std::ranges::count(file->assist, helper) > 0) return refuse(Why::kConflict, "{} handles case {} already", helper, id);
    file->assist.push_back(helper);
  }
  if (with != 0) {
    auto other = static_cast<std::uint64_t>(with) == id ? Answer<CaseFile>(refuse_field("joint", "joint is the number of another case")) : case_for(act, static_cast<std::uint64_t>(with));
    if (!other) return tl::make_unexpected(other.error());
    if (other->lead != file->lead) {
      return refuse(Why::kForbidden, "case {} is led by {}: cases are handled jointly under one lead; {} can transfer it, or help here", with, other->lead, other->lead);
    }
    const std::int64_t leader = other->joint ? other->joint : with;
    if (file->joint) return refuse(Why::kConflict, "case {} is handled jointly with case {} already", id, file->joint);
    file->joint = leader;
    if (!other->joint) {
      other->joint = leader;
      keep(act, *other, "joinCase", "", {{"joint", id}});
    }
  }
  Json data{{"assist", helpers}};
  if (with != 0) data["joint"] = with;
  keep(act, *file, "joinCase", text_of(body, "text"), std::move(data));
  return get_case(act, id);
}

Answer<Json> publish_case(const Act& act, std::uint64_t id, const Json& body) {
  auto file = for_officer(act, id, body, {"confirmed", "upheld", "closed"}, "publish");
  if (!file) return tl::make_unexpected(file.error());
  if (!is_approver(act.who)) return refuse(Why::kForbidden, "only an approver publishes cases");
  if (file->outcome != "confirmed") return refuse(Why::kConflict, "case {} was {}: only what was confirmed is published", id, file->outcome);
  if (file->published) return refuse(Why::kConflict, "case {} is published already", id);
  const auto text = asked_text(body, "text");
  if (!text) return tl::make_unexpected(text.error());
  if (const std::string named = named_in(act, *file, *text); !named.empty()) return refuse_field("text", fmt::format("the text for the public holds \"{}\", which leads to somebody", named));
  file->published = millis(act.now);
  file->published_text = *text;
  keep(act, *file, "publishCase", *text);
  return get_case(act, id);
}

Answer<Json> close_case(const Act& act, std::uint64_t id, const Json& body) {
  auto file = for_officer(act, id, body, {"confirmed", "rejected", "upheld", "overturned"}, "close");
  if (!file) return tl::make_unexpected(file.error());
  if (file->state == "confirmed" && file->due > millis(act.now)) return refuse(Why::kConflict, "case {} may be appealed until {}", id, shown_time(file->due));
  if (!act.session.rows("SELECT id FROM measure WHERE case_id = :case AND state = 'waits'", id).empty()) {
    return refuse(Why::kConflict, "a measure of case {} waits to be approved or refused", id);
  }
  file->state = "closed";
  set_due(act, *file, "", act.now);
  keep(act, *file, "closeCase", "");
  tell_state(act, *file, "closed");
  return get_case(act, id);
}

}  // namespace lw::desk
