#include "desk/reports.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "desk/accused.h"
#include "desk/records.h"
#include "desk/sight.h"
#include "pack/contract.h"

namespace lw::desk {
namespace {

constexpr std::size_t kReceiptLetters = 16, kGroup = 4, kMostContact = 200;
constexpr std::string_view kLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // none that is taken for another
constexpr std::int64_t kFullDay = kDay / 1'000'000;

std::string new_receipt() {
  std::array<unsigned char, kReceiptLetters> random;
  randombytes_buf(random.data(), random.size());
  std::string out;
  for (std::size_t i = 0; i < random.size(); ++i) {
    if (i > 0 && i % kGroup == 0) out += '-';
    out += kLetters[random[i] % kLetters.size()];  // 32 divides 256: all are as likely
  }
  return out;
}

// As it was given out, of what somebody typed: "abcd efgh jkmn pqrs", an O for a 0, an I or L for a 1.
std::string receipt_of(std::string_view typed) {
  std::string out;
  std::size_t letters = 0;
  for (const char given : typed) {
    char c = given >= 'a' && given <= 'z' ? static_cast<char>(given - 'a' + 'A') : given;
    if (c == 'O') c = '0';
    if (c == 'I' || c == 'L') c = '1';
    if (kLetters.find(c) == std::string_view::npos) continue;
    if (letters > 0 && letters % kGroup == 0) out += '-';
    out += c;
    ++letters;
  }
  return out;
}

std::string hash_of(const std::string& text) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash;
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
  std::string out(2 * hash.size() + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), hash.data(), hash.size());
  out.pop_back();
  return out;
}

struct Filed {  // a row
  std::uint64_t id = 0;
  std::string receipt, platform, room, session, violation, text, contact, reporter, channel, state, department, answer;
  Named target;
  std::int64_t filed = 0, due = 0, escalated = 0;
  std::uint64_t case_id = 0;
  std::string name() const { return "report/" + std::to_string(id); }
};

constexpr std::string_view kColumns =
    "SELECT id, receipt, platform, target_kind, target_id, room, violation, text, contact, reporter, channel, filed, state, department, due, case_id, answer,"
    " escalated, session FROM report";

Filed filed_of(const store::Row& row) {
  Filed out;
  out.id = static_cast<std::uint64_t>(row.number(0));
  out.receipt = row.text(1);
  out.platform = row.text(2);
  out.target = {row.text(3), row.text(4)};
  out.room = row.text(5);
  out.violation = row.text(6);
  out.text = row.text(7);
  out.contact = row.text(8);
  out.reporter = row.text(9);
  out.channel = row.text(10);
  out.filed = row.number(11);
  out.state = row.text(12);
  out.department = row.text(13);
  out.due = row.number(14);
  out.case_id = static_cast<std::uint64_t>(row.number(15));
  out.answer = row.text(16);
  out.escalated = row.number(17);
  out.session = row.text(18);
  return out;
}

Json status_of(const Filed& report) {
  return without_nothing({{"receipt", report.receipt}, {"state", report.state}, {"filed", shown_time(report.filed)}, {"due", shown_time(report.due)},
                          {"department", report.department}, {"answer", report.answer}});
}

Json shown(const Filed& report, Time now) {
  Json out = status_of(report);
  out.update({{"id", report.id}, {"platform", report.platform}, {"room", report.room}, {"session", report.session}, {"violation", report.violation}, {"text", report.text}, {"channel", report.channel}, {"has_contact", !report.contact.empty()},
              {"overdue", report.due != 0 && report.due < millis(now)}, {"escalated", report.escalated == 2}});
  if (report.case_id) out["case_id"] = report.case_id;
  if (!report.target.id.empty()) out["target"] = {{"kind", report.target.kind}, {"id", report.target.id}};
  return without_nothing(std::move(out));
}

Ground ground_of(const Act& act, const Filed& report, const Named& liable, const std::vector<std::string>& assist) {
  return {"report", std::to_string(report.id), "", report.platform, liable, report.violation, report.session, report.room, mildest(act.policy), report.department, assist, report.reporter,
          report.filed};
}

// Joins a case, or opens one if `opens`, where somebody answers for the target.
void add_report(const Act& act, Filed& report, bool opens) {
  const auto liable = answers_for(act, report.platform, report.target, report.session);
  const pack::Competence* competent = act.policy.competent(report.violation, act.now);
  if (liable && competent) report.case_id = add_to_case(act, ground_of(act, report, *liable, competent->assist), opens);
}

