// Names at the edge: one and the same for whoever is known, across changes of keys, restarts and threads; and no way back without the
// unsealing key.
#include "desk/edge_names.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "desk/fields.h"
#include "desk/personal.h"
#include "desk/scratch_people.h"

namespace lw::desk {
namespace {

namespace fs = std::filesystem;

constexpr Duration kYear{365 * kDay};

struct Edge : ScratchPeople {
  std::string keys = folder() + "/keys";
  std::unique_ptr<EdgeNames> names = open(kMorning);

  std::unique_ptr<EdgeNames> open(Time now) {
    auto opened = EdgeNames::open(keys, db(), now);
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? std::move(*opened) : nullptr;
  }
  static std::string line(const Json& data) {
    return Json{{"specversion", "1.0"}, {"id", "e1"}, {"source", "/platforms/alpha"}, {"type", "live.chat.posted"}, {"time", "2026-03-01T09:00:00+08:00"}, {"data", data}}.dump();
  }
  Json hide(const Json& data, Time now) {
    std::string to;
    const auto hidden = names->hide(line(data), to, now);
    EXPECT_TRUE(hidden) << hidden.error().message;
    return hidden ? parsed(std::string(*hidden))["data"] : Json();
  }
  std::string name(std::string_view account, Time now) { return hide({{"account", account}}, now)["account"]; }
  std::string key_of(std::string_view name) {
    const auto found = rows("SELECT key_id FROM sealed WHERE pseudonym = :name", name);
    return found.empty() ? std::string() : found.front().text(0);
  }
};

TEST(EdgeNames, AreGivenToPeopleAndWhatLeadsToThem) {
  Edge edge;
  const Json hidden = edge.hide({{"account", "u1"}, {"device", "d1"}, {"ip", "10.0.0.1"}, {"host", "u1"}, {"opponent", "u1"}, {"winners", {"u1", "u2"}}, {"target", {{"kind", "host"}, {"id", "u1"}}},
                                 {"liable", "operator/u1"}, {"reporter", "u1"}, {"payer_hash", "x"}, {"room", "8"}, {"text", "u1"}},
                                kMorning);
  const std::string u1 = hidden["account"];
  EXPECT_TRUE(is_pseudonym(u1)) << u1;
  for (const char* field : {"host", "opponent"}) EXPECT_EQ(hidden[field], u1) << field;
  EXPECT_EQ(hidden["winners"][0], u1);
  EXPECT_EQ(hidden["target"], "host/" + u1);
  EXPECT_EQ(hidden["liable"], "operator/" + u1);
  EXPECT_NE(hidden["reporter"], u1) << "who reports is not found among those who buy";
  EXPECT_EQ(hidden["room"], "8");
  EXPECT_EQ(hidden["text"], "u1") << "free text is not searched";
  std::set<std::string> different{u1, hidden["device"], hidden["ip"], hidden["winners"][1], hidden["reporter"], hidden["payer_hash"]};
  EXPECT_EQ(different.size(), 6U);
  EXPECT_EQ(edge.names->hide_body("merchant/alpha/u1", kMorning).value(), "merchant/alpha/" + u1);
  EXPECT_EQ(edge.names->hide_body("merchant/alpha/" + u1, kMorning).value(), "merchant/alpha/" + u1) << "a name stays one";
  for (const std::string body : {"livewarden", "department/samr", "platform/alpha"}) EXPECT_EQ(edge.names->hide_body(body, kMorning).value(), body);
  std::string to;
  for (const char* unread : {"no JSON", "[1]", R"({"data":{"account":"u1","zz":1e999}})", R"({"data":{"account":"u1","zz":"\ud800"}})"}) {
    EXPECT_EQ(edge.names->hide(unread, to, kMorning).value(), "") << unread;
  }
}

TEST(EdgeNames, OfARequestAreThoseOfEvents) {
  Edge edge;
  const std::string u1 = edge.name("u1", kMorning);
  ASSERT_TRUE(edge.names->settle(kMorning));
  for (const char* kind : {"account", "host", "merchant"}) EXPECT_EQ(edge.names->hide_id(kind, "u1", false, kMorning).value(), u1) << kind;
  for (const char* kind : {"room", "product", "platform", "text"}) EXPECT_EQ(edge.names->hide_id(kind, "u1", false, kMorning).value(), "u1") << kind;
  EXPECT_EQ(edge.names->hide_id("account", u1, true, kMorning).value(), u1);
  // Who is only asked for leaves nothing behind; who is accused is known from then on, and stays the same when events come.
  const std::string asked = edge.names->hide_id("account", "u2", false, kMorning).value();
  ASSERT_TRUE(edge.names->settle(kMorning));
  EXPECT_EQ(edge.key_of(asked), "");
  const std::string accused = edge.names->hide_id("account", "u3", true, kMorning).value();
  ASSERT_TRUE(edge.names->settle(kMorning));
  EXPECT_EQ(edge.key_of(accused), "n1");
  ASSERT_TRUE(edge.names->rotate(kMorning, Duration{0}));
  EXPECT_EQ(edge.name("u3", kMorning), accused);
  EXPECT_EQ(edge.name("u2", kMorning), asked) << "asked for a moment ago, it is in memory yet";
}

TEST(EdgeNames, StayAcrossChangesOfKeysAndRestarts) {
  Edge edge;
  const std::string known = edge.name("known", kMorning), forgotten = edge.name("never settled", kMorning);
  ASSERT_TRUE(edge.names->settle(kMorning));
  Time now = kMorning;
  for (int key = 2; key <= 4; ++key) {
    now = now + kYear;
    ASSERT_TRUE(edge.names->rotate(now, kYear));
    ASSERT_TRUE(edge.names->rotate(now + Duration{kDay}, kYear)) << "not due: nothing happens";
    EXPECT_EQ(edge.name("known", now), known);
    if (key % 2 == 0) edge.names = edge.open(now);  // with nothing in memory
    EXPECT_EQ(edge.name("known", now), known) << key;
    const std::string fresh = edge.name("new", now);
    ASSERT_TRUE(edge.names->settle(now));
    EXPECT_EQ(edge.key_of(fresh), "n2") << "of the first time";
    EXPECT_EQ(edge.key_of(known), "n1");
  }
  const Json ring = parsed(std::string(std::istreambuf_iterator<char>(std::ifstream(edge.keys + "/naming.json").rdbuf()), {}));
  EXPECT_EQ(ring["keys"].size(), 4U);
  EXPECT_EQ(edge.name("never settled", now), forgotten);
}

// The same stream, with keys that change and restarts in between, as one that was named under a single key: who is the same stays it.
TEST(EdgeNames, ChangeNothingOfWhoIsWho) {
  Edge edge;
  std::map<std::string, std::string> by_id, by_name;
  Time now = kMorning;
  std::uint64_t random = 88172645463325252;
  for (int step = 0; step < 400; ++step) {
    random ^= random << 13, random ^= random >> 7, random ^= random << 17;
    now = now + Duration{kHour * 20};
    if (step % 37 == 0) {
      ASSERT_TRUE(edge.names->rotate(now, Duration{0}));
    }
    if (step % 23 == 0) {
      ASSERT_TRUE(edge.names->settle(now));
      edge.names = edge.open(now);
    }
    if (step % 11 == 0) edge.names->forget();
    const std::string id = fmt::format("u{}", random % 60), name = edge.name(id, now);
    const auto [was, first] = by_id.emplace(id, name);
    EXPECT_EQ(was->second, name) << id << " at " << step;
    const auto [whose, once] = by_name.emplace(name, id);
    EXPECT_EQ(whose->second, id);
  }
}

TEST(EdgeNames, OfSeveralThreadsAreTheSame) {
  Edge edge;
  ASSERT_TRUE(edge.names->rotate(kMorning, Duration{0}));  // two keys: the store is asked
  std::vector<std::vector<std::string>> found(4);
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < found.size(); ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 200; ++i) {
        std::string to;
        const auto hidden = edge.names->hide(Edge::line({{"account", fmt::format("u{}", i % 50)}}), to, kMorning);
        found[thread].push_back(hidden ? std::string(*hidden) : hidden.error().message);
        if (i % 20 == 0 && !edge.names->settle(kMorning)) found[thread].emplace_back("not settled");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& names : found) EXPECT_EQ(names, found.front());
  ASSERT_TRUE(edge.names->settle(kMorning));
  EXPECT_EQ(edge.number("SELECT COUNT(*) FROM sealed"), 50);
}

TEST(EdgeNames, TellTheStoreWhoIsThereOnceAWeek) {
  Edge edge;
  const auto seen = [&](Time now) {
    edge.name("u1", now);
    EXPECT_TRUE(edge.names->settle(now));
    return edge.number("SELECT at FROM sealed");
  };
  EXPECT_EQ(seen(kMorning), millis(kMorning));
  EXPECT_EQ(seen(kMorning + Duration{6 * kDay}), millis(kMorning));
  EXPECT_EQ(seen(kMorning + Duration{7 * kDay}), millis(kMorning + Duration{7 * kDay}));
}

TEST(EdgeNames, KeysThatNobodyIsUnderAreDropped) {
  Edge edge;
  const std::string old = edge.name("old", kMorning);
  ASSERT_TRUE(edge.names->settle(kMorning));
  ASSERT_TRUE(edge.names->rotate(kMorning + kYear, kYear));
  EXPECT_TRUE(edge.names->retire().value().empty()) << "somebody is under it";
  edge.sql("DELETE FROM sealed WHERE pseudonym = :name", old);
  EXPECT_EQ(edge.names->retire().value(), std::vector<std::string>{"n1"});
  EXPECT_TRUE(edge.names->retire().value().empty()) << "the newest stays";
  EXPECT_NE(edge.name("old", kMorning + kYear), old) << "whoever was deleted and comes again is new";
  edge.names = edge.open(kMorning + kYear);
  EXPECT_NE(edge.name("old", kMorning + kYear), old);
}

TEST(EdgeNames, OriginalsAreSealedAndThoseOfReportersAreNot) {
  Edge edge;
  const Json hidden = edge.hide({{"account", "u17"}, {"ip", "10.1.2.3"}, {"reporter", "r1"}, {"payer_hash", "ab12"}}, kMorning);
  ASSERT_TRUE(edge.names->settle(kMorning));
  EXPECT_EQ(edge.number("SELECT COUNT(*) FROM sealed"), 4);
  const auto sealed = [&](const char* field) { return edge.rows("SELECT sealed FROM sealed WHERE pseudonym = :name", hidden[field].get<std::string>()).front().text(0); };
  EXPECT_EQ(sealed("reporter"), "");
  EXPECT_EQ(sealed("payer_hash"), "");
  const std::string key = edge.keys + "/unsealing.json", name = hidden["account"];
  EXPECT_EQ(unseal(key, store::Disk(), name, sealed("account")).value(), "account/u17");
  EXPECT_EQ(unseal(key, store::Disk(), hidden["ip"].get<std::string>(), sealed("ip")).value(), "ip/10.1.2.3");
  EXPECT_FALSE(unseal(key, store::Disk(), hidden["ip"].get<std::string>(), sealed("account"))) << "one name's original under another's";
  for (std::size_t at = 0; at < sealed("account").size(); at += 7) {
    std::string damaged = sealed("account");
    damaged[at] = damaged[at] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(unseal(key, store::Disk(), name, damaged)) << at;
  }
  EXPECT_FALSE(unseal(key, store::Disk(), name, ""));
  EXPECT_FALSE(unseal(key, store::Disk(), name, "s1:"));
  // Taken away, the service goes on sealing; another key opens nothing.
  fs::rename(key, key + ".away");
  EXPECT_FALSE(unseal(key, store::Disk(), name, sealed("account")));
  edge.names = edge.open(kMorning);
  ASSERT_FALSE(fs::exists(key));
  edge.name("u18", kMorning);
  EXPECT_TRUE(edge.names->settle(kMorning));
  EXPECT_TRUE(unseal(key + ".away", store::Disk(), name, sealed("account")));
  Edge other;
  EXPECT_FALSE(unseal(other.keys + "/unsealing.json", store::Disk(), name, sealed("account")));
}

TEST(EdgeNames, KeysAreTheirOwnersAloneAndNeverMadeAnewInSilence) {
  Edge edge;
  EXPECT_EQ(fs::status(edge.keys).permissions(), fs::perms::owner_all);
  edge.name("u1", kMorning);
  ASSERT_TRUE(edge.names->settle(kMorning));
  fs::rename(edge.keys + "/naming.json", edge.keys + "/away");
  const auto missing = EdgeNames::open(edge.keys, edge.db(), kMorning);
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("naming.json is not there"), std::string::npos) << missing.error().message;
  for (const std::string_view damaged : {"", "{}", "{\"keys\":[]}", "{\"keys\":[{\"id\":\"n1\",\"key\":\"short\",\"from\":\"2026-01-01T00:00:00Z\"}]}", "[1]"}) {
    std::ofstream(edge.keys + "/naming.json") << damaged;
    EXPECT_FALSE(EdgeNames::open(edge.keys, edge.db(), kMorning)) << damaged;
  }
}

}  // namespace
}  // namespace lw::desk
