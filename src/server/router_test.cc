// What a request line means, what a request may hold, who may call what: against the document that the program carries.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "server/document.h"
#include "server/gate.h"
#include "server/schema.h"
#include "server/target.h"

namespace lw::server {
namespace {

using desk::Json;
using desk::Role;

const Document& document() {
  static const auto made = Document::own();
  EXPECT_TRUE(made) << made.error().to_string();
  return **made;
}

struct Routed {
  const char* method;
  const char* target;
  const char* expected;  // the operation, or the status
};

TEST(Router, FindsOperations) {
  const std::vector<Routed> all = {
      {"GET", "/v1/cases", "listCases"},
      {"HEAD", "/v1/cases", "listCases"},
      {"POST", "/v1/cases", "openCase"},
      {"GET", "/v1/cases/17", "getCase"},
      {"POST", "/v1/cases/17/claim", "claimCase"},
      {"POST", "/v1/credit/check", "checkCredit"},
      {"GET", "/v1/credit/alpha/host/h1", "getCredit"},
      {"GET", "/v1/rooms/alpha/8", "getRoom"},
      {"GET", "/v1/rooms/alpha/%E4%B8%83", "getRoom"},
      {"GET", "/v1/rooms/alpha/a%2Fb", "getRoom"},
      {"GET", "/v1/rooms/alpha/8/timeline", "getTimeline"},
      {"GET", "/evidence/tile/0/x001/234.p/7", "getTile"},
      {"GET", "/evidence/tile/entries/000", "getTile"},
      {"GET", "/evidence/checkpoint", "getCheckpoint"},
      {"GET", "/healthz", "health"},
      {"DELETE", "/v1/cases", "405"},
      {"PUT", "/v1/cases/17", "405"},
      {"BREW", "/v1/cases", "405"},
      {"GET", "/v1/cases/17/claim", "405"},
      {"GET", "/v1", "404"},
      {"GET", "/v1/case", "404"},
      {"GET", "/v1/cases/17/claim/more", "404"},
      {"GET", "/", "404"},
      {"GET", "/v1/cases/", "400"},
      {"GET", "/v1//cases", "400"},
      {"GET", "//v1/cases", "400"},
      {"GET", "/v1/../v1/cases", "400"},
      {"GET", "/v1/%2e%2e/cases", "400"},
      {"GET", "/v1/%2E/cases", "400"},
      {"GET", "/v1/cases/%31%37", "getCase"},
      {"GET", "/v1/cases/17%", "400"},
      {"GET", "/v1/cases/17%0", "400"},
      {"GET", "/v1/cases/17%zz", "400"},
      {"GET", "/v1/rooms/alpha/%00", "400"},
      {"GET", "/v1/rooms/alpha/%0a", "400"},
      {"GET", "/v1/rooms/alpha/%ff", "400"},
      {"GET", "/v1/rooms/alpha/a\\b", "400"},
      {"GET", "/v1/rooms/alpha/a b", "400"},
      {"GET", "/v1/rooms/alpha/\xe4\xb8\x83", "400"},
      {"GET", "http://host/v1/cases", "400"},
      {"GET", "*", "400"},
      {"GET", "", "400"},
      {"GET", "/evidence/tile/0/../../etc/passwd", "400"},
      {"GET", "/evidence/tile/0%2F000", "404"},
      {"GET", "/evidence/tile/0/etc", "400"},
      {"GET", "/v1/cases/abc", "400"},
      {"GET", "/v1/cases/0", "400"},
      {"GET", "/v1/cases/-1", "400"},
      {"GET", "/v1/cases/1.5", "400"},
      {"GET", "/v1/cases/9223372036854775808", "400"},
      {"GET", "/v1/credit/alpha/account/h1", "400"},
      {"GET", "/v1/cases?limit=200", "listCases"},
      {"GET", "/v1/cases?limit=201", "400"},
      {"GET", "/v1/cases?limit=0", "400"},
      {"GET", "/v1/cases?limit=ten", "400"},
      {"GET", "/v1/cases?limit=5&limit=5", "400"},
      {"GET", "/v1/cases?limits=5", "400"},
      {"GET", "/v1/cases?state=open&severity=high&escalated=true", "listCases"},
      {"GET", "/v1/cases?escalated=yes", "400"},
      {"GET", "/v1/cases?state=opened", "400"},
      {"GET", "/v1/cases?platform=%E4%B8%83+x", "listCases"},
      {"GET", "/v1/decisions?from=2026-01-31T08:00:00%2B08:00", "listDecisions"},
      {"GET", "/v1/decisions?from=2026-02-30T08:00:00%2B08:00", "400"},
      {"GET", "/v1/decisions?from=yesterday", "400"},
      {"DELETE", "/v1/personal/p_abc", "400"},  // without its reason
      {"DELETE", "/v1/personal/p_abc?reason=asked", "deletePersonal"},
  };
  for (const Routed& one : all) {
    const auto target = document().route(one.method, one.target);
    EXPECT_EQ(target ? target->operation->id : std::to_string(target.error().status), one.expected) << one.method << " " << one.target;
  }
  const auto longest = document().route("GET", "/v1/rooms/alpha/" + std::string(kLongestTarget, 'a'));
  EXPECT_EQ(longest.error().status, 414);
}

TEST(Router, DecodesAndTellsWhatIsWrong) {
  const auto room = document().route("GET", "/v1/rooms/al%20pha/a%2Fb%25?");
  ASSERT_TRUE(room);
  EXPECT_EQ(room->path.at("platform"), "al pha");
  EXPECT_EQ(room->path.at("room"), "a/b%");
  const auto tile = document().route("GET", "/evidence/tile/0/x001/234.p/7");
  ASSERT_TRUE(tile);
  EXPECT_EQ(tile->path.at("path"), "0/x001/234.p/7");
  const auto rooms = document().route("GET", "/v1/rooms?after=a+b%2B");
  ASSERT_TRUE(rooms);
  EXPECT_EQ(rooms->query.at("after"), "a b+");
  EXPECT_EQ(rooms->query.at("limit"), "50");
  EXPECT_EQ(rooms->query.at("on_air"), "true");
  EXPECT_EQ(document().route("DELETE", "/v1/cases").error().allow, "GET, HEAD, POST");
  const auto misspelt = document().route("GET", "/v1/cases?limits=5");
  EXPECT_EQ(misspelt.error().field, "limits");
  EXPECT_NE(misspelt.error().message.find("did you mean 'limit'"), std::string::npos) << misspelt.error().message;
  const auto state = document().route("GET", "/v1/cases?state=opened");
  EXPECT_EQ(state.error().field, "state");
  EXPECT_NE(state.error().message.find("one of open, claimed"), std::string::npos) << state.error().message;
}

struct Body {
  const char* operation;
  const char* body;
  const char* field;    // what is told to be wrong; "-": nothing is
  const char* message;  // some of it
};

TEST(Router, ChecksBodies) {
  const std::vector<Body> all = {
      {"login", R"({"name":"li","password":"x"})", "-", ""},
      {"login", R"({"name":"li"})", "password", "missing"},
      {"login", R"({"name":"LI","password":"x"})", "name", "matches"},
      {"login", R"({"name":"li","password":""})", "password", "1 to 200 characters"},
      {"login", R"({"name":"li","password":"x","admin":true})", "", "not known here; there are: code, name, password"},
      {"login", R"({"name":17,"password":"x"})", "name", "a text"},
      {"login", R"([])", "", "an object"},
      {"login", R"("li")", "", "an object"},
      {"login", R"(null)", "", "an object"},
      {"openCase", R"({"platform":"alpha","liable":{"kind":"operator","id":"op3"},"violation":"false-claim","severity":"high","text":"seen"})", "-", ""},
      {"openCase", R"({"platform":"alpha","liable":{"kind":"account","id":"u1"},"violation":"false-claim","severity":"high","text":"seen"})", "liable.kind", "one of platform, operator"},
      {"openCase", R"({"platform":"alpha","liable":{"kind":"operator"},"violation":"false-claim","severity":"high","text":"seen"})", "liable.id", "missing"},
      {"openCase", R"({"platform":"alpha","liable":{"kind":"operator","id":"op3"},"violation":"false-claim","severity":"huge","text":"seen"})", "severity", "one of info, low"},
      {"openCase", R"({"platform":"a\u0000b","liable":{"kind":"operator","id":"op3"},"violation":"false-claim","severity":"high","text":"seen"})", "platform", "U+0000"},
      {"imposeMeasure", R"({"version":1,"kind":"fine","text":"so","amount":500000})", "-", ""},
      {"imposeMeasure", R"({"version":1,"kind":"fine","text":"so","amount":-1})", "amount", "whole number"},
      {"imposeMeasure", R"({"version":1,"kind":"fine","text":"so","amount":1.5})", "amount", "whole number"},
      {"imposeMeasure", R"({"version":1,"kind":"fine","text":"so","amount":"1"})", "amount", "whole number"},
      {"imposeMeasure", R"({"version":1,"kind":"fine","text":"so","until":"2026-02-30T00:00:00Z"})", "until", "a time"},
      {"imposeMeasure", R"({"version":1,"kind":"fine","text":"so","until":"2026-02-28T00:00:00Z"})", "-", ""},
      {"joinCase", R"({"version":1,"text":"so"})", "", "must have assist or joint"},
      {"joinCase", R"({"version":1,"text":"so","assist":["cac"]})", "-", ""},
      {"joinCase", R"({"version":1,"text":"so","assist":[]})", "assist", "items"},
      {"joinCase", R"({"version":1,"text":"so","assist":["cac","cac"]})", "assist", "each once"},
      {"addToken", R"({"name":"t","scopes":["everything"]})", "scopes.0", "one of events:write"},
      {"changePerson", R"({})", "", "a field at least"},
      {"changePerson", R"({"totp":true})", "totp", "false"},
      {"claimCase", R"({})", "version", "missing"},
      {"claimCase", R"({"version":1})", "-", ""},
  };
  for (const Body& one : all) {
    const Operation* operation = document().find(one.operation);
    ASSERT_NE(operation, nullptr) << one.operation;
    const auto held = document().check(*operation, "application/json", Json::parse(one.body));
    EXPECT_EQ(held ? "-" : held.error().field, one.field) << one.operation << " " << one.body << (held ? "" : ": " + held.error().message);
    if (!held) {
      EXPECT_NE(held.error().message.find(one.message), std::string::npos) << one.body << ": " << held.error().message;
    }
  }
}

TEST(Router, BoundsWhatIsChecked) {
  const Operation& operation = *document().find("commentCase");
  const auto asked = [&](Json body) {
    const auto held = document().check(operation, "application/json", body);
    return held ? "" : held.error().field + ": " + held.error().message;
  };
  EXPECT_EQ(asked({{"text", std::string(4000, 'x')}}), "");
  EXPECT_NE(asked({{"text", std::string(4001, 'x')}}), "");
  EXPECT_NE(asked({{"text", std::string(900'000, 'x')}}).find("at most 16000"), std::string::npos);
  EXPECT_NE(asked({{"text", "x"}, {"more", Json(std::vector<int>(2000, 0))}}).find("at most 1000"), std::string::npos);
  std::string chinese;
  for (int i = 0; i < 4000; ++i) chinese += "证";
  EXPECT_EQ(asked({{"text", chinese}}), "");  // characters, not bytes
}

// Whatever bytes stand in the request line, it means an operation whose parameters hold, or nothing.
RC_GTEST_PROP(Router, SurvivesAnyTarget, (const std::string& tail)) {
  const std::string target = *rc::gen::element<std::string>("/v1/cases/", "/v1/rooms/a/", "/evidence/tile/", "/v1/cases?", "/", "") + tail;
  const auto routed = document().route("GET", target);
  if (!routed) {
    RC_ASSERT(routed.error().status == 400 || routed.error().status == 404 || routed.error().status == 405);
    return;
  }
  for (const auto& [name, value] : routed->path) {
    RC_ASSERT(!value.empty());
    RC_ASSERT(value != "..");
    RC_ASSERT(value.find('\0') == std::string::npos);
  }
}

// Any text comes back through a path as it was, unless it is one that no path may hold.
RC_GTEST_PROP(Router, ReturnsWhatWasEncoded, (const std::string& raw)) {
  std::string text;
  for (const char c : raw) text += c >= 0x20 && c < 0x7f ? c : 'x';
  std::string encoded;
  for (const char c : text) {
    char hex[4];
    std::snprintf(hex, sizeof hex, "%%%02X", static_cast<unsigned char>(c));
    encoded += hex;
  }
  const auto split = split_target("/" + encoded + "/end");
  const bool refused = text.empty() || text == "." || text == "..";
  RC_ASSERT(split.has_value() != refused);
  if (split) RC_ASSERT(split->path.front() == text);
}

desk::Actor person(std::string body, Role role) { return {"person/li", std::move(body), role, {}, 1}; }
desk::Actor token(std::string body, std::vector<std::string> scopes) { return {"token/1", std::move(body), Role::kNone, std::move(scopes), 0}; }

// A slow second reading of who may call what: by the sentences of docs/service.md, not by the document's lists.
TEST(Gate, AsksRolesScopesAndBodies) {
  struct Asked {
    const char* operation;
    desk::Actor actor;
    bool may;
  };
  const std::vector<Asked> all = {
      {"listCases", person("department/samr", Role::kViewer), true},
      {"listCases", person("platform/alpha", Role::kViewer), true},
      {"listCases", person("merchant/alpha/m1", Role::kAuditor), true},
      {"listCases", person("livewarden", Role::kAdministrator), false},
      {"listCases", person("", Role::kViewer), false},
      {"listCases", person("department/samr", Role::kNone), false},
      {"listCases", token("department/samr", {"cases:read"}), true},
      {"listCases", token("department/samr", {"rooms:read"}), false},
      {"listCases", token("department/samr", {}), false},
      {"claimCase", person("department/samr", Role::kOfficer), true},
      {"claimCase", person("department/samr", Role::kApprover), true},
      {"claimCase", person("department/samr", Role::kViewer), false},
      {"claimCase", person("department/samr", Role::kAdministrator), false},
      {"claimCase", person("platform/alpha", Role::kOfficer), false},
      {"claimCase", token("department/samr", {"cases:read", "events:write"}), false},
      {"assignCase", person("department/samr", Role::kAdministrator), true},
      {"assignCase", person("department/samr", Role::kOfficer), false},
      {"approveMeasure", person("department/samr", Role::kApprover), true},
      {"approveMeasure", person("department/samr", Role::kOfficer), false},
      {"decideAppeal", person("department/samr", Role::kOfficer), false},
      {"fileAppeal", person("merchant/alpha/m1", Role::kOfficer), true},
      {"fileAppeal", person("platform/alpha", Role::kOfficer), true},
      {"fileAppeal", person("platform/alpha", Role::kViewer), false},
      {"ingestEvents", token("platform/alpha", {"events:write"}), true},
      {"ingestEvents", token("platform/alpha", {"decide"}), false},
      {"ingestEvents", person("platform/alpha", Role::kAdministrator), false},
      {"checkCredit", person("livewarden", Role::kAdministrator), true},
      {"checkCredit", person("department/samr", Role::kAdministrator), false},
      {"listActs", person("department/samr", Role::kAuditor), true},
      {"listActs", person("department/samr", Role::kOfficer), false},
      {"addPerson", person("livewarden", Role::kAdministrator), true},
      {"addPerson", person("platform/alpha", Role::kOfficer), false},
      {"listPublished", person("", Role::kNone), true},
      {"fileReport", desk::Actor{"public", "", Role::kNone, {}, 0}, true},
      {"listReports", desk::Actor{"public", "", Role::kNone, {}, 0}, false},
  };
  for (const Asked& one : all) {
    const auto may = may_call(*document().find(one.operation), one.actor);
    EXPECT_EQ(may.has_value(), one.may) << one.operation << " by " << one.actor.name << " of " << one.actor.body;
    if (!may) {
      EXPECT_EQ(may.error().why, desk::Why::kForbidden);
    }
  }
}

TEST(Gate, NobodyIsAskedForWhatIsPublic) {
  int asked = 0;
  const Identify identify = [&](const Credentials& credentials) -> desk::Answer<desk::Actor> {
    ++asked;
    if (credentials.token != "good") return desk::refuse(desk::Why::kUnknown, "no such token");
    return token("platform/alpha", {"rooms:read"});
  };
  const auto why = [&](const char* operation, Credentials credentials, bool loopback = false) {
    const auto actor = admit(*document().find(operation), credentials, identify, loopback);
    return actor ? actor->name : actor.error().why == desk::Why::kUnknown ? "unknown" : "forbidden";
  };
  EXPECT_EQ(why("listPublished", {}), "public");
  EXPECT_EQ(why("metrics", {}, true), "public");
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(why("metrics", {}), "unknown");
  EXPECT_EQ(why("listRooms", {}), "unknown");
  EXPECT_EQ(why("listRooms", {}, true), "unknown");
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(why("listRooms", {.token = "good"}), "token/1");
  EXPECT_EQ(why("listRooms", {.token = "bad"}), "unknown");
  EXPECT_EQ(why("listCases", {.token = "good"}), "forbidden");
  EXPECT_EQ(asked, 3);
}

TEST(Document, HoldsWhatTheServiceSays) {
  const std::set<std::string> roles = {"none", "viewer", "officer", "approver", "administrator", "auditor"};
  const std::set<std::string> bodies = {"department", "platform", "party", "livewarden", "public"};
  const Json root = Json::parse(document().json());
  std::set<std::string> scopes;
  for (const Json& scope : root["components"]["schemas"]["Scope"]["enum"]) scopes.insert(scope.get<std::string>());
  EXPECT_EQ(document().operations().size(), 76u);
  for (const Operation& operation : document().operations()) {
    for (const std::string& role : operation.roles) EXPECT_TRUE(roles.contains(role)) << operation.id;
    for (const std::string& kind : operation.kinds) EXPECT_TRUE(bodies.contains(kind)) << operation.id;
    if (!operation.scope.empty()) {
      EXPECT_TRUE(scopes.contains(operation.scope)) << operation.id;
    }
    // What changes something of people's is people's; programs send events, acknowledge, and read.
    if (operation.writes() && !operation.scope.empty()) {
      EXPECT_TRUE(operation.id == "ingestEvents" || operation.id == "decide" || operation.id == "acknowledgeIntervention") << operation.id;
    }
    // An auditor changes nothing but its own password.
    if (operation.writes() && std::count(operation.roles.begin(), operation.roles.end(), "auditor") > 0) {
      EXPECT_TRUE(operation.path[1] == "me" || operation.id == "logout") << operation.id;
    }
  }
  EXPECT_FALSE(root.contains("x-short"));
  EXPECT_EQ(root["info"]["version"], "0.1.0");
  EXPECT_EQ(root["components"]["schemas"]["Event"]["properties"]["specversion"]["const"], "1.0");
  EXPECT_EQ(root["components"]["schemas"]["Id"]["maximum"], 9007199254740991);
  // A comma within a plain text of a flow mapping makes a name without a value of its rest.
  const std::function<void(const Json&, const std::string&)> look = [&](const Json& node, const std::string& at) {
    EXPECT_FALSE(node.is_null()) << at;
    if (!node.is_structured()) return;
    for (const auto& [key, inner] : node.items()) look(inner, at + "/" + key);
  };
  look(root, "");
}

TEST(Document, ChecksAnswers) {
  EXPECT_EQ(document().check_reply("health", 200, {{"status", "ok"}}), "");
  EXPECT_NE(document().check_reply("health", 200, {{"status", "fine"}}), "");
  EXPECT_NE(document().check_reply("health", 201, {{"status", "ok"}}), "");
  EXPECT_EQ(document().check_reply("logout", 204, nullptr), "");
  EXPECT_NE(document().check_reply("logout", 204, Json::object()), "");
  EXPECT_EQ(document().check_reply("listPublished", 200, {{"items", Json::array()}}), "");
  EXPECT_EQ(document().check_reply("getCase", 404, {{"type", "about:blank"}, {"title", "Not Found"}, {"status", 404}}), "");
  EXPECT_NE(document().check_reply("getCase", 200, {{"id", 17}}), "");
  EXPECT_EQ(document().check_reply("health", 200, {{"status", "ok"}, {"since", "noon"}}), "the body has a field that is not known here; there are: status") << "of which it does not tell";
}

TEST(Document, RefusesWhatIsInconsistent) {
  const std::string head = "openapi: 3.1.0\npaths:\n  /a/{id}:\n    get:\n      operationId: a\n";
  const std::vector<std::pair<std::string, std::string>> all = {
      {"      x-bodies: [department]\n", "nobody may call it"},
      {"      security: []\n      x-bodies: [department]\n", "go together"},
      {"      security: []\n      x-bodies: [public]\n", "{id} is no parameter"},
      {"      security: []\n      x-bodies: [public]\n      parameters: [{$ref: '#/nowhere'}]\n", "leads nowhere"},
      {"      security: []\n      x-bodies: [public]\n      parameters: [{name: id, in: header, schema: {}}]\n", "neither in the path"},
  };
  for (const auto& [text, message] : all) {
    const auto parsed = Document::parse(head + text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_NE(parsed.error().message.find(message), std::string::npos) << parsed.error().message;
  }
}

}  // namespace
}  // namespace lw::server
