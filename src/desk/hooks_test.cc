#include "desk/hooks.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "desk/secrets.h"
#include "store/scratch_database.h"

namespace lw::desk {
namespace {

const Time kNow = parse_rfc3339("2026-06-01T20:00:00+08:00").value();
Actor administrator(const std::string& body) { return {"person/a", body, Role::kAdministrator, {}, 1}; }

class Hooks : public testing::Test {
 protected:
  Hooks() : db(scratch.open()), key(HookKey::open(scratch.folder() + "/keys/hooks.key").value()) {}

  Answer<Json> add(const Actor& who, const std::string& url) {
    return in_write(*db, [&](store::Session& session) { return add_hook(session, who, key, url, kNow); });
  }
  Answer<Json> list(const Actor& who, const Query& query = {}) {
    return in_read(*db, [&](store::Session& session) { return list_hooks(session, who, query); });
  }
  Answer<void> remove(const Actor& who, std::uint64_t id) {
    return in_write(*db, [&](store::Session& session) { return remove_hook(session, who, id, kNow); });
  }
  std::vector<Hook> all() {
    std::vector<Hook> out;
    EXPECT_TRUE(db->read([&](store::Session& session) -> Status {
      out = all_hooks(session);
      return {};
    }));
    return out;
  }

  store::ScratchDatabase scratch;
  std::unique_ptr<store::Database> db;
  HookKey key;
};

TEST_F(Hooks, AreOfTheirPlatformAndShowTheirSecretOnce) {
  const auto made = add(administrator("platform/alpha"), "https://alpha.example/hooks?token=x");
  ASSERT_TRUE(made) << made.error().message;
  const std::string shown = (*made)["secret"];
  EXPECT_TRUE(shown.starts_with("whsec_"));
  std::string secret;
  EXPECT_TRUE(from_base64(std::string_view(shown).substr(6), secret));
  EXPECT_EQ(secret.size(), 32u);
  EXPECT_EQ(key.secret(all().front().secret).value(), secret) << "what the courier signs with";
  EXPECT_EQ(all().front().platform, "alpha");

  const auto listed = list(administrator("platform/alpha"));
  ASSERT_TRUE(listed);
  EXPECT_EQ(*listed, (Json{{"items", {{{"id", 1}, {"body", "platform/alpha"}, {"url", "https://alpha.example/hooks?token=x"}, {"state", "active"}, {"made", "2026-06-01T20:00:00+08:00"}}}}}));
  EXPECT_TRUE((*list(administrator("platform/beta")))["items"].empty());
  EXPECT_EQ(remove(administrator("platform/beta"), 1).error().why, Why::kNotFound);
  EXPECT_TRUE(remove(administrator("platform/alpha"), 1));
  EXPECT_TRUE(all().empty());
  // The audit log knows of both acts, and nothing that a URL may hide.
  EXPECT_TRUE(db->read([&](store::Session& session) -> Status {
    const store::Rows acts = session.rows("SELECT act, subject, text FROM act ORDER BY n");
    EXPECT_EQ(acts.size(), 2u);
    EXPECT_EQ(acts[0].text(0) + " " + acts[0].text(1) + " " + acts[0].text(2), "addHook hook/1 https://alpha.example/hooks");
    EXPECT_EQ(acts[1].text(0), "removeHook");
    for (const store::Row& row : session.rows("SELECT opened FROM leaf")) EXPECT_EQ(row.text(0).find("whsec"), std::string::npos);
    return {};
  }));
}

TEST_F(Hooks, SecretsDifferAndTheStoreDoesNotHoldThem) {
  const auto one = add(administrator("platform/alpha"), "https://alpha.example/1"), two = add(administrator("platform/alpha"), "https://alpha.example/2");
  ASSERT_TRUE(one && two);
  EXPECT_NE((*one)["secret"], (*two)["secret"]);
  for (const Hook& hook : all()) {
    EXPECT_EQ(hook.secret.find((*one)["secret"].get<std::string>().substr(6)), std::string::npos);
    EXPECT_FALSE(HookKey::open(scratch.folder() + "/keys/other.key")->secret(hook.secret));
    EXPECT_EQ(HookKey::open(scratch.folder() + "/keys/hooks.key")->secret(hook.secret).value(), key.secret(hook.secret).value()) << "the file is read again";
  }
}

TEST_F(Hooks, TheKeyFileIsItsOwnersAloneAndDamageIsNoticed) {
  const std::string path = scratch.folder() + "/keys/hooks.key";
  struct stat is {};
  ASSERT_EQ(::stat(path.c_str(), &is), 0);
  EXPECT_EQ(is.st_mode & 0777, 0600u);
  ASSERT_TRUE(store::Disk().write(path, "no key\n"));
  EXPECT_FALSE(HookKey::open(path));
}

TEST_F(Hooks, AreForAdministratorsOfPlatforms) {
  for (const Actor& who : {Actor{"person/o", "platform/alpha", Role::kOfficer, {}, 2}, administrator("department/samr"), administrator("merchant/alpha/m1"), administrator("livewarden")}) {
    EXPECT_EQ(add(who, "https://x.example/").error().why, Why::kForbidden) << who.body;
    EXPECT_EQ(list(who).error().why, Why::kForbidden) << who.body;
    EXPECT_EQ(remove(who, 1).error().why, Why::kForbidden) << who.body;
  }
}

TEST_F(Hooks, AreFewAndEachOnce) {
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(add(administrator("platform/alpha"), "https://alpha.example/" + std::to_string(i)));
  EXPECT_EQ(add(administrator("platform/alpha"), "https://alpha.example/3").error().why, Why::kConflict);
  EXPECT_EQ(add(administrator("platform/alpha"), "https://alpha.example/10").error().why, Why::kConflict);
  EXPECT_TRUE(add(administrator("platform/beta"), "https://alpha.example/3"));
  const auto page = list(administrator("platform/alpha"), {{"limit", "4"}});
  EXPECT_EQ((*page)["items"].size(), 4u);
  EXPECT_EQ((*list(administrator("platform/alpha"), {{"limit", "9"}, {"after", (*page)["next"].get<std::string>()}}))["items"].size(), 6u);
}

TEST_F(Hooks, RememberSinceWhenTheyFail) {
  ASSERT_TRUE(add(administrator("platform/alpha"), "https://alpha.example/"));
  const auto change = [&](auto&& what) {
    EXPECT_TRUE(db->write([&](store::Session& session) -> Status {
      what(session);
      return {};
    }));
  };
  change([](store::Session& session) { hook_failed(session, 1, kNow); });
  change([](store::Session& session) { hook_failed(session, 1, kNow + Duration{kHour}); });
  EXPECT_EQ((*list(administrator("platform/alpha")))["items"][0]["failing_since"], "2026-06-01T20:00:00+08:00");
  EXPECT_TRUE(all().front().failing);
  change([&](store::Session& session) { hook_recovered(session, all().front(), kNow + Duration{2 * kHour}); });
  EXPECT_FALSE((*list(administrator("platform/alpha")))["items"][0].contains("failing_since"));
}

}  // namespace
}  // namespace lw::desk
