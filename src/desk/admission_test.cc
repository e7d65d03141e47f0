// What is missing before a product or a broadcast goes on air, item by item, and the review that a person signs.
#include "desk/admission.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "desk/fields.h"
#include "desk/records.h"
#include "desk/registry.h"
#include "pack/load.h"
#include "store/scratch_database.h"

namespace lw::desk {
namespace {

const Time kNow = *parse_rfc3339("2026-03-10T12:00:00+08:00");

const Actor kSamr{"person/li", "department/samr", Role::kOfficer, {}, 1};
const Actor kAlpha{"person/wang", "platform/alpha", Role::kOfficer, {}, 2};
const Actor kViewer{"person/liu", "platform/alpha", Role::kViewer, {}, 3};
const Actor kBeta{"person/zhao", "platform/beta", Role::kOfficer, {}, 4};
const Actor kMerchant{"person/qian", "merchant/alpha/m1", Role::kOfficer, {}, 5};
const Actor kHost{"person/sun", "host/alpha/h1", Role::kOfficer, {}, 6};
const Actor kOperator{"person/zhou", "operator/alpha/op1", Role::kApprover, {}, 7};
const Actor kOther{"person/wu", "operator/alpha/op2", Role::kOfficer, {}, 8};

pack::Requirement requirement(const char* id, const char* of) {
  pack::Requirement out;
  out.id = id;
  out.of = of;
  out.name = {std::string("名 ") + id, std::string("name of ") + id};
  out.cure = {std::string("补 ") + id, std::string("cure of ") + id};
  out.basis.push_back({"法", "1", 'S', {}, {}});
  return out;
}

// As the shipped pack asks for it.
pack::Requirement shipped(std::string_view id) {
  static const auto loaded = [] {
    pack::LoadOptions options;
    options.dirs = {LW_SOURCE_DIR "/packs/cn-live-commerce"};
    return pack::load(options).value();
  }();
  const auto& all = loaded.plan.desk->requirements;
  return *std::ranges::find(all, id, &pack::Requirement::id);
}

// What the tests need one of, each kind of question once.
pack::DeskPolicy policy() {
  pack::DeskPolicy out;
  out.kinds = {"host", "merchant"};
  pack::Grade best, worst;
  best.id = "A";
  best.from = 900;
  best.entitlements.categories = {"*"};
  worst.id = "E";
  worst.entitlements.categories = {"home"};
  out.grades = {best, worst};

  pack::Requirement maker = requirement("manufacturer", "product");
  maker.field = "manufacturer";
  pack::Requirement licence = requirement("food-licence", "product");
  licence.categories = {"food"};
  licence.paper = "food";
  licence.holder = "merchant";
  licence.within.months = 6;
  pack::Requirement brand = requirement("brand", "product");
  brand.where = "brand";
  brand.paper = "brand";
  brand.holder = "merchant";
  brand.scope = "brand";
  brand.blocks = false;
  pack::Requirement grade = requirement("seller-grade", "product");
  grade.grade = true;
  grade.holder = "merchant";
  pack::Requirement room = requirement("operator-food", "product");
  room.categories = {"food"};
  room.paper = "food";
  room.holder = "operator";
  pack::Requirement old = requirement("old", "product");
  old.field = "nothing";
  old.to = kNow;
  pack::Requirement identity = requirement("host-identity", "session");
  identity.paper = "identity";
  identity.holder = "host";
  pack::Requirement qualified = requirement("qualified", "session");
  qualified.paper = "qualification";
  qualified.holder = "host";
  pack::Requirement guardian = shipped("host-age");
  guardian.id = "guardian";
  pack::Requirement roster = requirement("roster", "session");
  roster.field = "roster";
  pack::Requirement review = requirement("preflight", "session");
  review.field = "reviewer";
  pack::Requirement host_grade = requirement("host-grade", "session");
  host_grade.grade = true;
  host_grade.holder = "host";
  out.requirements = {maker, licence, brand, grade, room, old, identity, qualified, guardian, roster, review, host_grade};
  return out;
}

Json event(std::string_view type, Json data, std::string_view time = "2026-03-01T09:00:00+08:00") {
  return {{"id", "e1"}, {"source", "/platforms/alpha"}, {"type", type}, {"time", time}, {"data", std::move(data)}};
}
Json food_licence(const char* target, const char* until, const char* filed = "2026-03-01T09:00:00+08:00", Json scope = {"food"}) {
  return event("live.licence.filed", {{"target", target}, {"licence_kind", "food"}, {"number", "F1"}, {"scope", std::move(scope)}, {"valid_until", until}}, filed);
}
Json product(const char* id, const char* category, Json more = Json::object()) {
  Json data{{"product", id}, {"merchant", "m1"}, {"title", "茶"}, {"category", category}, {"amount", 990}, {"manufacturer", "厂"}};
  data.update(more);
  return event("live.product.submitted", data);
}
Json scheduled(Json products) {
  return event("live.session.scheduled", {{"session", "s1"}, {"room", "8"}, {"host", "h1"}, {"operator", "op1"}, {"products", std::move(products)}, {"starts_at", "2026-03-11T20:00:00+08:00"}});
}

class Admission : public testing::Test {
 protected:
  void learn_all(const std::vector<Json>& events) {
    const Status done = db->write([&](store::Session& s) -> Status {
      for (const Json& one : events) learn(s, one, kNow);
      return {};
    });
    ASSERT_TRUE(done) << done.error().message;
  }
  void set_grade(const char* kind, const char* id, const char* grade) {
    ASSERT_TRUE(db->write([&](store::Session& s) -> Status {
      s.run("INSERT INTO credit (platform, kind, id, score, grade, counters, as_of) VALUES ('alpha', :kind, :id, 0, :grade, '{}', 0)", kind, id, grade);
      return {};
    }));
  }
  Answer<Json> ask_product(const Actor& actor, std::string_view id) {
    return in_read(*db, [&](store::Session& s) { return admit_product(Act{s, rules, actor, kNow}, "alpha", id); });
  }
  Answer<Json> ask_session(const Actor& actor, std::string_view id) {
    return in_read(*db, [&](store::Session& s) { return admit_session(Act{s, rules, actor, kNow}, "alpha", id); });
  }
  Answer<Json> sign(const Actor& actor, const Json& body) {
    return in_write(*db, [&](store::Session& s) { return sign_preflight(Act{s, rules, actor, kNow}, "alpha", "s1", body); });
  }
  // "food-licence expired", in their order; "+" before it if it is admitted.
  static std::vector<std::string> told(const Answer<Json>& answer) {
    if (!answer) return {"refused: " + answer.error().message};
    std::vector<std::string> out;
    if ((*answer)["admitted"] == true) out.push_back("+");
    for (const Json& item : (*answer)["missing"]) {
      const std::string of = text_of(item, "product").empty() ? "" : " of " + text_of(item, "product");
      out.push_back(text_of(item, "requirement") + " " + text_of(item, "state") + of);
    }
    return out;
  }
  using Told = std::vector<std::string>;

