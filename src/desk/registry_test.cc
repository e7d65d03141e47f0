// What the registry learns of events, and what it shows to whom.
#include "desk/registry.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "desk/records.h"
#include "store/scratch_database.h"

namespace lw::desk {
namespace {

const Time kNow = *parse_rfc3339("2026-03-10T12:00:00+08:00");

const Actor kSamr{"person/li", "department/samr", Role::kViewer, {}, 1};
const Actor kAlpha{"person/wang", "platform/alpha", Role::kViewer, {}, 2};
const Actor kBeta{"person/zhao", "platform/beta", Role::kViewer, {}, 3};
const Actor kMerchant{"person/qian", "merchant/alpha/m1", Role::kViewer, {}, 4};
const Actor kHost{"person/sun", "host/alpha/h1", Role::kViewer, {}, 5};
const Actor kOurs{"person/root", "livewarden", Role::kAdministrator, {}, 6};
const Actor kPublic{"public", "", Role::kNone, {}, 0};

Json event(std::string_view type, Json data, std::string_view time = "2026-03-01T09:00:00+08:00", std::string_view source = "/platforms/alpha") {
  static int number = 0;
  return {{"specversion", "1.0"}, {"id", "e" + std::to_string(++number)}, {"source", source}, {"type", type}, {"time", time}, {"data", std::move(data)}};
}

class Registry : public testing::Test {
 protected:
  void learn_all(const std::vector<Json>& events, int times = 1) {
    const Status done = db->write([&](store::Session& s) -> Status {
      for (const Json& one : events) {
        for (int i = 0; i < times; ++i) learn(s, one, kNow);
      }
      return {};
    });
    ASSERT_TRUE(done) << done.error().message;
  }
  template <class Ask>
  auto read(const Ask& ask) { return in_read(*db, ask); }
  Json parties(const Actor& actor, const Query& query = {}) {
    const Answer<Json> out = read([&](store::Session& s) { return list_parties(s, actor, query); });
    return out ? *out : Json(out.error().message);
  }
  Json party(const Actor& actor, std::string_view kind, std::string_view id) {
    const Answer<Json> out = read([&](store::Session& s) { return get_party(s, actor, "alpha", kind, id); });
    return out ? *out : Json(static_cast<int>(out.error().why));
  }
  Json expiries(const Actor& actor, const Query& query = {}) {
    pack::DeskPolicy policy;
    policy.expiry_notice.days = 30;
    const Answer<Json> out = read([&](store::Session& s) { return list_expiries(s, policy, actor, query, kNow); });
    return out ? *out : Json(out.error().message);
  }
  std::vector<std::string> ids(const Json& list) {
    std::vector<std::string> out;
    for (const Json& item : part_of(list, "items")) out.push_back(text_of(item, "kind") + "/" + text_of(item, "id"));
    return out;
  }
  // All that was learnt, as text.
  std::string dump() {
    std::string out;
    const Status done = db->read([&](store::Session& s) -> Status {
      for (const char* table : {"party", "product", "paper", "plan"}) {
        std::vector<std::string> lines;
        for (const store::Row& row : s.rows(fmt::format("SELECT * FROM {}", table))) {
          std::string line = table;
          for (std::size_t i = 0; i < row.size(); ++i) line += "|" + row.text(i) + "," + std::to_string(row.number(i));
          lines.push_back(line);
        }
        std::ranges::sort(lines);
        for (const std::string& line : lines) out += line + "\n";
      }
      return {};
    });
    EXPECT_TRUE(done) << done.error().message;
    return out;
  }

