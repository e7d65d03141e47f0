// Who may change what of whom: every role, own and other body; nobody raises themselves, and a body keeps an administrator.
#include "desk/people.h"

#include <gtest/gtest.h>

#include "desk/audit_log.h"
#include "desk/login.h"
#include "desk/scratch_people.h"
#include "desk/tokens.h"

namespace lw::desk {
namespace {

constexpr Role kRoles[] = {Role::kViewer, Role::kOfficer, Role::kApprover, Role::kAdministrator, Role::kAuditor};

struct Desk : ScratchPeople {
  Actor samr = add("samr.admin", "department/samr", Role::kAdministrator);
  Actor service = add("root", "livewarden", Role::kAdministrator);

  std::string state(const Actor& actor) {
    const auto row = rows("SELECT role, state FROM person WHERE id = :id", actor.person).front();
    return row.text(0) + " " + row.text(1);
  }
};

TEST(People, BodiesAndTheirRoles) {
  for (const std::string_view body : {"livewarden", "department/samr", "platform/alpha", "merchant/alpha/m1", "host/alpha/h/1", "mcn/a/b", "operator/a/b"}) EXPECT_TRUE(check_body(body)) << body;
  for (const std::string_view body : {"", "department/", "department/sam", "platform", "platform/", "platform/a/b", "merchant/alpha", "merchant//m1", "merchant/alpha/", "viewer/alpha/v1",
                                      "livewarden/x", "account/alpha/u1"}) {
    EXPECT_FALSE(check_body(body)) << body;
  }
  EXPECT_NE(check_body("department/sam").error().message.find("samr"), std::string::npos) << "the nearest right one is offered";
  const struct {
    std::string_view body, roles;  // by the first letter
  } kCases[] = {{"department/samr", "voaAu"}, {"platform/alpha", "voAu"}, {"merchant/alpha/m1", "voAu"}, {"livewarden", "vAu"}};
  for (const auto& [body, roles] : kCases) {
    std::string may;
    for (const auto& [role, letter] : {std::pair{Role::kViewer, 'v'}, {Role::kOfficer, 'o'}, {Role::kApprover, 'a'}, {Role::kAdministrator, 'A'}, {Role::kAuditor, 'u'}}) {
      if (check_role(body, role)) may += letter;
    }
    EXPECT_EQ(may, roles) << body;
    EXPECT_FALSE(check_role(body, Role::kNone));
  }
  for (const Role role : kRoles) EXPECT_EQ(role_of(name_of(role)), role);
  EXPECT_FALSE(role_of(""));
  EXPECT_FALSE(role_of("root"));
}

// Each role of each kind of body asks for everything there is to manage, of its own body and of another.
TEST(People, OnlyAdministratorsManageAndOnlyTheirOwnBody) {
  Desk desk;
  const Actor mine = desk.add("mine", "department/samr", Role::kViewer), other = desk.add("other", "department/cac", Role::kViewer);
  desk.add("cac.admin", "department/cac", Role::kAdministrator);
  std::vector<Actor> actors{machine(), Actor{"public", "", Role::kNone, {}, 0}, Actor{"token/1", "department/samr", Role::kNone, {"metrics"}, 0}};
  for (const Role role : kRoles) actors.push_back(desk.add(fmt::format("a-{}", name_of(role)), "department/samr", role));
  int number = 0;
  for (const Actor& actor : actors) {
    const bool may = actor.role == Role::kAdministrator;
    const std::string what = actor.name;
    const auto expect = [&](const std::string& got, const char* otherwise) { EXPECT_EQ(got, may ? otherwise : "forbidden") << what; };
    expect(refused(list_people(desk.db(), actor, {})), "");
    expect(refused(list_tokens(desk.db(), actor, {})), "");
    expect(refused(change_person(desk.db(), actor, mine.person, {.shown = "M"}, kMorning)), "");
    expect(refused(change_person(desk.db(), actor, other.person, {.shown = "O"}, kMorning)), "not found");
    expect(refused(change_person(desk.db(), actor, 12345, {.shown = "N"}, kMorning)), "not found");
    expect(refused(add_person(desk.db(), actor, {fmt::format("new-{}", ++number), "N", "", Role::kViewer, std::string(kPassword)}, kMorning)), "");
    expect(refused(add_person(desk.db(), actor, {"elsewhere", "N", "department/cac", Role::kAdministrator, std::string(kPassword)}, kMorning)), "forbidden");
    expect(refused(add_token(desk.db(), actor, {"t", "", {"cases:read"}, 0}, kMorning)), "");
    expect(refused(add_token(desk.db(), actor, {"t", "department/cac", {"cases:read"}, 0}, kMorning)), "forbidden");
    const bool reads = may || actor.role == Role::kAuditor;
    EXPECT_EQ(refused(list_acts(desk.db(), actor, {})), reads ? "" : "forbidden") << what;
  }
  const auto people = list_people(desk.db(), desk.samr, {});
  ASSERT_TRUE(people);
  for (const Json& person : (*people)["items"]) {
    EXPECT_EQ(person["body"], "department/samr");
    EXPECT_FALSE(person.contains("password"));
  }
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM person WHERE shown = 'O'"), 0);
}

TEST(People, ListsPageByPage) {
  Desk desk;
  for (int i = 0; i < 5; ++i) desk.add(fmt::format("p{}", i), "department/samr", Role::kViewer);
  std::vector<std::string> names;
  Query query{{"limit", "2"}};
  for (;;) {
    const auto page = list_people(desk.db(), desk.samr, query);
    ASSERT_TRUE(page);
    for (const Json& person : (*page)["items"]) names.push_back(person["name"]);
    if (!page->contains("next")) break;
    query["after"] = (*page)["next"];
  }
  EXPECT_EQ(names, (std::vector<std::string>{"samr.admin", "p0", "p1", "p2", "p3", "p4"}));
}

TEST(People, NobodyChangesTheirOwnRoleOrState) {
  Desk desk;
  for (const Role role : kRoles) EXPECT_EQ(refused(change_person(desk.db(), desk.samr, desk.samr.person, {.role = role}, kMorning)), "forbidden");
  EXPECT_EQ(refused(change_person(desk.db(), desk.samr, desk.samr.person, {.disabled = true}, kMorning)), "forbidden");
  EXPECT_EQ(refused(change_person(desk.db(), desk.samr, desk.samr.person, {.password = "another password"}, kMorning)), "forbidden");
  EXPECT_EQ(refused(change_person(desk.db(), desk.samr, desk.samr.person, {.drop_totp = true}, kMorning)), "forbidden");
  EXPECT_EQ(refused(change_person(desk.db(), desk.samr, desk.samr.person, {.shown = "S"}, kMorning)), "");
  EXPECT_EQ(desk.state(desk.samr), "administrator active");
}

// Two administrators who turn on each other at the same moment: whoever is second is none any more.
TEST(People, ABodyKeepsAnAdministrator) {
  Desk desk;
  const Actor second = desk.add("second", "department/samr", Role::kAdministrator);
  EXPECT_EQ(refused(change_person(desk.db(), desk.samr, second.person, {.role = Role::kViewer}, kMorning)), "");
  EXPECT_EQ(refused(change_person(desk.db(), second, desk.samr.person, {.disabled = true}, kMorning)), "forbidden");
  EXPECT_EQ(refused(add_person(desk.db(), second, {"third", "T", "", Role::kAdministrator, ""}, kMorning)), "forbidden");
  EXPECT_EQ(refused(add_token(desk.db(), second, {"t", "", {"cases:read"}, 0}, kMorning)), "forbidden");
  EXPECT_EQ(desk.state(desk.samr), "administrator active");
}

TEST(People, WhatTheyMayChangesWithTheirSessions) {
  const struct {
    const char* what;
    PersonChange change;
    bool ends;
  } kCases[] = {{"role", {.role = Role::kApprover}, true},       {"the same role", {.role = Role::kOfficer}, false}, {"shown", {.shown = "L"}, false},
                {"disabled", {.disabled = true}, true},          {"not disabled", {.disabled = false}, false},       {"password", {.password = "words of somebody else"}, true},
                {"second factor", {.drop_totp = true}, true},    {"nothing", {}, false}};
  for (const auto& [what, change, ends] : kCases) {
    Desk desk;
    const Actor li = desk.add("li", "department/samr", Role::kOfficer);
    desk.sql("UPDATE person SET totp = 'GEZDGNBVGY3TQOJQ' WHERE id = :id", li.person);
    desk.sql("INSERT INTO login (hash, person, csrf, made, seen, until) VALUES ('h', :person, 'c', 0, 0, 0)", li.person);
    ASSERT_EQ(refused(change_person(desk.db(), desk.samr, li.person, change, kMorning)), "") << what;
    EXPECT_EQ(desk.number("SELECT COUNT(*) FROM login"), ends ? 0 : 1) << what;
  }
}

TEST(People, WhoeverIsLetInAgainGetsANewPassword) {
  Desk desk;
  const Actor li = desk.add("li", "department/samr", Role::kOfficer);
  ASSERT_TRUE(change_person(desk.db(), desk.samr, li.person, {.disabled = true}, kMorning));
  EXPECT_EQ(refused(log_in(desk.db(), "li", kPassword, "", kMorning)), "unknown");
  ASSERT_TRUE(change_person(desk.db(), desk.samr, li.person, {.password = "words of somebody else"}, kMorning));
  EXPECT_EQ(desk.state(li), "officer disabled") << "a password alone lets nobody in";
  const auto back = change_person(desk.db(), desk.samr, li.person, {.disabled = false}, kMorning);
  ASSERT_TRUE(back);
  EXPECT_EQ(desk.state(li), "officer fresh");
  EXPECT_EQ(refused(log_in(desk.db(), "li", kPassword, "", kMorning)), "unknown");
  EXPECT_EQ(refused(log_in(desk.db(), "li", (*back)["password"].get<std::string>(), "", kMorning)), "");
}

TEST(People, TheServiceMakesFirstAdministratorsAndNobodyElse) {
  Desk desk;
  const auto add = [&](std::string name, std::string body, Role role) { return add_person(desk.db(), desk.service, {std::move(name), "N", std::move(body), role, ""}, kMorning); };
  EXPECT_EQ(refused(add("cac.viewer", "department/cac", Role::kViewer)), "forbidden");
  EXPECT_EQ(refused(add("samr.second", "department/samr", Role::kAdministrator)), "conflict") << "it has one";
  EXPECT_EQ(refused(add("samr.admin", "livewarden", Role::kViewer)), "conflict") << "the name is taken";
  EXPECT_EQ(refused(add("nobody", "department/nobody", Role::kAdministrator)), "invalid");
  const auto made = add("alpha.admin", "platform/alpha", Role::kAdministrator);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ((*made)["fresh"], true);
  EXPECT_EQ((*made)["password"].get<std::string>().size(), 24U);
  EXPECT_EQ(refused(add("alpha.other", "platform/alpha", Role::kAdministrator)), "conflict") << "one was made already, though not taken up";
  const std::uint64_t id = (*made)["id"];
  EXPECT_EQ(refused(change_person(desk.db(), desk.service, id, {.disabled = true}, kMorning)), "not found") << "whose administrators others' are not";
  const Time later = kMorning + Duration{7 * kDay};
  EXPECT_EQ(refused(add_person(desk.db(), desk.service, {"alpha.third", "N", "platform/alpha", Role::kAdministrator, ""}, later)), "") << "the first can come in no more";
  EXPECT_EQ(refused(add_person(desk.db(), desk.service, {"samr.second", "N", "department/samr", Role::kAdministrator, ""}, later)), "conflict") << "who took it up stays";
}

TEST(People, NamesAndPasswordsAreChecked) {
  Desk desk;
  for (const std::string& name : std::vector<std::string>{"", "a", "-ab", "Li", "li wei", "李", "li/wei", std::string(65, 'a')}) {
    const auto added = add_person(desk.db(), desk.samr, {name, "L", "", Role::kViewer, ""}, kMorning);
    ASSERT_FALSE(added) << name;
    EXPECT_EQ(added.error().field, "name");
  }
  const auto weak = add_person(desk.db(), desk.samr, {"li", "L", "", Role::kViewer, "too short"}, kMorning);
  ASSERT_FALSE(weak);
  EXPECT_EQ(weak.error().field, "password");
  EXPECT_EQ(refused(add_person(desk.db(), desk.samr, {"li", "", "", Role::kViewer, ""}, kMorning)), "invalid");
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM person"), 2);
}

TEST(People, AtTheBeginningThereIsOneWhoHasToTakeItUp) {
  ScratchPeople desk;
  const auto first = make_first_administrator(desk.db(), kMorning);
  ASSERT_TRUE(first && *first);
  EXPECT_EQ((*first)->name, "admin");
  const auto again = make_first_administrator(desk.db(), kMorning);
  ASSERT_TRUE(again && *again) << "nobody took it up: there is another password";
  EXPECT_EQ(refused(log_in(desk.db(), "admin", (*first)->password, "", kMorning)), "unknown");
  const auto opened = log_in(desk.db(), "admin", (*again)->password, "", kMorning);
  ASSERT_TRUE(opened);
  const auto actor = authenticate_session(desk.db(), opened->cookie, opened->csrf, Use::kWrite, kMorning);
  ASSERT_TRUE(actor);
  ASSERT_TRUE(change_password(desk.db(), *actor, (*again)->password, "words of my own", kMorning));
  const auto third = make_first_administrator(desk.db(), kMorning);
  ASSERT_TRUE(third);
  EXPECT_FALSE(*third);
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM person"), 1);
  EXPECT_EQ(refused(log_in(desk.db(), "admin", "words of my own", "", kMorning)), "");
}

TEST(AuditLog, IsOfOnesOwnBodyAndHoldsNoSecret) {
  Desk desk;
  const Actor auditor = desk.add("auditor", "department/samr", Role::kAuditor), cac = desk.add("cac.admin", "department/cac", Role::kAdministrator);
  const auto li = add_person(desk.db(), desk.samr, {"li", "L", "", Role::kOfficer, "words of somebody"}, kMorning);
  ASSERT_TRUE(li);
  const auto token = add_token(desk.db(), cac, {"reader", "", {"cases:read"}, 0}, kMorning);
  ASSERT_TRUE(token);
  const auto opened = log_in(desk.db(), "li", "words of somebody", "", kMorning);
  ASSERT_TRUE(opened);
  ASSERT_TRUE(change_person(desk.db(), desk.samr, (*li)["id"], {.role = Role::kApprover}, kMorning + Duration{kMinute}));
  const auto acts = list_acts(desk.db(), auditor, {});
  ASSERT_TRUE(acts);
  std::string told;
  for (const Json& act : (*acts)["items"]) told += act["who"].get<std::string>() + " " + act["act"].get<std::string>() + " " + act["subject"].get<std::string>() + ": " + act["text"].get<std::string>() + "\n";
  EXPECT_EQ(told, "person/samr.admin changePerson person/li: role officer → approver\n"
                  "person/li login person/li: by password alone\n"
                  "person/samr.admin addPerson person/li: officer of department/samr\n");
  const auto count = [&](const Query& query) { return (*list_acts(desk.db(), auditor, query))["items"].size(); };
  EXPECT_EQ(count({{"subject", "person/li"}, {"who", "person/samr.admin"}}), 2U);
  EXPECT_EQ(count({{"from", "2026-03-01T09:00:30+08:00"}}), 1U);
  EXPECT_EQ(count({{"to", "2026-03-01T09:00:30+08:00"}}), 2U);
  EXPECT_EQ(count({{"limit", "1"}}), 1U);
  EXPECT_EQ(refused(list_acts(desk.db(), auditor, {{"from", "yesterday"}})), "invalid");
  for (const std::string& secret : {std::string("words of somebody"), (*token)["token"].get<std::string>(), opened->cookie, opened->csrf}) {
    EXPECT_EQ(desk.number("SELECT COUNT(*) FROM act WHERE text LIKE :secret", "%" + secret + "%"), 0);
    EXPECT_EQ(desk.number("SELECT COUNT(*) FROM leaf WHERE opened LIKE :secret", "%" + secret + "%"), 0);
  }
  EXPECT_EQ(desk.number("SELECT COUNT(*) FROM leaf WHERE kind = 'act'"), desk.number("SELECT COUNT(*) FROM act"));
}

}  // namespace
}  // namespace lw::desk