  store::ScratchDatabase scratch;
  std::unique_ptr<store::Database> db = scratch.open();
  const pack::DeskPolicy rules = policy();
};

TEST_F(Admission, NamesEachItemOfAProduct) {
  struct Case {
    const char* what;
    std::vector<Json> events;
    Told told;
  };
  const std::vector<Case> cases{
      {"all there", {product("p", "food.fresh"), food_licence("merchant/m1", "2027-01-01")}, {"+"}},
      {"a field is not there", {product("p", "home", {{"manufacturer", ""}})}, {"manufacturer missing of p"}},
      {"a field is null", {product("p", "home", {{"manufacturer", nullptr}})}, {"manufacturer missing of p"}},
      {"goods that need no licence", {product("p", "home")}, {"+"}},
      {"a category that only begins alike", {product("p", "foodstuff")}, {"+"}},
      {"no licence", {product("p", "food")}, {"food-licence missing of p"}},
      {"a licence of another", {product("p", "food"), food_licence("merchant/m2", "2027-01-01")}, {"food-licence missing of p"}},
      {"it ended", {product("p", "food"), food_licence("merchant/m1", "2026-03-09")}, {"food-licence expired of p"}},
      {"it ends tonight", {product("p", "food"), food_licence("merchant/m1", "2026-03-10")}, {"+"}},
      {"it has no end", {product("p", "food"), food_licence("merchant/m1", "")}, {"+"}},
      {"its file is too old", {product("p", "food"), food_licence("merchant/m1", "2027-01-01", "2025-09-09T23:59:59+08:00")}, {"food-licence expired of p"}},
      {"its file is just not too old", {product("p", "food"), food_licence("merchant/m1", "2027-01-01", "2025-09-10T00:00:00+08:00")}, {"+"}},
      {"it is of other goods", {product("p", "food.fresh"), food_licence("merchant/m1", "2027-01-01", "2026-03-01T09:00:00+08:00", {"food.packaged", "home"})}, {"food-licence out-of-scope of p"}},
      {"it names no goods", {product("p", "food.fresh"), food_licence("merchant/m1", "2027-01-01", "2026-03-01T09:00:00+08:00", Json::array())}, {"+"}},
      {"a brand without authorisation lets pass", {product("p", "home", {{"brand", "青松"}})}, {"+", "brand missing of p"}},
      {"one of another brand", {product("p", "home", {{"brand", "青松"}}), event("live.brand.authorised", {{"merchant", "m1"}, {"brand", "白鹤"}})}, {"+", "brand out-of-scope of p"}},
      {"the brand's", {product("p", "home", {{"brand", "青松"}}), event("live.brand.authorised", {{"merchant", "m1"}, {"brand", "青松"}})}, {"+"}},
  };
  for (const Case& one : cases) {
    learn_all(one.events);
    EXPECT_EQ(told(ask_product(kSamr, "p")), one.told) << one.what;
    ASSERT_TRUE(db->write([](store::Session& s) -> Status {
      for (const char* table : {"party", "product", "paper", "plan"}) s.run(fmt::format("DELETE FROM {}", table));
      return {};
    }));
  }
}

TEST_F(Admission, AnItemSaysWhatItIsAndWhatCuresIt) {
  learn_all({product("p", "food"), food_licence("merchant/m1", "2026-03-09")});
  const auto answer = ask_product(kSamr, "p");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(*answer, Json::parse(R"({"platform": "alpha", "of": "product", "id": "p", "admitted": false, "missing": [{
      "requirement": "food-licence", "state": "expired", "blocks": true, "product": "p", "paper": "food", "holder": {"kind": "merchant", "id": "m1"},
      "valid_until": "2026-03-09T23:59:59.999+08:00", "name": {"zh": "名 food-licence", "en": "name of food-licence"},
      "cure": {"zh": "补 food-licence", "en": "cure of food-licence"}, "basis": [{"instrument": "法", "article": "1", "known": "S"}]}]})"));
}