  store::ScratchDatabase scratch;
  std::unique_ptr<store::Database> db = scratch.open();
};

TEST_F(Registry, KnowsPartiesAndNotViewers) {
  learn_all({event("live.account.registered", {{"account", "h1"}, {"role", "host"}, {"real_name_verified", true}, {"identity_hash", "x"}, {"birth_date", "1990-01-01"}, {"age_band", "adult"}}),
             event("live.account.registered", {{"account", "u1"}, {"role", "viewer"}, {"age_band", "minor"}}),
             event("live.account.verified", {{"account", "u1"}, {"method", "document"}, {"outcome", "passed"}}),
             event("live.consent.recorded", {{"account", "u1"}, {"kind", "guardian"}}),
             event("live.session.started", {{"session", "s1"}, {"room", "8"}, {"host", "h2"}, {"operator", "op1"}, {"mcn", "c1"}}),
             event("live.product.listed", {{"product", "p1"}, {"merchant", "m1"}}),
             event("live.merchant.registered", {{"merchant", "m9"}, {"licence", "L"}, {"platform", "beta"}, {"name", "青松"}}, "2026-03-01T09:00:00+08:00", "/departments/samr")});
  EXPECT_EQ(ids(parties(kSamr)), (std::vector<std::string>{"host/h1", "host/h2", "mcn/c1", "merchant/m1", "operator/op1", "platform/alpha", "merchant/m9", "platform/beta"}));
  const Json h1 = party(kSamr, "host", "h1");
  EXPECT_EQ(h1["data"], Json({{"role", "host"}, {"real_name_verified", true}, {"age_band", "adult"}})) << "a birth date is nobody's business";
  EXPECT_EQ(h1["since"], "2026-03-01T09:00:00+08:00");
  EXPECT_EQ(h1["changed"], "2026-03-10T12:00:00+08:00");
  EXPECT_EQ(parties(kSamr, {{"platform", "beta"}, {"kind", "merchant"}})["items"][0]["name"], "青松");
  EXPECT_EQ(dump().find("u1"), std::string::npos);
}

TEST_F(Registry, FilesPapers) {
  struct Case {
    const char* type;
    Json data;
    Json paper;  // holder, kind, number, scope, valid_until
  };
  const std::string end = "2027-01-01T23:59:59.999+08:00";
  const std::vector<Case> cases{
      {"live.platform.registered", {{"licence", "L1"}, {"licence_expires", "2027-01-01"}}, {"platform/alpha", "platform", "L1", Json::array(), end}},
      {"live.merchant.registered", {{"merchant", "m1"}, {"licence", "L2"}, {"licence_expires", "2027-01-01"}, {"categories", {"food"}}}, {"merchant/m1", "business", "L2", {"food"}, end}},
      {"live.licence.filed", {{"target", "merchant/m1"}, {"licence_kind", "food"}, {"number", "F1"}, {"scope", {"food.fresh"}}, {"valid_until", "2027-01-01T00:00:00+08:00"}},
       {"merchant/m1", "food", "F1", {"food.fresh"}, "2027-01-01T00:00:00+08:00"}},
      {"live.licence.filed", {{"target", {{"kind", "product"}, {"id", "p/1"}}}, {"licence_kind", "cosmetics"}, {"number", "C1"}}, {"product/p/1", "cosmetics", "C1", Json::array(), ""}},
      {"live.licence.filed", {{"target", "product/p/1"}, {"licence_kind", "cosmetics"}, {"number", "C1"}}, {"product/p/1", "cosmetics", "C1", Json::array(), ""}},
      {"live.host.qualified", {{"host", "h1"}, {"qualifications", {"food", "live-marketing"}}, {"valid_until", "2027-01-01"}}, {"host/h1", "qualification", "", {"food", "live-marketing"}, end}},
      {"live.ad.approved", {{"product", "p1"}, {"approval", "A1"}, {"valid_until", "2027-01-01"}}, {"product/p1", "ad-approval", "A1", Json::array(), end}},
      {"live.brand.authorised", {{"merchant", "m1"}, {"brand", "青松"}, {"valid_until", "2027-01-01"}}, {"merchant/m1", "brand", "青松", {"青松"}, end}},
      {"live.training.completed", {{"account", "h1"}, {"course", "yearly"}, {"valid_until", "2027-01-01"}}, {"account/h1", "training", "yearly", {"yearly"}, end}},
      {"live.endorsement.contracted", {{"account", "h1"}, {"product", "p1"}, {"sampled", true}, {"fee", 100}}, {"product/p1", "endorsement", "h1", {"sampled"}, ""}},
  };
  for (const Case& one : cases) {
    learn_all({event(one.type, one.data)});
    std::vector<Json> found;
    ASSERT_TRUE(db->read([&](store::Session& s) -> Status {
      for (const store::Row& row : s.rows("SELECT holder_kind, holder_id, kind, number, scope, valid_until FROM paper")) {
        found.push_back({row.text(0) + "/" + row.text(1), row.text(2), row.text(3), parsed(row.text(4)), shown_time(row.number(5))});
      }
      return {};
    }));
    EXPECT_EQ(found, std::vector<Json>{one.paper}) << one.type;
    ASSERT_TRUE(db->write([](store::Session& s) -> Status {
      s.run("DELETE FROM paper");
      return {};
    }));
  }
}

TEST_F(Registry, TakesNoPaperOfWhatItDoesNotKeep) {
  learn_all({event("live.licence.filed", {{"target", "room/8"}, {"licence_kind", "food"}}), event("live.licence.filed", {{"target", "nobody"}, {"licence_kind", "food"}}),
             event("live.licence.filed", {{"target", "merchant/m1"}}), event("live.ad.approved", {{"approval", "A1"}}), event("live.licence.filed", "no object"),
             event("live.merchant.registered", {{"merchant", "m2"}}, "2026-03-01T09:00:00+08:00", "/departments/samr"),
             event("live.merchant.registered", {{"merchant", "m3"}, {"platform", "alpha"}}, "2026-03-01T09:00:00+08:00", "/livewarden")});
  EXPECT_EQ(dump().find("paper|"), std::string::npos);
  EXPECT_EQ(ids(parties(kSamr)), (std::vector<std::string>{"merchant/m1", "platform/alpha"}));
}

TEST_F(Registry, AnIdentityThatFailedHasEnded) {
  learn_all({event("live.account.registered", {{"account", "h1"}, {"role", "host"}}),
             event("live.account.verified", {{"account", "h1"}, {"method", "live-face"}, {"outcome", "passed"}, {"valid_until", "2027-01-01"}}),
             event("live.account.verified", {{"account", "h1"}, {"method", "live-face"}, {"outcome", "failed"}}, "2026-03-05T09:00:00+08:00")});
  const Json papers = party(kSamr, "host", "h1")["papers"];
  ASSERT_EQ(papers.size(), 1u);
  EXPECT_EQ(papers[0]["holder"], Json({{"kind", "account"}, {"id", "h1"}}));
  EXPECT_EQ(papers[0]["valid_until"], "2026-03-05T09:00:00+08:00");
}

TEST_F(Registry, AReviewIsOfWhatWasPlannedThen) {
  const auto scheduled = [](Json products, const char* script) {
    return event("live.session.scheduled", {{"session", "s1"}, {"room", "8"}, {"host", "h1"}, {"operator", "op1"}, {"products", std::move(products)}, {"script", script}, {"starts_at", "2026-03-11T20:00:00+08:00"}});
  };
  const auto review = [&] {
    std::string out;
    EXPECT_TRUE(db->read([&](store::Session& s) -> Status {
      for (const store::Row& row : s.rows("SELECT reviewer, outcome, roster, starts FROM plan")) out += row.text(0) + " " + row.text(1) + " " + row.text(2) + " " + shown_time(row.number(3));
      return {};
    }));
    return out;
  };
  const Json roster = event("live.roster.filed", {{"session", "s1"}, {"accounts", {"h1", "h2"}}});
  const Json approved = event("live.preflight.signed", {{"session", "s1"}, {"reviewer", "rv1"}, {"outcome", "approved"}});
  learn_all({roster, approved});
  EXPECT_EQ(review(), R"(rv1 passed ["h1","h2"] )") << "they may be told of before the plan";
  learn_all({scheduled({"p1", "p2"}, "hello")});
  const std::string passed = R"(rv1 passed ["h1","h2"] 2026-03-11T20:00:00+08:00)", none = R"(  ["h1","h2"] 2026-03-11T20:00:00+08:00)";
  EXPECT_EQ(review(), passed);
  learn_all({scheduled({"p1", "p2"}, "hello")});
  EXPECT_EQ(review(), passed);
  learn_all({scheduled({"p1", "p3"}, "hello")});
  EXPECT_EQ(review(), none);
  learn_all({approved, scheduled({"p1", "p3"}, "another")});
  EXPECT_EQ(review(), none);
  learn_all({event("live.preflight.signed", {{"session", "s1"}, {"reviewer", "rv2"}, {"outcome", "rejected"}})});
  EXPECT_EQ(review(), R"(rv2 failed ["h1","h2"] 2026-03-11T20:00:00+08:00)");
}

TEST_F(Registry, ShowsEachBodyItsOwn) {
  learn_all({event("live.merchant.registered", {{"merchant", "m1"}, {"licence", "L"}, {"licence_expires", "2026-03-20"}}),
             event("live.product.submitted", {{"product", "p1"}, {"merchant", "m1"}, {"title", "茶"}, {"category", "food"}, {"amount", 990}}),
             event("live.ad.approved", {{"product", "p1"}, {"approval", "A"}, {"valid_until", "2026-03-21"}}),
             event("live.training.completed", {{"account", "h1"}, {"course", "yearly"}, {"valid_until", "2026-03-22"}}),
             event("live.session.started", {{"host", "h1"}}),
             event("live.merchant.registered", {{"merchant", "m1"}, {"licence", "L"}, {"licence_expires", "2026-03-19"}}, "2026-03-01T09:00:00+08:00", "/platforms/beta")});
  struct Case {
    const Actor& actor;
    std::vector<std::string> parties;
    std::size_t papers;
    bool merchant, host;
  };
  const std::vector<Case> cases{
      {kSamr, {"host/h1", "merchant/m1", "platform/alpha", "merchant/m1", "platform/beta"}, 4, true, true},
      {kAlpha, {"host/h1", "merchant/m1", "platform/alpha"}, 3, true, true},
      {kBeta, {"merchant/m1", "platform/beta"}, 1, false, false},
      {kMerchant, {"merchant/m1"}, 2, true, false},
      {kHost, {"host/h1"}, 1, false, true},
      {kOurs, {}, 0, false, false},
      {kPublic, {}, 0, false, false},
  };
  const Json not_found = static_cast<int>(Why::kNotFound);
  for (const Case& one : cases) {
    EXPECT_EQ(ids(parties(one.actor)), one.parties) << one.actor.body;
    EXPECT_EQ(expiries(one.actor)["items"].size(), one.papers) << one.actor.body;
    EXPECT_EQ(party(one.actor, "merchant", "m1") != not_found, one.merchant) << one.actor.body;
    EXPECT_EQ(party(one.actor, "host", "h1") != not_found, one.host) << one.actor.body;
  }
  EXPECT_EQ(party(kSamr, "merchant", "nobody"), not_found);
  const Json products = party(kMerchant, "merchant", "m1")["products"];
  EXPECT_EQ(products, Json::array({{{"id", "p1"}, {"title", "茶"}, {"category", "food"}, {"amount", 990}}}));
}

TEST_F(Registry, ShowsTheCreditOfWhoHasOne) {
  learn_all({event("live.session.started", {{"host", "h1"}})});
  EXPECT_FALSE(party(kSamr, "host", "h1").contains("credit"));
  ASSERT_TRUE(db->write([](store::Session& s) -> Status {
    s.run("INSERT INTO credit (platform, kind, id, score, grade, counters, as_of) VALUES ('alpha', 'host', 'h1', 940, 'B', '{\"minor\":-60}', :at)", millis(kNow));
    return {};
  }));
  const Json credit = party(kHost, "host", "h1")["credit"];
  EXPECT_EQ(credit["score"], 940);
  EXPECT_EQ(credit["grade"], "B");
  EXPECT_EQ(credit["counters"], Json({{"minor", -60}}));
  EXPECT_EQ(credit["as_of"], "2026-03-10T12:00:00+08:00");
}

TEST_F(Registry, ListsInPages) {
  std::vector<Json> events;
  for (int i = 0; i < 23; ++i) events.push_back(event("live.merchant.registered", {{"merchant", fmt::format("m\"{}'%", i)}, {"licence", "L"}, {"licence_expires", "2026-03-11"}, {"name", "<b>"}}));
  learn_all(events);
  std::vector<std::string> all, paged;
  for (const std::string& id : ids(parties(kAlpha))) all.push_back(id);
  ASSERT_EQ(all.size(), 24u);
  Query query{{"limit", "5"}};
  std::size_t papers = 0;
  for (Json page;; query["after"] = page["next"].get<std::string>()) {
    page = parties(kAlpha, query);
    for (const std::string& id : ids(page)) paged.push_back(id);
    if (!page.contains("next")) break;
  }
  EXPECT_EQ(paged, all);
  query.erase("after");
  for (Json page;; query["after"] = page["next"].get<std::string>()) {
    page = expiries(kAlpha, query);
    papers += page["items"].size();
    if (!page.contains("next")) break;
  }
  EXPECT_EQ(papers, 23u);
  EXPECT_EQ(ids(parties(kAlpha, {{"search", "m\"1"}})).size(), 11u);
  EXPECT_EQ(ids(parties(kAlpha, {{"search", "<b"}})).size(), 23u);
  EXPECT_EQ(ids(parties(kAlpha, {{"search", "%"}})).size(), 0u);
  for (const char* after : {"x", "[]", "[1]", "{}", "[\"a\",\"b\"]"}) EXPECT_TRUE(parties(kAlpha, {{"after", after}}).is_string()) << after;
}

TEST_F(Registry, WatchesPapersEnd) {
  const auto food = [](const char* number, const char* until) {
    return event("live.licence.filed", {{"target", "merchant/m1"}, {"licence_kind", "food"}, {"number", number}, {"scope", {"food"}}, {"valid_until", until}});
  };
  const auto numbers = [&](const Query& query) {
    std::vector<std::string> out;
    const Json list = expiries(kSamr, query);
    for (const Json& paper : part_of(list, "items")) out.push_back(text_of(paper, "number"));
    return out;
  };
  learn_all({food("soon", "2026-04-09")});
  EXPECT_EQ(numbers({}), std::vector<std::string>{"soon"});
  EXPECT_EQ(numbers({{"days", "29"}}), std::vector<std::string>{});
  EXPECT_EQ(numbers({{"platform", "beta"}}), std::vector<std::string>{});
  learn_all({food("ended", "2026-03-01")});
  EXPECT_EQ(numbers({}), std::vector<std::string>{"soon"}) << "it was replaced";
  learn_all({food("later", "2026-04-10")});
  EXPECT_EQ(numbers({}), std::vector<std::string>{}) << "so was this, by one that lasts";
  learn_all({food("later", "2026-03-09")});
  EXPECT_EQ(numbers({}), (std::vector<std::string>{"soon"}));
  learn_all({event("live.brand.authorised", {{"merchant", "m1"}, {"brand", "A"}, {"valid_until", "2026-03-05"}}), event("live.brand.authorised", {{"merchant", "m1"}, {"brand", "B"}})});
  EXPECT_EQ(numbers({}), (std::vector<std::string>{"A", "soon"})) << "another brand replaces nothing";
}

TEST_F(Registry, OnceMoreIsAsOnce) {
  EXPECT_TRUE(rc::check([&] {
    const auto id = [](const char* prefix) { return prefix + std::to_string(*rc::gen::inRange(1, 3)); };
    const std::vector<std::string> days{"2026-03-01", "2027-01-01", "", "no date"};
    std::vector<Json> events;
    const int count = *rc::gen::inRange(1, 12);
    for (int i = 0; i < count; ++i) {
      const std::string type = *rc::gen::elementOf(std::vector<std::string>{"live.account.registered", "live.account.verified", "live.licence.filed", "live.product.submitted",
                                                                           "live.session.scheduled", "live.roster.filed", "live.preflight.signed", "live.session.started"});
      events.push_back(event(type, {{"account", id("a")}, {"role", *rc::gen::element("host", "viewer", "mcn")}, {"method", "document"}, {"outcome", *rc::gen::element("passed", "failed")},
                                    {"valid_until", *rc::gen::elementOf(days)}, {"target", "product/" + id("p")}, {"licence_kind", "food"}, {"product", id("p")}, {"merchant", id("m")},
                                    {"session", id("s")}, {"host", id("a")}, {"products", {id("p")}}, {"accounts", {id("a")}}, {"reviewer", id("r")}}));
    }
    const auto clear = [&] {
      const Status done = db->write([](store::Session& s) -> Status {
        for (const char* table : {"party", "product", "paper", "plan"}) s.run(fmt::format("DELETE FROM {}", table));
        return {};
      });
      RC_ASSERT(done.has_value());
    };
    clear();
    learn_all(events);
    const std::string once = dump();
    clear();
    learn_all(events, 2);
    RC_ASSERT(dump() == once);
  }));
}

}  // namespace
}  // namespace lw::desk
