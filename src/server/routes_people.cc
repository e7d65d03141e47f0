#include <memory>
#include <mutex>

#include "desk/audit_log.h"
#include "desk/hooks.h"
#include "desk/login.h"
#include "desk/people.h"
#include "desk/personal.h"
#include "desk/records.h"
#include "desk/tokens.h"
#include "server/post.h"
#include "server/routes.h"
#include "server/transact.h"

namespace lw::server {
namespace {

using desk::Answer;

std::string text(const Json& body, const char* field) { return body.value(field, std::string()); }

std::uint64_t id_of(const Call& call) { return static_cast<std::uint64_t>(call.number("id", 0)); }

Answer<Reply> shown(Answer<Json> answer, int status = 200) {
  if (!answer) return tl::make_unexpected(std::move(answer.error()));
  return reply(std::move(*answer), status);
}

Reply done() {
  Reply out;
  out.status = 204;
  return out;
}

std::string cookie(const Office& office, std::string_view value, std::string_view attributes) {
  return fmt::format("livewarden={}; Path=/; HttpOnly; SameSite=Strict{}{}", value, office.secure ? "; Secure" : "", attributes);
}

// Who it is now, with the cookie of the session that was opened.
Answer<Reply> logged_in(const Office& office, const desk::OpenedSession& opened, Time now) {
  auto actor = desk::authenticate_session(*office.db, opened.cookie, opened.csrf, desk::Use::kRead, now);
  if (!actor) return tl::make_unexpected(std::move(actor.error()));
  auto out = shown(desk::get_me(*office.db, *actor, opened.cookie));
  if (out) out->headers.emplace_back("Set-Cookie", cookie(office, opened.cookie, ""));
  return out;
}

void add_login_routes(Handlers& handlers, const Office& office) {
  handlers["login"] = [office](const Call& call) -> Answer<Reply> {
    const auto opened = desk::log_in(*office.db, text(call.body, "name"), text(call.body, "password"), text(call.body, "code"), call.now);
    if (!opened) return tl::make_unexpected(opened.error());
    return logged_in(office, *opened, call.now);
  };
  handlers["logout"] = [office](const Call& call) -> Answer<Reply> {
    if (const auto out = desk::log_out(*office.db, call.session, call.now); !out) return tl::make_unexpected(out.error());
    Reply reply = done();
    reply.headers.emplace_back("Set-Cookie", cookie(office, "", "; Max-Age=0"));
    return reply;
  };
  handlers["getMe"] = [office](const Call& call) { return shown(desk::get_me(*office.db, call.actor, call.session)); };
  handlers["changePassword"] = [office](const Call& call) -> Answer<Reply> {
    const auto opened = desk::change_password(*office.db, call.actor, text(call.body, "old"), text(call.body, "new"), call.now);
    if (!opened) return tl::make_unexpected(opened.error());
    return logged_in(office, *opened, call.now);
  };
  handlers["setTotp"] = [office](const Call& call) {
    return shown(desk::set_totp(*office.db, call.actor, call.session, text(call.body, "password"), text(call.body, "code"), call.body.value("off", false), call.now));
  };
}

}  // namespace

void add_people_routes(Handlers& handlers, const Office& office) {
  add_login_routes(handlers, office);
  handlers["listPeople"] = [office](const Call& call) { return shown(desk::list_people(*office.db, call.actor, call.query)); };
  handlers["addPerson"] = [office](const Call& call) -> Answer<Reply> {
    const auto role = desk::role_of(text(call.body, "role"));
    if (!role) return desk::refuse_field("role", "is no role");
    const auto body = office.known_body(text(call.body, "body"));
    if (!body) return desk::refuse(desk::Why::kAway, "{}", body.error().message);
    return shown(desk::add_person(*office.db, call.actor, {text(call.body, "name"), text(call.body, "shown"), *body, *role, text(call.body, "password")}, call.now), 201);
  };
  handlers["changePerson"] = [office](const Call& call) -> Answer<Reply> {
    desk::PersonChange change;
    if (call.body.contains("shown")) change.shown = text(call.body, "shown");
    if (call.body.contains("password")) change.password = text(call.body, "password");
    if (call.body.contains("role")) change.role = desk::role_of(text(call.body, "role"));
    if (call.body.contains("state")) change.disabled = text(call.body, "state") == "disabled";
    change.drop_totp = call.body.contains("totp");
    return shown(desk::change_person(*office.db, call.actor, id_of(call), change, call.now));
  };
  handlers["listTokens"] = [office](const Call& call) { return shown(desk::list_tokens(*office.db, call.actor, call.query)); };
  handlers["addToken"] = [office](const Call& call) {
    const auto until = parse_rfc3339(text(call.body, "until"));
    return shown(desk::add_token(*office.db, call.actor, {text(call.body, "name"), text(call.body, "body"), call.body.value("scopes", std::vector<std::string>()), until ? desk::millis(*until) : 0}, call.now), 201);
  };
  handlers["revokeToken"] = [office](const Call& call) -> Answer<Reply> {
    if (const auto out = desk::revoke_token(*office.db, call.actor, id_of(call), call.now); !out) return tl::make_unexpected(out.error());
    return done();
  };
  handlers["listHooks"] = reads(office, [](const desk::Act& act, const Call& call) { return desk::list_hooks(act.session, act.who, call.query); });
  handlers["addHook"] = [office](const Call& call) -> Answer<Reply> {
    const std::string url = text(call.body, "url");
    if (const Status good = check_url(url); !good) return desk::refuse_field("url", good.error().message);
    return shown(desk::in_write(*office.db, [&](store::Session& session) { return desk::add_hook(session, call.actor, *office.hook_key, url, call.now); }), 201);
  };
  handlers["removeHook"] = [office](const Call& call) -> Answer<Reply> {
    const auto out = desk::in_write(*office.db, [&](store::Session& session) { return desk::remove_hook(session, call.actor, id_of(call), call.now); });
    if (!out) return tl::make_unexpected(out.error());
    return done();
  };
  handlers["listActs"] = [office](const Call& call) { return shown(desk::list_acts(*office.db, call.actor, call.query)); };
  handlers["exportPersonal"] = [office, reading = std::make_shared<std::mutex>()](const Call& call) -> Answer<Reply> {
    // It reads the whole event log. One at a time, so that the workers are there for others.
    const std::unique_lock alone(*reading, std::try_to_lock);
    if (!alone) return desk::refuse(desk::Why::kTooMany, "somebody else's export is being made; ask again when it is done");
    return shown(desk::export_personal(*office.db, call.actor, call.at("pseudonym"), static_cast<std::uint64_t>(call.number("case_id", 0)), office.read_events, call.now));
  };
  handlers["unsealPersonal"] = [office](const Call& call) {
    return shown(desk::unseal_personal(*office.db, call.actor, call.at("pseudonym"), call.body.value("case_id", std::uint64_t{0}), text(call.body, "reason"), office.unsealing_key, call.now));
  };
  handlers["deletePersonal"] = [office](const Call& call) -> Answer<Reply> {
    auto out = desk::delete_personal(*office.db, call.actor, call.at("pseudonym"), call.asked("reason"), *office.plan(), call.now);
    if (out && office.forget) office.forget(call.at("pseudonym"));
    return shown(std::move(out));
  };
}

}  // namespace lw::server