TEST_F(Admission, AGradeSellsWhatItIsEntitledTo) {
  learn_all({product("p", "food"), product("q", "home"), food_licence("merchant/m1", "2027-01-01")});
  EXPECT_EQ(told(ask_product(kSamr, "p")), Told{"+"}) << "who has no credit yet begins with the policy's points";
  set_grade("merchant", "m1", "E");
  EXPECT_EQ(told(ask_product(kSamr, "p")), Told{"seller-grade grade-too-low of p"});
  EXPECT_EQ(told(ask_product(kSamr, "q")), Told{"+"});
}

TEST_F(Admission, ABroadcastIsAskedForItselfAndForItsProducts) {
  learn_all({scheduled({"p", "q", "r"}), product("p", "food"), product("q", "home", {{"manufacturer", ""}})});
  EXPECT_EQ(told(ask_session(kSamr, "s1")),
            (Told{"host-identity missing", "qualified missing", "roster missing", "preflight missing", "food-licence missing of p", "operator-food missing of p", "manufacturer missing of q",
                  "product missing of r"}));
  learn_all({event("live.account.registered", {{"account", "h1"}, {"role", "host"}, {"age_band", "minor"}}),
             event("live.account.verified", {{"account", "h1"}, {"method", "document"}, {"outcome", "passed"}, {"valid_until", "2026-06-01"}}),
             event("live.host.qualified", {{"host", "h1"}, {"qualifications", {"food"}}}), event("live.roster.filed", {{"session", "s1"}, {"accounts", {"h1"}}}),
             food_licence("merchant/m1", "2027-01-01"), food_licence("operator/op1", "2027-01-01"), product("q", "home"), product("r", "home"),
             event("live.preflight.signed", {{"session", "s1"}, {"reviewer", "rv1"}, {"outcome", "failed"}})});
  EXPECT_EQ(told(ask_session(kSamr, "s1")), (Told{"qualified out-of-scope", "guardian missing", "preflight missing"})) << "of the goods it covers food alone; a review that failed is none";
  learn_all({event("live.host.qualified", {{"host", "h1"}, {"qualifications", {"food", "home"}}}), event("live.consent.recorded", {{"account", "h1"}, {"kind", "guardian"}}),
             event("live.preflight.signed", {{"session", "s1"}, {"reviewer", "rv1"}, {"outcome", "passed"}})});
  const auto answer = ask_session(kSamr, "s1");
  EXPECT_EQ(told(answer), Told{"+"});
  EXPECT_EQ(text_of(*answer, "reviewer"), "rv1");
  EXPECT_EQ(text_of(*answer, "reviewed"), "2026-03-01T09:00:00+08:00");
  set_grade("host", "h1", "E");
  EXPECT_EQ(told(ask_session(kSamr, "s1")), Told{"host-grade grade-too-low"});
}