// What was refused speaks for nothing in the case that it joined. What was decided with it stays as it was decided.
void take_back(const Act& act, Filed& report) {
  const auto file = find_case(act.session, report.case_id);
  if (!file || !file->undecided()) return;
  report.case_id = 0;
  act.session.run("UPDATE report SET case_id = 0 WHERE id = :id", report.id);
  leave_case(act, ground_of(act, report, file->liable, {}), file->id);
}

void tell_answer(const Act& act, const Filed& report, std::string_view state) {
  tell_engine(act.session, "live.report.answered", fmt::format("{}/{}", report.name(), state), act.now,
              {{"report", std::to_string(report.id)}, {"state", state}, {"platform", report.platform}, {"department", report.department}});
}

// Those of the department, and those that were not answered in time, where the policy names it for that.
void see_reports(Where& where, const Act& act) {
  const std::string department(act.who.department());
  if (department.empty()) {
    where.nothing();
    return;
  }
  std::string condition = "(department = ?";
  for (const auto& [state, id] : {std::pair{"received", "report-acknowledged"}, {"accepted", "report-decided"}}) {
    const pack::DeskDeadline* deadline = act.policy.deadline(id, act.now);
    if (deadline && deadline->escalate == department) condition += fmt::format(" OR (state = '{}' AND escalated = 2)", state);
  }
  where.add(condition + ")", department);
}

Status too_many(const Act& act, const std::string& reporter, const ReportLimits& limits) {
  const std::int64_t since = millis(act.now) - kFullDay;
  const auto count = [](const store::Rows& rows) { return rows.empty() ? 0 : static_cast<std::uint64_t>(rows[0].number(0)); };
  if (count(act.session.rows("SELECT COUNT(*) FROM report WHERE reporter = :reporter AND filed > :since", reporter, since)) >= limits.each) {
    return fail("{} reports were filed from here within a day, which is as many as are taken; try again tomorrow, or call the hotline", limits.each);
  }
  if (count(act.session.rows("SELECT COUNT(*) FROM report WHERE filed > :since", since)) >= limits.all) return fail("more reports than can be taken today; try again tomorrow, or call the hotline");
  return {};
}

}  // namespace

Answer<Json> file_report(const Act& act, const Json& body, const std::string& reporter, const ReportLimits& limits) {
  const auto platform = asked_text(body, "platform", 64);
  if (!platform) return tl::make_unexpected(platform.error());
  const auto target = asked_entity(body, "target");
  if (!target) return tl::make_unexpected(target.error());
  if (!pack::find_word(pack::Vocabulary::kTargetKind, target->kind)) {
    return refuse_field("target", fmt::format("\"{}\" is no kind of target", target->kind) + pack::suggestion(target->kind, pack::words(pack::Vocabulary::kTargetKind)));
  }
  const auto text = asked_text(body, "text");
  if (!text) return tl::make_unexpected(text.error());
  Filed report;
  report.platform = *platform;
  report.target = *target;
  report.text = *text;
  report.violation = text_of(body, "violation");
  if (!pack::find_word(pack::Vocabulary::kViolation, report.violation)) {
    return refuse_field("violation", "violation is a word of the contract" + pack::suggestion(report.violation, pack::words(pack::Vocabulary::kViolation)));
  }
  report.contact = text_of(body, "contact");
  if (report.contact.size() > kMostContact) return refuse_field("contact", fmt::format("contact has {} bytes, at most {} are taken", report.contact.size(), kMostContact));
  const pack::Competence* competent = act.policy.competent(report.violation, act.now);
  if (!competent) return refuse_field("violation", fmt::format("the policy names no department for {}", report.violation));
  if (const Status within = too_many(act, reporter, limits); !within) return refuse(Why::kTooMany, "{}", within.error().message);

  report.room = text_of(body, "room");
  report.session = text_of(body, "session");
  find_place(act, report.platform, report.target, report.room, report.session);
  report.id = act.session.next("report");
  report.receipt = new_receipt();
  report.reporter = reporter;
  report.channel = text_of(body, "channel");
  if (report.channel.empty()) report.channel = "web";
  report.filed = millis(act.now);
  report.state = "received";
  report.department = competent->lead;
  report.due = due_after(act, "report-acknowledged", act.now);
  act.session.run("INSERT INTO report (id, receipt, platform, target_kind, target_id, room, violation, text, contact, reporter, channel, filed, state, department, due,"
                  " case_id, answer, escalated, session) VALUES (:id, :receipt, :platform, :kind, :target, :room, :violation, :text, :contact, :reporter, :channel,"
                  " :filed, :state, :department, :due, 0, '', 0, :session)",
                  report.id, report.receipt, report.platform, report.target.kind, report.target.id, report.room, report.violation, report.text, report.contact,
                  report.reporter, report.channel, report.filed, report.state, report.department, report.due, report.session);
  add_report(act, report, false);
  if (report.case_id) act.session.run("UPDATE report SET case_id = :case WHERE id = :id", report.case_id, report.id);
  note_act_for(act.session, act.who, report.department, "fileReport", report.name(), report.violation, act.now);
  add_leaf(act.session, "report", std::to_string(report.id),
           {{"report", report.id}, {"platform", report.platform}, {"target", {{"kind", report.target.kind}, {"id", report.target.id}}}, {"violation", report.violation},
            {"filed", shown_time(report.filed)}, {"department", report.department}, {"text_sha256", hash_of(report.text)}}, act.now);
  Json data{{"report", std::to_string(report.id)}, {"channel", report.channel}, {"platform", report.platform}, {"target", report.target.kind + "/" + report.target.id},
            {"violation", report.violation}, {"text", report.text}};
  if (!report.room.empty()) data["room"] = report.room;
  if (!report.session.empty()) data["session"] = report.session;
  tell_engine(act.session, "live.report.filed", report.name(), act.now, data);
  tell_answer(act, report, "received");
  return status_of(report);
}

