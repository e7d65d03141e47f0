// Logging in: who is let in, who is not and learns nothing by it, and when a session is over.
#include "desk/login.h"

#include <gtest/gtest.h>

#include "desk/scratch_people.h"
#include "desk/secrets.h"
#include "desk/totp.h"

namespace lw::desk {
namespace {

Time later(std::int64_t minutes) { return kMorning + Duration{minutes * kMinute}; }

struct Desk : ScratchPeople {
  Actor li = add("li", "department/samr", Role::kOfficer);

  std::string try_login(std::string_view password, Time now, std::string_view code = "", std::string_view name = "li") { return refused(log_in(db(), name, password, code, now)); }
  // Of what is enrolled or offered.
  std::string code(Time now) {
    const std::string secret = rows("SELECT totp FROM person WHERE name = 'li'").front().text(0);
    return totp_code(std::string_view(secret).substr(secret.front() == '?'), static_cast<std::uint64_t>(now.ns / (30 * kSecond)));
  }
};

TEST(Passwords, HaveToBeLongAndNotTheName) {
  const struct {
    std::string_view password, name;
    bool good;
  } kCases[] = {{"correct horse", "li", true},      {"short", "li", false},           {"elevenchars", "li", false},       {"十二个汉字的密码就够了吧", "li", true},
                {"", "li", false},                  {"administrator1", "administrator", false}, {"Li.Wei-li.wei-li.wei", "li.wei", false}, {"aaaaaaaaaaaaaaa", "li", false},
                {"administrator and no", "administrator", false}, {"administrator and much more", "administrator", true}};
  for (const auto& [password, name, good] : kCases) EXPECT_EQ(check_password(password, name).has_value(), good) << password;
  EXPECT_FALSE(check_password(std::string(300, 'x') + "y", "li"));
}

TEST(Passwords, AreHashedByArgon2idEachWithASaltOfItsOwn) {
  const std::string one = hash_password(kPassword).value(), two = hash_password(kPassword).value();
  EXPECT_TRUE(one.starts_with("$argon2id$v=19$m=65536,t=3,p=1$")) << one;
  EXPECT_NE(one, two);
  EXPECT_TRUE(verify_password(one, kPassword));
  EXPECT_FALSE(verify_password(one, "correct horse batterY"));
  EXPECT_FALSE(verify_password("", kPassword));
  EXPECT_FALSE(verify_password("", "nobody has this password")) << "the stand-in is nobody's password";
  EXPECT_FALSE(verify_password("no hash", kPassword));
  EXPECT_FALSE(is_outdated(one));
  EXPECT_TRUE(is_outdated("$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
}

TEST(Login, OpensASessionThatIsKnownByItsCookie) {
  Desk desk;
  const auto opened = log_in(desk.db(), "li", kPassword, "", kMorning);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->cookie.size(), 43U);
  const auto actor = authenticate_session(desk.db(), opened->cookie, "", Use::kRead, kMorning);
  ASSERT_TRUE(actor);
  EXPECT_EQ(actor->name, "person/li");
  EXPECT_EQ(actor->body, "department/samr");
  EXPECT_EQ(actor->role, Role::kOfficer);
  EXPECT_EQ(actor->person, desk.li.person);
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM login WHERE hash = :cookie OR hash LIKE :like", opened->cookie, "%" + opened->cookie + "%"), 0) << "the cookie itself is stored";
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM login WHERE hash = :hash", digest_of(opened->cookie)), 1);
  const auto me = get_me(desk.db(), *actor, opened->cookie);
  ASSERT_TRUE(me);
  EXPECT_EQ((*me)["csrf"], opened->csrf);
  EXPECT_EQ((*me)["role"], "officer");
  EXPECT_EQ(refused(get_me(desk.db(), *actor, "another")), "forbidden");
}

TEST(Login, TellsNobodyWhoIsThere) {
  Desk desk;
  desk.sql("INSERT INTO person (id, name, shown, body, role, password, totp, totp_used, state, failures, locked_until, made)"
           " SELECT 90, 'gone', shown, body, role, password, totp, 0, 'disabled', 0, 0, made FROM person WHERE name = 'li'");
  desk.sql("INSERT INTO person (id, name, shown, body, role, password, totp, totp_used, state, failures, locked_until, made)"
           " SELECT 91, 'locked', shown, body, role, password, totp, 0, 'active', 9, :until, made FROM person WHERE name = 'li'", millis(later(5)));
  std::vector<Refusal> refusals;
  for (const std::string_view name : {"li", "nobody", "gone", "locked", "", "li' OR '1'='1"}) {
    const auto opened = log_in(desk.db(), name, name == "li" ? std::string_view("wrong password") : kPassword, "", kMorning);
    ASSERT_FALSE(opened) << name;
    refusals.push_back(opened.error());
  }
  // Each was written down, as the failure of somebody who is there: so it takes as long.
  EXPECT_EQ(desk.number("SELECT value FROM counter WHERE name = 'login.refused'"), 5);
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM act WHERE act = 'login'"), 1);
  for (const Refusal& refusal : refusals) {
    EXPECT_EQ(refusal.why, Why::kUnknown);
    EXPECT_EQ(refusal.message, refusals.front().message);
    EXPECT_EQ(refusal.field, "");
  }
}

TEST(Login, LocksAfterFailuresAndLongerEachTime) {
  Desk desk;
  const auto locked = [&] { return desk.number("SELECT locked_until FROM person WHERE name = 'li'"); };
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(desk.try_login("wrong password", kMorning), "unknown");
    EXPECT_EQ(locked(), 0) << i;
  }
  Time now = kMorning;
  for (const std::int64_t seconds : {30, 60, 120, 240, 480, 900, 900}) {
    EXPECT_EQ(desk.try_login("wrong password", now), "unknown");
    EXPECT_EQ(locked(), millis(now) + seconds * 1000);
    // While it is locked the right password does not help, and nothing is counted.
    EXPECT_EQ(desk.try_login(kPassword, now + Duration{(seconds - 1) * kSecond}), "unknown");
    EXPECT_EQ(locked(), millis(now) + seconds * 1000);
    now = now + Duration{seconds * kSecond};
  }
  EXPECT_EQ(desk.try_login(kPassword, now), "");
  EXPECT_EQ(desk.number("SELECT failures FROM person WHERE name = 'li'"), 0);
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM act WHERE act = 'login' AND subject = 'person/li'"), 4 + 7 + 1);
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM act WHERE text LIKE '%wrong password%'"), 0);
}

TEST(Login, AsksForTheSecondFactorAndTakesEachCodeOnce) {
  Desk desk;
  const auto opened = log_in(desk.db(), "li", kPassword, "", kMorning);
  ASSERT_TRUE(opened);
  const auto other = log_in(desk.db(), "li", kPassword, "", kMorning);
  const auto set = [&](std::string_view code, bool off, Time now, std::string_view password = kPassword) {
    return set_totp(desk.db(), desk.li, opened->cookie, password, code, off, now);
  };
  EXPECT_EQ(refused(set("", false, kMorning, "wrong password")), "invalid");
  EXPECT_EQ(refused(set("123456", false, kMorning)), "conflict") << "nothing was offered";
  const auto offer = set("", false, kMorning);
  ASSERT_TRUE(offer) << offer.error().message;
  EXPECT_EQ((*offer)["totp"], false);
  EXPECT_TRUE((*offer)["uri"].get<std::string>().starts_with("otpauth://totp/Livewarden:li?secret=" + (*offer)["secret"].get<std::string>()));
  EXPECT_EQ(desk.try_login(kPassword, kMorning), "") << "an offer asks for nothing yet";
  EXPECT_EQ(refused(set("12345x", false, kMorning)), "invalid");
  const std::string first = desk.code(kMorning);
  ASSERT_TRUE(set(first, false, kMorning));
  EXPECT_EQ(refused(authenticate_session(desk.db(), other->cookie, "", Use::kRead, kMorning)), "unknown") << "other sessions end";
  EXPECT_TRUE(authenticate_session(desk.db(), opened->cookie, "", Use::kRead, kMorning));

  const auto missing = log_in(desk.db(), "li", kPassword, "", later(1));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().field, "code");
  EXPECT_EQ(desk.number("SELECT failures FROM person WHERE name = 'li'"), 1) << "to be asked for the code is no failure; the wrong code before was";
  EXPECT_EQ(desk.try_login("wrong password", later(1)), "unknown");
  EXPECT_EQ(desk.try_login(kPassword, later(0), first), "unknown") << "the code of the enrolment was used";
  const std::string second = desk.code(later(1));
  EXPECT_EQ(desk.try_login("wrong password", later(1), second), "unknown");
  EXPECT_EQ(desk.try_login(kPassword, later(1), second), "") << "a code is used up by a login alone";
  EXPECT_EQ(desk.try_login(kPassword, later(1), second), "unknown") << "used";
  EXPECT_EQ(desk.try_login(kPassword, later(60), second), "unknown") << "old";