TEST_F(Admission, IsShownToThoseWhoTakePart) {
  learn_all({scheduled({"p"}), product("p", "home"), product("q", "home")});
  struct Case {
    const Actor& actor;
    bool plan, planned, other;  // the broadcast, its product, a product of the merchant that it does not sell
  };
  for (const Case& one : std::initializer_list<Case>{{kSamr, true, true, true}, {kAlpha, true, true, true}, {kBeta, false, false, false}, {kMerchant, false, true, true},
                                                     {kHost, true, true, false}, {kOperator, true, true, false}, {kOther, false, false, false}}) {
    EXPECT_EQ(ask_session(one.actor, "s1").has_value(), one.plan) << one.actor.body;
    EXPECT_EQ(ask_product(one.actor, "p").has_value(), one.planned) << one.actor.body;
    EXPECT_EQ(ask_product(one.actor, "q").has_value(), one.other) << one.actor.body;
  }
  EXPECT_EQ(ask_session(kBeta, "s1").error().why, Why::kNotFound);
  EXPECT_EQ(ask_session(kAlpha, "none").error().why, Why::kNotFound);
  EXPECT_EQ(ask_product(kBeta, "p").error().why, Why::kNotFound);
}

TEST_F(Admission, AReviewIsSignedByWhoMaySignIt) {
  learn_all({scheduled({"p", "q"}), product("p", "home"), product("q", "home")});
  const Json passed{{"outcome", "passed"}};
  struct Case {
    const Actor& actor;
    Json body;
    Why why;
  };
  const std::vector<Case> refused{
      {kBeta, passed, Why::kNotFound}, {kOther, passed, Why::kNotFound}, {kMerchant, passed, Why::kNotFound}, {kViewer, passed, Why::kForbidden},
      {kHost, passed, Why::kForbidden}, {kSamr, passed, Why::kForbidden}, {kAlpha, {{"outcome", "perhaps"}}, Why::kInvalid}, {kAlpha, Json::object(), Why::kInvalid},
      {kAlpha, {{"outcome", "passed"}, {"products", {"p"}}}, Why::kInvalid}, {kAlpha, {{"outcome", "passed"}, {"products", {"p", "q", "r"}}}, Why::kInvalid}};
  for (const Case& one : refused) {
    const auto answer = sign(one.actor, one.body);
    ASSERT_FALSE(answer) << one.actor.body << one.body;
    EXPECT_EQ(answer.error().why, one.why) << one.actor.body << answer.error().message;
  }
  ASSERT_TRUE(db->read([](store::Session& s) -> Status {
    for (const char* table : {"act", "outbox", "leaf"}) EXPECT_TRUE(s.rows(fmt::format("SELECT n FROM {}", table)).empty()) << table;
    return {};
  }));
}

TEST_F(Admission, AReviewIsKeptNotedAndTold) {
  learn_all({scheduled({"p"}), product("p", "home")});
  const auto answer = sign(kOperator, {{"outcome", "passed"}, {"products", {"p"}}, {"text", "labels read"}});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(text_of(*answer, "reviewer"), "person/zhou");
  EXPECT_EQ(text_of(*answer, "outcome"), "passed");
  EXPECT_EQ(text_of(*answer, "reviewed"), "2026-03-10T12:00:00+08:00");
  EXPECT_EQ(told(answer), (Told{"host-identity missing", "qualified missing", "roster missing"})) << "a signature is no licence";
  ASSERT_TRUE(sign(kAlpha, {{"outcome", "failed"}}));
  EXPECT_EQ(told(ask_session(kSamr, "s1")).back(), "preflight missing");
  ASSERT_TRUE(db->read([](store::Session& s) -> Status {
    const store::Rows acts = s.rows("SELECT who, act, subject, text FROM act ORDER BY n");
    EXPECT_EQ(acts.size(), 2u);
    if (acts.size() == 2) {
      EXPECT_EQ(acts[0].text(0) + " " + acts[0].text(1) + " " + acts[0].text(2) + " " + acts[0].text(3), "person/zhou signPreflight plan/alpha/s1 passed");
      EXPECT_EQ(acts[1].text(3), "failed");
    }
    EXPECT_EQ(s.rows("SELECT n FROM leaf").size(), 2u);
    const store::Rows lines = s.rows("SELECT line FROM outbox ORDER BY n");
    EXPECT_EQ(lines.size(), 2u);
    if (lines.size() != 2) return {};
    const Json line = parsed(lines[0].text(0));
    EXPECT_EQ(text_of(line, "type"), "live.preflight.signed");
    EXPECT_NE(text_of(line, "id"), text_of(parsed(lines[1].text(0)), "id"));
    EXPECT_EQ(part_of(line, "data"), Json({{"platform", "alpha"}, {"session", "s1"}, {"room", "8"}, {"reviewer", "person/zhou"}, {"products", {"p"}}, {"outcome", "passed"}, {"text", "labels read"}})) << "what was written is for whoever reads the event";
    return {};
  }));
}

}  // namespace
}  // namespace lw::desk
