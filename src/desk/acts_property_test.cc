// Random acts of several people, decisions and reports between them, against a model of what each case allows, and against what must
// always hold of the store.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "desk/case_test.h"
#include "desk/interventions.h"
#include "desk/reports.h"

namespace lw::desk {
namespace {

// What a case is by its acts alone, told as simply as it can be.
struct Model {
  std::string state, owner, decided_by;  // state "": there is no such case yet
  std::int64_t appeal_until = 0;
};

enum Step { kDecision, kReport, kClaim, kRelease, kConfirm, kReject, kAppeal, kDecideAppeal, kImpose, kApprove, kClose, kPublish, kComment, kTransferBack, kTime, kSteps };

const std::vector<const Actor*> kPeople = {&kLi, &kWang, &kZhao, &kQian, &kCac, &kViewer, &kMerchant};

bool officer(const Actor* who) { return who == &kLi || who == &kWang || who == &kZhao || who == &kQian; }
bool approver(const Actor* who) { return who == &kZhao || who == &kQian; }

const std::map<std::string, std::vector<Step>> kNext = {{"open", {kClaim}},
                                                        {"claimed", {kConfirm, kConfirm, kReject, kRelease, kDecision}},
                                                        {"confirmed", {kImpose, kImpose, kApprove, kApprove, kPublish, kAppeal, kAppeal}},
                                                        {"appealed", {kDecideAppeal}},
                                                        {"upheld", {kImpose, kApprove, kClose}}};

// Whether the act is allowed, and then what the case is after it.
bool allowed(Step step, const Actor* who, Model& it, std::int64_t now, bool upheld) {
  switch (step) {
    case kClaim:
      if (!officer(who) || it.state != "open") return false;
      it.state = "claimed", it.owner = who->name;
      return true;
    case kRelease:
      if (!officer(who) || it.state != "claimed" || (it.owner != who->name && !approver(who))) return false;
      it.state = "open", it.owner.clear();
      return true;
    case kConfirm:
    case kReject:
      if (!officer(who) || it.state != "claimed" || it.owner != who->name) return false;
      it.state = step == kConfirm ? "confirmed" : "rejected";
      it.decided_by = who->name;
      return true;
    case kAppeal:
      if (!(officer(who) || who == &kMerchant) || it.state != "confirmed" || now > it.appeal_until) return false;
      it.state = "appealed";
      return true;
    case kDecideAppeal:
      if (!approver(who) || it.state != "appealed" || it.decided_by == who->name) return false;
      it.state = upheld ? "upheld" : "overturned";
      return true;
    case kClose:
      if (!officer(who) || (it.state == "confirmed" && now < it.appeal_until)) return false;
      if (it.state != "confirmed" && it.state != "rejected" && it.state != "upheld" && it.state != "overturned") return false;
      it.state = "closed";
      return true;
    default: return false;
  }
}

void check_store(DeskScene& scene) {
  const auto none = [&](const char* what, const std::string& sql) {
    const store::Rows rows = scene.rows(sql);
    if (!rows.empty()) RC_FAIL(std::string(what) + ": " + rows[0].text(0) + " " + std::to_string(rows[0].number(0)));
  };
  none("two undecided cases of one party, violation, session",
       "SELECT MIN(id) FROM case_file WHERE state IN ('open', 'claimed') GROUP BY platform, liable_kind, liable_id, violation, session HAVING COUNT(*) > 1");
  none("a case decided twice", "SELECT case_id FROM case_act WHERE act IN ('confirmCase', 'rejectCase') GROUP BY case_id HAVING COUNT(*) > 1");
  none("an appeal decided twice, or two appeals", "SELECT case_id FROM appeal GROUP BY case_id HAVING COUNT(*) > 1");
  none("a decision with another outcome than its case", "SELECT decision.id FROM decision JOIN case_file ON case_file.id = decision.case_id WHERE decision.outcome <> case_file.outcome");
  none("an outcome without a case", "SELECT id FROM decision WHERE case_id = 0 AND outcome <> ''");
  none("outcomes of a rule that are not those of its decisions",
       "SELECT rule FROM rule_outcome WHERE count <> (SELECT COUNT(*) FROM decision WHERE decision.rule = rule_outcome.rule AND decision.outcome = rule_outcome.outcome)");
  none("decisions of a rule that are not counted",
       "SELECT rule FROM decision WHERE outcome <> '' AND NOT EXISTS (SELECT 1 FROM rule_outcome WHERE rule_outcome.rule = decision.rule AND rule_outcome.outcome = decision.outcome)");
  none("counts that are not those of its items",
       "SELECT id FROM case_file WHERE decisions <> (SELECT COUNT(*) FROM case_item WHERE case_id = case_file.id AND kind = 'decision')"
       " OR reports <> (SELECT COUNT(DISTINCT reporter) FROM report WHERE report.case_id = case_file.id)");
  none("an item without its decision", "SELECT ref FROM case_item WHERE kind = 'decision' AND NOT EXISTS (SELECT 1 FROM decision WHERE decision.id = ref AND decision.case_id = case_item.case_id)");
  none("one who holds what is open, or nobody who holds what is claimed", "SELECT id FROM case_file WHERE (state = 'open') <> (owner = '')");
  none("acts with a version that is none", "SELECT case_id FROM case_act JOIN case_file ON case_file.id = case_act.case_id WHERE case_act.n > case_file.version OR case_act.n < 1");
  none("an act without its leaf",
       "SELECT case_id FROM case_act WHERE (SELECT COUNT(*) FROM leaf WHERE kind = 'case' AND ref = CAST(case_act.case_id AS TEXT) || '/' || CAST(case_act.n AS TEXT)) <> 1");
  none("leaves with gaps", "SELECT n FROM leaf WHERE n >= (SELECT COUNT(*) FROM leaf) OR n < 0");
  none("points for what is not confirmed", "SELECT case_id FROM credit_entry WHERE case_id <> 0 AND reversed = 0 AND NOT EXISTS (SELECT 1 FROM case_file WHERE id = case_id AND outcome = 'confirmed')");
  none("no points for what is", "SELECT id FROM case_file WHERE outcome = 'confirmed' AND (SELECT COUNT(*) FROM credit_entry WHERE case_id = case_file.id AND reversed = 0) <> 1");
  none("measures that outlive their case", "SELECT case_id FROM measure JOIN case_file ON case_file.id = case_id WHERE outcome <> 'confirmed' AND measure.state IN ('in-force', 'waits')");
  none("a grave measure of one person", "SELECT id FROM measure WHERE kind = 'suspension' AND state = 'in-force' AND (approved_by = '' OR approved_by = imposed_by)");
  none("interventions that outlive their case",
       "SELECT intervention.id FROM intervention JOIN case_file ON case_file.id = case_id WHERE outcome IN ('rejected', 'overturned') AND intervention.state <> 'withdrawn' AND action <> 'restore'");
  none("one that was withdrawn and not restored",
       "SELECT withdrawn.id FROM intervention withdrawn WHERE withdrawn.state = 'withdrawn' AND NOT EXISTS (SELECT 1 FROM intervention back WHERE back.action = 'restore' AND back.record LIKE '%' || withdrawn.id || '%')");
  none("published and not confirmed", "SELECT id FROM case_file WHERE published <> 0 AND outcome <> 'confirmed'");
}

// What each case that stands took, told anew from those that stand: of the one party, for the one violation.
void check_points(DeskScene& scene, std::map<std::string, int>& done) {
  const pack::Deduction& deduction = scene.policy.deductions.front();
  std::vector<Time> before;
  std::int64_t score = scene.policy.points;
  for (const store::Row& row : scene.rows("SELECT case_act.case_id, case_act.at FROM case_act JOIN case_file ON case_file.id = case_act.case_id JOIN leaf ON leaf.kind = 'case'"
                                          " AND leaf.ref = CAST(case_act.case_id AS TEXT) || '/' || CAST(case_act.n AS TEXT) WHERE act = 'confirmCase' AND outcome = 'confirmed' ORDER BY leaf.n")) {
    const Time at = time_of(row.number(1));
    const bool repeats = std::ranges::any_of(before, [&](Time one) { return one >= scene.policy.before(at, deduction.repeat_within); });
    const std::int64_t points = repeats ? deduction.points * deduction.repeat_percent / 100 : deduction.points;
    RC_ASSERT(scene.number("SELECT points FROM credit_entry WHERE reversed = 0 AND case_id = " + std::to_string(row.number(0))) == -points);
    score = std::max<std::int64_t>(0, score - points);
    before.push_back(at);
    done[repeats ? "a repeat" : "no repeat"]++;
  }
  for (const store::Row& row : scene.rows("SELECT score FROM credit")) RC_ASSERT(row.number(0) == score);
}

// How often what was done: `done` counts the acts that were not refused, and appeals by what came of them.
void tell_a_story(std::map<std::string, int>& done) {
  DeskScene scene;
  scene.policy.deductions.front().repeat_percent = 150;
  scene.policy.deductions.front().repeat_within.days = 30;
  std::map<std::uint64_t, Model> models;
  const int steps = *rc::gen::resize(100, rc::gen::inRange(1, 60));
  for (int i = 0; i < steps; ++i) {
    auto step = static_cast<Step>(*rc::gen::resize(100, rc::gen::inRange<int>(0, kSteps)));
    const bool coin = *rc::gen::arbitrary<bool>();
    const std::string session = coin ? "s1" : "s2";
    const std::uint64_t id = models.empty() ? 1 : *rc::gen::resize(100, rc::gen::inRange<std::uint64_t>(1, models.size() + 1));
    const Actor* who = *rc::gen::elementOf(kPeople);
    // By chance alone hardly any case would come to its end: half of the steps are what comes next, by whoever may do it.
    if (*rc::gen::arbitrary<bool>()) {
      const auto steps_of = kNext.find(models[id].state);
      if (steps_of != kNext.end()) step = *rc::gen::elementOf(steps_of->second);
      const auto holder = std::ranges::find(kPeople, models[id].owner, [](const Actor* one) { return one->name; });
      if (holder != kPeople.end()) who = *holder;
      if (step == kDecideAppeal || step == kApprove || step == kPublish) who = models[id].decided_by == kZhao.name ? &kQian : &kZhao;
    }
    const std::int64_t now = millis(scene.now);
    const auto leaves = scene.number("SELECT COUNT(*) FROM leaf");
    Answer<Json> answer = Json();
    bool expected = true;
    const auto predicted = [&] {
      expected = !models[id].state.empty() && allowed(step, who, models[id], now, coin);
    };
    switch (step) {
      case kDecision: scene.decide(decision("d" + std::to_string(i), {{"session", session}, {"rule", coin ? "a" : "b"}, {"severity", *rc::gen::element("low", "medium", "critical")}})); break;
      case kReport: {
        answer = scene.as(kPublic, [&](const Act& act) {
          return file_report(act, {{"platform", "alpha"}, {"target", {{"kind", "merchant"}, {"id", "m1"}}}, {"violation", "false-claim"}, {"text", "x"}, {"session", session}},
                             coin ? "p_one" : "p_two", {1000, 1000});
        });
        if (answer && officer(who)) {
          const std::string receipt = (*answer)["receipt"];
          answer = scene.as(*who, [&](const Act& act) { return answer_report(act, receipt, {{"state", i % 3 ? "accepted" : "refused"}, {"answer", "x"}}); });
        }
        break;
      }
      case kClaim: predicted(), answer = scene.act(*who, claim_case, id); break;
      case kRelease: predicted(), answer = scene.act(*who, release_case, id); break;
      case kConfirm: predicted(), answer = scene.act(*who, confirm_case, id, {{"text", "x"}}); break;
      case kReject: predicted(), answer = scene.act(*who, reject_case, id, {{"text", "x"}}); break;
      case kAppeal:
        predicted(), answer = scene.act(*who, file_appeal, id, {{"text", "x"}});
        break;
      case kDecideAppeal: {
        predicted();
        const auto appeal = static_cast<std::uint64_t>(scene.number("SELECT id FROM appeal WHERE case_id = " + std::to_string(id)));
        const bool filed_it = !scene.rows("SELECT id FROM appeal WHERE by_whom = '" + who->name + "' AND id = " + std::to_string(appeal)).empty();
        if (filed_it && expected) models[id].state = "appealed", expected = false;
        answer = scene.on(*who, decide_appeal, appeal, {{"outcome", coin ? "upheld" : "overturned"}, {"text", "x"}});
        break;
      }
      case kClose: {
        const bool waits = scene.number("SELECT COUNT(*) FROM measure WHERE state = 'waits' AND case_id = " + std::to_string(id)) > 0;
        if (waits) expected = false;
        else predicted();
        answer = scene.act(*who, close_case, id);
        break;
      }
      case kImpose: answer = scene.act(*who, impose_measure, id, {{"kind", coin ? "suspension" : "warning"}, {"text", "x"}, {"interventions", {"delist"}}}); break;
      case kApprove: {
        const auto measure = static_cast<std::uint64_t>(scene.number(fmt::format("SELECT id FROM measure WHERE state = '{}' ORDER BY id LIMIT 1", coin ? "waits" : "in-force")));
        answer = scene.on(*who, coin ? approve_measure : lift_measure, measure, {{"text", "x"}});
        break;
      }
      case kPublish: answer = scene.act(*who, publish_case, id, {{"text", "x"}}); break;
      case kComment: answer = scene.act(*who, comment_case, id, {{"text", "x"}}); break;
      case kTransferBack:  // there and back again: the case is open after it
        answer = scene.act(*who, transfer_case, id, {{"lead", "mct"}, {"text", "x"}});
        if (answer) {
          RC_ASSERT(scene.act(kMct, transfer_case, id, {{"lead", "samr"}, {"text", "x"}}).has_value());
          models[id].state = "open", models[id].owner.clear();
        }
        break;
      default:
        scene.now = scene.now + Duration{*rc::gen::resize(100, rc::gen::inRange<std::int64_t>(1, 20)) * kDay};
        for (const store::Row& row : scene.rows("SELECT id, changed FROM case_file WHERE state IN ('confirmed', 'rejected', 'upheld', 'overturned')"
                                                " AND id NOT IN (SELECT case_id FROM measure WHERE state = 'waits')")) {
          Model& model = models[static_cast<std::uint64_t>(row.number(0))];
          const bool may_be_appealed = model.state == "confirmed" && millis(scene.now) <= model.appeal_until;
          if (!may_be_appealed && scene.policy.after(time_of(row.number(1)), scene.policy.deadline("appeal-filed", scene.now)->within) <= scene.now) model.state = "closed";
        }
        scene.watch();
    }
    if (step == kClaim || step == kRelease || step == kConfirm || step == kReject || step == kAppeal || step == kDecideAppeal || step == kClose) {
      if (answer.has_value() != expected) RC_FAIL(fmt::format("step {} by {}: {}", static_cast<int>(step), who->name, answer ? "done" : answer.error().message));
    }
    if (answer) ++done[fmt::format("step {}{}", static_cast<int>(step), step == kDecideAppeal ? (coin ? " upheld" : " overturned") : step == kApprove ? (coin ? " approved" : " lifted") : "")];
    if (!answer && step != kReport) RC_ASSERT(scene.number("SELECT COUNT(*) FROM leaf") == leaves);
    for (const store::Row& row : scene.rows("SELECT id, state, owner, due FROM case_file ORDER BY id")) {
      Model& model = models[static_cast<std::uint64_t>(row.number(0))];
      if (model.state.empty()) model.state = "open";
      RC_ASSERT(model.state == row.text(1));
      if (model.state == "open" || model.state == "claimed") RC_ASSERT(model.owner == row.text(2));
      if (model.state == "confirmed") model.appeal_until = row.number(3);
    }
    check_store(scene);
    check_points(scene, done);
  }
}

TEST(Acts, NeverBreakWhatMustHold) {
  std::map<std::string, int> done;
  ASSERT_TRUE(rc::check("acts of several people", [&] { tell_a_story(done); }));
  EXPECT_GT(done["a repeat"], 0) << "stories in which nothing is repeated show nothing";
  for (int step = 0; step < kSteps; ++step) {
    for (const char* how : step == kDecideAppeal ? std::vector<const char*>{" upheld", " overturned"} : step == kApprove ? std::vector<const char*>{" approved", " lifted"} : std::vector<const char*>{""}) {
      EXPECT_GT(done[fmt::format("step {}{}", step, how)], 0) << "step " << step << how << ": stories in which nobody ever does this show nothing";
    }
  }
}

}  // namespace
}  // namespace lw::desk