  EXPECT_EQ(refused(set("", true, later(70))), "invalid") << "to turn it off needs a code";
  EXPECT_EQ(refused(set("", false, later(70))), "conflict") << "it is on";
  ASSERT_TRUE(set(desk.code(later(70)), true, later(70)));
  EXPECT_EQ(desk.try_login(kPassword, later(71)), "");
}

TEST(Session, HasAnEndOfItsOwnAndOneOfIdleness) {
  Desk desk;
  const auto opened = log_in(desk.db(), "li", kPassword, "", kMorning);
  ASSERT_TRUE(opened);
  const auto ask = [&](std::int64_t minutes) { return refused(authenticate_session(desk.db(), opened->cookie, "", Use::kRead, later(minutes))); };
  const auto seen = [&] { return desk.number("SELECT seen FROM login"); };
  EXPECT_EQ(ask(0), "");
  EXPECT_EQ(seen(), millis(kMorning)) << "noted again within a minute";
  EXPECT_EQ(ask(59), "");
  EXPECT_EQ(seen(), millis(later(59)));
  EXPECT_EQ(refused(authenticate_session(desk.db(), opened->cookie, "", Use::kWatch, later(100))), "");
  EXPECT_EQ(ask(59 + 60), "unknown") << "idle for an hour, though a stream was open";
  EXPECT_EQ(ask(59 + 59), "");
  for (std::int64_t minutes = 150; minutes < 12 * 60; minutes += 30) EXPECT_EQ(ask(minutes), "") << minutes;
  EXPECT_EQ(ask(12 * 60), "unknown") << "twelve hours";
  EXPECT_EQ(refused(authenticate_session(desk.db(), "", "", Use::kRead, kMorning)), "unknown");
  EXPECT_EQ(refused(authenticate_session(desk.db(), digest_of(opened->cookie), "", Use::kRead, kMorning)), "unknown") << "what is stored opens nothing";
}

TEST(Session, WritesHaveToShowItsCsrf) {
  Desk desk;
  const auto opened = log_in(desk.db(), "li", kPassword, "", kMorning), other = log_in(desk.db(), "li", kPassword, "", kMorning);
  ASSERT_TRUE(opened && other);
  for (const std::string& csrf : {std::string(), other->csrf, opened->cookie, opened->csrf + "x"}) {
    EXPECT_EQ(refused(authenticate_session(desk.db(), opened->cookie, csrf, Use::kWrite, kMorning)), "forbidden") << csrf;
  }
  EXPECT_EQ(refused(authenticate_session(desk.db(), opened->cookie, opened->csrf, Use::kWrite, kMorning)), "");
}

TEST(Session, EndsWithLogoutAndWithAnotherPassword) {
  Desk desk;
  const auto one = log_in(desk.db(), "li", kPassword, "", kMorning), two = log_in(desk.db(), "li", kPassword, "", kMorning), three = log_in(desk.db(), "li", kPassword, "", kMorning);
  ASSERT_TRUE(one && two && three);
  const auto ask = [&](const OpenedSession& session) { return refused(authenticate_session(desk.db(), session.cookie, "", Use::kRead, later(1))); };
  ASSERT_TRUE(log_out(desk.db(), one->cookie, kMorning));
  ASSERT_TRUE(log_out(desk.db(), one->cookie, kMorning));
  EXPECT_EQ(ask(*one), "unknown");
  EXPECT_EQ(ask(*two), "");
  EXPECT_EQ(refused(change_password(desk.db(), desk.li, "wrong password", "another one entirely", later(1))), "invalid");
  EXPECT_EQ(desk.number("SELECT failures FROM person WHERE name = 'li'"), 1) << "who took a session over may not guess on";
  EXPECT_EQ(refused(change_password(desk.db(), desk.li, kPassword, "too short", later(1))), "invalid");
  EXPECT_EQ(refused(change_password(desk.db(), desk.li, kPassword, kPassword, later(1))), "invalid");
  const auto next = change_password(desk.db(), desk.li, kPassword, "another one entirely", later(1));
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_EQ(ask(*two), "unknown");
  EXPECT_EQ(ask(*three), "unknown");
  EXPECT_EQ(ask(*next), "");
  EXPECT_EQ(desk.try_login(kPassword, later(2)), "unknown");
  EXPECT_EQ(desk.try_login("another one entirely", later(2)), "");
}

TEST(Session, OnePersonHasTenOfThem) {
  Desk desk;
  const auto first = log_in(desk.db(), "li", kPassword, "", kMorning);
  ASSERT_TRUE(first);
  for (int i = 1; i <= 10; ++i) ASSERT_TRUE(log_in(desk.db(), "li", kPassword, "", kMorning + Duration{i * kSecond}));
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM login"), 10);
  EXPECT_EQ(refused(authenticate_session(desk.db(), first->cookie, "", Use::kRead, later(1))), "unknown");
}

TEST(Session, AFreshPersonMayOnlySetAnOwnPassword) {
  Desk desk;
  const Actor wang = desk.add("wang", "department/samr", Role::kAdministrator);
  const auto added = add_person(desk.db(), wang, {"zhao", "赵", "", Role::kApprover, ""}, kMorning);
  ASSERT_TRUE(added) << added.error().message;
  const std::string once = (*added)["password"];
  const auto opened = log_in(desk.db(), "zhao", once, "", kMorning);
  ASSERT_TRUE(opened);
  const auto actor = authenticate_session(desk.db(), opened->cookie, opened->csrf, Use::kWrite, kMorning);
  ASSERT_TRUE(actor);
  EXPECT_EQ(actor->role, Role::kNone);
  EXPECT_EQ((*get_me(desk.db(), *actor, opened->cookie))["fresh"], true);
  EXPECT_EQ(refused(log_in(desk.db(), "zhao", once, "", later(7 * 24 * 60))), "unknown") << "good for a week";
  const auto next = change_password(desk.db(), *actor, once, "my very own words", kMorning);
  ASSERT_TRUE(next);
  const auto now = authenticate_session(desk.db(), next->cookie, next->csrf, Use::kWrite, kMorning);
  ASSERT_TRUE(now);
  EXPECT_EQ(now->role, Role::kApprover);
  EXPECT_EQ(refused(log_in(desk.db(), "zhao", once, "", kMorning)), "unknown");
  EXPECT_TRUE(log_in(desk.db(), "zhao", "my very own words", "", later(30 * 24 * 60)));
}

}  // namespace
}  // namespace lw::desk
