#include "desk/reports.h"

#include <set>

#include "desk/case_test.h"

namespace lw::desk {
namespace {

const Json kReport{{"platform", "alpha"}, {"target", {{"kind", "room"}, {"id", "r1"}}}, {"violation", "false-claim"}, {"text", "they said it cures"}, {"contact", "13800000000"}};

Json changed(Json body, const Json& more) {
  body.update(more);
  return body;
}

class Reports : public ::testing::Test {
 protected:
  Reports() {
    EXPECT_TRUE(scene.db->write([](store::Session& session) -> Status {
      session.run("INSERT INTO room (platform, id, session, host, operator, mcn, on_air, started, ended, online, gross, tips, risk, findings, last_at) VALUES"
                  " ('alpha', 'r1', 's1', 'h1', 'op1', '', 1, 0, 0, 0, 0, 0, 0, 0, 0)");
      return session.status();
    }));
  }
  void sql(std::string_view text) {
    ASSERT_TRUE(scene.db->write([&](store::Session& session) -> Status {
      session.run(text);
      return session.status();
    }));
  }
  Answer<Json> file(const Json& body = kReport, const std::string& reporter = "p_one", const ReportLimits& limits = {}) {
    return scene.as(kPublic, [&](const Act& act) { return file_report(act, body, reporter, limits); });
  }
  Answer<Json> answer(const Actor& who, const std::string& receipt, const Json& body) {
    return scene.as(who, [&](const Act& act) { return answer_report(act, receipt, body); });
  }
  Json status(const std::string& receipt) {
    const auto got = scene.as(kPublic, [&](const Act& act) { return get_report(act, receipt); });
    return got ? *got : Json(why(got));
  }
  std::size_t listed(const Actor& who, const Query& query = {}) {
    return (*scene.as(who, [&](const Act& act) { return list_reports(act, query); }))["items"].size();
  }
  DeskScene scene;
};

TEST_F(Reports, FromFilingToTheAnswer) {
  const auto filed = file();
  ASSERT_TRUE(done(filed));
  const std::string receipt = (*filed)["receipt"];
  EXPECT_EQ(*filed, Json({{"receipt", receipt}, {"state", "received"}, {"filed", "2026-11-26T10:00:00+08:00"}, {"due", "2026-12-08T00:00:00+08:00"}, {"department", "samr"}}));
  EXPECT_EQ(status(receipt), *filed);
  EXPECT_EQ(scene.number("SELECT COUNT(*) FROM case_file"), 0) << "a form alone accuses nobody";
  EXPECT_EQ(why(answer(kLi, receipt, {{"state", "decided"}, {"answer", "x"}})), "conflict");
  scene.now = at("2026-12-03T10:00:00+08:00");
  const auto accepted = answer(kLi, receipt, {{"state", "accepted"}});
  ASSERT_TRUE(done(accepted));
  EXPECT_EQ((*accepted)["contact"], "13800000000");
  EXPECT_EQ((*accepted)["case_id"], 1);
  EXPECT_EQ(scene.seen(kLi, 1)["liable"], Json({{"kind", "operator"}, {"id", "op1"}}));
  EXPECT_EQ(scene.seen(kLi, 1)["session"], "s1");
  EXPECT_EQ(scene.seen(kLi, 1)["counts"]["reports"], 1);
  EXPECT_EQ(scene.seen(kLi, 1)["items"][0]["text"], "they said it cures");
  EXPECT_FALSE(scene.seen(kCac, 1)["items"][0].contains("text")) << "it is the lead's";
  EXPECT_EQ(status(receipt)["due"], "2026-12-18T00:00:00+08:00") << "from the day it was filed";
  EXPECT_EQ(why(answer(kLi, receipt, {{"state", "accepted"}})), "conflict");
  EXPECT_EQ(why(answer(kLi, receipt, {{"state", "decided"}})), "invalid");
  ASSERT_TRUE(done(answer(kWang, receipt, {{"state", "decided"}, {"answer", "a fine was imposed"}})));
  EXPECT_EQ(status(receipt)["state"], "decided");
  EXPECT_EQ(status(receipt)["answer"], "a fine was imposed");
  EXPECT_FALSE(status(receipt).contains("due"));
  EXPECT_EQ(scene.told(), (std::vector<std::string>{"live.report.filed", "live.report.answered received", "live.case.changed opened", "live.report.answered accepted",
                                                    "live.report.answered decided", "live.report.answered told"}));
}

TEST_F(Reports, WhoRunsTheRoomNowDoesNotAnswerForAnEarlierBroadcast) {
  const std::string first = (*file())["receipt"], second = (*file(kReport, "p_two"))["receipt"];
  sql("UPDATE room SET session = 's2', host = 'h2', operator = 'op2'");
  ASSERT_TRUE(done(answer(kLi, first, {{"state", "accepted"}})));
  EXPECT_EQ(scene.number("SELECT COUNT(*) FROM case_file"), 0) << "of the broadcast that was meant nobody is known";
  sql("INSERT INTO plan (platform, session, room, host, operator, mcn, starts, products, roster, data, reviewer, reviewed, outcome) VALUES"
      " ('alpha', 's1', 'r1', 'h1', 'op1', '', 0, '[]', '[]', '{}', '', 0, '')");
  ASSERT_TRUE(done(answer(kLi, second, {{"state", "accepted"}})));
  EXPECT_EQ(scene.seen(kLi, 1)["liable"], Json({{"kind", "operator"}, {"id", "op1"}}));
}

TEST_F(Reports, NobodyOutsideSeesOneJoin) {
  scene.decide(decision("d1", {{"liable", {{"kind", "operator"}, {"id", "op1"}}}}));
  ASSERT_TRUE(done(scene.act(kLi, claim_case, 1)));
  const Actor op1 = person("op1", "operator/alpha/op1", Role::kOfficer, 40);
  const auto seen = [&] {
    std::vector<Json> out;
    for (const Actor* who : {&kAlpha, &op1}) {
      out.push_back(scene.seen(*who, 1));
      out.push_back(*scene.as(*who, [](const Act& act) { return list_cases(act, {}); }));
    }
    return out;
  };
  const std::vector<Json> before = seen();
  const Json inside = scene.seen(kLi, 1);
  scene.now = scene.now + Duration{kHour};
  ASSERT_TRUE(done(file()));
  EXPECT_EQ(seen(), before);
  EXPECT_NE(scene.seen(kLi, 1)["version"], inside["version"]);
  EXPECT_NE(scene.seen(kLi, 1)["changed"], inside["changed"]);
  ASSERT_TRUE(done(scene.act(kLi, confirm_case, 1, {{"text", "the label says otherwise"}})));
  ASSERT_TRUE(done(scene.act(kLi, comment_case, 1, {{"text", "they will appeal"}})));
  EXPECT_TRUE(done(scene.act(op1, file_appeal, 1, {{"text", "it is true"}}))) << "on the version that they see";
}

TEST_F(Reports, WhatIsNotAnsweredIsSeenByWhomThePolicyNames) {
  for (pack::DeskDeadline& one : scene.policy.deadlines) {
    if (one.id == "report-acknowledged") one.escalate = "cac";
  }
  const std::string receipt = (*file())["receipt"];
  scene.watch();
  EXPECT_EQ(listed(kCac), 0u);
  scene.now = at("2026-12-09T08:00:00+08:00");
  scene.watch();
  EXPECT_EQ(listed(kCac), 1u);
  EXPECT_EQ(listed(kMct), 0u);
  EXPECT_EQ(why(answer(kCac, receipt, {{"state", "accepted"}})), "not found") << "it stays the lead's to answer";
  const auto log = [&](const char* body) { return scene.number(fmt::format("SELECT COUNT(*) FROM act WHERE subject = 'report/1' AND act = 'escalateReport' AND body = 'department/{}'", body)); };
  EXPECT_EQ(log("samr"), 1);
  EXPECT_EQ(log("cac"), 1);
  EXPECT_EQ(scene.number("SELECT COUNT(*) FROM act WHERE subject = 'report/1' AND act = 'fileReport' AND who = 'public' AND body = 'department/samr'"), 1);
  ASSERT_TRUE(done(answer(kLi, receipt, {{"state", "accepted"}})));
  EXPECT_EQ(listed(kCac), 0u);
}

TEST_F(Reports, JoinsWhatIsOpen) {
  scene.decide(decision("d1", {{"liable", {{"kind", "operator"}, {"id", "op1"}}}}));
  ASSERT_TRUE(done(file()));
  EXPECT_EQ(scene.number("SELECT reports FROM case_file"), 1);
  ASSERT_TRUE(done(file()));
  EXPECT_EQ(scene.number("SELECT reports FROM case_file"), 1) << "the same person corroborates once";
  ASSERT_TRUE(done(file(kReport, "p_two")));
  EXPECT_EQ(scene.number("SELECT reports FROM case_file"), 2);
  EXPECT_EQ(scene.number("SELECT COUNT(*) FROM case_item WHERE kind = 'report'"), 3);
  ASSERT_TRUE(done(file(changed(kReport, {{"violation", "price-fraud"}}))));
  ASSERT_TRUE(done(file(changed(kReport, {{"target", {{"kind", "account"}, {"id", "u1"}}}}), "p_three")));
  EXPECT_EQ(scene.number("SELECT COUNT(*) FROM report WHERE case_id = 0"), 2) << "another matter, and nobody to accuse";
}

TEST_F(Reports, WhatIsRefusedLeavesTheCase) {
  scene.decide(decision("d1", {{"liable", {{"kind", "operator"}, {"id", "op1"}}}}));
  std::vector<std::string> receipts;
  for (const char* reporter : {"p_one", "p_one", "p_two"}) receipts.push_back((*file(kReport, reporter))["receipt"]);
  const auto turn_down = [&](std::size_t index) {
    EXPECT_TRUE(done(answer(kLi, receipts[index], {{"state", "refused"}, {"answer", "nothing in it"}})));
    return scene.seen(kLi, 1)["counts"]["reports"];
  };
  EXPECT_EQ(turn_down(0), 2) << "the same person said it twice";
  EXPECT_EQ(turn_down(1), 1);
  EXPECT_EQ(scene.number("SELECT COUNT(*) FROM case_item WHERE kind = 'report'"), 1);
  EXPECT_EQ(scene.seen(kLi, 1)["acts"].back()["act"], "leaveItem");
  EXPECT_EQ(scene.number("SELECT COUNT(*) FROM report WHERE case_id = 0"), 2);
  ASSERT_TRUE(done(scene.act(kLi, claim_case, 1)));
  ASSERT_TRUE(done(scene.act(kLi, confirm_case, 1, {{"text", "x"}})));
  EXPECT_EQ(turn_down(2), 1) << "what was decided with it stays as it was decided";
}

TEST_F(Reports, TheReporterIsSafe) {
  scene.decide(decision("d1", {{"liable", {{"kind", "operator"}, {"id", "op1"}}}}));
  const std::string receipt = (*file())["receipt"];
  ASSERT_TRUE(done(answer(kLi, receipt, {{"state", "accepted"}})));
  for (const char* table : {"SELECT opened FROM leaf", "SELECT line FROM outbox", "SELECT text FROM act", "SELECT text FROM case_item", "SELECT data FROM case_act", "SELECT record FROM intervention"}) {
    for (const store::Row& row : scene.rows(table)) {
      for (const std::string& secret : {std::string("p_one"), std::string("13800000000"), receipt}) EXPECT_EQ(row.text(0).find(secret), std::string::npos) << table;
    }
  }
  const Actor op1 = person("op1", "operator/alpha/op1", Role::kOfficer, 40);
  for (const Actor* who : {&kAlpha, &op1}) {
    const std::string seen = scene.seen(*who, 1).dump();
    EXPECT_NE(seen.find("d1"), std::string::npos);
    EXPECT_EQ(seen.find("report"), std::string::npos) << who->name << ": " << seen;
    EXPECT_EQ(seen.find("they said it cures"), std::string::npos) << who->name;
    EXPECT_EQ(listed(*who), 0u);
    EXPECT_EQ(why(answer(*who, receipt, {{"state", "decided"}, {"answer", "x"}})), "not found");
  }
}

TEST_F(Reports, TheLeadAloneSeesThem) {
  const std::string receipt = (*file())["receipt"];
  ASSERT_TRUE(done(file(changed(kReport, {{"violation", "minor-protection"}}))));
  for (const auto& [who, count] : std::vector<std::pair<const Actor*, std::size_t>>{{&kLi, 1}, {&kViewer, 1}, {&kCac, 1}, {&kMct, 0}, {&kAlpha, 0}, {&kMerchant, 0}, {&kKeeper, 0}, {&kPublic, 0}}) {
    EXPECT_EQ(listed(*who), count) << who->name;
  }
  EXPECT_EQ(why(answer(kCac, receipt, {{"state", "accepted"}})), "not found");
  EXPECT_EQ(why(answer(kViewer, receipt, {{"state", "accepted"}})), "forbidden");
  EXPECT_EQ(why(answer(kPublic, receipt, {{"state", "accepted"}})), "not found");
}

TEST_F(Reports, WhatIsRefused) {
  struct Row {
    const char* what;
    Json change;
    const char* field;
  };
  const std::vector<Row> table = {
      {"no platform", {{"platform", nullptr}}, "platform"},          {"no target", {{"target", nullptr}}, "target"},
      {"half a target", {{"target", {{"kind", "room"}}}}, "target"}, {"a kind that there is not", {{"target", {{"kind", "planet"}, {"id", "x"}}}}, "target"},
      {"no text", {{"text", " "}}, "text"},                          {"too long a text", {{"text", std::string(4001, 'x')}}, "text"},
      {"no violation", {{"violation", "crime"}}, "violation"},       {"too long a contact", {{"contact", std::string(201, 'x')}}, "contact"},
      {"a number for a text", {{"text", 7}}, "text"},
  };
  for (const Row& row : table) {
    const auto answer = file(changed(kReport, row.change));
    ASSERT_EQ(why(answer), "invalid") << row.what;
    EXPECT_EQ(answer.error().field, row.field) << row.what;
  }
  EXPECT_EQ(scene.number("SELECT COUNT(*) FROM leaf"), 0);
}

TEST_F(Reports, AFloodIsHeldBack) {
  const ReportLimits limits{3, 5};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(done(file(kReport, "p_one", limits)));
  EXPECT_EQ(why(file(kReport, "p_one", limits)), "too many");
  EXPECT_TRUE(done(file(kReport, "p_two", limits)));
  EXPECT_TRUE(done(file(kReport, "p_three", limits)));
  EXPECT_EQ(why(file(kReport, "p_four", limits)), "too many") << "from everybody together";
  scene.now = scene.now + Duration{kDay};
  EXPECT_TRUE(done(file(kReport, "p_one", limits)));
}

TEST_F(Reports, ReceiptsCannotBeGuessedAndAreReadAsTyped) {
  std::set<std::string> receipts;
  for (int i = 0; i < 200; ++i) {
    const std::string receipt = (*file(kReport, "p" + std::to_string(i)))["receipt"];
    EXPECT_EQ(receipt.size(), 19u);
    EXPECT_EQ(receipt.find_first_not_of("0123456789ABCDEFGHJKMNPQRSTVWXYZ-"), std::string::npos);
    receipts.insert(receipt);
  }
  EXPECT_EQ(receipts.size(), 200u);
  const std::string receipt = *receipts.begin();
  std::string typed;
  for (const char c : receipt) typed += c == '-' ? ' ' : c == '0' ? 'o' : c == '1' ? 'l' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  EXPECT_EQ(status(typed)["receipt"], receipt);
  EXPECT_EQ(status(""), "not found");
  EXPECT_EQ(status("' OR 1 = 1"), "not found");
}

TEST_F(Reports, DeadlinesAreToldOnce) {
  const std::string receipt = (*file())["receipt"];
  const auto told = [&] {
    scene.watch();
    scene.watch();
    std::vector<std::string> out;
    for (const store::Row& row : scene.rows("SELECT act FROM act WHERE subject = 'report/1' AND who = 'livewarden' ORDER BY n")) out.push_back(row.text(0));
    return out;
  };
  using Told = std::vector<std::string>;
  EXPECT_EQ(told(), Told{});
  scene.now = at("2026-12-07T08:00:00+08:00");
  EXPECT_EQ(told(), Told{"remindReport"});
  scene.now = at("2026-12-09T08:00:00+08:00");
  EXPECT_EQ(told(), (Told{"remindReport", "escalateReport"}));
  EXPECT_EQ(listed(kLi, {{"overdue", "true"}}), 1u);
  ASSERT_TRUE(done(answer(kLi, receipt, {{"state", "refused"}, {"answer", "not ours"}})));
  scene.now = scene.now + Duration{100 * kDay};
  EXPECT_EQ(told().size(), 2u);
  EXPECT_EQ(listed(kLi, {{"overdue", "true"}}), 0u);
}

}  // namespace
}  // namespace lw::desk
