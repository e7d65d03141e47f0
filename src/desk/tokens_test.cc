// Tokens of programs: known by their text alone, for as long as they are good, for what they may.
#include "desk/tokens.h"

#include <gtest/gtest.h>

#include "desk/scratch_people.h"
#include "desk/secrets.h"

namespace lw::desk {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

struct Desk : ScratchPeople {
  Actor alpha = add("alpha.admin", "platform/alpha", Role::kAdministrator);
  Actor beta = add("beta.admin", "platform/beta", Role::kAdministrator);

  Json make(std::int64_t until = 0) { return add_token(db(), alpha, {"feed", "", {"events:write", "decide"}, until}, kMorning).value(); }
  std::string ask(const std::string& bearer, Time now = kMorning) { return refused(authenticate_token(db(), bearer, now)); }
};

TEST(Tokens, AreKnownByTheirTextWhichIsNotStored) {
  Desk desk;
  const Json made = desk.make();
  const std::string text = made["token"];
  EXPECT_TRUE(text.starts_with("lw_"));
  EXPECT_EQ(text.size(), 3U + 43U);
  const auto actor = authenticate_token(desk.db(), text, kMorning);
  ASSERT_TRUE(actor);
  EXPECT_EQ(actor->name, fmt::format("token/{}", made["id"].get<int>()));
  EXPECT_EQ(actor->body, "platform/alpha");
  EXPECT_EQ(actor->role, Role::kNone);
  EXPECT_EQ(actor->person, 0U);
  EXPECT_EQ(actor->scopes, (std::vector<std::string>{"events:write", "decide"}));
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM token WHERE hash = :text", text), 0);
  const std::string stored = desk.rows("SELECT hash FROM token").front().text(0);
  EXPECT_EQ(stored, digest_of(text));
  for (const std::string& wrong : {std::string(), std::string("lw_"), text + "x", text.substr(0, text.size() - 1), text.substr(3), stored, "lw_" + stored, "LW_" + text.substr(3)}) {
    EXPECT_EQ(desk.ask(wrong), "unknown") << wrong;
  }
  const auto listed = list_tokens(desk.db(), desk.alpha, {});
  ASSERT_TRUE(listed);
  EXPECT_EQ(listed->dump().find(text.substr(3)), std::string::npos);
  EXPECT_EQ(listed->dump().find("sha256"), std::string::npos);
}

TEST(Tokens, EndWithTheirTime) {
  Desk desk;
  const std::int64_t now = millis(kMorning);
  const std::string day = desk.make(now + kDayMs)["token"], year = desk.make()["token"];
  EXPECT_EQ(desk.ask(day, time_of(now + kDayMs - 1)), "");
  EXPECT_EQ(desk.ask(day, time_of(now + kDayMs)), "unknown");
  EXPECT_EQ(desk.ask(year, time_of(now + 366 * kDayMs - 1)), "");
  EXPECT_EQ(desk.ask(year, time_of(now + 366 * kDayMs)), "unknown");
  for (const std::int64_t until : {now, now - 1, now + 366 * kDayMs + 1}) EXPECT_EQ(refused(add_token(desk.db(), desk.alpha, {"t", "", {"decide"}, until}, kMorning)), "invalid") << until;
}

TEST(Tokens, AreRevokedByTheirOwnBodyForGood) {
  Desk desk;
  const Json made = desk.make();
  const std::uint64_t id = made["id"];
  EXPECT_EQ(refused(revoke_token(desk.db(), desk.beta, id, kMorning)), "not found");
  EXPECT_EQ(desk.ask(made["token"]), "");
  EXPECT_EQ(refused(revoke_token(desk.db(), desk.alpha, id, kMorning)), "");
  EXPECT_EQ(refused(revoke_token(desk.db(), desk.alpha, id, kMorning + Duration{kHour})), "") << "again changes nothing";
  EXPECT_EQ(desk.number("SELECT revoked FROM token"), millis(kMorning));
  EXPECT_EQ(desk.ask(made["token"]), "unknown");
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM act WHERE act = 'revokeToken'"), 1);
}

TEST(Tokens, NoteTheirUseOnceAMinute) {
  Desk desk;
  const std::string text = desk.make()["token"];
  const auto used = [&] { return desk.number("SELECT used FROM token") - millis(kMorning); };
  for (const auto& [second, noted] : {std::pair{0, 0}, {59, 0}, {60, 60'000}, {61, 60'000}, {119, 60'000}, {500, 500'000}}) {
    EXPECT_EQ(desk.ask(text, kMorning + Duration{second * kSecond}), "");
    EXPECT_EQ(used(), noted) << second;
  }
}

TEST(Tokens, MayWhatTheirBodyMayHaveThemDo) {
  Desk desk;
  const Actor samr = desk.add("samr.admin", "department/samr", Role::kAdministrator), root = desk.add("root", "livewarden", Role::kAdministrator),
              m1 = desk.add("m1.admin", "merchant/alpha/m1", Role::kAdministrator);
  const struct {
    const Actor& actor;
    std::string_view scope;
    bool may;
  } kCases[] = {{desk.alpha, "events:write", true}, {desk.alpha, "interventions:write", true}, {samr, "interventions:write", false}, {samr, "cases:read", true},
                {root, "cases:read", false},        {root, "metrics", true},                   {m1, "interventions:write", false},   {m1, "cases:read", true},
                {samr, "people:write", false},      {samr, "", false},                         {samr, "cases:read decide", false}};
  for (const auto& [actor, scope, may] : kCases) {
    EXPECT_EQ(add_token(desk.db(), actor, {"t", "", {std::string(scope)}, 0}, kMorning).has_value(), may) << actor.body << " " << scope;
  }
  EXPECT_EQ(refused(add_token(desk.db(), samr, {"t", "", {}, 0}, kMorning)), "invalid");
  EXPECT_EQ(refused(add_token(desk.db(), samr, {"", "", {"decide"}, 0}, kMorning)), "invalid");
}

}  // namespace
}  // namespace lw::desk