Answer<Json> get_report(const Act& act, const std::string& receipt) {
  const store::Rows rows = act.session.rows(std::string(kColumns) + " WHERE receipt = :receipt", receipt_of(receipt));
  if (rows.empty()) return refuse(Why::kNotFound, "there is no report with this receipt");
  return status_of(filed_of(rows[0]));
}

Answer<Json> list_reports(const Act& act, const Query& query) {
  const Page page = page_of(query);
  Where where;
  see_reports(where, act);
  for (const char* field : {"state", "platform", "violation"}) {
    if (const std::string text = asked(query, field); !text.empty()) where.add(fmt::format("{} = ?", field), text);
  }
  if (asked(query, "overdue") == "true") where.add("due <> 0 AND due < ?", millis(act.now));
  if (!page.after.empty()) where.add("id < ?", asked_number(query, "after", 0));
  return listed(page, where.rows(act.session, kColumns, "ORDER BY id DESC" + limit_of(page)), [&](const store::Row& row) { return shown(filed_of(row), act.now); },
                [](const store::Row& row) { return std::to_string(row.number(0)); });
}

Answer<Json> answer_report(const Act& act, const std::string& receipt, const Json& body) {
  const store::Rows rows = act.session.rows(std::string(kColumns) + " WHERE receipt = :receipt AND department = :department", receipt_of(receipt), act.who.department());
  if (rows.empty() || !act.who.is_department()) return refuse(Why::kNotFound, "there is no report with this receipt");
  if (!is_officer(act.who) || act.who.person == 0) return refuse(Why::kForbidden, "an officer of the department answers reports");
  Filed report = filed_of(rows[0]);
  const std::string state = text_of(body, "state");
  if (state != "accepted" && state != "refused" && state != "decided") return refuse_field("state", "state is one of: accepted, refused, decided");
  const bool follows = state == "decided" ? report.state == "accepted" : report.state == "received";
  if (!follows) return refuse(Why::kConflict, "the report is {}: it cannot be {} now", report.state, state);
  if (state != "accepted" || !part_of(body, "answer").is_null()) {
    const auto answer = asked_text(body, "answer");
    if (!answer) return tl::make_unexpected(answer.error());
    report.answer = *answer;
  }
  report.state = state;
  report.due = due_after(act, state == "accepted" ? "report-decided" : "", time_of(report.filed));
  report.escalated = 0;
  if (state == "accepted" && report.case_id == 0) add_report(act, report, true);
  if (state == "refused") take_back(act, report);
  act.session.run("UPDATE report SET state = :state, answer = :answer, due = :due, escalated = 0, case_id = :case WHERE id = :id", report.state, report.answer, report.due,
                  report.case_id, report.id);
  note_act(act.session, act.who, "answerReport", report.name(), state, act.now);
  tell_answer(act, report, state);
  if (state == "decided") tell_answer(act, report, "told");  // the answer lies at the receipt from now on
  Json out = shown(report, act.now);
  if (!report.contact.empty()) out["contact"] = report.contact;
  return out;
}

}  // namespace lw::desk
